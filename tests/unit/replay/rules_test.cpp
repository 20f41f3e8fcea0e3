#include "examples/replay/rules/rules.hpp"

#include <gtest/gtest.h>

namespace replay {
namespace {

TEST(RollingLimit, FiveAtOnce_SixthWithinTheSecond_IsRefused) {
    RollingLimit limit(5, 1'000);
    for (TimeMs at : {0, 10, 20, 30, 40})
        EXPECT_TRUE(limit.take(at));
    EXPECT_FALSE(limit.take(999));
    EXPECT_TRUE(limit.take(1'010)) << "the refused frame counts, those of 0 and 10 do not";
}

TEST(RollingLimit, BurstAcrossACalendarSecond_IsRefused) {
    // A counter per calendar second, and a bucket refilled at 5/s, would both let these pass.
    RollingLimit limit(5, 1'000);
    for (TimeMs at : {900, 920, 940, 960, 980})
        EXPECT_TRUE(limit.take(at));
    EXPECT_FALSE(limit.take(1'400));
}

TEST(RollingLimit, OneEvery200Ms_NeverRefused) {
    RollingLimit limit(5, 1'000);
    for (TimeMs at = 0; at < 60'000; at += 200)
        EXPECT_TRUE(limit.take(at)) << at;
}

TEST(KeepAlive, Unanswered_IsDeadAfterTheDeadline) {
    RuleLimits const limits;
    KeepAlive alive(limits, 0);
    EXPECT_TRUE(alive.ping(19'999).empty());
    EXPECT_FALSE(alive.ping(20'000).empty());
    EXPECT_FALSE(alive.ping(40'000).empty());
    EXPECT_FALSE(alive.isDead(79'999));
    EXPECT_TRUE(alive.isDead(80'000));
}

TEST(KeepAlive, PongWithThePayload_Answers) {
    RuleLimits const limits;
    KeepAlive alive(limits, 0);
    auto const payload = alive.ping(20'000);
    EXPECT_TRUE(alive.pong("").empty());
    EXPECT_EQ(alive.pong("other"), "wrong_pong_payload");
    EXPECT_TRUE(alive.isDead(80'000));
    EXPECT_TRUE(alive.pong(payload).empty());
    EXPECT_FALSE(alive.isDead(80'000));
}

TEST(WeightMeter, OverTheMinute_Refuses_AndBansWhoGoesOn) {
    RuleLimits limits;
    limits.weightPerMinute = 100;
    WeightMeter meter(limits);
    TimeMs const start = 60'000'000;
    EXPECT_EQ(meter.take("a", 100, start).status, 200);
    auto const refused = meter.take("a", 1, start + 10'000);
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.used, 101);
    EXPECT_EQ(refused.retryAfterSeconds, 50);
    EXPECT_EQ(meter.take("b", 1, start).status, 200);
    WeightMeter::Verdict last;
    for (int i = 0; i < 10; ++i)
        last = meter.take("a", 1, start + 11'000);
    EXPECT_EQ(last.status, 418);
    EXPECT_EQ(last.retryAfterSeconds, 120);
    EXPECT_EQ(meter.take("a", 1, start + 70'000).status, 418);
    EXPECT_EQ(meter.take("a", 1, start + 190'000).status, 200);
}

TEST(ConnectMeter, ThreeHundredInFiveMinutes_ThenRefused) {
    ConnectMeter meter(RuleLimits{});
    for (int i = 0; i < 300; ++i)
        EXPECT_TRUE(meter.take("a", i));
    EXPECT_FALSE(meter.take("a", 299'000));
    EXPECT_TRUE(meter.take("b", 299'000));
    EXPECT_TRUE(meter.take("a", 300'001));
}

}  // namespace
}  // namespace replay
