// REST as a client sees it: long polls and event streams over real sockets.

#include "tests/system/notifier/notifier_fixture.hpp"

namespace notifier::test {
namespace {

class RestNotifierTest : public NotifierTest {
protected:
    void SetUp() override {
        NotifierTest::SetUp();
        start();
    }
    static std::string auth(std::string const& secret) { return "Authorization: Bearer " + secret + "\r\n"; }
    std::string head(std::string const& target, std::string const& headers) const {
        return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
    }
};

TEST_F(RestNotifierTest, SessionSecret_OfAStoredAccount_OpensItsAlerts) {
    WsTestClient client(port_);
    auto const session = text(client.push("welcome"), "session");
    EXPECT_TRUE(get("/api/v1/alerts", auth(session)).starts_with("HTTP/1.1 401")) << "nothing is stored yet";
    auto const id = subscribe(client);
    auto const answer = get("/api/v1/alerts", auth(session));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200"));
    EXPECT_NE(answer.find(id), std::string::npos);
}

TEST_F(RestNotifierTest, PausedOverRest_IsAnnouncedOnTheWebSocket) {
    auto const key = addKey("a");
    WsTestClient client(port_, bearer(key));
    client.push("welcome");
    auto const id = subscribe(client);
    ingestion_->arm(id, 1);
    EXPECT_EQ(text(client.push("alert_state"), "state"), "armed");
    RawClient http(port_);
    http.send("POST /api/v1/alerts/" + id + "/pause HTTP/1.1\r\nHost: a\r\n" + auth(key) + "\r\n");
    EXPECT_TRUE(http.readUntil("\r\n").starts_with("HTTP/1.1 200"));
    EXPECT_EQ(text(client.push("alert_state"), "state"), "paused");
}

TEST_F(RestNotifierTest, LongPoll_EventComes_IsAnsweredAtOnce) {
    auto const key = addKey("a");
    WsTestClient client(port_, bearer(key));
    client.push("welcome");
    auto const id = subscribe(client);
    RawClient poll(port_);
    poll.send(head("/api/v1/notifications?wait=30s", auth(key)));
    // Answered behind the poll's look into the store: it waits by then.
    client.ask(R"({"method":"list"})");
    ingestion_->fire(id, 7, "70001.00");
    EXPECT_NE(poll.readUntil("next_cursor").find(R"("seq":1)"), std::string::npos);
}

TEST_F(RestNotifierTest, EventStream_StoredThenLive_HasEachEventOnceInOrder) {
    auto const key = addKey("a");
    WsTestClient client(port_, bearer(key));
    client.push("welcome");
    auto const id = subscribe(client);
    ingestion_->fire(id, 1, "70001.00", 3);
    RawClient stream(port_);
    stream.send(head("/api/v1/events", auth(key) + "Last-Event-ID: 1\r\n"));
    auto const all = stream.readUntil("id: 3\n");
    EXPECT_TRUE(all.ends_with("id: 3\n"));
    EXPECT_NE(all.find("Content-Type: text/event-stream"), std::string::npos);
    EXPECT_EQ(all.find("id: 1\n"), std::string::npos);
    EXPECT_LT(all.find("id: 2\nevent: notification\ndata: {"), all.find("id: 3\n"));
    for (int trade = 10; trade < 13; ++trade) {
        ingestion_->fire(id, trade, "70001.00");
        auto const marker = "id: " + std::to_string(trade - 6) + "\n";
        EXPECT_TRUE(stream.readUntil(marker).ends_with(marker));
    }
}

TEST_F(RestNotifierTest, EventStream_WithoutLastEventId_BeginsNow) {
    auto const key = addKey("a");
    WsTestClient client(port_, bearer(key));
    client.push("welcome");
    auto const id = subscribe(client);
    ingestion_->fire(id, 1, "70001.00", 2);
    client.push("notification");
    client.push("notification");
    RawClient stream(port_);
    stream.send(head("/api/v1/events", auth(key)));
    stream.readUntil("text/event-stream");
    ingestion_->fire(id, 5, "70001.00");
    auto const event = stream.readUntil("id: 3\n");
    EXPECT_TRUE(event.ends_with("id: 3\n"));
    EXPECT_EQ(event.find("id: 2\n"), std::string::npos);
}

TEST_F(RestNotifierTest, EventStream_FromTheFuture_IsToldBeforeItGoesOn) {
    auto const key = addKey("a");
    RawClient stream(port_);
    stream.send(head("/api/v1/events", auth(key) + "Last-Event-ID: 99\r\n"));
    EXPECT_NE(stream.readUntil("ahead").find("event: resume"), std::string::npos);
    RawClient bad(port_);
    bad.send(head("/api/v1/events", auth(key) + "Last-Event-ID: x\r\n"));
    EXPECT_TRUE(bad.readUntil("\r\n").starts_with("HTTP/1.1 400"));
}

TEST_F(RestNotifierTest, EventStream_KeyRevokedOrServerStops_Ends) {
    auto const key = addKey("a"), other = addKey("b");
    RawClient revoked(port_), stopped(port_);
    revoked.send(head("/api/v1/events", auth(key)));
    revoked.readUntil("text/event-stream");
    stopped.send(head("/api/v1/events", auth(other)));
    stopped.readUntil("text/event-stream");
    command({"key", "revoke", "a"});
    revoked.readAll();
    EXPECT_TRUE(revoked.closed());
    EXPECT_FALSE(stopped.closed());
    EXPECT_EQ(stop(), 0);
    stopped.readAll();
    EXPECT_TRUE(stopped.closed());
}

TEST_F(RestNotifierTest, Status_FromThisMachine_ShowsSymbolsAndConnections) {
    WsTestClient client(port_);
    client.push("welcome");
    ingestion_->health(
        {.symbol = "BTCUSDT", .lastId = 7, .lastTradeTime = 1, .alerts = 2, .gapsOpen = 1, .repairedTrades = 5});
    auto const answer = get("/api/v1/status");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200"));
    for (auto const* const part :
         {R"("symbol":"BTCUSDT","state":"live","last_id":7)", R"("gaps_open":1,"repaired_trades":5)",
          R"("connections":{"all":2,"listening":1})", R"("outbox_bytes":0)"})
        EXPECT_NE(answer.find(part), std::string::npos) << part << " in " << answer;
    EXPECT_TRUE(get("/api/v1/status", "X-Forwarded-For: 192.0.2.1\r\n").starts_with("HTTP/1.1 401"));
}

}  // namespace
}  // namespace notifier::test
