// Webhooks as resources: fields, owners, channels, limits, and what they keep alive.

#include "tests/system/delivery/delivery_fixture.hpp"

namespace notifier::test {
namespace {

using ReceiverTest = DeliveryTest;

HttpSink::Script ok() {
    return [](SinkRequest const&) { return httpAnswer(200); };
}

TEST_F(ReceiverTest, Making_OfBadFields_NamesTheField) {
    serve();
    struct Case {
        std::string body;
        std::string code;
        std::string field;
    };
    for (auto const& [body, code, field] :
         std::vector<Case>{{"{}", "1101", "url"},
                           {R"({"url":5})", "1102", "url"},
                           {R"({"url":"https://127.0.0.1/","format":"teams"})", "1102", "format"},
                           {R"({"url":"https://127.0.0.1/","format":"telegram"})", "1102", "url"},
                           {R"({"url":"https://127.0.0.1/","format":"ntfy"})", "1102", "url"},
                           {R"({"url":"https://127.0.0.1/","max_age":"8d"})", "1102", "max_age"},
                           {R"({"url":"https://127.0.0.1/","max_age":0})", "1102", "max_age"},
                           {R"({"url":"https://127.0.0.1/","max_age":"soon"})", "1102", "max_age"},
                           {"[]", "1002", "(none)"},
                           {"{", "1001", "(none)"}}) {
        auto const answer = rest("POST", "/webhooks", body);
        EXPECT_EQ(answer.status, 400) << body;
        EXPECT_EQ(answer.member("code"), code) << body;
        if (field != "(none)") EXPECT_EQ(answer.member("field"), field) << body;
    }
    EXPECT_EQ(rest("POST", "/webhooks", "{}", "tb_nobody").status, 401);
}

TEST_F(ReceiverTest, Changing_SettingsAndDeleting_IsSeen) {
    HttpSink const first(ok());
    HttpSink const second(ok());
    serve();
    auto const id = addWebhook(first.url(), R"(,"format":"ntfy","max_age":"90s")").member("id");
    auto const changed =
        rest("PATCH", "/webhooks/" + id, R"({"url":")" + second.url() + R"(","format":"slack","max_age":120000})");
    EXPECT_EQ(changed.status, 200);
    EXPECT_EQ(changed.member("url"), second.url());
    EXPECT_EQ(changed.member("format"), "slack");
    EXPECT_EQ(changed.member("max_age"), "2m");
    fire();
    auto const request = second.waitFor(1).front();
    EXPECT_TRUE(request.body.starts_with(R"({"text":"BTCUSDT went above 70000: 70000.01)")) << request.body;
    EXPECT_EQ(rest("GET", "/webhooks").body.find("items")->items().size(), 1U);
    EXPECT_EQ(rest("DELETE", "/webhooks/" + id).status, 204);
    EXPECT_EQ(rest("GET", "/webhooks/" + id).status, 404);
    EXPECT_TRUE(rest("GET", "/webhooks").body.find("items")->items().empty());
    EXPECT_TRUE(first.requests().empty());
}

TEST_F(ReceiverTest, AnothersWebhook_IsNotFound) {
    HttpSink const sink(ok());
    serve();
    auto const id = addWebhook(sink.url()).member("id");
    fire();
    auto const row = memberText(delivery(id, "delivered"), "id");
    auto const other = addKey("other");
    for (auto const& [method, path] :
         std::vector<std::pair<std::string, std::string>>{{"GET", "/webhooks/" + id},
                                                          {"PATCH", "/webhooks/" + id},
                                                          {"DELETE", "/webhooks/" + id},
                                                          {"POST", "/webhooks/" + id + "/test"},
                                                          {"POST", "/webhooks/" + id + "/rotate"},
                                                          {"POST", "/webhooks/" + id + "/enable"},
                                                          {"GET", "/webhooks/" + id + "/deliveries"},
                                                          {"POST", "/deliveries/" + row + "/redeliver"}}) {
        auto const answer = rest(method, path, "{}", other);
        EXPECT_EQ(answer.status, 404) << path;
        EXPECT_EQ(answer.member("code"), "1401") << path;
    }
    EXPECT_EQ(rest("POST", "/alerts", R"({"symbol":"BTCUSDT","threshold":"1","channels":[")" + id + "\"]}", other)
                  .member("code"),
              "1107");
    EXPECT_EQ(sink.requests().size(), 1U);
}

TEST_F(ReceiverTest, Channels_DecideWhoHears) {
    HttpSink const one(ok());
    HttpSink const two(ok());
    serve();
    auto const idOne = addWebhook(one.url()).member("id");
    addWebhook(two.url());
    auto const onlyOne = addAlert("1", R"(,"channels":[")" + idOne + "\"]");
    auto const all = addAlert("2");
    for (auto const* const unknown : {"wh_nothing", "em_nothing", "sms", ""}) {
        auto const answer = rest(
            "POST", "/alerts", R"({"symbol":"BTCUSDT","threshold":"3","channels":[")" + std::string(unknown) + "\"]}");
        EXPECT_EQ(answer.member("code"), "1107") << unknown;
        EXPECT_EQ(answer.member("field"), "channels") << unknown;
        EXPECT_EQ(rest("PATCH", "/alerts/" + all, R"({"channels":[")" + std::string(unknown) + "\"]}").member("code"),
                  "1107");
    }
    WsTestClient client(port_, bearer(key_));
    client.push("welcome");
    client.ask(R"({"method":"list"})");
    fire(onlyOne);
    fire(all);
    EXPECT_EQ(text(client.push("notification"), "alert_id"), all);
    EXPECT_NE(two.waitFor(1).front().body.find(all), std::string::npos);
    one.waitFor(2);
    EXPECT_EQ(two.requests().size(), 1U);
}

TEST_F(ReceiverTest, DeliveryLog_IsPaged) {
    HttpSink const sink(ok());
    serve();
    auto const id = addWebhook(sink.url()).member("id");
    fire(5);
    sink.waitFor(5);
    std::vector<std::string> seen;
    std::string cursor;
    do {
        auto const page =
            rest("GET", "/webhooks/" + id + "/deliveries?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor));
        for (auto const& row : page.body.find("items")->items())
            seen.push_back(memberText(row, "notification_id"));
        cursor = page.member("next_cursor");
    } while (cursor != "null");
    ASSERT_EQ(seen.size(), 5U);
    EXPECT_TRUE(seen.front().ends_with("_5"));
    EXPECT_TRUE(seen.back().ends_with("_1"));
}

TEST_F(ReceiverTest, MaxAge_Past_ExpiresWithoutATry) {
    HttpSink const sink([](SinkRequest const&) { return httpAnswer(500); });
    serve();
    auto const id = addWebhook(sink.url(), R"(,"max_age":"2s")").member("id");
    fire();
    EXPECT_EQ(memberText(delivery(id, "expired"), "attempt"), "1") << "the next try would be too late";
    EXPECT_EQ(sink.requests().size(), 1U);
}

TEST_F(ReceiverTest, TooMany_AreRefused) {
    HttpSink const sink(ok());
    serve();
    for (int i = 0; i < 20; ++i)
        addWebhook(sink.url("/" + std::to_string(i)));
    EXPECT_EQ(rest("POST", "/webhooks", R"({"url":")" + sink.url() + "\"}").status, 409);
}

TEST_F(ReceiverTest, AnonymousAccount_WithAnEnabledWebhook_OutlivesItsTime) {
    HttpSink const sink(ok());
    serve({"--anonymous-ttl", "300ms"});
    auto const account = [&](bool withWebhook) {
        WsTestClient client(port_);
        auto const session = text(client.push("welcome"), "session");
        auto const alert = subscribe(client);
        if (withWebhook) EXPECT_EQ(rest("POST", "/webhooks", R"({"url":")" + sink.url() + "\"}", session).status, 201);
        client.close();
        return std::pair(session, alert);
    };
    auto const [kept, alert] = account(true);
    auto const [lost, unheard] = account(false);
    eventually([&] { return rest("GET", "/alerts", {}, lost).status == 401; });
    EXPECT_EQ(rest("GET", "/alerts", {}, kept).status, 200);
    fire(alert);
    EXPECT_NE(sink.waitFor(1).front().body.find(alert), std::string::npos);
}

}  // namespace
}  // namespace notifier::test
