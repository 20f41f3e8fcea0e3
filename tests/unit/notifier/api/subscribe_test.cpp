#include "tests/unit/notifier/api/handler_fixture.hpp"

namespace notifier::test {
namespace {

using common::ErrorCode;

struct SubscribeTest : HandlerTest {
    std::shared_ptr<Client> client = newClient();
};

constexpr auto kSubscribe = R"({"method":"subscribe","symbol":"btcusdt","when":{"kind":"above","price":"70000.00"}})";

TEST_F(SubscribeTest, New_IsStoredAndAnsweredAsPending) {
    auto const outcome = run(client, kSubscribe);
    ASSERT_FALSE(outcome.error);
    auto const result = *common::json::parse(outcome.result);
    EXPECT_EQ(textOf(result, "created"), "true");
    EXPECT_EQ(textOf(result, "last"), "null");
    auto const& alert = *result.find("alert");
    EXPECT_EQ(textOf(alert, "symbol"), "BTCUSDT");
    EXPECT_EQ(textOf(alert, "state"), "pending");
    EXPECT_EQ(textOf(alert, "rev"), "1");
    EXPECT_EQ(textOf(alert, "from_trade_id"), "null");
    EXPECT_EQ(textOf(alert, "created"), "1760000000000");
    EXPECT_EQ(textOf(alert, "text"), "BTCUSDT above 70000 every");
    EXPECT_TRUE(textOf(alert, "id").starts_with("al_"));
    EXPECT_EQ(outcome.location, textOf(alert, "id"));
    EXPECT_TRUE(outcome.created);
    EXPECT_EQ(stored(outcome.location).definition.account, client->account);
}

TEST_F(SubscribeTest, LastPrice_IsAnsweredWhereKnown) {
    setPrice("BTCUSDT", "69999.99000000", 77);
    auto const result = ok(client, kSubscribe);
    EXPECT_EQ(textOf(*result.find("last"), "price"), "69999.99000000");
    EXPECT_EQ(textOf(*result.find("last"), "trade_id"), "77");
    EXPECT_EQ(textOf(*result.find("last"), "time"), "1760000000000");
}

TEST_F(SubscribeTest, OfferedAccount_IsStoredWithTheFirstAlertAndNotBefore) {
    EXPECT_EQ(accountCount(), 0);
    ok(client, R"({"method":"list"})");
    ok(client, R"({"method":"ack","seq":5})");
    ok(client, R"({"method":"unsubscribe","all":true})");
    expectError(client, R"({"method":"subscribe","params":"BTCUSDT above 1 expires"})", ErrorCode::MissingField,
                "expires");
    expectError(client,
                R"({"method":"subscribe","symbol":"BTCUSDT","when":{"kind":"above","price":"1"},"channels":["x"]})",
                ErrorCode::UnknownChannel, "channels");
    EXPECT_EQ(accountCount(), 0);
    EXPECT_FALSE(client->account);

    auto const outcome = run(client, kSubscribe);
    ASSERT_TRUE(std::holds_alternative<AccountStored>(outcome.effect));
    EXPECT_EQ(client->account, std::get<AccountStored>(outcome.effect).account);
    EXPECT_EQ(accountCount(), 1);
    EXPECT_TRUE(std::holds_alternative<std::monostate>(run(client, kSubscribe).effect)) << "the session knows by now";
}

TEST_F(SubscribeTest, ManyUnderWayBeforeTheFirstHasCommitted_ShareOneAccount) {
    std::vector<std::shared_ptr<std::optional<CommandOutcome>>> places;
    for (int i = 1; i <= 5; ++i)
        places.push_back(
            start(client, R"({"method":"subscribe","params":"BTCUSDT above )" + std::to_string(i) + "\"}"));
    ASSERT_TRUE(tasks_.runUntil([&] { return places.back()->has_value(); }));
    for (auto const& place : places) {
        ASSERT_TRUE(place->has_value());
        EXPECT_FALSE((*place)->error);
        EXPECT_TRUE(std::holds_alternative<AccountStored>((*place)->effect));
    }
    EXPECT_EQ(accountCount(), 1);
    EXPECT_EQ(textOf(ok(client, R"({"method":"list"})"), "total"), "5");
}

TEST_F(SubscribeTest, SameAgain_IsAnsweredWithCreatedFalse) {
    auto const id = addAlert(client);
    for (
        std::string const again :
        {R"({"method":"subscribe","symbol":"BTCUSDT","when":{"price":70000,"kind":"above","initial":true},"mode":"every"})",
         R"({"method":"subscribe","params":"btcusdt ABOVE 70000.0"})", R"({"symbol":"BTCUSDT","threshold":"70000"})"}) {
        auto const outcome = run(client, again);
        auto const result = *common::json::parse(outcome.result);
        EXPECT_EQ(textOf(result, "created"), "false") << again;
        EXPECT_EQ(textOf(*result.find("alert"), "id"), id);
        EXPECT_EQ(textOf(*result.find("alert"), "rev"), "1");
        EXPECT_FALSE(outcome.created);
    }
}

TEST_F(SubscribeTest, OtherConditionModeOrCooldown_IsAnotherAlert) {
    addAlert(client);
    addAlert(client, "70000.01");
    addAlert(client, "70000", R"("mode":"once")");
    addAlert(client, "70000", R"("cooldown":"5m")");
    EXPECT_EQ(textOf(ok(client, R"({"method":"list"})"), "total"), "4");
}

TEST_F(SubscribeTest, SameAgainWithDeliveryOptions_UpdatesThemInPlace) {
    auto const id = addAlert(client, "70000", R"("note":"old","expires":"1h")");
    arm(id, 9);
    auto const result = ok(client, R"({"method":"subscribe","params":"BTCUSDT above 70000 note \"new\" expires 2h"})");
    auto const& alert = *result.find("alert");
    EXPECT_EQ(textOf(alert, "id"), id);
    EXPECT_EQ(textOf(alert, "note"), "new");
    EXPECT_EQ(textOf(alert, "expires"), std::to_string(clock_.wallMs() + 7'200'000));
    EXPECT_EQ(textOf(alert, "rev"), "1");
    EXPECT_EQ(textOf(alert, "state"), "armed");
    EXPECT_EQ(textOf(alert, "from_trade_id"), "9");

    addAlert(client);
    EXPECT_EQ(stored(id).definition.note, "new") << "what is not given stays";
    addAlert(client, "70000", R"("note":null,"channels":[])");
    EXPECT_FALSE(stored(id).definition.note);
    EXPECT_EQ(stored(id).definition.channels, std::vector<std::string>{});
}

TEST_F(SubscribeTest, SameAgainAfterDone_IsANewAlert) {
    auto const id = addAlert(client, "70000", R"("mode":"once")");
    arm(id);
    fire(id, 5, true);
    EXPECT_NE(addAlert(client, "70000", R"("mode":"once")"), id);
}

TEST_F(SubscribeTest, SameAgainWhilePaused_StaysPaused) {
    auto const id = addAlert(client);
    ok(client, R"({"method":"pause","alert_id":")" + id + "\"}");
    auto const result = ok(client, kSubscribe);
    EXPECT_EQ(textOf(result, "created"), "false");
    EXPECT_EQ(textOf(*result.find("alert"), "state"), "paused");
}

TEST_F(SubscribeTest, KeyedAlert_IsFoundByItsKeyOnly) {
    auto const keyless = addAlert(client);
    auto const keyed = addAlert(client, "70000", R"("key":"k")");
    EXPECT_NE(keyless, keyed);
    EXPECT_EQ(addAlert(client, "70000", R"("key":"k")"), keyed);
    EXPECT_EQ(addAlert(client), keyless);
    EXPECT_NE(addAlert(client, "70000", R"("key":"k2")"), keyed);
}

TEST_F(SubscribeTest, KeyWithAnotherCondition_Is1402UnlessUpsert) {
    auto const id = addAlert(client, "70000", R"("key":"k")");
    arm(id);
    for (std::string const other : {R"("key":"k","mode":"once")", R"("key":"k","cooldown":"1m")"})
        expectError(
            client,
            R"({"method":"subscribe","symbol":"BTCUSDT","when":{"kind":"above","price":"70000"},)" + other + "}",
            ErrorCode::KeyConflict, "key");
    expectError(client, R"({"method":"subscribe","params":"BTCUSDT above 5 key k"})", ErrorCode::KeyConflict, "key");
    expectError(client, R"({"method":"subscribe","params":"ETHUSDT above 70000 key k"})", ErrorCode::KeyConflict,
                "key");
    EXPECT_EQ(common::conditionText(stored(id).definition.condition), "above 70000");

    auto const result = ok(client, R"({"method":"subscribe","symbol":"BTCUSDT","when":{"kind":"below","price":"5"},)"
                                   R"("key":"k","upsert":true,"cooldown":"1m"})");
    auto const& alert = *result.find("alert");
    EXPECT_EQ(textOf(result, "created"), "false");
    EXPECT_EQ(textOf(alert, "id"), id);
    EXPECT_EQ(textOf(alert, "rev"), "2");
    EXPECT_EQ(textOf(alert, "state"), "pending");
    EXPECT_EQ(textOf(alert, "text"), "BTCUSDT below 5 every cooldown 1m");
}

TEST_F(SubscribeTest, UpsertOfTheSameCondition_ChangesNothing) {
    auto const id = addAlert(client, "70000", R"("key":"k")");
    EXPECT_EQ(addAlert(client, "70000", R"("key":"k","upsert":true)"), id);
    EXPECT_EQ(stored(id).definition.rev, 1);
}

TEST_F(SubscribeTest, UpsertOnAnotherSymbol_ReplacesTheAlert) {
    auto const id = addAlert(client, "70000", R"("key":"k")");
    auto const outcome = run(client, R"({"method":"subscribe","symbol":"ETHUSDT","when":{"kind":"above","price":"5"},)"
                                     R"("key":"k","upsert":true})");
    ASSERT_FALSE(outcome.error);
    EXPECT_TRUE(outcome.created);
    EXPECT_NE(outcome.location, id);
    ASSERT_EQ(outcome.announcements.size(), 1U);
    EXPECT_NE(outcome.announcements[0].frame.find(id), std::string::npos);
    EXPECT_NE(outcome.announcements[0].frame.find("removed"), std::string::npos);
    EXPECT_EQ(textOf(ok(client, R"({"method":"list"})"), "total"), "1");
}

TEST_F(SubscribeTest, DoneAlertUnderItsKey_IsArmedAfresh) {
    auto const id = addAlert(client, "70000", R"("key":"k","mode":"once","note":"old")");
    arm(id);
    fire(id, 5, true);
    expectError(client, R"({"method":"subscribe","params":"BTCUSDT above 5 once key k"})", ErrorCode::KeyConflict,
                "key");

    auto const result = ok(client, R"({"method":"subscribe","params":"BTCUSDT above 70000 once key k"})");
    auto const& alert = *result.find("alert");
    EXPECT_EQ(textOf(result, "created"), "true");
    EXPECT_EQ(textOf(alert, "id"), id);
    EXPECT_EQ(textOf(alert, "rev"), "2");
    EXPECT_EQ(textOf(alert, "state"), "pending");
    EXPECT_EQ(textOf(alert, "fires"), "1") << "the next firing is number 2";
    EXPECT_EQ(textOf(alert, "note"), "null") << "afresh: what is not given is not kept";
    arm(id);
    fire(id, 9, true);
    auto const other = ok(client, R"({"method":"subscribe","symbol":"BTCUSDT","when":{"kind":"below","price":"5"},)"
                                  R"("key":"k","upsert":true})");
    EXPECT_EQ(textOf(other, "created"), "true");
    EXPECT_EQ(textOf(*other.find("alert"), "id"), id);
    EXPECT_EQ(textOf(*other.find("alert"), "rev"), "3");
}

TEST_F(SubscribeTest, ExpiredAlertUnderItsKey_IsArmedAfreshWithoutItsOldExpiry) {
    auto const id = addAlert(client, "70000", R"("key":"k","expires":"1s")");
    arm(id);
    setState(id, common::AlertStatus::Expired);
    auto const result = ok(client, R"({"method":"subscribe","params":"BTCUSDT above 70000 key k"})");
    EXPECT_EQ(textOf(result, "created"), "true");
    EXPECT_EQ(textOf(*result.find("alert"), "id"), id);
    EXPECT_EQ(textOf(*result.find("alert"), "expires"), "null");
    EXPECT_EQ(textOf(*result.find("alert"), "state"), "pending");
}

TEST_F(SubscribeTest, OverTheLimit_Is1302AndDoneAlertsDoNotCount) {
    auto const first = addAlert(client, "1", R"("mode":"once","key":"k")");
    for (int i = 2; i <= 5; ++i)
        addAlert(client, std::to_string(i));
    auto const sixth = R"({"method":"subscribe","params":"BTCUSDT above 6"})";
    expectError(client, sixth, ErrorCode::TooManyAlerts, "");
    EXPECT_FALSE(addAlert(client, "5").empty()) << "an alert that is there already takes no room";
    arm(first);
    fire(first, 5, true);
    ok(client, sixth);
    expectError(client, R"({"method":"subscribe","params":"BTCUSDT above 1 once key k"})", ErrorCode::TooManyAlerts,
                "");
    expectError(client, R"({"method":"rearm","alert_id":")" + first + "\"}", ErrorCode::TooManyAlerts, "");
    expectError(client, R"({"method":"update","alert_id":")" + first + R"(","set":{"mode":"every"}})",
                ErrorCode::TooManyAlerts, "");
}

TEST_F(SubscribeTest, AnotherAccount_HasItsOwnAlertsKeysAndLimit) {
    auto const id = addAlert(client, "70000", R"("key":"k")");
    auto const other = newClient();
    auto const theirs = addAlert(other, "5", R"("key":"k")");
    EXPECT_NE(theirs, id);
    EXPECT_EQ(textOf(ok(other, R"({"method":"list"})"), "total"), "1");
    EXPECT_EQ(accountCount(), 2);
}

TEST_F(SubscribeTest, Symbols_AreChecked) {
    auto const on = [](std::string const& symbol) {
        return R"({"method":"subscribe","params":")" + symbol + R"( above 1"})";
    };
    auto const unknown = refused(client, on("BTCUSD"));
    EXPECT_EQ(unknown.code, ErrorCode::UnknownSymbol);
    EXPECT_EQ(unknown.field, "symbol");
    EXPECT_NE(unknown.message.find("did you mean BTCUSDT?"), std::string::npos) << unknown.message;
    expectError(client, on("LUNAUSDT"), ErrorCode::SymbolNotTrading, "symbol");
    ok(client, on("haltusdt"));
}

TEST_F(SubscribeTest, NoSymbolListYet_Is1501) {
    symbols_ = SymbolDirectory();
    auto const error = refused(client, kSubscribe);
    EXPECT_EQ(error.code, ErrorCode::Busy);
    EXPECT_TRUE(common::errorInfo(error.code).retryable);
}

TEST_F(SubscribeTest, KindsThatLookBack_AreTakenInTheirCanonicalForm) {
    struct Case {
        std::string line, text;
    };
    for (auto const& [line, text] : {
             Case{"change 3.0% over 60m", "BTCUSDT change 3% over 1h every"},
             Case{"change down 0.5% over 90s for 5s", "BTCUSDT change down 0.5% over 90s every for 5s"},
             Case{"spike volume 3 over 1h", "BTCUSDT spike volume 3 over 1h by 1m every"},
             Case{"spike quote_volume 2.50 over 3h by 60m once", "BTCUSDT spike quote_volume 2.5 over 3h by 1h once"},
             Case{"volatility 1% over 30m initial off", "BTCUSDT volatility 1% over 30m every initial off"},
         }) {
        auto const created = ok(client, R"({"method":"subscribe","params":"BTCUSDT )" + line + "\"}");
        EXPECT_EQ(textOf(created, "created"), "true") << line;
        EXPECT_EQ(textOf(*created.find("alert"), "text"), text);
        EXPECT_EQ(textOf(ok(client, R"({"method":"subscribe","params":")" + text + "\"}"), "created"), "false") << text;
    }
}

TEST_F(SubscribeTest, WindowsThatCanNeverBeCovered_Are1106) {
    for (std::string const line : {"spike volume 3 over 30d by 1d", "volatility 1% over 8d"})
        expectError(client, R"({"method":"subscribe","params":"BTCUSDT )" + line + "\"}", ErrorCode::WindowNotCovered,
                    "when.window");
    expectError(client, R"({"method":"subscribe","params":"BTCUSDT change 3% over 25h"})", ErrorCode::BadValue,
                "when.window");
    auto const id = addAlert(client);
    expectError(client,
                R"({"method":"update","alert_id":")" + id +
                    R"(","set":{"when":{"kind":"volatility","value":"3","window":"8d"}}})",
                ErrorCode::WindowNotCovered, "when.window");
}

}  // namespace
}  // namespace notifier::test
