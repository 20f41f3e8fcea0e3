// Who a client is, and what follows from it.

#include "tests/system/notifier/notifier_fixture.hpp"

namespace notifier::test {
namespace {

TEST_F(NotifierTest, AuthRequired_WithoutKey_AnswersOnlyAuth) {
    auto const key = addKey("desk");
    start({"--auth", "required"});
    WsTestClient client(port_);
    auto const welcome = client.push("welcome");
    EXPECT_EQ(text(welcome, "auth"), "required");
    EXPECT_TRUE(welcome.find("account")->isNull());
    EXPECT_TRUE(welcome.find("session")->isNull());
    EXPECT_TRUE(welcome.find("seq")->isNull());
    EXPECT_EQ(errorCode(client.ask(R"({"method":"list"})")), 1201);
    EXPECT_EQ(errorCode(client.ask(R"({"method":"auth","token":"tb_wrong"})")), 1202);
    auto const done = client.ask(R"({"method":"auth","token":")" + key + R"("})");
    EXPECT_EQ(text(result(done), "auth"), "key");
    subscribe(client);
}

TEST_F(NotifierTest, ApiKey_OnTheUpgrade_NamesTheAccount) {
    auto const key = addKey("desk");
    start();
    std::string id;
    {
        WsTestClient client(port_, bearer(key));
        auto const welcome = client.push("welcome");
        EXPECT_EQ(text(welcome, "auth"), "key");
        EXPECT_TRUE(welcome.find("session")->isNull());
        id = subscribe(client);
    }
    WsTestClient again(port_, bearer(key));
    auto const alerts = result(again.ask(R"({"method":"list"})"));
    ASSERT_EQ(alerts.find("alerts")->items().size(), 1U);
    EXPECT_EQ(text(alerts.find("alerts")->items().front(), "id"), id);
}

TEST_F(NotifierTest, ApiKey_Revoked_ClosesItsConnections) {
    auto const key = addKey("desk");
    start();
    WsTestClient client(port_, bearer(key));
    client.push("welcome");
    WsTestClient late(port_);
    late.ask(R"({"method":"auth","token":")" + key + R"("})");
    std::string const authorization = " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + key + "\r\n\r\n";
    RawClient stream(port_);
    stream.send("GET /api/v1/events" + authorization);
    stream.readUntil("\r\n\r\n");
    RawClient poll(port_);
    poll.send("GET /api/v1/notifications?wait=60s" + authorization);
    client.ask(R"({"method":"list"})");
    EXPECT_EQ(command({"key", "revoke", "desk"}).exit, 0);
    EXPECT_EQ(client.closeCode(), 4501);
    EXPECT_EQ(late.closeCode(), 4501);
    EXPECT_TRUE(poll.readUntil("\r\n").starts_with("HTTP/1.1 401"));
    stream.readAll();
    EXPECT_TRUE(stream.closed());
    EXPECT_THROW(WsTestClient(port_, bearer(key)), UpgradeRefused);
    EXPECT_NE(command({"key", "list"}).output.find("desk"), std::string::npos);
}

TEST_F(NotifierTest, Session_NeverStored_IsRefusedAndTheOfferStands) {
    start();
    WsTestClient client(port_);
    auto const account = text(client.push("welcome"), "account");
    EXPECT_EQ(errorCode(client.ask(R"({"method":"auth","session":"ses_unknown"})")), 1202);
    auto const id = subscribe(client);
    ingestion_->fire(id, 1, "70001.00");
    EXPECT_EQ(number(client.push("notification"), "seq"), 1);
}

TEST_F(NotifierTest, Connections_TooManyFromOneAddress_Get429) {
    start({"--trusted-proxies", "127.0.0.1", "--connections-per-address", "2"});
    auto const from = [](std::string const& address) {
        WsTestClient::Options options;
        options.headers.emplace_back("X-Forwarded-For", "10.9.9.9, " + address);
        return options;
    };
    std::optional<WsTestClient> first(std::in_place, port_, from("203.0.113.5"));
    WsTestClient second(port_, from("203.0.113.5"));
    try {
        WsTestClient third(port_, from("203.0.113.5"));
        FAIL() << "a third connection was let in";
    } catch (UpgradeRefused const& refused) {
        EXPECT_EQ(refused.status(), 429);
    }
    // One /64 is one customer.
    WsTestClient v6(port_, from("2001:db8::1"));
    WsTestClient v6Neighbour(port_, from("2001:db8::ffff:1"));
    EXPECT_THROW(WsTestClient(port_, from("2001:db8::2:2:2:2")), UpgradeRefused);
    WsTestClient other(port_, from("203.0.113.6"));
    first->close();
    first.reset();
    WsTestClient afterwards(port_, from("203.0.113.5"));
    EXPECT_EQ(text(afterwards.ask(R"({"method":"ping"})"), "method"), "ping");
}

TEST_F(NotifierTest, Requests_TooManyFromOneAddress_AreToldWhenToComeBack) {
    start({"--trusted-proxies", "127.0.0.1", "--limit-commands", "1"});
    std::string const stranger = "X-Forwarded-For: 203.0.113.5\r\nAuthorization: Bearer tb_guess\r\n";
    auto answer = get("/api/v1/alerts", stranger);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 401")) << answer;
    for (int i = 0; i < 200 && answer.starts_with("HTTP/1.1 401"); ++i)
        answer = get("/api/v1/alerts", stranger);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 429")) << answer;
    EXPECT_NE(answer.find("Retry-After: 1\r\n"), std::string::npos);
    EXPECT_NE(answer.find(R"("code":1301)"), std::string::npos);
    EXPECT_TRUE(get("/healthz", "X-Forwarded-For: 203.0.113.6\r\n").starts_with("HTTP/1.1 200"));
    EXPECT_TRUE(get("/healthz").starts_with("HTTP/1.1 200"));
}

TEST_F(NotifierTest, Commands_OfManyConnectionsOfOneAccount_AreLimitedTogether) {
    start({"--limit-commands", "1"});  // 5 at once on a connection, 25 of an account
    auto const key = addKey("busy");
    std::int64_t answered = 0;
    std::int64_t refused = 0;
    for (int connection = 0; connection < 40; ++connection) {
        WsTestClient client(port_, bearer(key));
        client.push("welcome");
        for (int command = 0; command < 5; ++command) {
            auto const code = errorCode(client.ask(R"({"method":"ping"})"));
            EXPECT_TRUE(code == 0 || code == 1301) << code;
            ++(code == 0 ? answered : refused);
        }
    }
    EXPECT_GE(answered, 25);
    EXPECT_GT(refused, 0);
    WsTestClient other(port_, bearer(addKey("quiet")));
    other.push("welcome");
    EXPECT_EQ(errorCode(other.ask(R"({"method":"ping"})")), 0) << "others are not affected";
}

TEST_F(NotifierTest, Connections_MoreThanInAll_Get503AndTheOthersAreServed) {
    start({"--limit-connections", "2"});
    std::optional<WsTestClient> first(std::in_place, port_);
    WsTestClient second(port_);
    // The asker has sent nothing yet: not even a request is read for this.
    RawClient third(port_);
    auto const answer = third.readAll();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503")) << answer;
    EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
    EXPECT_TRUE(third.closed());
    EXPECT_EQ(text(second.ask(R"({"method":"ping"})"), "method"), "ping");
    first->close();
    first.reset();
    auto const end = std::chrono::steady_clock::now() + 5s;
    while (!get("/healthz").starts_with("HTTP/1.1 200"))
        ASSERT_LT(std::chrono::steady_clock::now(), end);
}

TEST_F(NotifierTest, Origins_ListedPages_MayUseRest) {
    start({"--allowed-origins", "https://app.example"});
    auto const ask = [this](std::string const& request) {
        RawClient client(port_);
        client.send(request + "Host: a\r\nConnection: close\r\n\r\n");
        return client.readAll();
    };
    std::string const question =
        "OPTIONS /api/v1/alerts HTTP/1.1\r\nAccess-Control-Request-Method: POST\r\n"
        "Access-Control-Request-Headers: authorization\r\n";
    auto const allowed = ask(question + "Origin: https://app.example\r\n");
    EXPECT_TRUE(allowed.starts_with("HTTP/1.1 204")) << allowed;
    EXPECT_NE(allowed.find("Access-Control-Allow-Origin: https://app.example\r\n"), std::string::npos);
    EXPECT_NE(allowed.find("Access-Control-Allow-Headers: Authorization"), std::string::npos);
    EXPECT_TRUE(ask(question + "Origin: https://evil.example\r\n").starts_with("HTTP/1.1 403"));

    auto const shared = get("/version", "Origin: https://app.example\r\n");
    EXPECT_NE(shared.find("Access-Control-Allow-Origin: https://app.example\r\n"), std::string::npos);
    EXPECT_EQ(get("/version", "Origin: https://evil.example\r\n").find("Access-Control-Allow"), std::string::npos);
    EXPECT_EQ(get("/version").find("Access-Control-Allow"), std::string::npos);
}

TEST_F(NotifierTest, Origins_Listed_AreLetInAndNoOthers) {
    start({"--allowed-origins", "https://app.example,http://localhost:3000"});
    auto const from = [this](std::string const& origin) {
        RawClient client(port_);
        client.send(support::upgradeRequest("/ws", "Origin: " + origin + "\r\n"));
        return client.readUntil("\r\n").substr(9, 3);
    };
    EXPECT_EQ(from("https://app.example"), "101");
    EXPECT_EQ(from("https://APP.example:443"), "101");
    EXPECT_EQ(from("http://localhost:3000"), "101");
    EXPECT_EQ(from("http://app.example"), "403");
    EXPECT_EQ(from("http://localhost"), "403");
    EXPECT_EQ(from("https://app.example.evil"), "403");
}

TEST_F(NotifierTest, Metrics_FromAfar_NeedAnAdminKey) {
    auto const admin = addKey("ops", true);
    auto const user = addKey("desk");
    start();
    EXPECT_NE(get("/metrics").find("tickbell_connections 0"), std::string::npos);
    std::string const proxied = "X-Forwarded-For: 203.0.113.5\r\n";
    EXPECT_TRUE(get("/metrics", proxied).starts_with("HTTP/1.1 401"));
    EXPECT_TRUE(get("/metrics", proxied + "Authorization: Bearer " + user + "\r\n").starts_with("HTTP/1.1 403"));
    EXPECT_TRUE(get("/metrics", proxied + "Authorization: Bearer " + admin + "\r\n").starts_with("HTTP/1.1 200"));
}

}  // namespace
}  // namespace notifier::test
