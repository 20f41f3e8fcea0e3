#include "tests/unit/ingestion/evaluate/evaluator_book.hpp"

#include <gtest/gtest.h>

// Hand-worked: every expectation below was written down from spec section 4, not from a run.

namespace ingestion::testing {
namespace {

auto const kAbove = alertOf(R"({"kind":"above","price":"100"})");
auto const kBelow = alertOf(R"({"kind":"below","price":"100"})");
auto const kUp = alertOf(R"({"kind":"cross_up","price":"100"})");
auto const kDown = alertOf(R"({"kind":"cross_down","price":"100"})");
auto const kCross = alertOf(R"({"kind":"cross","price":"100"})");

common::AlertDefinition band(std::string_view kind, std::string_view low, std::string_view high,
                             std::string_view rest = "") {
    std::string json = R"({"kind":")";
    json.append(kind).append(R"(","low":")").append(low).append(R"(","high":")").append(high);
    json.append(R"(")").append(rest).append("}");
    return alertOf(json);
}

TEST(SpecTable, Rise_TouchThenAbove_AboveAndCrossUpFireOnce) {
    auto const tape = tapeOf({"99", "100", "101"});
    expectFires(kAbove, tape, {"3"});
    expectFires(kUp, tape, {"3"});
}

TEST(SpecTable, Touch_FromAboveAndBack_AboveTwiceCrossNever) {
    auto const tape = tapeOf({"101", "100", "101"});
    expectFires(kAbove, tape, {"1", "3"});
    expectFires(kCross, tape, {});
}

TEST(SpecTable, Rise_BeginsOnTheLevel_AboveOnceCrossNever) {
    auto const tape = tapeOf({"100", "101"});
    expectFires(kAbove, tape, {"2"});
    expectFires(kCross, tape, {});
}

TEST(SpecTable, Zigzag_AcrossTheLevel_CrossThreeTimes) {
    expectFires(kCross, tapeOf({"99", "101", "99", "101"}), {"2", "3", "4"});
}

TEST(Above, Equality_IsNotAbove) {
    expectFires(kAbove, tapeOf({"100", "100", "100"}), {});
    expectFires(kAbove, tapeOf({"100.00000001"}), {"1"});
    expectFires(kAbove, tapeOf({"99.99999999", "100", "100.00000001", "100"}), {"3"});
}

TEST(Above, Every_FiresOncePerRunAbove) {
    expectFires(kAbove, tapeOf({"101", "102", "99", "100", "101", "105", "100", "103"}), {"1", "5", "8"});
}

TEST(Above, InitialOff_FirstTradeAboveIsQuietUntilItComesBack) {
    auto const alert = alertOf(R"({"kind":"above","price":"100","initial":false})");
    expectFires(alert, tapeOf({"101", "102", "100", "101"}), {"4"});
    expectFires(alert, tapeOf({"99", "101"}), {"2"});
}

TEST(Below, Mirror_OfAbove) {
    expectFires(kBelow, tapeOf({"99", "98", "100", "99.99999999", "101", "100", "5"}), {"1", "4", "7"});
    auto const quiet = alertOf(R"({"kind":"below","price":"100","initial":false})");
    expectFires(quiet, tapeOf({"99", "100", "99"}), {"3"});
}

TEST(Below, SmallestPrice_IsReachable) {
    expectFires(alertOf(R"({"kind":"below","price":"0.00000002"})"), tapeOf({"0.00000002", "0.00000001"}), {"2"});
    expectFires(alertOf(R"({"kind":"below","price":"0.00000001"})"), tapeOf({"0.00000002", "0.00000001"}), {});
}

TEST(Extremes, LargestPrice_IsReachedAndNeverPassed) {
    auto const tape = tapeOf({"0.00000001", "92233720368.54775806", "92233720368.54775807", "0.00000001"});
    expectFires(alertOf(R"({"kind":"above","price":"92233720368.54775806"})"), tape, {"3"});
    expectFires(alertOf(R"({"kind":"above","price":"92233720368.54775807"})"), tape, {});
    expectFires(alertOf(R"({"kind":"cross","price":"92233720368.54775806"})"), tape, {"3", "4"});
    expectFires(band("enter", "92233720368.54775807", "92233720368.54775807"), tape, {R"(3 "edge":"low")"});
    expectFires(band("exit", "0.00000001", "92233720368.54775806"), tape, {R"(3 "edge":"high")"});
}

TEST(Cross, FirstTrade_OnlySetsTheSide) {
    expectFires(kCross, tapeOf({"101"}), {});
    expectFires(kUp, tapeOf({"101", "99", "101"}), {"3"});
    expectFires(kDown, tapeOf({"99", "101", "99"}), {"3"});
}

TEST(Cross, Level_LeavesTheSide) {
    expectFires(kCross, tapeOf({"99", "100", "99"}), {});
    expectFires(kCross, tapeOf({"99", "100", "100", "101"}), {"4"});
    expectFires(kUp, tapeOf({"99", "100", "99", "100", "101"}), {"5"});
    expectFires(kDown, tapeOf({"101", "100", "100", "99", "100", "101", "99"}), {"4", "7"});
}

TEST(Cross, Unset_UntilThePriceLeavesTheLevel) {
    expectFires(kCross, tapeOf({"100", "100", "99", "100", "101"}), {"5"});
    expectFires(kDown, tapeOf({"100", "99", "101", "100", "99"}), {"5"});
    // The side before the receipt is not this alert's.
    expectFires(kCross, tapeOf({"99", "100", "101", "99"}), {"4"}, 2);
}

TEST(Cross, Directions_AreIndependent) {
    auto const tape = tapeOf({"99", "101", "99", "101", "99"});
    expectFires(kUp, tape, {"2", "4"});
    expectFires(kDown, tape, {"3", "5"});
}

TEST(Enter, Edge_IsTheSideThePriceCameFrom) {
    auto const tape = tapeOf({"89", "90", "91", "111", "110", "89", "111", "100"});
    expectFires(band("enter", "90", "110"), tape, {R"(2 "edge":"low")", R"(5 "edge":"high")", R"(8 "edge":"high")"});
}

TEST(Enter, FirstTradeInside_FiresOnlyWhenAsked) {
    auto const tape = tapeOf({"100", "111", "100"});
    expectFires(band("enter", "90", "110"), tape, {R"(3 "edge":"high")"});
    expectFires(band("enter", "90", "110", R"(,"initial":true)"), tape, {R"(1 "edge":null)", R"(3 "edge":"high")"});
}

TEST(Enter, BandOfOnePrice_WorksAsABand) {
    expectFires(band("enter", "100", "100"), tapeOf({"99", "100", "101", "100", "99", "101"}),
                {R"(2 "edge":"low")", R"(4 "edge":"high")"});
}

TEST(Exit, Edge_IsTheSideThePriceWentTo) {
    auto const tape = tapeOf({"100", "90", "110", "110.00000001", "89", "100", "89.99999999"});
    expectFires(band("exit", "90", "110"), tape, {R"(4 "edge":"high")", R"(7 "edge":"low")"});
}

TEST(Exit, FirstTradeOutside_FiresOnlyWhenAsked) {
    auto const tape = tapeOf({"111", "89", "100", "89"});
    expectFires(band("exit", "90", "110"), tape, {R"(4 "edge":"low")"});
    expectFires(band("exit", "90", "110", R"(,"initial":true)"), tape, {R"(1 "edge":null)", R"(4 "edge":"low")"});
}

TEST(Band, Level_IsTheEdgesPriceAndNothingAtFirst) {
    EvaluatorBook book;
    book.arm(band("exit", "90", "110", R"(,"initial":true)"), 1);
    for (auto const& trade : tapeOf({"111", "100", "89", "100", "120"}))
        book.judge(trade);
    book.commit();
    ASSERT_EQ(book.notified().size(), 3U);
    EXPECT_FALSE(book.notified()[0].level);
    EXPECT_EQ(book.notified()[1].level->text(), "90");
    EXPECT_EQ(book.notified()[2].level->text(), "110");
}

TEST(Judging, BeginsAtTheReceipt_NotBefore) {
    auto const tape = tapeOf({"101", "99", "101", "102", "99", "101"});
    expectFires(kAbove, tape, {"4", "6"}, 4);
    expectFires(kAbove, tape, {"3", "6"}, 2);
    expectFires(kCross, tape, {"5", "6"}, 3);
}

TEST(Judging, PriceZero_IsNotATrade) {
    expectFires(kBelow, tapeOf({"101", "0", "101"}), {});
    expectFires(kCross, tapeOf({"99", "0", "101"}), {"3"});
    expectFires(alertOf(R"({"kind":"above","price":"100"})"), tapeOf({"0", "101"}), {"2"});
    // Its time is no event time: the cooldown is still on at the last trade.
    auto paced = kAbove;
    paced.cooldown = 3'000;
    expectFires(paced,
                {tradeAt(1, "101", 1'000), tradeAt(2, "99", 2'000), tradeAt(3, "0", 50'000), tradeAt(4, "101", 3'000)},
                {"1"});
    // The receipt names the placeholder's id; the alert's first trade is the one behind it.
    expectFires(kAbove, tapeOf({"101", "0", "101"}), {"3"}, 2);
}

TEST(Judging, Prev_IsTheTradeJudgedBefore) {
    EvaluatorBook book;
    book.arm(kAbove, 2);
    for (auto const& trade : tapeOf({"98", "101.50", "99.90", "0", "101"}))
        book.judge(trade);
    book.commit();
    ASSERT_EQ(book.notified().size(), 2U);
    EXPECT_FALSE(book.notified()[0].prevId) << "the trade before its first was not judged by it";
    EXPECT_EQ(book.notified()[1].prevId, 3);
    EXPECT_EQ(book.notified()[1].prevPrice->text(), "99.90") << "as the exchange wrote it";
}

TEST(Judging, Aggregate_IsOneUnitFromTheReceiptOn) {
    auto aggregate = tradeAt(2, "101", 2'000);
    aggregate.aggLastId = 5;
    std::vector const tape{tradeAt(1, "99", 1'000), aggregate, tradeAt(6, "99", 6'000), tradeAt(7, "101", 7'000)};
    expectFires(kAbove, tape, {"2", "7"});
    expectFires(kAbove, tape, {"4", "7"}, 4);
    expectFires(kAbove, tape, {"5", "7"}, 5);
    expectFires(kAbove, tape, {"7"}, 6);

    EvaluatorBook book;
    book.arm(alertOf(R"({"kind":"below","price":"100"})"), 1);
    book.judge(tape[0]);
    book.judge(tape[1]);
    book.judge(tape[2]);
    book.commit();
    ASSERT_EQ(book.notified().size(), 2U);
    EXPECT_EQ(book.notified()[1].prevId, 5) << "an aggregate's last id";
}

}  // namespace
}  // namespace ingestion::testing
