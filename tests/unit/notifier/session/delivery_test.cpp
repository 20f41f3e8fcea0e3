// What one connection is shown of its account's events, against an oracle that knows only the rules of the outside:
// after a resume (or from the welcome on) every seq follows exactly once, in order.

#include "notifier/session/delivery.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace notifier {
namespace {

TEST(Delivery, Live_AfterHoldWithoutResume_StartsBehindTheWelcome) {
    Delivery delivery;
    delivery.hold(5);
    EXPECT_FALSE(delivery.onLive(6));
    EXPECT_FALSE(delivery.nextPage());
    delivery.release();
    auto const page = delivery.nextPage();
    ASSERT_TRUE(page);
    EXPECT_EQ(page->after, 5);
    EXPECT_FALSE(delivery.onPaged(6));
    delivery.onPageEnd(*page, false);
    EXPECT_TRUE(delivery.onLive(7));
    EXPECT_FALSE(delivery.onLive(7));
}

TEST(Delivery, Resume_Recovered_MarksReplayUpToAndNoFurther) {
    Delivery delivery;
    delivery.hold(10);
    delivery.resume(3, 10);
    EXPECT_FALSE(delivery.onLive(11));
    auto page = delivery.nextPage();
    ASSERT_TRUE(page);
    EXPECT_EQ(page->upTo, 11);
    for (std::int64_t seq = 4; seq <= 10; ++seq)
        EXPECT_TRUE(delivery.onPaged(seq));
    EXPECT_FALSE(delivery.onPaged(11));
    delivery.onPageEnd(*page, false);
    EXPECT_FALSE(delivery.nextPage());
    EXPECT_TRUE(delivery.onLive(12));
}

TEST(Delivery, Resume_NotRecovered_GoesOnBehindUpTo) {
    Delivery delivery;
    delivery.hold(10);
    delivery.goOnAfter(10);
    EXPECT_FALSE(delivery.nextPage());
    EXPECT_TRUE(delivery.onLive(11));
}

TEST(Delivery, Live_WithAHole_IsFetchedFromTheStore) {
    Delivery delivery;
    delivery.hold(0);
    delivery.goOnAfter(0);
    EXPECT_FALSE(delivery.nextPage());
    EXPECT_FALSE(delivery.onLive(3));
    auto const page = delivery.nextPage();
    ASSERT_TRUE(page);
    EXPECT_EQ(page->after, 0);
    EXPECT_EQ(page->upTo, 3);
}

TEST(Delivery, PageOfRowsThatAreGone_IsPassedOver) {
    Delivery delivery;
    delivery.hold(0);
    delivery.resume(0, 4);
    auto const page = delivery.nextPage();
    ASSERT_TRUE(page);
    EXPECT_TRUE(delivery.onPaged(3));
    delivery.onPageEnd(*page, false);
    EXPECT_EQ(delivery.cursor(), 4);
    EXPECT_TRUE(delivery.onLive(5));
}

TEST(Delivery, Silence_CoversWhatFiredBeforeItOnly) {
    Delivery delivery;
    delivery.hold(0);
    delivery.resume(0, 7);
    delivery.onLive(8);
    delivery.silence("al_1");
    EXPECT_TRUE(delivery.silenced(8, "al_1"));
    EXPECT_FALSE(delivery.silenced(8, "al_2"));
    EXPECT_FALSE(delivery.silenced(9, "al_1"));  // fired after a rearm
}

TEST(Delivery, NewAccount_WhatFiredUnseen_IsRead) {
    Delivery delivery;
    delivery.hold(0);
    delivery.release();
    delivery.startOfAccount();
    auto const page = delivery.nextPage();
    ASSERT_TRUE(page);
    EXPECT_FALSE(delivery.onPaged(1));
    delivery.onPageEnd(*page, false);
    EXPECT_TRUE(delivery.onLive(2));
}

/// The store, the tail with its delay, the client's commands and the pages in any order that can happen.
class Interleaving {
public:
    explicit Interleaving(std::uint64_t seed) : random_(seed) {}

    void run() {
        stored_ = at(20);
        tailed_ = stored_;
        welcome_ = stored_;
        delivery_.hold(welcome_);
        expected_ = welcome_;
        for (int i = 0; i < 300; ++i)
            step();
        // Everything comes to rest: whatever is stored has been shown.
        if (delivery_.held()) delivery_.release();
        while (tailed_ < stored_)
            tail();
        for (int i = 0; i < 1'000 && (page_ || askPage()); ++i)
            answerPage();
        EXPECT_EQ(expected_, stored_);
    }

private:
    std::int64_t at(std::int64_t below) { return std::uniform_int_distribution<std::int64_t>(0, below - 1)(random_); }

    void step() {
        switch (at(8)) {
            case 0:
            case 1:
                stored_ += at(4);
                break;
            case 2:
            case 3:
                if (tailed_ < stored_) tail();
                break;
            case 4:
                askPage();
                break;
            case 5:
                if (page_) answerPage();
                break;
            case 6:
                if (delivery_.held()) delivery_.release();
                break;
            case 7:
                if (at(6) == 0) resume();
                break;
        }
    }

    void tail() {
        if (delivery_.onLive(++tailed_)) show(tailed_, false);
    }

    bool askPage() {
        if (page_) return false;
        page_ = delivery_.nextPage();
        generation_ = delivery_.generation();
        return page_.has_value();
    }

    /// The page was read at some time since it was asked for; now is as good as any.
    void answerPage() {
        auto const range = *page_;
        page_.reset();
        if (generation_ != delivery_.generation()) return;
        auto const last = std::min(range.upTo, stored_);
        std::int64_t rows = 0;
        for (auto seq = range.after + 1; seq <= last && rows < kPage; ++seq, ++rows)
            show(seq, delivery_.onPaged(seq));
        delivery_.onPageEnd(range, rows == kPage);
    }

    void resume() {
        auto const after = at(stored_ + 1);
        replayUpTo_ = stored_;
        delivery_.resume(after, stored_);
        expected_ = after;
    }

    void show(std::int64_t seq, bool replay) {
        EXPECT_EQ(seq, ++expected_);
        EXPECT_EQ(replay, seq <= replayUpTo_);
    }

    static constexpr std::int64_t kPage = 5;
    std::mt19937_64 random_;
    Delivery delivery_;
    std::int64_t stored_ = 0;
    std::int64_t tailed_ = 0;
    std::int64_t welcome_ = 0;
    std::int64_t expected_ = 0;
    std::int64_t replayUpTo_ = 0;
    std::optional<Delivery::Range> page_;
    std::uint64_t generation_ = 0;
};

TEST(Delivery, AnyInterleaving_ShowsEachSeqOnceInOrder) {
    for (std::uint64_t seed = 1; seed <= 20'000 && !::testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        Interleaving(seed).run();
    }
}

}  // namespace
}  // namespace notifier
