#include "tests/unit/notifier/api/rest_fixture.hpp"

#include "notifier/api/keys.hpp"

namespace notifier::test {
namespace {

class RouterTest : public RestTest {
protected:
    /// The route says its name and what stood for its braces.
    void route(std::string const& method, std::string const& pattern, Access access = Access::Open) {
        router_.add(method, pattern, access, [pattern](Call const& call, Respond const& respond) {
            std::string text = pattern;
            for (auto const& part : call.parts)
                text += " " + part;
            respond({.status = 200, .body = text});
        });
    }
    std::string get(std::string const& target) { return answer(request("GET", target)).body; }
};

TEST_F(RouterTest, Path_BracesAndPlainSegments_PlainOnesWin) {
    route("GET", "/t/{id}");
    route("GET", "/t/all");
    route("GET", "/t/{id}/more/{part}");
    EXPECT_EQ(get("/t/all"), "/t/all");
    EXPECT_EQ(get("/t/al"), "/t/{id} al");
    EXPECT_EQ(get("/t/a%2Fb?x=1"), "/t/{id} a/b") << "a slash that is part of a name is no segment's end";
    EXPECT_EQ(get("/t/a/more/b"), "/t/{id}/more/{part} a b");
    for (auto const* const target : {"/t", "/t/", "/t/a/", "/t/a/more", "/t/a/more/b/c", "/T/all", "t/all", ""})
        EXPECT_EQ(answer(request("GET", target)).status, 404) << target;
    EXPECT_EQ(answer(request("GET", "/t/%zz")).status, 400);
    EXPECT_EQ(answer(request("GET", "/t/a?x=%")).status, 400);
}

TEST_F(RouterTest, Method_UnknownAtThisPath_IsToldWhichThereAre) {
    route("GET", "/t/{id}");
    route("DELETE", "/t/{id}");
    auto const refused = answer(request("PUT", "/t/a"));
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(header(refused, "Allow"), "GET, HEAD, DELETE");
    EXPECT_EQ(answer(request("HEAD", "/t/a")).status, 200);
}

TEST_F(RouterTest, Account_WithoutOrWithBadSecret_Is401) {
    route("GET", "/mine", Access::Account);
    route("GET", "/open");
    auto const without = answer(request("GET", "/mine"));
    EXPECT_EQ(without.status, 401);
    EXPECT_EQ(header(without, "WWW-Authenticate"), "Bearer");
    EXPECT_NE(without.body.find("1201"), std::string::npos);
    for (auto const* const target : {"/mine", "/open"}) {
        auto const bad = answer(request("GET", target, {}, "tb_wrong"));
        EXPECT_EQ(bad.status, 401) << target;
        EXPECT_NE(bad.body.find("1202"), std::string::npos);
    }
    auto basic = request("GET", "/mine");
    basic.headers.emplace_back("Authorization", "Basic YTpi");
    EXPECT_EQ(answer(basic).status, 401);
    EXPECT_EQ(answer(request("GET", "/mine", {}, secret_)).status, 200);
    EXPECT_EQ(answer(request("GET", "/open")).status, 200);
}

TEST_F(RouterTest, Operator_FromElsewhere_NeedsAnAdminKey) {
    route("GET", "/inside", Access::Operator);
    auto const from = [&](std::string const& address, std::string const& secret, bool viaProxy = false) {
        auto asked = request("GET", "/inside", {}, secret);
        asked.client = *common::IpAddress::parse(address);
        asked.viaProxy = viaProxy;
        return answer(asked).status;
    };
    EXPECT_EQ(from("127.0.0.1", ""), 200);
    EXPECT_EQ(from("127.0.0.1", "", true), 401) << "somebody behind a proxy on this machine";
    EXPECT_EQ(from("192.0.2.1", ""), 401);
    EXPECT_EQ(from("192.0.2.1", secret_), 403);
    EXPECT_EQ(from("192.0.2.1", *addKey(*ingestion_, "boss", true, 1)), 200);
}

TEST_F(RouterTest, Pace_OfOneAccount_IsLimitedAndRefills) {
    route("GET", "/mine", Access::Account);
    for (int i = 0; i < 100; ++i)
        ASSERT_EQ(answer(request("GET", "/mine", {}, secret_)).status, 200) << i;
    auto const refused = answer(request("GET", "/mine", {}, secret_));
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(header(refused, "Retry-After"), "1");
    auto const other = *addKey(*ingestion_, "other", false, 1);
    EXPECT_EQ(answer(request("GET", "/mine", {}, other)).status, 200);
    clock_.advance(50);
    EXPECT_EQ(answer(request("GET", "/mine", {}, secret_)).status, 200);
}

}  // namespace
}  // namespace notifier::test
