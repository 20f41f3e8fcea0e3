#include "notifier/protocol/limits.hpp"
#include "notifier/protocol/reply_order.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace notifier {
namespace {

TEST(CommandBucket, Take_BurstAtOnce_AllowsAHundredAndNoMore) {
    CommandBucket bucket({}, 1'000);
    for (int i = 0; i < 100; ++i)
        EXPECT_FALSE(bucket.take(1'000)) << i;
    EXPECT_EQ(bucket.take(1'000), 50);
}

TEST(CommandBucket, Take_AfterTheNamedWait_Succeeds) {
    CommandBucket bucket({}, 0);
    for (int i = 0; i < 100; ++i)
        bucket.take(0);
    auto const wait = bucket.take(30);
    ASSERT_EQ(wait, 20);
    EXPECT_EQ(bucket.take(49), 1);
    EXPECT_FALSE(bucket.take(50));
    EXPECT_TRUE(bucket.take(50));
}

TEST(CommandBucket, Take_SteadyRate_IsTwentyASecond) {
    CommandBucket bucket({}, 0);
    for (int i = 0; i < 100; ++i)
        bucket.take(0);
    int taken = 0;
    for (std::int64_t ms = 1; ms <= 10'000; ++ms)
        if (!bucket.take(ms)) ++taken;
    EXPECT_EQ(taken, 200);
}

TEST(CommandBucket, Take_AfterYearsOfSilence_IsFullAndNotMore) {
    CommandBucket bucket({}, 0);
    auto const late = std::numeric_limits<std::int64_t>::max() / 2;
    for (int i = 0; i < 100; ++i)
        EXPECT_FALSE(bucket.take(late));
    EXPECT_TRUE(bucket.take(late));
}

TEST(WindowCounter, Add_LimitReachedWithinTheWindow_SaysSo) {
    WindowCounter counter(3, 1'000);
    EXPECT_FALSE(counter.add(0));
    EXPECT_FALSE(counter.add(500));
    EXPECT_FALSE(counter.add(1'000)) << "the first has left the window";
    EXPECT_TRUE(counter.add(1'499));
    EXPECT_TRUE(counter.add(1'499));
    EXPECT_FALSE(counter.add(9'000));
}

TEST(MisusePolicy, TwoHundredRefusalsInAMinute_Close4029) {
    MisusePolicy policy;
    for (int i = 0; i < 199; ++i)
        EXPECT_FALSE(policy.onErrorReply(common::ErrorCode::RateLimited, i * 300));
    EXPECT_EQ(policy.onErrorReply(common::ErrorCode::RateLimited, 59'999), common::CloseCode::TooManyRefusals);
}

TEST(MisusePolicy, HundredOtherErrorsInAMinute_Close4503) {
    MisusePolicy policy;
    for (int i = 0; i < 99; ++i) {
        EXPECT_FALSE(policy.onErrorReply(common::ErrorCode::BadJson, i));
        EXPECT_FALSE(policy.onErrorReply(common::ErrorCode::RateLimited, i)) << "refusals are counted apart";
    }
    EXPECT_EQ(policy.onErrorReply(common::ErrorCode::UnknownSymbol, 100), common::CloseCode::TooManyErrors);
}

TEST(MisusePolicy, ErrorsSpreadOverTime_AreForgiven) {
    MisusePolicy policy;
    for (int i = 0; i < 1'000; ++i)
        EXPECT_FALSE(policy.onErrorReply(common::ErrorCode::BadJson, i * 610));
}

TEST(ReplyOrder, AnswersReadyInAnyOrder_LeaveInTheOrderOfRequests) {
    ReplyOrder<std::string> order;
    std::vector<std::string> sent;
    auto const emit = [&](std::string&& answer) { sent.push_back(std::move(answer)); };
    auto const a = order.open();
    auto const b = order.open();
    auto const c = order.open();
    order.settle(c, "c", emit);
    order.settle(b, "b", emit);
    EXPECT_TRUE(sent.empty());
    EXPECT_EQ(order.size(), 3U);
    order.settle(a, "a", emit);
    EXPECT_EQ(sent, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(order.size(), 0U);
    order.settle(order.open(), "d", emit);
    EXPECT_EQ(sent.back(), "d");
}

}  // namespace
}  // namespace notifier
