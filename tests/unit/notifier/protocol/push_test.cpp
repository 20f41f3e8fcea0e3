#include "notifier/protocol/push.hpp"

#include "common/core/json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace notifier {
namespace {

using common::ConditionKind;
using common::Decimal;
using common::ExactDecimal;

/// The notification of the protocol's own example.
common::Event example() {
    common::Notification n;
    n.alertPublicId = "al_7";
    n.rev = 1;
    n.fire = 1;
    n.symbol = "BTCUSDT";
    n.kind = ConditionKind::Above;
    n.level = *Decimal::parse("70000");
    n.trade = {.id = 3'912'345'678,
               .aggLastId = 0,
               .price = *ExactDecimal::parse("70000.01000000"),
               .qty = *ExactDecimal::parse("0.00120000"),
               .time = 1'760'000'000'123,
               .received = 1'760'000'000'161,
               .buyerMaker = false};
    n.prev = common::Notification::Previous{3'912'345'677, *ExactDecimal::parse("69999.99000000")};
    common::Event event;
    event.account = common::AccountId{9};
    event.seq = 42;
    event.committed = 1'760'000'000'164;
    event.body = n;
    return event;
}

common::Notification& notificationOf(common::Event& event) {
    return std::get<common::Notification>(event.body);
}

constexpr auto kExampleHead =
    R"({"type":"notification","seq":42,"epoch":"e1","id":"nt_7_1","alert_id":"al_7","rev":1,"key":null,)"
    R"("symbol":"BTCUSDT","kind":"above","fire":1,"level":"70000",)"
    R"("trade":{"id":3912345678,"price":"70000.01000000","qty":"0.00120000","time":1760000000123},)"
    R"("prev":{"id":3912345677,"price":"69999.99000000"},"suppressed":0,"source":"live","late":false,)"
    R"("message":"BTCUSDT went above 70000: 70000.01","note":null,)"
    R"("times":{"trade":1760000000123,"received":1760000000161,"committed":1760000000164)";

TEST(EventFrame, Push_OfTheExample_IsTheDocumentedText) {
    EventFrame const frame(example(), "e1");
    EXPECT_EQ(frame.push(1'760'000'000'166, false), std::string(kExampleHead) + R"(,"sent":1760000000166}})");
    EXPECT_EQ(frame.push(5, true), std::string(kExampleHead) + R"(,"sent":5},"replay":true})");
    EXPECT_EQ(frame.stored(), std::string(kExampleHead) + "}}");
    EXPECT_EQ(frame.seq(), 42);
    EXPECT_EQ(frame.account(), common::AccountId{9});
    EXPECT_EQ(frame.alertId(), "al_7");
    EXPECT_TRUE(frame.pushed());
}

TEST(EventFrame, Push_FirstJudgedTradeOfAnAggregate_HasNullPrevAndAggLastId) {
    auto event = example();
    auto& n = notificationOf(event);
    n.prev.reset();
    n.trade.aggLastId = 3'912'345'680;
    n.source = common::TradeSource::Catchup;
    n.late = true;
    n.key = "k";
    n.note = "hi \"you\"";
    auto const text = EventFrame(event, "e1").stored();
    EXPECT_NE(text.find(R"("trade":{"id":3912345678,"agg_last_id":3912345680,"price")"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("prev":null,"suppressed":0,"source":"catchup","late":true,)"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("key":"k")"), std::string::npos);
    EXPECT_NE(text.find(R"("note":"hi \"you\"")"), std::string::npos);
    EXPECT_TRUE(common::json::parse(text));
}

TEST(EventFrame, Push_MembersOfTheKind_AreAdded) {
    auto event = example();
    auto& n = notificationOf(event);
    n.kind = ConditionKind::Enter;
    n.level.reset();
    n.extra = R"("edge":"low","since":1760000000000)";
    auto const parsed = common::json::parse(EventFrame(event, "e1").push(1, true));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->find("edge")->text(), "low");
    EXPECT_EQ(parsed->find("since")->integer(), 1'760'000'000'000);
    EXPECT_TRUE(parsed->find("level")->isNull());
    EXPECT_TRUE(parsed->find("replay")->boolean());
}

TEST(EventFrame, Pushed_FollowsTheChannels) {
    auto event = example();
    auto& channels = notificationOf(event).channels;
    channels = std::vector<std::string>{};
    EXPECT_FALSE(EventFrame(event, "e").pushed());
    channels = std::vector<std::string>{"wh_1"};
    EXPECT_FALSE(EventFrame(event, "e").pushed());
    channels = std::vector<std::string>{"wh_1", "push"};
    EXPECT_TRUE(EventFrame(event, "e").pushed());
}

TEST(EventFrame, Push_Gap_IsTheDocumentedText) {
    common::Event event;
    event.seq = 43;
    event.committed = 1'760'000'000'999;
    event.body = common::Gap{.symbol = "BTCUSDT",
                             .fromId = 10,
                             .toId = 19,
                             .reason = common::GapReason::TapeReset,
                             .alertPublicIds = {"al_1", "al_2"}};
    EventFrame const frame(event, "e1");
    std::string const head = R"({"type":"gap","seq":43,"epoch":"e1","symbol":"BTCUSDT","from_id":10,"to_id":19,)"
                             R"("reason":"tape_reset","alert_ids":["al_1","al_2"],"ts":1760000000999)";
    EXPECT_EQ(frame.push(7, false), head + "}");
    EXPECT_EQ(frame.push(7, true), head + R"(,"replay":true})");
    EXPECT_EQ(frame.stored(), head + "}");
    EXPECT_TRUE(frame.pushed());
    EXPECT_EQ(frame.alertId(), "");
}

TEST(NotificationMessage, EveryKind_SaysWhatHappened) {
    auto event = example();
    auto& n = notificationOf(event);
    auto const message = [&](ConditionKind kind, std::string extra = {}) {
        n.kind = kind;
        n.extra = std::move(extra);
        return notificationMessage(n);
    };
    EXPECT_EQ(message(ConditionKind::Above), "BTCUSDT went above 70000: 70000.01");
    EXPECT_EQ(message(ConditionKind::Below), "BTCUSDT went below 70000: 70000.01");
    EXPECT_EQ(message(ConditionKind::CrossUp), "BTCUSDT crossed 70000 upwards: 70000.01");
    EXPECT_EQ(message(ConditionKind::CrossDown), "BTCUSDT crossed 70000 downwards: 70000.01");
    EXPECT_EQ(message(ConditionKind::Cross), "BTCUSDT crossed 70000 upwards: 70000.01");
    EXPECT_EQ(message(ConditionKind::Enter), "BTCUSDT entered its range: 70000.01");
    EXPECT_EQ(message(ConditionKind::Exit), "BTCUSDT left its range: 70000.01");
    EXPECT_EQ(message(ConditionKind::Move, R"("anchor":"66666","direction":"up")"),
              "BTCUSDT moved up from 66666: 70000.01");
    EXPECT_EQ(message(ConditionKind::Trail, R"("extreme":"71000")"), "BTCUSDT turned from its extreme 71000: 70000.01");
}

TEST(Welcome, Render_OfferedAccount_IsTheDocumentedText) {
    ServerFacts facts;
    facts.epoch = "e1";
    Greeting const greeting{
        .auth = AuthKind::Anonymous, .accountPublicId = "acc_1", .sessionSecret = "ses_1", .seq = 41, .acked = 38};
    std::string const members =
        R"("version":1,"account":"acc_1","session":"ses_1","epoch":"e1","seq":41,"acked":38,"auth":"anonymous",)"
        R"("heartbeat_ms":15000,"limits":{"alerts":1000,"commands_per_s":20,"frame_bytes":65536},"ts":1760000000000})";
    EXPECT_EQ(renderWelcome(greeting, facts, 1'760'000'000'000), R"({"type":"welcome",)" + members);
    EXPECT_EQ(renderAuthResult(greeting, facts, 1'760'000'000'000), "{" + members);
}

TEST(Welcome, Render_AuthRequired_HasNullIdentity) {
    auto const text = renderWelcome({.auth = AuthKind::Required, .accountPublicId = {}, .sessionSecret = {}}, {}, 1);
    EXPECT_NE(text.find(R"("account":null,"session":null,)"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("seq":null,"acked":null,"auth":"required")"), std::string::npos) << text;
}

TEST(Welcome, Render_KeyHolder_HasNoSession) {
    auto const text =
        renderWelcome({.auth = AuthKind::Key, .accountPublicId = "acc_1", .sessionSecret = {}, .seq = 3}, {}, 1);
    EXPECT_NE(text.find(R"("account":"acc_1","session":null,)"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("seq":3,"acked":0,"auth":"key")"), std::string::npos) << text;
}

TEST(AlertState, Render_Armed_IsTheReceipt) {
    common::AlertStateChange change;
    change.alertPublicId = "al_1";
    change.rev = 2;
    change.symbol = "BTCUSDT";
    change.fromTradeId = 77;
    change.at = 5;
    EXPECT_EQ(renderAlertState(change), R"({"type":"alert_state","alert_id":"al_1","rev":2,"symbol":"BTCUSDT",)"
                                        R"("state":"armed","from_trade_id":77,"ts":5})");
    EXPECT_EQ(renderAlertRemoved(change), R"({"type":"alert_state","alert_id":"al_1","rev":2,"symbol":"BTCUSDT",)"
                                          R"("state":"removed","from_trade_id":null,"ts":5})");
}

TEST(WebhookState, Render_Disabled_NamesItWithoutItsUrl) {
    common::Webhook webhook;
    webhook.publicId = "wh_1";
    webhook.url = "https://example.org/token";
    webhook.enabled = false;
    webhook.reason = "the endpoint answered \"410\"";
    EXPECT_EQ(renderWebhookDisabled(webhook, 7),
              R"({"type":"webhook_state","webhook_id":"wh_1","state":"disabled",)"
              R"("reason":"the endpoint answered \"410\"","ts":7})");
}

TEST(OtherPushes, Render) {
    EXPECT_EQ(renderPrice({.symbol = "BTCUSDT", .price = *ExactDecimal::parse("1.500"), .tradeId = 9, .time = 5}),
              R"({"type":"price","symbol":"BTCUSDT","price":"1.500","trade_id":9,"time":5})");
    EXPECT_EQ(renderFeed({.symbol = "BTCUSDT", .state = common::FeedState::Stale, .since = 5, .reason = "lag"}),
              R"({"type":"feed","symbol":"BTCUSDT","state":"stale","since":5,"reason":"lag"})");
    EXPECT_EQ(renderFeed({.symbol = "", .state = common::FeedState::Live, .since = 5, .reason = ""}),
              R"({"type":"feed","symbol":null,"state":"live","since":5,"reason":null})");
    EXPECT_EQ(renderHeartbeat(5, 42), R"({"type":"heartbeat","ts":5,"seq":42})");
    EXPECT_EQ(renderGoodbye("shutdown", 1'234), R"({"type":"goodbye","reason":"shutdown","reconnect_in_ms":1234})");
}

}  // namespace
}  // namespace notifier
