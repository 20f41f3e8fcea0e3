#include "tests/unit/ingestion/evaluate/evaluator_book.hpp"

#include <gtest/gtest.h>

namespace ingestion::testing {
namespace {

common::AlertDefinition with(common::AlertDefinition alert, common::AlertMode mode, common::DurationMs cooldown = 0) {
    alert.mode = mode;
    alert.cooldown = cooldown;
    return alert;
}

using enum common::AlertMode;

auto const kAbove = alertOf(R"({"kind":"above","price":"100"})");
auto const kCross = alertOf(R"({"kind":"cross","price":"100"})");

TEST(Once, EndsWithItsFirstFire) {
    expectFires(with(kAbove, Once), tapeOf({"99", "101", "99", "101"}), {"2!"});
    expectFires(with(kAbove, Once), tapeOf({"101"}), {"1!"});
    expectFires(with(kCross, Once), tapeOf({"101", "99", "101"}), {"2!"});
    expectFires(with(kCross, Once, 60'000), tapeOf({"101", "99", "101"}), {"2!"});
}

TEST(Cooldown, Fires_WithinAreCountedInTheNext) {
    // Fires at 1 s … 7 s in odd seconds; a cooldown of 4 s lets those at 1 s and 5 s through.
    auto const tape = tapeOf({"101", "99", "101", "99", "101", "99", "101"});
    expectFires(with(kAbove, Every, 4'000), tape, {"1", "5 +1"});
    expectFires(with(kAbove, Every, 4'001), tape, {"1", "7 +2"});
    expectFires(with(kAbove, Every, 6'001), tape, {"1"});
    // Each count begins at 0 again.
    auto const longer = tapeOf({"101", "99", "101", "99", "101", "99", "101", "99", "101"});
    expectFires(with(kAbove, Every, 4'000), longer, {"1", "5 +1", "9 +1"});
}

TEST(Cooldown, RunsFromTheLastNotifiedFire) {
    // Crossings at 2, 3, 4, 5 s: those at 3 and 4 s are suppressed and do not push the end of the cooldown back.
    auto const tape = tapeOf({"101", "99", "101", "99", "101"});
    expectFires(with(kCross, Every, 3'000), tape, {"2", "5 +2"});
}

TEST(Cooldown, EventTime_NeverGoesBack) {
    // τ: 10, 10, 10, 12, 13 s. Two trade times lie before the first.
    std::vector const tape{tradeAt(1, "101", 10'000), tradeAt(2, "99", 2'000), tradeAt(3, "101", 9'000),
                           tradeAt(4, "99", 12'000), tradeAt(5, "101", 13'000)};
    expectFires(with(kAbove, Every, 3'000), tape, {"1", "5 +1"});
    expectFires(with(kAbove, Every, 3'001), tape, {"1"});
}

TEST(Cooldown, EventTime_ReachesBackBeforeTheReceipt) {
    // τ at the first judged trade is that of an older trade of the symbol: 50 s.
    std::vector const tape{tradeAt(1, "99", 50'000), tradeAt(2, "101", 1'000), tradeAt(3, "99", 52'000),
                           tradeAt(4, "101", 53'000)};
    expectFires(with(kAbove, Every, 3'001), tape, {"2"}, 2);
    expectFires(with(kAbove, Every, 3'000), tape, {"2", "4"}, 2);
}

TEST(Expires, Trades_AtOrAfterAreNotJudged) {
    auto alert = kAbove;
    alert.expires = 3'000;
    expectFires(alert, tapeOf({"101", "99", "101"}), {"1"});
    alert.expires = 3'001;
    expectFires(alert, tapeOf({"101", "99", "101"}), {"1", "3"});
    alert.expires = 1'000;
    expectFires(alert, tapeOf({"101"}), {});
}

TEST(Expires, End_IsAnnouncedOnceByTheTape) {
    auto alert = kAbove;
    alert.expires = 2'000;
    EvaluatorBook book;
    book.arm(alert, 1);
    book.judge(tradeAt(1, "99", 1'999));
    book.commit();
    EXPECT_TRUE(book.lastStates().empty());
    book.judge(tradeAt(2, "101", 2'000));
    book.commit();
    ASSERT_EQ(book.lastStates().size(), 1U);
    EXPECT_EQ(book.lastStates()[0].status, common::AlertStatus::Expired);
    EXPECT_TRUE(book.lastStates()[0].announce);
    EXPECT_FALSE(book.evaluator().contains({1}));
    EXPECT_TRUE(book.notified().empty());
}

TEST(Expires, OlderTrade_AfterTheEnd_IsNotJudged) {
    auto alert = kAbove;
    alert.expires = 2'000;
    std::vector const tape{tradeAt(1, "99", 1'000), tradeAt(2, "99", 2'000), tradeAt(3, "101", 1'500)};
    expectFires(alert, tape, {});
}

TEST(Expires, TradeBeforeTheReceipt_EndsNothing) {
    auto alert = kAbove;
    alert.expires = 2'000;
    // Trade 1 is late enough, but not this alert's; trade 2 was made earlier and is.
    std::vector const tape{tradeAt(1, "99", 2'500), tradeAt(2, "101", 1'500)};
    expectFires(alert, tape, {"2"}, 2);
}

TEST(Expires, WallClock_EndsWhatNoTradeCameTo) {
    auto alert = kAbove;
    alert.expires = 2'000;
    EvaluatorBook book;
    book.arm(alert, 1);
    book.arm(alertOf(R"({"kind":"above","price":"100"})", 2), 1);
    book.expire(1'999);
    book.commit();
    EXPECT_TRUE(book.lastStates().empty());
    book.expire(2'000);
    book.commit();
    ASSERT_EQ(book.lastStates().size(), 1U);
    EXPECT_EQ(book.lastStates()[0].alert, common::AlertId{1});
    EXPECT_EQ(book.evaluator().size(), 1U);
}

TEST(Expires, Changed_InPlace) {
    EvaluatorBook book;
    book.arm(kAbove, 1);
    book.evaluator().setExpires({1}, 5'000);
    book.evaluator().setExpires({1}, 7'000);
    book.expire(6'999);
    EXPECT_TRUE(book.evaluator().contains({1}));
    book.evaluator().setExpires({1}, {});
    book.expire(8'000);
    EXPECT_TRUE(book.evaluator().contains({1}));
    book.evaluator().setExpires({1}, 9'000);
    book.expire(9'000);
    EXPECT_FALSE(book.evaluator().contains({1}));
}

TEST(Rearm, Above_StaysTrueUntilThePriceIsBack) {
    auto const alert = alertOf(R"({"kind":"above","price":"100","rearm":"95"})");
    expectFires(alert, tapeOf({"99", "101", "96", "101", "95", "100", "101"}), {"2", "7"});
    expectFires(alert, tapeOf({"101", "95.00000001", "101", "90", "101"}), {"1", "5"});
    expectFires(alert, tapeOf({"97", "100", "97", "101"}), {"4"});
}

TEST(Rearm, Below_Mirrored) {
    auto const alert = alertOf(R"({"kind":"below","price":"100","rearm":"105"})");
    expectFires(alert, tapeOf({"101", "99", "104", "99", "105", "100", "99"}), {"2", "7"});
}

TEST(Rearm, AtThePrice_IsNoHysteresis) {
    expectFires(alertOf(R"({"kind":"above","price":"100","rearm":"100"})"), tapeOf({"101", "100", "101"}), {"1", "3"});
    expectFires(alertOf(R"({"kind":"below","price":"100","rearm":"100"})"), tapeOf({"99", "100", "99"}), {"1", "3"});
}

TEST(Rearm, InitialOff_StillHasToComeBack) {
    auto const alert = alertOf(R"({"kind":"above","price":"100","rearm":"95","initial":false})");
    expectFires(alert, tapeOf({"101", "99", "101", "95", "101"}), {"5"});
}

TEST(Rearm, Suppressed_FireHoldsToo) {
    auto const alert = with(alertOf(R"({"kind":"above","price":"100","rearm":"95"})"), Every, 4'000);
    expectFires(alert, tapeOf({"101", "95", "101", "99", "101", "95", "101"}), {"1", "7 +1"});
}

TEST(For, Fires_AtTheFirstTradeThatLastedLongEnough) {
    auto const alert = alertOf(R"({"kind":"above","price":"100","for":"3s"})");
    expectFires(alert, tapeOf({"99", "101", "102", "103", "104", "105", "106", "107", "108"}), {R"(5 "since":2000)"});
    expectFires(alert, tapeOf({"99", "101", "102", "100", "104", "105"}), {});
}

TEST(For, OncePerRun) {
    auto const alert = alertOf(R"({"kind":"above","price":"100","for":"1s"})");
    expectFires(alert, tapeOf({"101", "101", "101", "99", "101", "101"}), {R"(2 "since":1000)", R"(6 "since":5000)"});
}

TEST(For, Run_ThatEndsAtTheDeadlinesTrade_DoesNotFire) {
    std::vector const tape{tradeAt(1, "101", 1'000), tradeAt(2, "99", 9'000), tradeAt(3, "101", 9'001)};
    expectFires(alertOf(R"({"kind":"above","price":"100","for":"3s"})"), tape, {});
}

TEST(For, EventTime_Decides) {
    // τ stays at 5 s while trade times fall back: the run that began there is not lengthened by them.
    std::vector const tape{tradeAt(1, "99", 5'000), tradeAt(2, "101", 1'000), tradeAt(3, "101", 4'500),
                           tradeAt(4, "101", 7'999), tradeAt(5, "101", 8'000)};
    expectFires(alertOf(R"({"kind":"above","price":"100","for":"3s"})"), tape, {R"(5 "since":5000)"});
}

TEST(For, InitialOff_RunFromTheFirstTradeNeverFires) {
    auto const alert = alertOf(R"({"kind":"above","price":"100","for":"1s","initial":false})");
    expectFires(alert, tapeOf({"101", "101", "101", "99", "101", "101"}), {R"(6 "since":5000)"});
}

TEST(For, Rearm_KeepsTheRunUnbroken) {
    auto const alert = alertOf(R"({"kind":"above","price":"100","for":"3s","rearm":"95"})");
    expectFires(alert, tapeOf({"101", "96", "97", "98", "99", "95", "101"}), {R"(4 "since":1000)"});
    expectFires(alert, tapeOf({"101", "96", "95", "98", "99"}), {});
    auto const below = alertOf(R"({"kind":"below","price":"100","for":"3s","rearm":"105"})");
    expectFires(below, tapeOf({"99", "104", "103", "102", "105", "101"}), {R"(4 "since":1000)"});
}

TEST(For, Edge_IsThatOfTheRunsFirstTrade) {
    auto const exit = alertOf(R"({"kind":"exit","low":"90","high":"110","for":"2s"})");
    // Out at the top, then straight to the other side: still one run, begun at the high edge.
    expectFires(exit, tapeOf({"100", "111", "80", "80"}), {R"(4 "edge":"high","since":2000)"});
    auto const enter = alertOf(R"({"kind":"enter","low":"90","high":"110","for":"2s","initial":true})");
    expectFires(enter, tapeOf({"100", "110", "90", "80", "90", "91", "92"}),
                {R"(3 "edge":null,"since":1000)", R"(7 "edge":"low","since":5000)"});
}

TEST(For, Cooldown_SuppressesWholeRuns) {
    auto const alert = with(alertOf(R"({"kind":"below","price":"100","for":"1s"})"), Every, 6'000);
    expectFires(alert, tapeOf({"99", "99", "101", "99", "99", "101", "99", "99"}),
                {R"(2 "since":1000)", R"(8 "since":7000 +1)"});
}

TEST(For, Once_EndsWithTheRun) {
    expectFires(with(alertOf(R"({"kind":"above","price":"100","for":"1s"})"), Once), tapeOf({"101", "101", "101"}),
                {R"(2 "since":1000!)"});
}

TEST(For, Status_HoldsWhileARunIsOn) {
    EvaluatorBook book;
    book.arm(alertOf(R"({"kind":"above","price":"100","for":"3s"})"), 1);
    auto const statusAfter = [&](common::Trade const& trade) {
        book.judge(trade);
        book.commit();
        return book.record({1}).state.status;
    };
    EXPECT_EQ(statusAfter(tradeAt(1, "99", 1'000)), common::AlertStatus::Armed);
    EXPECT_EQ(statusAfter(tradeAt(2, "101", 2'000)), common::AlertStatus::Holding);
    EXPECT_EQ(statusAfter(tradeAt(3, "100", 3'000)), common::AlertStatus::Armed);
    EXPECT_EQ(statusAfter(tradeAt(4, "101", 4'000)), common::AlertStatus::Holding);
    EXPECT_EQ(statusAfter(tradeAt(5, "101", 7'000)), common::AlertStatus::Armed) << "fired";
}

}  // namespace
}  // namespace ingestion::testing
