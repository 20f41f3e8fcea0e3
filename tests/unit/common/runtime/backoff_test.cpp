#include "common/runtime/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace common {
namespace {

TEST(Backoff, Next_ManyRuns_FillsDoublingRangesUpToTheCap) {
    constexpr std::array<DurationMs, 7> kCeilings{1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000};
    std::mt19937_64 random(1);
    std::array<DurationMs, 7> largest{};
    std::array<DurationMs, 7> smallest{};
    smallest.fill(100'000);
    for (int run = 0; run < 2'000; ++run) {
        Backoff backoff({.firstMs = 1'000, .capMs = 30'000});
        for (std::size_t i = 0; i < kCeilings.size(); ++i) {
            auto const wait = backoff.next(random);
            largest[i] = std::max(largest[i], wait);
            smallest[i] = std::min(smallest[i], wait);
        }
    }
    for (std::size_t i = 0; i < kCeilings.size(); ++i) {
        EXPECT_LE(largest[i], kCeilings[i]);
        EXPECT_GT(largest[i], kCeilings[i] * 9 / 10) << "the whole range is used";
        EXPECT_GE(smallest[i], 0);
        EXPECT_LT(smallest[i], kCeilings[i] / 10);
    }
}

TEST(Backoff, Next_SameSeed_RepeatsExactly) {
    std::mt19937_64 one(42);
    std::mt19937_64 other(42);
    Backoff a({});
    Backoff b({});
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(a.next(one), b.next(other));
}

TEST(Backoff, Reset_AfterLongFailure_StartsSmall) {
    std::mt19937_64 random(3);
    Backoff backoff({.firstMs = 10, .capMs = 1'000'000});
    for (int i = 0; i < 100; ++i)
        EXPECT_LE(backoff.next(random), 1'000'000);
    backoff.reset();
    EXPECT_LE(backoff.next(random), 10);
}

TEST(Backoff, Next_FirstAboveCap_IsCapped) {
    std::mt19937_64 random(3);
    Backoff backoff({.firstMs = 500, .capMs = 100});
    for (int i = 0; i < 50; ++i)
        EXPECT_LE(backoff.next(random), 100);
}

}  // namespace
}  // namespace common
