#include "common/core/candle.hpp"
#include "common/core/rank.hpp"

#include <gtest/gtest.h>

namespace {

using namespace common;

Wide power10(int exponent) {
    Wide value = 1;
    while (exponent-- > 0)
        value *= 10;
    return value;
}

TEST(Wide, Text_AnySum_HasEightDecimals) {
    EXPECT_EQ(wideText(0), "0.00000000");
    EXPECT_EQ(wideText(1), "0.00000001");
    EXPECT_EQ(wideText(100'000'000), "1.00000000");
    EXPECT_EQ(wideText(power10(30) + 5), "10000000000000000000000.00000005");
}

TEST(Wide, Parsing_WhatTheExchangeWrites_IsExactAndRefusesTheRest) {
    EXPECT_EQ(parseWide("18278186645237.00000001"), 18'278'186'645'237 * power10(8) + 1);
    EXPECT_EQ(parseWide("12"), 12 * power10(8));
    EXPECT_EQ(parseWide("0.5"), 50'000'000);
    EXPECT_EQ(parseWide("99999999999999999999999999.99999999"), power10(34) - 1);
    for (auto const* const bad :
         {"", ".", ".5", "5.", "-1", "1e5", "1.123456789", "1.2.3", "1 ", "+1", "x", "100000000000000000000000000"})
        EXPECT_FALSE(parseWide(bad)) << bad;
}

TEST(Candle, QuoteVolume_Shown_IsRoundedHalfUpOnce) {
    Candle candle;
    candle.quoteVolume = 149'999'999;
    EXPECT_EQ(candle.quoteVolumeText(), "0.00000001");
    candle.quoteVolume = 150'000'000;
    EXPECT_EQ(candle.quoteVolumeText(), "0.00000002");
    candle.quoteVolume = 0;
    EXPECT_EQ(candle.quoteVolumeText(), "0.00000000");
}

TEST(Candle, Flooring_AnyInstant_GivesTheStartOfItsInterval) {
    EXPECT_EQ(floorTo(119'999, kMinuteMs), 60'000);
    EXPECT_EQ(floorTo(120'000, kMinuteMs), 120'000);
    EXPECT_EQ(floorTo(-1, kMinuteMs), -60'000);
}

TEST(Candle, Merging_QuietOnes_RepeatTheCloseUnlessSomethingTraded) {
    auto const at = [](std::int64_t units) { return Decimal::fromUnits(units); };
    Candle sum;
    sum.length = 5 * kMinuteMs;
    sum.whole = sum.closed = true;
    mergeInto(sum, Candle::quiet(0, kMinuteMs, at(50), 2));
    mergeInto(sum, Candle::quiet(kMinuteMs, kMinuteMs, at(50), 2));
    EXPECT_EQ(sum.open.units(), 50);
    EXPECT_EQ(sum.low.units(), 50);
    EXPECT_TRUE(sum.complete());
    auto traded = Candle::quiet(2 * kMinuteMs, kMinuteMs, at(80), 2);
    traded.open = at(60);
    traded.low = at(55);
    traded.high = at(90);
    traded.trades = 3;
    traded.firstId = 7;
    traded.lastId = 9;
    traded.volume = 4;
    traded.quoteVolume = 280;
    mergeInto(sum, traded);
    mergeInto(sum, Candle::quiet(3 * kMinuteMs, kMinuteMs, at(80), 2));
    traded.whole = false;
    traded.firstId.reset();
    traded.lastId.reset();
    traded.high = at(85);
    traded.low = at(54);
    traded.close = at(81);
    mergeInto(sum, traded);
    EXPECT_EQ(sum.open.units(), 60);
    EXPECT_EQ(sum.high.units(), 90);
    EXPECT_EQ(sum.low.units(), 54);
    EXPECT_EQ(sum.close.units(), 81);
    EXPECT_EQ(sum.trades, 6);
    EXPECT_TRUE(sum.volume == 8 && sum.quoteVolume == 560);
    EXPECT_EQ(sum.firstId, 7);
    EXPECT_FALSE(sum.lastId) << "the last one is the exchange's own";
    EXPECT_FALSE(sum.whole);
    EXPECT_EQ(sum.length, 5 * kMinuteMs);
}

TEST(RankMetric, Text_EveryMetric_ParsesBack) {
    for (auto const metric : kRankMetrics)
        EXPECT_EQ(parseRankMetric(rankMetricText(metric)), metric);
    EXPECT_FALSE(parseRankMetric("Volatility"));
}

}  // namespace
