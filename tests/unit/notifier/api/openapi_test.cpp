#include "notifier/api/openapi.hpp"
#include "tests/unit/notifier/api/rest_fixture.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace notifier::test {
namespace {

/// Calls `visit` with every object of the document.
void forEachObject(common::json::Value const& value, std::function<void(common::json::Value const&)> const& visit) {
    if (value.isObject()) visit(value);
    for (auto const& member : value.members())
        forEachObject(member.value, visit);
    for (auto const& item : value.items())
        forEachObject(item, visit);
}

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

TEST_F(RestTest, OpenApi_ComparedWithTheRoutes_HasEachOnce) {
    auto const document = common::json::parse(openApiDocument());
    ASSERT_TRUE(document) << document.error().message;
    std::set<std::string> documented;
    for (auto const& path : document->find("paths")->members())
        for (auto const& method : path.value.members())
            documented.insert(upper(method.name) + " " + path.name);
    // The app's own pages, whose routes need a whole process.
    std::set<std::string> served{"GET /healthz", "GET /readyz", "GET /version", "GET /metrics",
                                 "GET /api/v1/openapi.json"};
    for (auto const& route : router_.routes())
        EXPECT_TRUE(served.insert(route.method + " " + route.pattern).second) << route.pattern << " stands twice";
    EXPECT_EQ(documented, served);
}

TEST_F(RestTest, OpenApi_ReferencesAndIds_AreGood) {
    auto const document = common::json::parse(openApiDocument()).value();
    auto const* const components = document.find("components");
    std::set<std::string> ids;
    forEachObject(document, [&](common::json::Value const& object) {
        if (auto const* const id = object.find("operationId"))
            EXPECT_TRUE(ids.insert(id->text()).second) << id->text() << " stands twice";
        auto const* const reference = object.find("$ref");
        if (!reference) return;
        std::string_view path = reference->text();
        ASSERT_TRUE(path.starts_with("#/components/")) << path;
        path.remove_prefix(std::string_view("#/components/").size());
        auto const slash = path.find('/');
        auto const* const group = components->find(path.substr(0, slash));
        ASSERT_NE(group, nullptr) << path;
        EXPECT_NE(group->find(path.substr(slash + 1)), nullptr) << path;
    });
    EXPECT_GT(ids.size(), 20U);
}

}  // namespace
}  // namespace notifier::test
