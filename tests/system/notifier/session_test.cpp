// Clients that do everything right, against the real program.

#include "tests/system/notifier/notifier_fixture.hpp"

namespace notifier::test {
namespace {

TEST_F(NotifierTest, Welcome_OnOpen_HasAllMembersOfTheSpec) {
    start();
    WsTestClient client(port_);
    auto const frame = client.receive();
    ASSERT_TRUE(frame);
    auto const welcome = *common::json::parse(*frame);
    EXPECT_EQ(text(welcome, "type"), "welcome");
    EXPECT_EQ(number(welcome, "version"), 1);
    EXPECT_TRUE(text(welcome, "account").starts_with("acc_"));
    EXPECT_TRUE(text(welcome, "session").starts_with("ses_"));
    EXPECT_FALSE(text(welcome, "epoch").empty());
    EXPECT_EQ(number(welcome, "seq"), 0);
    EXPECT_EQ(number(welcome, "acked"), 0);
    EXPECT_EQ(text(welcome, "auth"), "anonymous");
    EXPECT_EQ(number(welcome, "heartbeat_ms"), 15'000);
    auto const& limits = *welcome.find("limits");
    EXPECT_EQ(number(limits, "alerts"), 1'000);
    EXPECT_EQ(number(limits, "commands_per_s"), 20);
    EXPECT_EQ(number(limits, "frame_bytes"), 65'536);
    EXPECT_GT(number(welcome, "ts"), 1'700'000'000'000);
}

TEST_F(NotifierTest, FoundingForm_ArmedAndFired_ReachesTheClient) {
    start();
    WsTestClient client(port_);
    auto const reply = client.ask(R"({"symbol":"btcusdt","threshold":"70000.00"})");
    EXPECT_EQ(text(reply, "method"), "subscribe");
    EXPECT_EQ(reply.find("id"), nullptr);
    auto const alert = *result(reply).find("alert");
    EXPECT_EQ(text(alert, "text"), "BTCUSDT above 70000 every");
    auto const id = text(alert, "id");

    ingestion_->arm(id, 501);
    auto const armed = client.push("alert_state");
    EXPECT_EQ(text(armed, "alert_id"), id);
    EXPECT_EQ(text(armed, "state"), "armed");
    EXPECT_EQ(number(armed, "from_trade_id"), 501);

    ingestion_->fire(id, 502, "70000.01000000");
    auto const fired = client.push("notification");
    EXPECT_EQ(number(fired, "seq"), 1);
    EXPECT_EQ(number(fired, "fire"), 1);
    EXPECT_EQ(text(fired, "alert_id"), id);
    EXPECT_EQ(text(fired, "level"), "70000");
    EXPECT_EQ(text(*fired.find("trade"), "price"), "70000.01000000");
    EXPECT_EQ(fired.find("replay"), nullptr);
    EXPECT_GE(number(*fired.find("times"), "sent"), number(*fired.find("times"), "committed"));
}

TEST_F(NotifierTest, Replies_ManyPipelined_ComeOnceEachInOrder) {
    start();
    WsTestClient client(port_);
    // Those answered without the database must not overtake those that need it.
    for (int i = 0; i < 90; i += 3) {
        auto const id = [i](int k) { return std::to_string(i + k); };
        client.send(R"({"method":"list","id":)" + id(0) + "}");
        client.send(R"({"method":"ping","id":)" + id(1) + "}");
        client.send(R"({"method":"nonsense","id":)" + id(2) + "}");
    }
    for (int i = 0; i < 90; ++i) {
        auto const reply = client.reply();
        EXPECT_EQ(number(reply, "id"), i);
        EXPECT_EQ(errorCode(reply), i % 3 == 2 ? 1003 : 0);
    }
}

TEST_F(NotifierTest, Resume_AfterReconnectWithTheSession_ReplaysThenGoesLive) {
    start();
    std::string session;
    std::string id;
    std::string epoch;
    {
        WsTestClient client(port_);
        auto const welcome = client.push("welcome");
        session = text(welcome, "session");
        epoch = text(welcome, "epoch");
        id = subscribe(client);
        ingestion_->fire(id, 10, "70001.00");
        client.push("notification");
        client.close();
    }
    ingestion_->fire(id, 11, "70002.00", 5);

    WsTestClient client(port_, bearer(session));
    auto const welcome = client.push("welcome");
    EXPECT_EQ(text(welcome, "auth"), "session");
    EXPECT_EQ(number(welcome, "seq"), 6);
    client.send(R"({"method":"resume","params":{"epoch":")" + epoch + R"(","after":1}})");
    auto const reply = client.reply();
    EXPECT_TRUE(result(reply).find("recovered")->boolean());
    EXPECT_EQ(number(result(reply), "replaying"), 5);
    EXPECT_EQ(number(result(reply), "up_to"), 6);
    ingestion_->fire(id, 20, "70003.00");
    for (int seq = 2; seq <= 7; ++seq) {
        auto const event = client.push("notification");
        EXPECT_EQ(number(event, "seq"), seq);
        EXPECT_EQ(event.find("replay") != nullptr, seq <= 6);
    }
}

TEST_F(NotifierTest, Resume_LongReplayWhileEventsFire_HasNeitherHoleNorRepeat) {
    start();
    WsTestClient first(port_);
    auto const welcome = first.push("welcome");
    auto const id = subscribe(first);
    ingestion_->fire(id, 1, "70001.00", 1'500);
    first.abort();

    WsTestClient client(port_, bearer(text(welcome, "session")));
    client.send(R"({"method":"resume","params":{"epoch":")" + text(welcome, "epoch") + R"(","after":0}})");
    for (int i = 0; i < 20; ++i)
        ingestion_->fire(id, 2'000 + i * 10, "70002.00", 10);
    for (int seq = 1; seq <= 1'700; ++seq)
        ASSERT_EQ(number(client.push("notification"), "seq"), seq);
    EXPECT_FALSE(client.maybePush("notification", 100ms));
}

TEST_F(NotifierTest, Hold_WithoutFurtherCommand_EndsAfterASecond) {
    start();
    WsTestClient first(port_);
    auto const session = text(first.push("welcome"), "session");
    auto const id = subscribe(first);

    WsTestClient second(port_, bearer(session));
    second.push("welcome");
    auto const opened = std::chrono::steady_clock::now();
    ingestion_->fire(id, 1, "70001.00");
    first.push("notification");
    EXPECT_EQ(number(second.push("notification"), "seq"), 1);
    EXPECT_GE(std::chrono::steady_clock::now() - opened, 900ms);
}

TEST_F(NotifierTest, TwoDevices_OneAccount_BothAreTold) {
    start();
    WsTestClient first(port_);
    auto const session = text(first.push("welcome"), "session");
    auto const id = subscribe(first);
    WsTestClient second(port_);
    second.send(R"({"method":"auth","session":")" + session + R"("})");
    EXPECT_EQ(text(result(second.reply()), "auth"), "session");
    second.ask(R"({"method":"ping"})");
    ingestion_->fire(id, 1, "70001.00");
    EXPECT_EQ(number(first.push("notification"), "seq"), 1);
    EXPECT_EQ(number(second.push("notification"), "seq"), 1);
    second.ask(R"({"method":"pause","params":{"alert_id":")" + id + R"("}})");
    for (auto const* state : {"armed", "paused"}) {
        EXPECT_EQ(text(first.push("alert_state"), "state"), state);
        EXPECT_EQ(text(second.push("alert_state"), "state"), state);
    }
}

TEST_F(NotifierTest, Unsubscribe_WhileItFires_NothingFollowsTheReply) {
    start();
    WsTestClient client(port_);
    for (int round = 0; round < 20; ++round) {
        auto const id = subscribe(client);
        ingestion_->fire(id, 1 + round * 100, "70001.00", 3);
        client.send(R"({"method":"unsubscribe","params":{"alert_id":")" + id + R"("}})");
        ingestion_->fire(id, 50 + round * 100, "70001.00", 3);
        EXPECT_EQ(number(result(client.reply()), "removed"), 1);
        client.ask(R"({"method":"ping"})");
        bool replied = false;
        for (auto const& frame : client.seen()) {
            auto const value = *common::json::parse(frame);
            if (text(value, "method") == "unsubscribe" && frame.find(id) != std::string::npos) replied = true;
            if (replied) {
                EXPECT_NE(text(value, "alert_id"), id) << frame;
            }
        }
        EXPECT_TRUE(replied);
    }
}

TEST_F(NotifierTest, Watch_PricesWritten_ComeConflatedAndLeaseIsKept) {
    start();
    WsTestClient client(port_);
    auto const reply = client.ask(R"({"method":"watch","params":{"symbols":["btcusdt"],"interval_ms":250}})");
    EXPECT_EQ(number(result(reply), "interval_ms"), 250);
    for (int i = 1; i <= 300; ++i)
        ingestion_->price("BTCUSDT", "70000." + std::to_string(100 + i), i);
    auto const isLast = [](Value const& push) { return number(push, "trade_id") == 300; };
    int pushes = 1;
    for (auto price = client.push("price"); !isLast(price); price = client.push("price"))
        ++pushes;
    EXPECT_LT(pushes, 30);
    EXPECT_EQ(ingestion_->watched(), std::vector<common::Symbol>{"BTCUSDT"});
    client.ask(R"({"method":"unwatch","params":{"symbols":["BTCUSDT"]}})");
    ingestion_->price("BTCUSDT", "1.00", 301);
    EXPECT_FALSE(client.maybePush("price", 400ms));
    EXPECT_TRUE(ingestion_->watched().empty());
}

TEST_F(NotifierTest, Feed_ChangesAndIngestionDown_AreTold) {
    start();
    WsTestClient client(port_);
    client.push("welcome");
    EXPECT_FALSE(client.maybePush("feed", 50ms));
    ingestion_->feed({"BTCUSDT", common::FeedState::Stale, 1'000, "connecting", 0});
    auto const stale = client.push("feed");
    EXPECT_EQ(text(stale, "symbol"), "BTCUSDT");
    EXPECT_EQ(text(stale, "state"), "stale");

    WsTestClient later(port_);
    EXPECT_EQ(text(later.push("feed"), "reason"), "connecting");
    ingestion_->feed({"BTCUSDT", common::FeedState::Live, 2'000, "", 0});
    EXPECT_EQ(text(later.push("feed"), "state"), "live");
}

TEST_F(NotifierTest, Heartbeat_EveryInterval_NamesTheLastSeq) {
    start({"--heartbeat", "200ms"});
    WsTestClient client(port_);
    EXPECT_EQ(number(client.push("heartbeat"), "seq"), 0);
    auto const id = subscribe(client);
    ingestion_->fire(id, 1, "70001.00", 3);
    for (int i = 0; i < 3; ++i)
        client.push("notification");
    auto beat = client.push("heartbeat");
    if (number(beat, "seq") < 3) beat = client.push("heartbeat");
    EXPECT_EQ(number(beat, "seq"), 3);
}

}  // namespace
}  // namespace notifier::test
