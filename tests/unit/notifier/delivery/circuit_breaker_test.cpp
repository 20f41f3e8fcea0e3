#include "notifier/delivery/rules/circuit_breaker.hpp"

#include "notifier/delivery/rules/retry.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace notifier {
namespace {

constexpr common::TimeMs kStart = 1'700'000'000'000;

CircuitBreaker failedTimes(int times, common::TimeMs at = kStart, common::DurationMs retryAfter = 0) {
    CircuitBreaker breaker{{}};
    for (int i = 0; i < times; ++i)
        breaker.failed(at, 0, retryAfter);
    return breaker;
}

TEST(CircuitBreaker, Failing_NineTimesInARow_ChangesNothing) {
    auto const breaker = failedTimes(9);
    EXPECT_FALSE(breaker.isOpen());
    EXPECT_EQ(breaker.admits(2, 1, kStart), 2U);
    EXPECT_FALSE(breaker.probeAfter(kStart));
}

TEST(CircuitBreaker, Failing_TheTenthTime_LetsOneProbeOutAfterFiveSeconds) {
    auto const breaker = failedTimes(10);
    EXPECT_TRUE(breaker.isOpen());
    EXPECT_EQ(breaker.probeAfter(kStart), kStart + 5'000);
    EXPECT_EQ(breaker.admits(2, 0, kStart + 4'999), 0U);
    EXPECT_EQ(breaker.admits(2, 0, kStart + 5'000), 1U);
    EXPECT_EQ(breaker.admits(0, 0, kStart + 5'000), 0U) << "no place is free";
    EXPECT_EQ(breaker.admits(2, 1, kStart + 5'000), 0U) << "a probe is under way";
    EXPECT_FALSE(breaker.probeAfter(kStart + 5'000));
}

TEST(CircuitBreaker, Succeeding_Once_Closes) {
    auto breaker = failedTimes(25);
    breaker.succeeded();
    EXPECT_FALSE(breaker.isOpen());
    EXPECT_EQ(breaker.admits(2, 1, kStart), 2U);
    for (int i = 0; i < 9; ++i)
        breaker.failed(kStart, 0, 0);
    EXPECT_FALSE(breaker.isOpen()) << "the count begins anew";
}

TEST(CircuitBreaker, AskedToWait_DoesSoForAtMostFiveMinutes) {
    EXPECT_EQ(failedTimes(10, kStart, 60'000).probeAfter(kStart), kStart + 60'000);
    EXPECT_EQ(failedTimes(10, kStart, 1'000).probeAfter(kStart), kStart + 5'000);
    EXPECT_EQ(failedTimes(10, kStart, 86'400'000).probeAfter(kStart), kStart + 300'000);
}

TEST(CircuitBreaker, ClockSetBack_SilencesNobody) {
    auto const breaker = failedTimes(10);
    EXPECT_EQ(breaker.admits(2, 0, kStart - 3'600'000), 1U);
    EXPECT_FALSE(breaker.probeAfter(kStart - 3'600'000));
}

TEST(CircuitBreaker, Judging_Tries_StoresItWithTheWebhook) {
    common::Webhook webhook;
    webhook.maxAge = 3'600'000;
    auto const answer = [&](std::int64_t status) {
        common::Delivery delivery;
        delivery.expires = kStart + 3'600'000;
        judgeAttempt(delivery, webhook, {kStart, 7, status, {}, {}}, 0);
    };
    for (int i = 0; i < 10; ++i)
        answer(500);
    EXPECT_EQ(webhook.circuit.failures, 10);
    EXPECT_EQ(webhook.circuit.probeFrom, kStart + 5'000);
    answer(204);
    EXPECT_EQ(webhook.circuit.failures, 0);
    EXPECT_FALSE(webhook.circuit.probeFrom);
    for (int i = 0; i < 10; ++i)
        answer(500);
    answer(410);
    EXPECT_FALSE(webhook.enabled);
    EXPECT_FALSE(webhook.circuit.probeFrom) << "a disabled one is not probed";
    answer(500);
    enable(webhook);
    EXPECT_EQ(webhook.circuit.failures, 0);
}

/// The rule by somebody who remembers every try and has no state besides.
class Witness {
public:
    void ended(bool success, common::TimeMs at, double jitter, common::DurationMs retryAfter) {
        tries_.push_back({success, at, jitter, retryAfter});
    }
    std::size_t mayBegin(std::size_t places, std::size_t running, common::TimeMs now) const {
        auto const lastSuccess = std::find_if(tries_.rbegin(), tries_.rend(), [](auto const& t) { return t.success; });
        if (lastSuccess - tries_.rbegin() < 10) return places;
        auto const& last = tries_.back();
        double wait = 5'000 + 1'000 * last.jitter;
        if (static_cast<double>(last.retryAfter) > wait)
            wait = last.retryAfter < 300'000 ? static_cast<double>(last.retryAfter) : 300'000;
        bool const early = static_cast<double>(now) + 1 <= static_cast<double>(last.at) + wait;
        return running > 0 || early || places == 0 ? 0 : 1;
    }

private:
    struct Try {
        bool success;
        common::TimeMs at;
        double jitter;
        common::DurationMs retryAfter;
    };
    std::vector<Try> tries_;
};

TEST(CircuitBreaker, Against_AWitnessOfAllTries_SaysTheSame) {
    for (std::uint32_t seed = 1; seed <= 200; ++seed) {
        std::mt19937 random(seed);
        auto const below = [&](std::uint32_t bound) { return static_cast<int>(random() % bound); };
        CircuitBreaker breaker{{}};
        Witness witness;
        common::TimeMs now = kStart;
        int const successPercent = below(30);
        for (int step = 0; step < 300; ++step) {
            now += below(2'000);
            auto const places = static_cast<std::size_t>(below(3));
            auto const running = static_cast<std::size_t>(below(2));
            ASSERT_EQ(breaker.admits(places, running, now), witness.mayBegin(places, running, now))
                << "seed " << seed << " step " << step;
            if (below(3) != 0) continue;
            bool const success = below(100) < successPercent;
            double const jitter = below(2'001) / 1'000.0 - 1;
            common::DurationMs const retryAfter = below(4) == 0 ? below(20'000) : 0;
            success ? breaker.succeeded() : breaker.failed(now, jitter, retryAfter);
            witness.ended(success, now, jitter, retryAfter);
            // As after a restart.
            breaker = CircuitBreaker(breaker.state());
        }
    }
}

}  // namespace
}  // namespace notifier
