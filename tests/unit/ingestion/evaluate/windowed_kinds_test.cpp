#include "tests/unit/ingestion/evaluate/evaluator_book.hpp"

#include <gtest/gtest.h>

// Worked by hand from the words of spec section 4; expectFires() also restarts after every trade.

namespace ingestion {
namespace {

using namespace testing;
using common::kMinuteMs;

constexpr common::TimeMs kStart = 29'333'334 * kMinuteMs;

TEST(Change, Reference_IsOlderThanTheWindowsSecond_AndEqualityReaches) {
    expectFires(alertOf(R"({"kind":"change","pct":"10","window":"10s"})"),
                {tradeAt(1, "100", kStart), tradeAt(2, "110", kStart + 10'000),  // nothing is older than the cut at 0 s
                 tradeAt(3, "110", kStart + 11'000),                             // cut at 1 s: from 100, exactly 10 %
                 tradeAt(4, "109.99", kStart + 11'500),                          // still from 100
                 tradeAt(5, "110", kStart + 11'999),                             // and up again
                 tradeAt(6, "110", kStart + 21'000),  // cut at 11 s: from trade 2, before that second
                 tradeAt(7, "99", kStart + 22'000)},  // cut at 12 s: from trade 5, exactly -10 %
                {R"(3 "reference":"100","direction":"up")", R"(5 "reference":"100","direction":"up")",
                 R"(7 "reference":"110","direction":"down")"});
}

TEST(Change, Silence_CarriesTheOldPrice_AndMinutesCountBeyondAnHour) {
    expectFires(alertOf(R"({"kind":"change","pct":"1","window":"2h","direction":"up"})"),
                {tradeAt(1, "100", kStart),
                 tradeAt(2, "101", kStart + 120 * kMinuteMs + 59'999),  // cut at minute 0: nothing is older
                 tradeAt(3, "101", kStart + 121 * kMinuteMs),           // cut at minute 1: 100
                 tradeAt(4, "90", kStart + 600 * kMinuteMs),
                 tradeAt(5, "102.01", kStart + 601 * kMinuteMs)},  // from trade 3: exactly 1 %
                {R"(3 "reference":"100","direction":"up")", R"(5 "reference":"101","direction":"up")"});
}

TEST(Change, TimeGoesBack_EventTimeStands) {
    expectFires(alertOf(R"({"kind":"change","pct":"10","window":"10s"})"),
                {tradeAt(1, "100", kStart), tradeAt(2, "100", kStart + 20'000),
                 tradeAt(3, "110", kStart + 1'000)},  // at 20 s all the same
                {R"(3 "reference":"100","direction":"up")"});
}

TEST(Spike, Trades_OverTheMeanOfFullMinutes_EmptyOnesAreZero) {
    expectFires(
        alertOf(R"({"kind":"spike","metric":"trades","factor":"2","window":"2m","bucket":"1m"})"),
        {tradeAt(1, "1", kStart), tradeAt(2, "1", kStart + kMinuteMs - 1),
         // minute 2: S = 2 + 0
         tradeAt(3, "1", kStart + 2 * kMinuteMs), tradeAt(4, "1", kStart + 2 * kMinuteMs + 1),  // 2·2 = 2·2: not over
         tradeAt(5, "1", kStart + 2 * kMinuteMs + 2),
         // minute 3: S = 0 + 3
         tradeAt(6, "1", kStart + 3 * kMinuteMs), tradeAt(7, "1", kStart + 3 * kMinuteMs + 1),
         tradeAt(8, "1", kStart + 3 * kMinuteMs + 2),  // 2·3 = 2·3
         tradeAt(9, "1", kStart + 3 * kMinuteMs + 3),
         // minute 6: S = 0, nothing is a spike
         tradeAt(10, "1", kStart + 6 * kMinuteMs)},
        {R"(5 "value":"3","mean":"1")", R"(9 "value":"4","mean":"1.5")"});
}

TEST(Spike, Price_ClosesAreCarriedOn) {
    expectFires(alertOf(R"({"kind":"spike","metric":"price","factor":"1.5","window":"2m","bucket":"1m"})"),
                {tradeAt(1, "90", kStart), tradeAt(2, "100", kStart + 1'000),
                 tradeAt(3, "150", kStart + 2 * kMinuteMs),  // 2·150 = 1.5·200
                 tradeAt(4, "150.01", kStart + 2 * kMinuteMs + 1)},
                {R"(4 "value":"150.01","mean":"100")"});
}

TEST(Volatility, IsJudgedAtTheFirstTradeOfAMinute) {
    // Closes 100, 110, 100: returns of +-ln 1.1, sample deviation ln 1.1 · sqrt 2 = 13.4789 %.
    expectFires(alertOf(R"({"kind":"volatility","value":"13.4788","window":"3m"})"),
                {tradeAt(1, "100", kStart), tradeAt(2, "110", kStart + kMinuteMs),
                 tradeAt(3, "7", kStart + 2 * kMinuteMs), tradeAt(4, "100", kStart + 2 * kMinuteMs + 1),
                 tradeAt(5, "100", kStart + 3 * kMinuteMs), tradeAt(6, "500", kStart + 3 * kMinuteMs + 1),
                 tradeAt(7, "100", kStart + 3 * kMinuteMs + 2), tradeAt(8, "100", kStart + 4 * kMinuteMs)},
                {R"(5 "value":"13.4789")"});
    expectFires(alertOf(R"({"kind":"volatility","value":"13.479","window":"3m"})"),
                {tradeAt(1, "100", kStart), tradeAt(2, "110", kStart + kMinuteMs),
                 tradeAt(3, "100", kStart + 2 * kMinuteMs), tradeAt(4, "100", kStart + 3 * kMinuteMs)},
                {});
}

TEST(Volatility, EmptyMinutes_CarryTheClose) {
    // Minutes 1 and 2 are empty: 100, 100, 100, no deviation; then 100, 100, 121: ln 1.21 / sqrt 2 = 13.4789 %.
    expectFires(alertOf(R"({"kind":"volatility","value":"13","window":"3m"})"),
                {tradeAt(1, "100", kStart), tradeAt(2, "121", kStart + 3 * kMinuteMs),
                 tradeAt(3, "121", kStart + 4 * kMinuteMs)},
                {R"(3 "value":"13.4789")"});
}

TEST(Windowed, For_HoldsAsLongAsThePredicate) {
    auto alert = alertOf(R"({"kind":"change","pct":"10","window":"10s","for":"2s"})");
    expectFires(alert,
                {tradeAt(1, "100", kStart), tradeAt(2, "110", kStart + 11'000), tradeAt(3, "110", kStart + 12'999),
                 tradeAt(4, "110", kStart + 13'000)},
                {R"(4 "reference":"100","direction":"up","since":)" + std::to_string(kStart + 11'000)});
}

}  // namespace
}  // namespace ingestion
