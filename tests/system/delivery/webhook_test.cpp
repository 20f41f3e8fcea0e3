// What reaches an endpoint, and what becomes of it when the endpoint or the notifier fails.

#include "tests/system/delivery/delivery_fixture.hpp"

#include <algorithm>
#include <atomic>

namespace notifier::test {
namespace {

using WebhookTest = DeliveryTest;

HttpSink::Script always(int status) {
    return [status](SinkRequest const&) { return httpAnswer(status); };
}

TEST_F(WebhookTest, Firing_AtAnEndpoint_PostsTheSignedNotification) {
    HttpSink const sink(always(204));
    serve();
    auto const webhook = addWebhook(sink.url("/hook?a=b"));
    auto const secret = webhook.member("secret");
    EXPECT_TRUE(webhook.member("id").starts_with("wh_"));
    EXPECT_EQ(webhook.member("format"), "standard");
    EXPECT_EQ(webhook.member("max_age"), "1h");
    EXPECT_EQ(webhook.member("state"), "enabled");
    EXPECT_NE(webhook.head.find("Location: /api/v1/webhooks/" + webhook.member("id")), std::string::npos);
    fire();
    auto const request = sink.waitFor(1).front();
    EXPECT_EQ(request.target(), "/hook?a=b");
    EXPECT_EQ(request.header("Content-Type"), "application/json");
    EXPECT_EQ(request.header("Host"), "127.0.0.1:" + std::to_string(sink.port()));
    EXPECT_TRUE(isSigned(request, secret));
    auto const body = common::json::parse(request.body);
    ASSERT_TRUE(body);
    EXPECT_EQ(memberText(*body, "type"), "alert.fired");
    auto const& data = *body->find("data");
    EXPECT_EQ(memberText(data, "id"), request.header("webhook-id"));
    EXPECT_EQ(memberText(data, "alert_id"), alertId_);
    EXPECT_EQ(data.find("times")->find("sent"), nullptr);

    auto tampered = request;
    tampered.body[10] ^= 1;
    EXPECT_FALSE(isSigned(tampered, secret));
    tampered = request;
    auto other = secret;
    other[10] = other[10] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(isSigned(request, other));

    auto const row = delivery(webhook.member("id"), "delivered");
    EXPECT_EQ(memberText(row, "status"), "204");
    EXPECT_EQ(memberText(row, "attempt"), "1");
    EXPECT_EQ(memberText(row, "next_try"), "null");
    EXPECT_EQ(memberText(row, "notification_id"), request.header("webhook-id"));
    EXPECT_EQ(rest("GET", "/webhooks/" + webhook.member("id")).member("secret"), "(none)") << "shown once";
}

TEST_F(WebhookTest, Answering500Then200_IsTriedAgainUnderTheSameId) {
    std::atomic<int> answered = 0;
    HttpSink const sink([&](SinkRequest const&) { return httpAnswer(answered++ == 0 ? 500 : 200); });
    serve();
    auto const id = addWebhook(sink.url()).member("id");
    fire();
    sink.waitFor(1);
    auto const waiting = delivery(id, "pending");
    eventually([&] { return memberText(deliveries(id).front(), "attempt") == "1"; });
    EXPECT_EQ(memberText(deliveries(id).front(), "status"), "500");
    auto const requests = sink.waitFor(2);
    EXPECT_EQ(requests[0].header("webhook-id"), requests[1].header("webhook-id"));
    EXPECT_EQ(requests[0].body, requests[1].body);
    auto const wait = requests[1].at - requests[0].at;
    EXPECT_GE(wait, 3'900ms);
    EXPECT_LE(wait, 7s);
    EXPECT_EQ(memberText(delivery(id, "delivered"), "attempt"), "2");
}

TEST_F(WebhookTest, KilledWhileDelivering_DeliversAgainAfterItsStart) {
    std::atomic<bool> answers = false;
    HttpSink const sink([&](SinkRequest const&) { return answers ? httpAnswer(200) : std::string(); });
    serve();
    auto const id = addWebhook(sink.url()).member("id");
    fire(3);
    sink.waitFor(2);  // both places of the endpoint
    kill();
    fire();
    answers = true;
    serve();
    auto const requests = sink.waitFor(6);
    std::map<std::string, int> seen;
    for (auto const& request : requests)
        ++seen[request.header("webhook-id")];
    EXPECT_EQ(seen.size(), 4U) << "also what fired while no notifier ran";
    eventually([&] {
        for (auto const& row : deliveries(id))
            if (memberText(row, "state") != "delivered") return false;
        return true;
    });
}

TEST_F(WebhookTest, KilledAgainAndAgain_LosesNothing) {
    HttpSink const sink(always(200));
    serve();
    addWebhook(sink.url());
    int fired = 0;
    for (int round = 0; round < 8; ++round) {
        fire(5);
        fired += 5;
        if (round % 2 == 0) sink.waitFor(1);
        kill();
        serve();
    }
    std::set<std::string> ids;
    eventually([&] {
        for (auto const& request : sink.requests())
            ids.insert(request.header("webhook-id"));
        return ids.size() == static_cast<std::size_t>(fired);
    });
}

TEST_F(WebhookTest, GivenUp_KilledBeforeAnybodyTookTheNews_IsToldOnceToTheOthers) {
    std::atomic<bool> up = false;
    HttpSink const gone(always(410));
    HttpSink const other([&](SinkRequest const&) { return httpAnswer(up ? 204 : 503); });
    serve();
    auto const goneId = addWebhook(gone.url("/secret-path")).member("id");
    auto const made = addWebhook(other.url());
    fire(addAlert("5", R"(,"channels":[")" + goneId + "\"]"));
    delivery(goneId, "failed");
    auto const tried = other.waitFor(1).front();
    kill();
    up = true;
    serve();
    auto const told = other.waitFor(2)[1];
    EXPECT_EQ(told.header("webhook-id"), tried.header("webhook-id"));
    EXPECT_TRUE(told.header("webhook-id").starts_with("no_"));
    EXPECT_TRUE(isSigned(told, made.member("secret")));
    auto const body = common::json::parse(told.body);
    ASSERT_TRUE(body);
    EXPECT_EQ(memberText(*body, "type"), "webhook.disabled");
    EXPECT_EQ(memberText(*body->find("data"), "webhook_id"), goneId);
    EXPECT_EQ(memberText(*body->find("data"), "host"), "127.0.0.1");
    EXPECT_EQ(told.body.find("secret-path"), std::string::npos);
    auto const row = delivery(made.member("id"), "delivered");
    EXPECT_EQ(memberText(row, "notification_id"), told.header("webhook-id"));
    EXPECT_EQ(deliveries(made.member("id")).size(), 1U);
    // What was told can be asked for again, under its id.
    EXPECT_EQ(rest("POST", "/deliveries/" + memberText(row, "id") + "/redeliver").status, 202);
    EXPECT_EQ(other.waitFor(3)[2].header("webhook-id"), told.header("webhook-id"));
}

TEST_F(WebhookTest, Answering410_DisablesTheEndpointUntilItIsEnabled) {
    std::atomic<int> status = 410;
    HttpSink const sink([&](SinkRequest const&) { return httpAnswer(status); });
    serve();
    auto const id = addWebhook(sink.url()).member("id");
    WsTestClient client(port_, bearer(key_));
    client.push("welcome");
    client.ask(R"({"method":"list"})");
    fire();
    EXPECT_EQ(memberText(delivery(id, "failed"), "status"), "410");
    auto const told = client.push("webhook_state");
    EXPECT_EQ(memberText(told, "webhook_id"), id);
    EXPECT_EQ(memberText(told, "state"), "disabled");
    EXPECT_NE(memberText(told, "reason").find("410"), std::string::npos);
    EXPECT_EQ(memberText(told, "seq"), "(none)") << "only ingestion numbers events";
    auto const shown = rest("GET", "/webhooks/" + id);
    EXPECT_EQ(shown.member("state"), "disabled");
    EXPECT_NE(shown.member("reason").find("410"), std::string::npos);
    fire();
    auto const failed = memberText(deliveries(id).front(), "id");
    EXPECT_EQ(rest("POST", "/deliveries/" + failed + "/redeliver").status, 409);
    status = 200;
    EXPECT_EQ(rest("POST", "/webhooks/" + id + "/enable").member("state"), "enabled");
    EXPECT_EQ(rest("POST", "/deliveries/" + failed + "/redeliver").status, 202);
    auto const requests = sink.waitFor(2);
    EXPECT_EQ(requests[0].header("webhook-id"), requests[1].header("webhook-id"));
    delivery(id, "delivered");
}

TEST_F(WebhookTest, Recovering_SinceATime_DeliversAgainWhatFailed) {
    std::atomic<int> status = 500;
    HttpSink const sink([&](SinkRequest const&) { return httpAnswer(status); });
    serve();
    auto const id = addWebhook(sink.url(), R"(,"max_age":"2s")").member("id");
    fire(3);
    eventually([&] {
        auto const rows = deliveries(id);
        return rows.size() == 3 &&
               std::ranges::all_of(rows, [](auto const& row) { return memberText(row, "state") == "expired"; });
    });
    status = 200;
    auto const path = "/webhooks/" + id + "/recover";
    EXPECT_EQ(rest("POST", path, "{}").member("code"), "1101");
    EXPECT_EQ(rest("POST", path, R"({"since":"yesterday"})").member("code"), "1102");
    EXPECT_EQ(rest("POST", path, R"({"since":99999999999999})").member("recovered"), "0");
    auto const before = sink.requests();
    auto const answer = rest("POST", path, R"({"since":0})");
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(answer.member("recovered"), "3");
    EXPECT_EQ(answer.member("more"), "false");
    auto const requests = sink.waitFor(before.size() + 3);
    std::set<std::string> first;
    std::set<std::string> again;
    for (std::size_t i = 0; i < requests.size(); ++i)
        (i < before.size() ? first : again).insert(requests[i].header("webhook-id"));
    EXPECT_EQ(first, again) << "under their ids";
    delivery(id, "delivered");
}

TEST_F(WebhookTest, KilledAmidAThousandDeliveries_LosesNoneAndKeepsTheirIds) {
    HttpSink const sink(always(200));
    serve();
    auto const webhook = addWebhook(sink.url()).member("id");
    fire(1'000);
    std::size_t seen = 0;
    for (int round = 0; round < 4; ++round) {
        sink.waitFor(seen + 100, 30s);
        kill();
        seen = sink.requests().size();
        serve();
    }
    std::map<std::string, std::set<std::string>> bodies;
    eventually(
        [&] {
            for (auto const& request : sink.requests())
                bodies[request.header("webhook-id")].insert(request.body);
            return bodies.size() == 1'000;
        },
        60s);
    for (auto const& [id, body] : bodies) {
        EXPECT_EQ(body.size(), 1U) << id << ": a repeat says the same";
        EXPECT_NE(body.begin()->find("\"id\":\"" + id + "\""), std::string::npos);
    }
    auto const total = [&] {
        return rest("GET", "/webhooks/" + webhook + "/deliveries?limit=1000").body.find("items")->items();
    };
    eventually(
        [&] {
            return std::ranges::all_of(total(),
                                       [](auto const& row) { return memberText(row, "state") == "delivered"; });
        },
        30s);
    EXPECT_EQ(total().size(), 1'000U);
}

TEST_F(WebhookTest, Answering302_IsAFailureAndNobodyFollows) {
    HttpSink const inner(always(200));
    HttpSink const sink(
        [&](SinkRequest const&) { return httpAnswer(302, "Location: " + inner.url("/secret") + "\r\n"); });
    serve();
    auto const id = addWebhook(sink.url()).member("id");
    fire();
    eventually([&] {
        auto const rows = deliveries(id);
        return !rows.empty() && memberText(rows.front(), "status") == "302";
    });
    EXPECT_EQ(memberText(deliveries(id).front(), "state"), "pending");
    EXPECT_TRUE(inner.requests().empty());
}

TEST_F(WebhookTest, HangingEndpoints_DelayNeitherOthersNorTheWebSocket) {
    HttpSink const dead([](SinkRequest const&) { return std::string(); });
    HttpSink const good(always(200));
    serve();
    for (int i = 0; i < 15; ++i)
        addWebhook(dead.url("/" + std::to_string(i)));
    addWebhook(good.url());
    WsTestClient client(port_, bearer(key_));
    client.push("welcome");
    client.ask(R"({"method":"list"})");
    for (int i = 0; i < 20; ++i) {
        auto const began = std::chrono::steady_clock::now();
        fire();
        client.push("notification");
        EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
        good.waitFor(static_cast<std::size_t>(i) + 1);
        EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
    }
    EXPECT_LE(dead.requests().size(), 30U) << "two at once for each";
}

TEST_F(WebhookTest, EndlessOrForeignAnswers_AreBounded) {
    HttpSink const big([](SinkRequest const&) { return httpAnswer(200, {}, std::string(1'000'000, 'x')); });
    HttpSink const head([](SinkRequest const&) {
        return "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\nContent-Length: 0\r\n\r\n";
    });
    HttpSink const noise([](SinkRequest const&) { return std::string("SSH-2.0-OpenSSH\r\n\r\n"); });
    serve();
    auto const bigId = addWebhook(big.url()).member("id");
    auto const headId = addWebhook(head.url()).member("id");
    auto const noiseId = addWebhook(noise.url()).member("id");
    fire();
    delivery(bigId, "delivered");
    for (auto const& id : {headId, noiseId}) {
        eventually([&] { return memberText(deliveries(id).front(), "attempt") == "1"; });
        EXPECT_EQ(memberText(deliveries(id).front(), "status"), "null");
        EXPECT_NE(memberText(deliveries(id).front(), "error"), "null");
    }
}

TEST_F(WebhookTest, PrivateTargets_AreRefusedAtCreationChangeTestAndDelivery) {
    HttpSink const sink(always(200));
    serve();
    auto const id = addWebhook(sink.url()).member("id");
    start({"--limit-commands", "1000"});
    std::vector<std::string> const forms{"https://127.0.0.1/",
                                         "https://localhost/",
                                         "https://LOCALHOST/",
                                         "https://localhost./",
                                         "https://127.0.0.1./",
                                         "https://[::1]/",
                                         "https://[::]/",
                                         "https://0.0.0.0/",
                                         "https://0/",
                                         "https://127.1/",
                                         "https://127.0.1/",
                                         "https://2130706433/",
                                         "https://0x7f000001/",
                                         "https://0x7f.0.0.1/",
                                         "https://0177.0.0.1/",
                                         "https://017700000001/",
                                         "https://127.0.0.01/",
                                         "https://127.0.0.1:443/",
                                         "https://%31%32%37.0.0.1/",
                                         "https://169.254.169.254/latest/meta-data",
                                         "https://2852039166/",
                                         "https://0xa9fea9fe/",
                                         "https://169.254.170.2/",
                                         "https://168.63.129.16/",
                                         "https://100.100.100.200/",
                                         "https://[fd00:ec2::254]/",
                                         "https://10.0.0.1/",
                                         "https://172.16.0.1/",
                                         "https://192.168.1.1/",
                                         "https://100.64.0.1/",
                                         "https://198.18.0.1/",
                                         "https://224.0.0.1/",
                                         "https://255.255.255.255/",
                                         "https://[::ffff:10.0.0.1]/",
                                         "https://[::ffff:7f00:1]/",
                                         "https://[::127.0.0.1]/",
                                         "https://[0:0:0:0:0:ffff:127.0.0.1]/",
                                         "https://[64:ff9b::7f00:1]/",
                                         "https://[64:ff9b:1::7f00:1]/",
                                         "https://[2002:7f00:1::]/",
                                         "https://[2001:0:7f00:1::]/",
                                         "https://[fe80::1]/",
                                         "https://[fe80::1%25lo]/",
                                         "https://[fe80::1%lo]/",
                                         "https://[fc00::1]/",
                                         "https://[ff02::1]/",
                                         "https://user@127.0.0.1/",
                                         "https://u:p@8.8.8.8/",
                                         "https://8.8.8.8@127.0.0.1/",
                                         "https://8.8.8.8#@127.0.0.1/",
                                         "https://a.localhost/",
                                         "https://nothing.invalid/",
                                         "http://8.8.8.8/",
                                         "ftp://example.org/",
                                         "file:///etc/passwd",
                                         "//127.0.0.1/",
                                         "127.0.0.1",
                                         "https://\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1/",
                                         "https://127\xE3\x80\x82"
                                         "0.0.1/"};
    ASSERT_GE(forms.size(), 40U);
    for (auto const& url : forms) {
        auto const answer = rest("POST", "/webhooks", R"({"url":")" + url + "\"}");
        EXPECT_EQ(answer.status, 400) << url;
        EXPECT_EQ(answer.member("code"), "1102") << url;
        EXPECT_EQ(answer.member("field"), "url") << url;
        EXPECT_EQ(rest("PATCH", "/webhooks/" + id, R"({"url":")" + url + "\"}").status, 400) << url;
    }
    EXPECT_EQ(rest("POST", "/webhooks/" + id + "/test").member("code"), "1102");
    fire();
    eventually([&] {
        auto const rows = deliveries(id);
        return !rows.empty() && memberText(rows.front(), "attempt") == "1";
    });
    EXPECT_EQ(memberText(deliveries(id).front(), "status"), "null");
    EXPECT_NE(memberText(deliveries(id).front(), "error").find("public"), std::string::npos);
    EXPECT_TRUE(sink.requests().empty());
}

TEST_F(WebhookTest, Trying_ItOut_TellsWhatCame) {
    std::atomic<int> status = 200;
    HttpSink const sink([&](SinkRequest const&) { return httpAnswer(status); });
    serve();
    auto const webhook = addWebhook(sink.url());
    auto const path = "/webhooks/" + webhook.member("id") + "/test";
    auto answer = rest("POST", path);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.member("delivered"), "true");
    EXPECT_EQ(answer.member("status"), "200");
    EXPECT_TRUE(isSigned(sink.requests().front(), webhook.member("secret")));
    EXPECT_NE(sink.requests().front().body.find("webhook.test"), std::string::npos);
    status = 500;
    EXPECT_EQ(rest("POST", path).member("delivered"), "false");
    EXPECT_TRUE(deliveries(webhook.member("id")).empty()) << "no notification was delivered";
}

TEST_F(WebhookTest, Rotating_TheSecret_SignsWithBoth) {
    HttpSink const sink(always(200));
    serve();
    auto const webhook = addWebhook(sink.url());
    auto const rotated = rest("POST", "/webhooks/" + webhook.member("id") + "/rotate");
    EXPECT_EQ(rotated.status, 200);
    EXPECT_NE(rotated.member("secret"), webhook.member("secret"));
    fire();
    auto const request = sink.waitFor(1).front();
    EXPECT_TRUE(isSigned(request, webhook.member("secret")));
    EXPECT_TRUE(isSigned(request, rotated.member("secret")));
}

TEST_F(WebhookTest, Certificates_OfAnotherNameOrIssuer_AreNoDelivery) {
    support::TestCa const ca;
    support::TestCa const stranger;
    HttpSink const good(always(200), ca.issue({"DNS:localhost"}).serverContext());
    HttpSink const otherName(always(200), ca.issue({"DNS:other.example"}).serverContext());
    HttpSink const otherIssuer(always(200), stranger.issue({"DNS:localhost"}).serverContext());
    serveTrusting(ca);
    EXPECT_EQ(rest("POST", "/webhooks/" + addWebhook(good.url()).member("id") + "/test").member("delivered"), "true");
    for (auto const* const sink : {&otherName, &otherIssuer}) {
        auto const answer = rest("POST", "/webhooks/" + addWebhook(sink->url()).member("id") + "/test");
        EXPECT_EQ(answer.member("delivered"), "false");
        EXPECT_TRUE(answer.member("error").starts_with("TLS failed"));
        EXPECT_TRUE(sink->requests().empty());
    }
}

TEST_F(WebhookTest, Stopping_WhileAnEndpointHangs_EndsInTime) {
    HttpSink const dead([](SinkRequest const&) { return std::string(); });
    serve();
    addWebhook(dead.url());
    fire();
    dead.waitFor(1);
    auto const began = std::chrono::steady_clock::now();
    EXPECT_EQ(stop(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 4s);
}

}  // namespace
}  // namespace notifier::test
