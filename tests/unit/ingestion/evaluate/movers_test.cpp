#include "tests/unit/ingestion/evaluate/evaluator_book.hpp"

#include <gtest/gtest.h>

namespace ingestion::testing {
namespace {

TEST(Move, Arming_MeasuresFromTheFirstTrade) {
    auto const alert = alertOf(R"({"kind":"move","abs":"10"})");
    expectFires(alert, tapeOf({"100", "109.99999999", "110", "120", "100", "90", "80", "110"}),
                {R"(3 "anchor":"100","direction":"up")", R"(6 "anchor":"100","direction":"down")",
                 R"(8 "anchor":"100","direction":"up")"});
}

TEST(Move, OneTrade_EndsOneEdgeAndBeginsTheOther) {
    expectFires(alertOf(R"({"kind":"move","abs":"10"})"), tapeOf({"100", "110", "90", "110"}),
                {R"(2 "anchor":"100","direction":"up")", R"(3 "anchor":"100","direction":"down")",
                 R"(4 "anchor":"100","direction":"up")"});
}

TEST(Move, Direction_LeavesTheOtherOut) {
    auto const tape = tapeOf({"100", "110", "90"});
    expectFires(alertOf(R"({"kind":"move","abs":"10","direction":"up"})"), tape,
                {R"(2 "anchor":"100","direction":"up")"});
    expectFires(alertOf(R"({"kind":"move","abs":"10","direction":"down"})"), tape,
                {R"(3 "anchor":"100","direction":"down")"});
}

TEST(Move, Percent_IsExact) {
    // 0.0001 % of 0.03 is 0.00000003: reached exactly, and missed by one unit.
    auto const alert = alertOf(R"({"kind":"move","pct":"0.0001"})");
    expectFires(alert, tapeOf({"0.03", "0.03000002", "0.03000003"}), {R"(3 "anchor":"0.03","direction":"up")"});
    // 0.0001 % of 0.03000001 is 0.00000003000001: the next unit above is needed.
    expectFires(alert, tapeOf({"0.03000001", "0.03000004", "0.03000005"}),
                {R"(3 "anchor":"0.03000001","direction":"up")"});
    expectFires(alert, tapeOf({"0.03000001", "0.02999998", "0.02999997"}),
                {R"(3 "anchor":"0.03000001","direction":"down")"});
}

TEST(Move, Extremes_DoNotOverflow) {
    auto const tape = tapeOf({"92233720368.54775807", "0.00000001", "92233720368.54775807"});
    expectFires(alertOf(R"({"kind":"move","pct":"99"})"), tape,
                {R"(2 "anchor":"92233720368.54775807","direction":"down")"});
    expectFires(alertOf(R"({"kind":"move","pct":"100"})"), tape, {});
    expectFires(alertOf(R"({"kind":"move","pct":"92233720368"})"), tape, {});
    expectFires(alertOf(R"({"kind":"move","pct":"92233720368"})"), tapeOf({"0.00000001", "9.22337205", "9.22337204"}),
                {R"(2 "anchor":"0.00000001","direction":"up")"});
    expectFires(alertOf(R"({"kind":"move","abs":"92233720368.54775806"})"), tape,
                {R"(2 "anchor":"92233720368.54775807","direction":"down")"});
    expectFires(alertOf(R"({"kind":"move","abs":"92233720368.54775807"})"), tape, {});
}

TEST(Move, PriceAnchor_MayFireAtTheFirstTrade) {
    auto const tape = tapeOf({"111", "105", "110", "89"});
    expectFires(alertOf(R"({"kind":"move","pct":"10","anchor":"100"})"), tape,
                {R"(1 "anchor":"100","direction":"up")", R"(3 "anchor":"100","direction":"up")",
                 R"(4 "anchor":"100","direction":"down")"});
    expectFires(alertOf(R"({"kind":"move","pct":"10","anchor":"100","initial":false})"), tape,
                {R"(3 "anchor":"100","direction":"up")", R"(4 "anchor":"100","direction":"down")"});
}

TEST(Move, LastFire_StartsAnewAtEachFire) {
    auto const alert = alertOf(R"({"kind":"move","abs":"10","anchor":"last_fire"})");
    expectFires(alert, tapeOf({"100", "110", "120", "111", "110", "125", "115"}),
                {R"(2 "anchor":"100","direction":"up")", R"(3 "anchor":"110","direction":"up")",
                 R"(5 "anchor":"120","direction":"down")", R"(6 "anchor":"110","direction":"up")",
                 R"(7 "anchor":"125","direction":"down")"});
}

TEST(Move, LastFire_SuppressedMovesTheAnchorToo) {
    auto alert = alertOf(R"({"kind":"move","abs":"10","anchor":"last_fire"})");
    alert.cooldown = 4'000;
    // 2 s fires; 3 s is suppressed and becomes the anchor; 10 less than 120 is not reached from there until 6 s.
    expectFires(alert, tapeOf({"100", "110", "120", "112", "111", "110"}),
                {R"(2 "anchor":"100","direction":"up")", R"(6 "anchor":"120","direction":"down" +1)"});
}

TEST(Move, For_CountsTheRunOfItsPredicate) {
    auto const alert = alertOf(R"({"kind":"move","abs":"10","for":"2s"})");
    expectFires(alert, tapeOf({"100", "110", "111", "90", "89", "88", "87"}),
                {R"(6 "anchor":"100","direction":"down","since":4000)"});
    auto const restarting = alertOf(R"({"kind":"move","abs":"10","anchor":"last_fire","for":"1s"})");
    expectFires(
        restarting, tapeOf({"100", "110", "112", "122", "122"}),
        {R"(3 "anchor":"100","direction":"up","since":2000)", R"(5 "anchor":"112","direction":"up","since":4000)"});
}

TEST(Trail, Down_FallsFromTheHighestSinceTheFirstTrade) {
    auto const alert = alertOf(R"({"kind":"trail","abs":"10"})");
    expectFires(alert, tapeOf({"100", "91", "105", "96", "95", "94"}), {R"(5 "extreme":"105")"});
}

TEST(Trail, Fire_RestartsTheExtreme) {
    auto const alert = alertOf(R"({"kind":"trail","abs":"10"})");
    expectFires(alert, tapeOf({"100", "90", "80", "85", "75", "76"}),
                {R"(2 "extreme":"100")", R"(3 "extreme":"90")", R"(5 "extreme":"85")"});
}

TEST(Trail, Up_Mirrored) {
    auto const alert = alertOf(R"({"kind":"trail","pct":"10","side":"up"})");
    expectFires(alert, tapeOf({"100", "109", "90", "98.99999999", "99", "108.9"}),
                {R"(5 "extreme":"90")", R"(6 "extreme":"99")"});
}

TEST(Trail, Percent_OfTheExtreme) {
    auto const alert = alertOf(R"({"kind":"trail","pct":"5"})");
    expectFires(alert, tapeOf({"100", "200", "190.00000001", "190"}), {R"(4 "extreme":"200")"});
}

TEST(Trail, Unreachable_NeverFires) {
    auto const tape = tapeOf({"100", "0.00000001", "92233720368.54775807", "0.00000001"});
    expectFires(alertOf(R"({"kind":"trail","pct":"100"})"), tape, {});
    expectFires(alertOf(R"({"kind":"trail","abs":"92233720368.54775807","side":"up"})"), tape, {});
}

TEST(Trail, For_BreaksWhenThePriceRecovers) {
    auto const alert = alertOf(R"({"kind":"trail","abs":"10","for":"2s"})");
    expectFires(alert, tapeOf({"100", "90", "91", "90", "89", "88", "78", "78", "78"}),
                {R"(6 "extreme":"100","since":4000)", R"(9 "extreme":"88","since":7000)"});
    expectFires(alertOf(R"({"kind":"trail","abs":"10","side":"up","for":"2s"})"),
                tapeOf({"100", "110", "112", "111", "95", "104", "105", "106", "107"}),
                {R"(4 "extreme":"100","since":2000)", R"(9 "extreme":"95","since":7000)"});
}

TEST(Trail, Extreme_IsWrittenOncePerCommit) {
    EvaluatorBook book;
    book.arm(alertOf(R"({"kind":"trail","abs":"10"})"), 1);
    for (auto const& trade : tapeOf({"100", "101", "102", "103"}))
        book.judge(trade);
    book.commit();
    ASSERT_EQ(book.lastStates().size(), 1U);
    EXPECT_EQ(book.lastStates()[0].engine, "1 x10300000000");
    book.judge(tradeAt(5, "99", 5'000));
    book.commit();
    EXPECT_TRUE(book.lastStates().empty()) << "a price below the extreme changes nothing that is stored";
}

TEST(Trails, Many_OnOneSymbol_KeepTheirOwnExtremes) {
    EvaluatorBook book;
    for (std::int64_t id = 1; id <= 5; ++id) {
        book.arm(alertOf(R"({"kind":"trail","abs":"10"})", id), id);
        book.judge(tradeAt(id, std::to_string(110 - id), id * 1'000));
    }
    book.remove({2});
    book.judge(tradeAt(6, "98", 6'000));  // 109-98 and 108-98 (removed) reach 10; 107, 106, 105 do not
    book.commit();
    ASSERT_EQ(book.notified().size(), 1U);
    EXPECT_EQ(book.notified()[0].alert, common::AlertId{1});
    book.judge(tradeAt(7, "96", 7'000));
    book.commit();
    EXPECT_EQ(shortTexts(book.notified()),
              (std::vector<std::string>{R"(6 "extreme":"109")", R"(7 "extreme":"107")", R"(7 "extreme":"106")"}));
}

}  // namespace
}  // namespace ingestion::testing
