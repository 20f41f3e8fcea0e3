#include "common/runtime/clock.hpp"

#include "tests/support/manual_clock.hpp"

#include <gtest/gtest.h>

#include <ctime>

namespace common {
namespace {

TEST(SystemClock, Read_Twice_WallIsNowAndMonotonicNeverGoesBack) {
    SystemClock const clock;
    auto const seconds = static_cast<std::int64_t>(std::time(nullptr));
    EXPECT_NEAR(static_cast<double>(clock.wallMs()), static_cast<double>(seconds * 1000), 2'000.0);
    auto last = clock.monotonicUs();
    for (int i = 0; i < 1'000; ++i) {
        auto const now = clock.monotonicUs();
        ASSERT_GE(now, last);
        last = now;
    }
}

TEST(ManualClock, JumpWall_LeavesMonotonicAlone) {
    support::ManualClock clock;
    auto const wall = clock.wallMs();
    clock.advance(1'500);
    clock.jumpWall(-3'600'000);
    EXPECT_EQ(clock.monotonicMs(), 1'500);
    EXPECT_EQ(clock.wallMs(), wall + 1'500 - 3'600'000);
}

}  // namespace
}  // namespace common
