#include "ingestion/market/retention.hpp"

#include "common/store/open.hpp"
#include "ingestion/market/rank_loader.hpp"
#include "tests/support/temp_directory.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace ingestion {
namespace {

using common::Candle;
using common::kDayMs;
using common::kHourMs;
using common::kMinuteMs;

constexpr common::TimeMs kDay = 20'000 * kDayMs;  // midnight

struct RetentionTest : ::testing::Test {
    support::TempDirectory place;
    std::unique_ptr<common::Database> database = common::openDatabase("sqlite:" + (place.path() / "t.db").string(), {});

    void fill(char const* symbol, common::TimeMs from, common::TimeMs to) {
        std::vector<Candle> candles;
        for (auto open = from; open < to; open += kMinuteMs) {
            auto candle = Candle::quiet(open, kMinuteMs, common::Decimal::fromUnits(100 + open / kMinuteMs % 50), 2);
            candle.trades = 1;
            candle.volume = 1;
            candles.push_back(candle);
        }
        database->begin();
        database->candles().fill(symbol, candles);
        database->commit();
    }
    int runUntilIdle(RetentionRound& round, common::TimeMs now) {
        int merges = 0;
        for (int idle = 0; idle < 2;) {
            if (auto const task = round.next(database->candles(), now)) {
                database->begin();
                database->candles().merge(task->symbol, task->openTime, task->length);
                database->commit();
                ++merges;
            } else if (round.takeRoundOver()) {
                ++idle;
            }
        }
        return merges;
    }
    std::vector<Candle> rows(char const* symbol) { return database->candles().range(symbol, 0, kDay * 2, 1'000'000); }
};

TEST_F(RetentionTest, Round_OldMinutes_BecomeHoursThenDaysAndNothingIsLost) {
    fill("AUSDT", kDay, kDay + 3 * kDayMs);
    fill("BUSDT", kDay + kDayMs, kDay + kDayMs + kHourMs);
    RetentionRound round({.minutes = 2 * kDayMs, .hours = 4 * kDayMs});
    EXPECT_EQ(runUntilIdle(round, kDay + 3 * kDayMs + 90 * kMinuteMs), 25 + 1);
    auto stored = rows("AUSDT");
    ASSERT_EQ(stored.size(), 25U + 3 * 1'440 - 25 * 60);
    EXPECT_EQ(stored[24].length, kHourMs);
    EXPECT_EQ(stored[25].openTime, kDay + 25 * kHourMs) << "an hour that is not over by then stays";
    EXPECT_EQ(stored[25].length, kMinuteMs);
    EXPECT_EQ(rows("BUSDT").size(), 1U);
    EXPECT_EQ(runUntilIdle(round, kDay + 3 * kDayMs + 90 * kMinuteMs), 0) << "nothing twice";

    EXPECT_EQ(runUntilIdle(round, kDay + 30 * kDayMs), 47 + 3 + 1);
    stored = rows("AUSDT");
    ASSERT_EQ(stored.size(), 3U);
    for (auto const& row : stored) {
        EXPECT_EQ(row.length, kDayMs);
        EXPECT_EQ(row.trades, 1'440);
        EXPECT_TRUE(row.complete());
    }
    EXPECT_FALSE(rows("BUSDT").at(0).whole) << "an hour of a day";
}

TEST_F(RetentionTest, Round_ManySymbols_LooksAtSomeAtATime) {
    for (int i = 0; i < 120; ++i)
        fill(("S" + std::to_string(i)).c_str(), kDay, kDay + kMinuteMs);
    RetentionRound round({});
    int readings = 0;
    while (!round.takeRoundOver()) {
        EXPECT_FALSE(round.next(database->candles(), kDay + kHourMs));
        ++readings;
    }
    EXPECT_EQ(readings, 3);
}

TEST_F(RetentionTest, RankLoader_MinuteByMinute_EqualsLoadingAtOnce) {
    auto const end = kDay + kDayMs + 5 * kMinuteMs;
    fill("AUSDT", kDay, end - 2 * kMinuteMs);
    RankBook book;
    loadRankBook(book, database->candles(), database->ranks(), end - 2 * kMinuteMs);
    EXPECT_EQ(book.rank(common::RankMetric::Volatility, kDayMs).size(), 1U);
    fill("AUSDT", end - kMinuteMs, end);
    database->begin();
    database->ranks().addCloses(
        std::vector<common::MinuteClose>{{end - kMinuteMs, "ZUSDT", common::Decimal::fromUnits(5)}});
    database->commit();
    loadRankBook(book, database->candles(), database->ranks(), end);
    EXPECT_TRUE(book.rank(common::RankMetric::Volatility, kDayMs).empty()) << "a minute is missing";
    fill("AUSDT", end - 2 * kMinuteMs, end - kMinuteMs);
    loadRankBook(book, database->candles(), database->ranks(), end);
    RankBook fresh;
    loadRankBook(fresh, database->candles(), database->ranks(), end);
    for (auto const& ranking : rankAll(book, database->ranks(), 7)) {
        EXPECT_EQ(ranking.rows, fresh.rank(ranking.run.metric, ranking.run.window));
        EXPECT_EQ(ranking.run.of, 1);
        EXPECT_EQ(ranking.run.asOf, end);
        EXPECT_EQ(ranking.run.run, 7);
    }
}

}  // namespace
}  // namespace ingestion
