#include "examples/replay/market/player.hpp"

#include <gtest/gtest.h>

namespace replay {
namespace {

constexpr TimeMs kWall = 1'800'000'000'000;

/// A tape of one symbol with these times.
class PlayerTest : public ::testing::Test {
protected:
    Player make(std::vector<TimeMs> const& times, Speed speed, Player::Stamp stamp) {
        std::vector<Tape> tapes(1);
        std::int64_t id = 1;
        for (TimeMs const time : times)
            tapes[0].trades.push_back({id++, Decimal::fromUnits(1), Decimal::fromUnits(1), time, false});
        source_ = std::make_unique<TapeSource>(tapes);
        return Player(*source_, {speed, stamp, times.front(), times.back()});
    }
    std::vector<TimeMs> play(Player& player, TimeMs now, std::size_t budget = 1'000) {
        std::vector<TimeMs> times;
        more_ = player.step(now, budget, [&](std::uint32_t, Trade const& trade) { times.push_back(trade.time); });
        return times;
    }
    std::unique_ptr<TapeSource> source_;
    bool more_ = false;
};

TEST_F(PlayerTest, Held_PlaysNothing) {
    auto player = make({100, 200}, {}, Player::Stamp::AsRecorded);
    EXPECT_TRUE(play(player, kWall).empty());
    EXPECT_FALSE(player.nextDue());
    EXPECT_EQ(player.clock(kWall), 99);
    EXPECT_EQ(player.state(), Player::State::Held);
}

TEST_F(PlayerTest, RealSpeed_KeepsSpacing_AndNamesTheNextDue) {
    auto player = make({100, 200, 200, 450}, {}, Player::Stamp::AsRecorded);
    player.start(kWall);
    EXPECT_EQ(play(player, kWall), (std::vector<TimeMs>{100}));
    EXPECT_EQ(player.nextDue(), kWall + 100);
    EXPECT_EQ(play(player, kWall + 100), (std::vector<TimeMs>{200, 200}));
    EXPECT_EQ(player.clock(kWall + 150), 250);
    EXPECT_EQ(player.clock(kWall + 900), 449);
    EXPECT_EQ(play(player, kWall + 350), (std::vector<TimeMs>{450}));
    EXPECT_EQ(player.state(), Player::State::Finished);
    EXPECT_EQ(player.clock(kWall + 360), 460);
}

TEST_F(PlayerTest, TenTimes_IsDueTenTimesSooner) {
    auto player = make({0, 1'000, 2'000}, {10, false}, Player::Stamp::AsRecorded);
    player.start(kWall);
    EXPECT_EQ(play(player, kWall + 100).size(), 2U);
}

TEST_F(PlayerTest, Restamp_AnySpeed_KeepsSpacingAndNeverLiesInTheFuture) {
    for (Speed const speed : {Speed{1, false}, Speed{10, false}, Speed{0.5, false}, Speed{1, true}}) {
        auto player = make({1'000, 1'400, 5'000, 9'000}, speed, Player::Stamp::Shifted);
        player.start(kWall);
        std::vector<TimeMs> all;
        for (TimeMs now = kWall; now <= kWall + 20'000; now += 10)
            for (TimeMs const time : play(player, now)) {
                EXPECT_LE(time, now);
                all.push_back(time);
            }
        ASSERT_EQ(all.size(), 4U);
        EXPECT_EQ(all[1] - all[0], 400);
        EXPECT_EQ(all[3] - all[0], 8'000);
        EXPECT_GE(all[0], kWall - 8'000);
    }
}

TEST_F(PlayerTest, Budget_DoesNotTearTradesOfOneTime) {
    auto player = make({1, 1, 1, 1, 2, 2, 3}, {1, true}, Player::Stamp::AsRecorded);
    player.start(kWall);
    EXPECT_EQ(play(player, kWall, 2), (std::vector<TimeMs>{1, 1, 1, 1}));
    EXPECT_TRUE(more_);
    EXPECT_EQ(play(player, kWall, 1), (std::vector<TimeMs>{2, 2}));
    EXPECT_EQ(play(player, kWall, 5), (std::vector<TimeMs>{3}));
    EXPECT_FALSE(more_);
}

TEST(TapeSource, SeveralTapes_AreMergedByTime) {
    std::vector<Tape> tapes(2);
    auto const add = [&](std::size_t tape, std::int64_t id, TimeMs time) {
        tapes[tape].trades.push_back({id, Decimal::fromUnits(1), Decimal::fromUnits(1), time, false});
    };
    add(0, 1, 10);
    add(0, 2, 30);
    add(1, 7, 20);
    add(1, 8, 30);
    TapeSource source(tapes);
    std::vector<std::pair<std::uint32_t, std::int64_t>> order;
    for (; source.peek() != nullptr; source.pop())
        order.emplace_back(source.peek()->symbol, source.peek()->trade.id);
    EXPECT_EQ(order, (std::vector<std::pair<std::uint32_t, std::int64_t>>{{0, 1}, {1, 7}, {0, 2}, {1, 8}}));
}

}  // namespace
}  // namespace replay
