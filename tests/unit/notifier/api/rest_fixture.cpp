#include "tests/unit/notifier/api/rest_fixture.hpp"

#include "notifier/api/keys.hpp"

#include <algorithm>

namespace notifier::test {

std::shared_ptr<void> PlayedWaits::begin(common::AccountId account, common::DurationMs wait, Done done) {
    lastWait = wait;
    auto entry = std::make_shared<Entry>(account, std::move(done));
    entries_.push_back(entry);
    return entry;
}

void PlayedWaits::end(common::AccountId account, WaitEnd why) {
    for (auto const& weak : std::exchange(entries_, {}))
        if (auto const entry = weak.lock()) entry->account == account ? entry->done(why) : entries_.push_back(weak);
}

std::size_t PlayedWaits::size() const {
    return static_cast<std::size_t>(std::ranges::count_if(entries_, [](auto const& weak) { return !weak.expired(); }));
}

RestTest::RestTest()
    : secret_(*addKey(*ingestion_, "tester", false, clock_.wallMs())),
      client_(admit(secret_)->client),
      router_({*handler_, clock_}, {.burst = 100, .perSecond = 20}),
      account_({.handler = *handler_,
                .store = *store_,
                .clock = clock_,
                .waits = waits_,
                .epoch = "epoch-1",
                .announce = [this](Announcement const& announcement) { announced_.push_back(announcement); }}),
      market_({*store_, clock_, symbols_}),
      status_({*store_, clock_, [](common::json::Writer&) {}}),
      webhooks_({*store_, clock_, desk_}),
      emails_({*store_, clock_, desk_}) {
    account_.addTo(router_);
    market_.addTo(router_);
    status_.addTo(router_);
    webhooks_.addTo(router_);
    emails_.addTo(router_);
}

HttpRequest RestTest::request(std::string method, std::string target, std::string body, std::string secret) {
    HttpRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.body = std::move(body);
    if (!secret.empty()) request.headers.emplace_back("Authorization", "Bearer " + secret);
    return request;
}

std::shared_ptr<std::optional<HttpResponse>> RestTest::begin(HttpRequest request) {
    auto place = std::make_shared<std::optional<HttpResponse>>();
    router_.answer(std::move(request), [place](HttpResponse response) {
        EXPECT_FALSE(place->has_value()) << "answered twice";
        *place = std::move(response);
    });
    return place;
}

HttpResponse RestTest::answer(HttpRequest request) {
    auto const place = begin(std::move(request));
    EXPECT_TRUE(tasks_.runUntil([&] { return place->has_value(); }));
    return place->value_or(HttpResponse{.status = 0});
}

common::json::Value RestTest::json(std::string const& method, std::string const& target, std::string const& body,
                                   int status) {
    auto const response = answer(request(method, target, body, secret_));
    EXPECT_EQ(response.status, status) << target << ' ' << response.body;
    return common::json::parse(response.body).value_or(common::json::Value());
}

std::string RestTest::failure(std::string const& method, std::string const& target, std::string const& body) {
    auto const response = answer(request(method, target, body, secret_));
    EXPECT_EQ(response.contentType, "application/problem+json") << target;
    auto const problem = common::json::parse(response.body).value_or(common::json::Value());
    EXPECT_EQ(textOf(problem, "status"), std::to_string(response.status));
    return std::to_string(response.status) + ' ' + textOf(problem, "code") + ' ' + textOf(problem, "field");
}

std::string RestTest::header(HttpResponse const& response, std::string_view name) {
    for (auto const& [key, value] : response.headers)
        if (key == name) return value;
    return {};
}

}  // namespace notifier::test
