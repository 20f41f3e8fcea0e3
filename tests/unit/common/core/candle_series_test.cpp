#include "common/core/candle_series.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace common;

Candle minute(std::int64_t index, std::int64_t units, DurationMs length = kMinuteMs) {
    auto candle = Candle::quiet(index * kMinuteMs, length, Decimal::fromUnits(units), 2);
    candle.trades = 1;
    candle.firstId = candle.lastId = index;
    candle.volume = 3;
    return candle;
}

std::vector<Candle> grouped(DurationMs interval, std::vector<Candle> const& rows) {
    CandleSeries series(interval);
    std::vector<Candle> candles;
    for (auto const& row : rows)
        if (auto done = series.add(row)) candles.push_back(*done);
    if (auto last = series.finish()) candles.push_back(*last);
    return candles;
}

TEST(CandleSeries, Grouping_WholeIntervals_AreCompleteAndTheRunningOneIsNot) {
    std::vector<Candle> rows;
    for (int i = 0; i < 13; ++i)
        rows.push_back(minute(i, 100 + i));
    auto const candles = grouped(5 * kMinuteMs, rows);
    ASSERT_EQ(candles.size(), 3U);
    EXPECT_EQ(candles[1].openTime, 5 * kMinuteMs);
    EXPECT_EQ(candles[1].length, 5 * kMinuteMs);
    EXPECT_EQ(candles[1].open.units(), 105);
    EXPECT_EQ(candles[1].close.units(), 109);
    EXPECT_EQ(candles[1].firstId, 5);
    EXPECT_EQ(candles[1].lastId, 9);
    EXPECT_EQ(candles[1].priceDecimals, 2);
    EXPECT_TRUE(candles[1].volume == 15);
    EXPECT_TRUE(candles[0].complete() && candles[1].complete());
    EXPECT_TRUE(candles[2].whole);
    EXPECT_FALSE(candles[2].closed);
}

TEST(CandleSeries, Grouping_HolesAnywhere_AreNeverComplete) {
    // Head, middle, tail missing; then an interval that is not there at all.
    std::vector<Candle> rows;
    for (auto const i : {1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 20, 21, 22, 23, 24})
        rows.push_back(minute(i, 100));
    auto const candles = grouped(5 * kMinuteMs, rows);
    ASSERT_EQ(candles.size(), 4U);
    for (auto const i : {0, 1, 2}) {
        EXPECT_FALSE(candles[static_cast<std::size_t>(i)].whole) << i;
        EXPECT_TRUE(candles[static_cast<std::size_t>(i)].closed) << i;
    }
    EXPECT_EQ(candles[3].openTime, 20 * kMinuteMs);
    EXPECT_TRUE(candles[3].complete());
}

TEST(CandleSeries, Grouping_ARowThatNeverClosed_IsNotCompleteLater) {
    auto rows = std::vector{minute(0, 100), minute(1, 100), minute(2, 100)};
    rows[1].closed = false;
    auto const candles = grouped(kMinuteMs, rows);
    ASSERT_EQ(candles.size(), 3U);
    EXPECT_FALSE(candles[1].whole);
    EXPECT_TRUE(candles[2].complete());
}

TEST(CandleSeries, Grouping_CoarserRows_PassOver) {
    auto const candles = grouped(kHourMs, {minute(0, 1, kDayMs), minute(1'440, 2, kHourMs), minute(1'500, 3)});
    ASSERT_EQ(candles.size(), 2U);
    EXPECT_EQ(candles[0].close.units(), 2);
    EXPECT_TRUE(candles[0].complete());
    EXPECT_EQ(candles[1].close.units(), 3);
    EXPECT_FALSE(candles[1].complete());
}

TEST(CandleSeries, Nothing_Added_GivesNothing) {
    EXPECT_TRUE(grouped(kMinuteMs, {}).empty());
    EXPECT_EQ(parseCandleInterval("4h"), 4 * kHourMs);
    EXPECT_FALSE(parseCandleInterval("2m"));
}

}  // namespace
