#include "ingestion/market/rank_book.hpp"
#include "ingestion/market/snapshot_book.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace ingestion {
namespace {

using common::Candle;
using common::Decimal;
using common::kMinuteMs;
using common::MinuteClose;
using common::RankMetric;
using common::RankRow;

constexpr common::TimeMs kEnd = 1'760'000'040'000;
constexpr common::DurationMs kQuarter = 900'000;

Decimal price(char const* text) {
    return Decimal::parse(text).value();
}

Candle candle(common::TimeMs openTime, char const* close) {
    auto made = Candle::quiet(openTime, kMinuteMs, price(close), 2);
    made.trades = 1;
    made.volume = Decimal::kUnitsPerOne;
    return made;
}

struct RankBookTest : ::testing::Test {
    RankBook book;
    RankBookTest() { book.advance(kEnd); }

    /// The last 15 minutes, alternating between two closes.
    void fill(char const* symbol, char const* even, char const* odd, int minutes = 15) {
        for (int i = 0; i < minutes; ++i)
            book.add(symbol, candle(kEnd - (i + 1) * kMinuteMs, i % 2 == 0 ? even : odd));
    }
    std::vector<RankRow> ranked(RankMetric metric) { return book.rank(metric, kQuarter); }
};

TEST_F(RankBookTest, EqualValues_ShareTheSmallestRank) {
    fill("DUSDT", "1", "2");
    fill("AUSDT", "1", "1.1");
    fill("CUSDT", "1", "1.1");
    fill("BUSDT", "5", "5");
    auto const rows = ranked(RankMetric::Volatility);
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0].symbol, "DUSDT");
    EXPECT_EQ(rows[1].symbol, "AUSDT");
    EXPECT_EQ(rows[2].symbol, "CUSDT");
    EXPECT_EQ(rows[3].symbol, "BUSDT");
    EXPECT_EQ((std::vector{rows[0].rank, rows[1].rank, rows[2].rank, rows[3].rank}),
              (std::vector<std::int64_t>{1, 2, 2, 4}));
    EXPECT_EQ((std::vector{rows[0].ties, rows[1].ties, rows[2].ties, rows[3].ties}),
              (std::vector<std::int64_t>{0, 1, 1, 0}));
    EXPECT_EQ(rows[3].value, 0);
    // 14 returns, seven of +ln 2 and seven of -ln 2: mean 0, sum of squares 14 ln²2, over 13.
    EXPECT_NEAR(rows[0].value, std::log(2.0) * std::sqrt(14.0 / 13), 1e-15);
}

TEST_F(RankBookTest, Metrics_OfOneSymbol_AreAsWorkedByHand) {
    fill("AUSDT", "4", "2");
    auto wide = candle(kEnd - 3 * kMinuteMs, "4");
    wide.high = price("8");
    wide.low = price("1");
    book.add("AUSDT", wide);
    auto first = candle(kEnd - kQuarter, "4");
    first.open = price("5");
    book.add("AUSDT", first);
    EXPECT_DOUBLE_EQ(ranked(RankMetric::RangePct).at(0).value, 700);
    EXPECT_DOUBLE_EQ(ranked(RankMetric::Volume).at(0).value, 15);
    EXPECT_DOUBLE_EQ(ranked(RankMetric::ChangePct).at(0).value, -20);
    // Eight closes of 4, seven of 2: mean 46/15, squared distances 8·(14/15)² + 7·(16/15)² = 3360/225.
    EXPECT_NEAR(ranked(RankMetric::Stdev).at(0).value, std::sqrt(3360.0 / 225 / 14), 1e-14);
}

TEST_F(RankBookTest, Coverage_AnyMinuteMissingOrIncomplete_LeavesTheSymbolOut) {
    fill("AUSDT", "1", "2");
    fill("BUSDT", "1", "2", 14);
    fill("CUSDT", "1", "2");
    auto doubtful = candle(kEnd - kQuarter - kMinuteMs, "3");
    doubtful.whole = false;
    book.add("CUSDT", doubtful);
    EXPECT_EQ(ranked(RankMetric::Volatility).size(), 2U);
    EXPECT_TRUE(book.rank(RankMetric::Volatility, common::kHourMs).empty());
    book.advance(kEnd + kMinuteMs);
    EXPECT_TRUE(ranked(RankMetric::Volatility).empty()) << "the last minute is not there yet";
    book.add("AUSDT", candle(kEnd, "1"));
    EXPECT_EQ(ranked(RankMetric::Volatility).size(), 1U);
}

TEST_F(RankBookTest, Window_MovingOverADay_ForgetsAndStaysRight) {
    // Three days, one minute at a time: price i % 7 + 1; compared with a book that is filled at once.
    auto const text = [](std::int64_t minute) {
        return std::to_string(minute % 7 + 1) + "." + std::to_string(minute % 10);
    };
    auto const close = [&](common::TimeMs open) { return candle(open, text(open / kMinuteMs).c_str()); };
    RankBook moving;
    auto const start = kEnd - 3 * common::kDayMs;
    for (auto open = start; open < kEnd; open += kMinuteMs) {
        moving.advance(open + kMinuteMs);
        moving.add("AUSDT", close(open));
    }
    for (auto open = kEnd - common::kDayMs - kMinuteMs; open < kEnd; open += kMinuteMs)
        book.add("AUSDT", close(open));
    for (auto const metric : common::kRankMetrics)
        for (auto const window : common::kRankWindows) {
            ASSERT_EQ(moving.rank(metric, window).size(), 1U);
            EXPECT_EQ(moving.rank(metric, window), book.rank(metric, window));
        }
    EXPECT_EQ(moving.missingFrom("AUSDT"), kEnd);
    moving.advance(kEnd + 3 * common::kDayMs);
    EXPECT_TRUE(moving.rank(RankMetric::Volatility, kQuarter).empty());
    moving.advance(kEnd);
    moving.add("AUSDT", close(kEnd - kMinuteMs));
    EXPECT_EQ(moving.missingFrom("AUSDT"), kEnd - common::kDayMs) << "time went back: nothing old may be left";
}

TEST_F(RankBookTest, Missing_FirstMinuteThatIsNotKnown_IsNamed) {
    EXPECT_EQ(book.missingFrom("AUSDT"), kEnd - common::kDayMs);
    book.add("AUSDT", candle(kEnd - common::kDayMs, "1"));
    book.add("AUSDT", candle(kEnd - common::kDayMs + 2 * kMinuteMs, "1"));
    EXPECT_EQ(book.missingFrom("AUSDT"), kEnd - common::kDayMs + kMinuteMs);
}

TEST_F(RankBookTest, Closes_OfTheWholeMarket_RankBesideCandles) {
    fill("AUSDT", "1", "2");
    for (int i = 0; i < 16; ++i) {
        book.addClose({kEnd - (i + 1) * kMinuteMs, "BUSDT", price(i % 2 == 0 ? "10" : "40")});
        book.addClose({kEnd - (i + 1) * kMinuteMs, "AUSDT", price("77")});
    }
    auto const rows = ranked(RankMetric::Volatility);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].symbol, "BUSDT");
    EXPECT_NEAR(rows[1].value, std::log(2.0) * std::sqrt(14.0 / 13), 1e-15) << "the candle counts, not the close";
    EXPECT_EQ(ranked(RankMetric::Volume).size(), 1U);
    EXPECT_EQ(ranked(RankMetric::RangePct).size(), 1U);
    auto const changes = ranked(RankMetric::ChangePct);
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_DOUBLE_EQ(changes[1].value, -75) << "from the close before the window: 40 to 10";
}

TEST(SnapshotBook, Minutes_EndedWhileTheStreamWasThere_HaveAllCloses) {
    SnapshotBook book;
    auto const at = [&](common::TimeMs time, std::vector<TickerClose> const& tickers) {
        return book.onTickers(kEnd + time, tickers);
    };
    EXPECT_TRUE(at(10'000, {{"AUSDT", price("1")}, {"BUSDT", price("2")}}).empty());
    EXPECT_TRUE(at(59'900, {{"AUSDT", price("3")}}).empty());
    auto const closes = at(60'100, {{"AUSDT", price("4")}});
    EXPECT_EQ(closes, (std::vector<MinuteClose>{{kEnd, "AUSDT", price("3")}, {kEnd, "BUSDT", price("2")}}));
    book.onInterrupted();
    EXPECT_TRUE(at(125'000, {{"BUSDT", price("9")}}).empty()) << "the end of the second minute was missed";
    book.onInterrupted();
    EXPECT_TRUE(at(130'000, {{"BUSDT", price("9")}}).empty());
    EXPECT_EQ(at(180'000, {}).size(), 2U) << "a short interruption has missed next to nothing";
    EXPECT_TRUE(at(10'000'000, {}).empty()) << "a jump of hours is no market time";
}

}  // namespace
}  // namespace ingestion
