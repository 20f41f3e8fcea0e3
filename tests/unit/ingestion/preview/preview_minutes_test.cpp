#include "ingestion/preview/preview_minutes.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace ingestion {
namespace {

using common::Candle;
using common::kMinuteMs;

constexpr common::TimeMs kNow = 100 * kMinuteMs + 30'000;

Candle row(int minute, bool whole = true, int trades = 4) {
    Candle candle;
    candle.openTime = minute * kMinuteMs;
    candle.trades = trades;
    candle.whole = candle.closed = whole;
    return candle;
}

MinuteSpan span(int from, int to) {
    return {from * kMinuteMs, to * kMinuteMs};
}

TEST(PreviewMinutes, Missing_AllThere_IsNothing) {
    std::vector const rows{row(10), row(11), row(12)};
    EXPECT_EQ(missingMinutes(rows, span(10, 13), kNow), std::nullopt);
}

TEST(PreviewMinutes, Missing_NoRows_IsTheWholeSpan) {
    EXPECT_EQ(missingMinutes({}, span(10, 13), kNow), span(10, 13));
}

TEST(PreviewMinutes, Missing_HolesAndIncompleteRows_IsFromTheFirstToTheLast) {
    std::vector const rows{row(10), row(12, false), row(13), row(15)};
    EXPECT_EQ(missingMinutes(rows, span(10, 17), kNow), span(11, 17));
    EXPECT_EQ(missingMinutes(rows, span(10, 16), kNow), span(11, 15));
}

TEST(PreviewMinutes, Missing_OnlyTheRunningMinute_IsNothing) {
    std::vector const rows{row(98), row(99)};
    EXPECT_EQ(missingMinutes(rows, span(98, 101), kNow), std::nullopt);
}

TEST(PreviewMinutes, Merging_StoredAndFetched_PrefersWholeOwnRows) {
    std::vector const stored{row(10, true, 1), row(11, false, 2)};
    std::vector const fetched{row(9, true, 9), row(10, true, 9), row(11, true, 9)};
    auto const merged = mergeMinutes(stored, fetched);
    ASSERT_EQ(merged.size(), 3U);
    EXPECT_EQ(merged[0].trades, 9);
    EXPECT_EQ(merged[1].trades, 1);
    EXPECT_EQ(merged[2].trades, 9) << "the exchange's, where ours is not whole";
}

}  // namespace
}  // namespace ingestion
