#include "notifier/delivery/rules/retry.hpp"

#include <gtest/gtest.h>

namespace notifier {
namespace {

using common::Delivery;
using common::DeliveryState;
using common::Webhook;

constexpr common::TimeMs kStart = 1'700'000'000'000;
constexpr common::DurationMs kSecond = 1'000;
constexpr common::DurationMs kMinute = 60 * kSecond;
constexpr common::DurationMs kHour = 60 * kMinute;
constexpr common::DurationMs kDay = 24 * kHour;

struct RetryTest : ::testing::Test {
    Webhook webhook;
    Delivery delivery;
    void SetUp() override {
        webhook.maxAge = kHour;
        delivery.expires = kStart + 100 * kDay;
        delivery.nextTry = kStart;
    }
    void answer(std::int64_t status, common::TimeMs at, double jitter = 0,
                std::optional<common::DurationMs> retryAfter = {}) {
        judgeAttempt(delivery, webhook, {at, 7, status, {}, retryAfter}, jitter);
    }
};

TEST_F(RetryTest, Failing_AllTheTime_TriesEightTimesAtTheStandardsDistances) {
    auto const plan = {5 * kSecond, 5 * kMinute, 30 * kMinute, 2 * kHour, 5 * kHour, 10 * kHour, 10 * kHour};
    auto at = kStart;
    for (auto const wait : plan) {
        answer(500, at);
        ASSERT_EQ(delivery.nextTry, at + wait);
        at += wait;
    }
    answer(500, at);
    EXPECT_EQ(delivery.state, DeliveryState::Failed);
    EXPECT_FALSE(delivery.nextTry);
    EXPECT_EQ(delivery.attempt, 8);
    EXPECT_EQ(delivery.status, 500);
    EXPECT_EQ(delivery.error, "answered 500");
    EXPECT_TRUE(webhook.enabled);
}

TEST_F(RetryTest, Failing_WithJitter_MovesTheNextTryByAFifth) {
    answer(500, kStart, -1);
    EXPECT_EQ(delivery.nextTry, kStart + 4 * kSecond);
    answer(500, kStart, 1);
    EXPECT_EQ(delivery.nextTry, kStart + 6 * kMinute);
}

TEST_F(RetryTest, Failing_PastMaxAge_Expires) {
    delivery.expires = kStart + 5 * kSecond;
    answer(503, kStart);
    EXPECT_EQ(delivery.state, DeliveryState::Pending) << "the last moment is not past it";
    answer(503, kStart + 5 * kSecond);
    EXPECT_EQ(delivery.state, DeliveryState::Expired);
    EXPECT_FALSE(delivery.nextTry);
}

TEST_F(RetryTest, Succeeding_Only2xx_EndsIt) {
    for (auto const status : {200, 201, 204, 299}) {
        Delivery fresh = delivery;
        judgeAttempt(fresh, webhook, {kStart, 7, status, {}, {}}, 0);
        EXPECT_EQ(fresh.state, DeliveryState::Delivered) << status;
        EXPECT_EQ(fresh.error, "");
        EXPECT_EQ(fresh.latency, 7);
    }
    for (auto const status : {300, 301, 302, 304, 307, 400, 404, 429, 500}) {
        Delivery fresh = delivery;
        judgeAttempt(fresh, webhook, {kStart, 7, status, {}, {}}, 0);
        EXPECT_EQ(fresh.state, DeliveryState::Pending) << status;
    }
}

TEST_F(RetryTest, Failing_WithoutAnswer_KeepsTheReason) {
    judgeAttempt(delivery, webhook, {kStart, 7, {}, "connection refused", {}}, 0);
    EXPECT_EQ(delivery.error, "connection refused");
    EXPECT_FALSE(delivery.status);
    EXPECT_EQ(delivery.nextTry, kStart + 5 * kSecond);
}

TEST_F(RetryTest, Failing_WithRetryAfter_WaitsAtLeastThatLong) {
    answer(429, kStart, -1, 60 * kSecond);
    EXPECT_EQ(delivery.nextTry, kStart + 60 * kSecond);
    answer(429, kStart, 0, kSecond);
    EXPECT_EQ(delivery.nextTry, kStart + 5 * kMinute) << "never sooner than planned";
    delivery.expires = kStart + kHour;
    answer(429, kStart, 0, 2 * kHour);
    EXPECT_EQ(delivery.state, DeliveryState::Expired);
}

TEST_F(RetryTest, Answering410_AtOnce_DisablesTheWebhook) {
    answer(410, kStart);
    EXPECT_EQ(delivery.state, DeliveryState::Failed);
    EXPECT_FALSE(webhook.enabled);
    EXPECT_NE(webhook.reason.find("410"), std::string::npos);
}

TEST_F(RetryTest, Failing_ForFiveDays_DisablesTheWebhook) {
    answer(500, kStart);
    delivery.attempt = 0;
    answer(500, kStart + 5 * kDay - 1);
    EXPECT_TRUE(webhook.enabled);
    delivery.attempt = 0;
    answer(500, kStart + 5 * kDay);
    EXPECT_FALSE(webhook.enabled);
    EXPECT_NE(webhook.reason.find("five days"), std::string::npos);
    enable(webhook);
    EXPECT_TRUE(webhook.enabled);
    EXPECT_EQ(webhook.reason, "");
    EXPECT_FALSE(webhook.failingSince);
}

TEST_F(RetryTest, Succeeding_InBetween_StartsTheFiveDaysAgain) {
    answer(500, kStart);
    Delivery other = delivery;
    judgeAttempt(other, webhook, {kStart + kDay, 7, 200, {}, {}}, 0);
    delivery.attempt = 0;
    answer(500, kStart + 6 * kDay);
    EXPECT_TRUE(webhook.enabled);
    EXPECT_EQ(webhook.failingSince, kStart + 6 * kDay);
}

TEST_F(RetryTest, Failing_AfterItHasExpired_StaysOver) {
    delivery.state = DeliveryState::Expired;
    delivery.nextTry.reset();
    answer(500, kStart);
    EXPECT_EQ(delivery.state, DeliveryState::Expired);
    EXPECT_FALSE(delivery.nextTry);
    answer(200, kStart);
    EXPECT_EQ(delivery.state, DeliveryState::Delivered) << "what arrived has arrived";
}

TEST_F(RetryTest, Starting_Again_TriesAtOnceWithAWholeAge) {
    delivery.state = DeliveryState::Failed;
    delivery.nextTry.reset();
    delivery.attempt = 8;
    startAgain(delivery, webhook, kStart);
    EXPECT_EQ(delivery.state, DeliveryState::Pending);
    EXPECT_EQ(delivery.nextTry, kStart);
    EXPECT_EQ(delivery.attempt, 0);
    EXPECT_EQ(delivery.expires, kStart + kHour);
}

TEST(RetryAfter, Reading_SecondsAndDates_GivesTheWait) {
    common::TimeMs const now = 1'445'412'480'000;  // Wed, 21 Oct 2015 07:28:00 GMT
    EXPECT_EQ(retryAfterOf("0", now), 0);
    EXPECT_EQ(retryAfterOf("120", now), 120'000);
    EXPECT_EQ(retryAfterOf("9999999", now), kDay);
    EXPECT_EQ(retryAfterOf("Wed, 21 Oct 2015 07:28:30 GMT", now), 30'000);
    EXPECT_EQ(retryAfterOf("Wed, 21 Oct 2015 07:27:00 GMT", now), 0);
    EXPECT_EQ(retryAfterOf("Fri, 21 Oct 2115 07:28:00 GMT", now), kDay);
    for (auto const* const text : {"", "-1", "1.5", "soon", "Wed, 21 Oct 2015", "Wed, 21 Oct 2015 07:28:30 GMT!"})
        EXPECT_FALSE(retryAfterOf(text, now)) << text;
}

}  // namespace
}  // namespace notifier
