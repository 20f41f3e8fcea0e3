#include "ingestion/exchange/binance/connection_pool.hpp"

#include <gtest/gtest.h>

#include "common/core/json.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace ingestion::binance {
namespace {

/// A pool on virtual time with an exchange that answers everything at once unless told otherwise.
struct ConnectionPoolTest : ::testing::Test {
    struct Peer {
        bool open = false;
        std::set<std::string> streams;
        std::string target;
    };

    void make(PoolLimits limits) { pool.emplace(limits, 42); }
    void SetUp() override { make({}); }

    void act() {
        pool->advance(nowMs);
        for (auto const& effect : pool->takeEffects())
            std::visit([this](auto const& one) { on(one); }, effect);
    }
    void run(common::DurationMs forMs, common::DurationMs stepMs = 10) {
        for (auto const untilMs = nowMs + forMs; nowMs < untilMs; nowMs += stepMs)
            act();
        act();
    }
    void on(OpenConnection const& effect) {
        opens.push_back(nowMs);
        auto& peer = peers[effect.id];
        peer.target = effect.target;
        if (refusal) return pool->lost(effect.id, *refusal, nowMs);
        if (!answering) return;
        peer.open = true;
        auto const streams = effect.target.find('=');
        if (streams != std::string::npos)
            for (std::size_t at = streams + 1; at < effect.target.size();) {
                auto const end = std::min(effect.target.find('/', at), effect.target.size());
                peer.streams.insert(effect.target.substr(at, end - at));
                at = end + 1;
            }
        pool->opened(effect.id, nowMs);
    }
    void on(SendText const& effect) {
        auto& peer = peers.at(effect.id);
        ASSERT_TRUE(peer.open) << "sent on a closed connection";
        auto const root = common::json::parse(effect.text).value();
        auto const id = root.find("id")->integer().value();
        auto const method = root.find("method")->text();
        if (!acking) return;
        if (method == "LIST_SUBSCRIPTIONS")
            return pool->listed(effect.id, id, {peer.streams.begin(), peer.streams.end()}, nowMs);
        for (auto const& name : root.find("params")->items())
            method == "SUBSCRIBE" ? (void)peer.streams.insert(name.text()) : (void)peer.streams.erase(name.text());
        pool->acknowledged(effect.id, id, nowMs);
    }
    void on(CloseConnection const& effect) {
        peers.at(effect.id).open = false;
        closes.push_back(effect.reason);
    }
    void on(SymbolAcknowledged const& effect) { ++acknowledged[effect.symbol]; }
    void on(SymbolInterrupted const& effect) { interrupted[effect.symbol] = effect.reason; }

    std::vector<ConnectionId> live() const {
        std::vector<ConnectionId> ids;
        for (auto const& [id, peer] : peers)
            if (peer.open) ids.push_back(id);
        return ids;
    }
    void drop(ConnectionId id, Loss::Cause cause = Loss::Cause::Dropped) {
        peers.at(id).open = false;
        pool->lost(id, {cause, "dropped", {}}, nowMs);
    }
    /// The symbols that some open connection delivers right now.
    bool covered(std::string const& symbol) const {
        return std::ranges::any_of(peers, [&](auto const& peer) {
            return peer.second.open && peer.second.streams.contains(tradeStream(symbol));
        });
    }

    std::optional<ConnectionPool> pool;
    std::int64_t nowMs = 1'000'000;
    std::map<ConnectionId, Peer> peers;
    std::vector<std::int64_t> opens;
    std::vector<std::string> closes;
    std::map<std::string, int> acknowledged;
    std::map<std::string, std::string> interrupted;
    std::optional<Loss> refusal;
    bool answering = true;
    bool acking = true;
};

TEST_F(ConnectionPoolTest, NoSymbols_NoConnection) {
    run(60'000);
    EXPECT_TRUE(opens.empty());
    EXPECT_TRUE(pool->complete());
    EXPECT_EQ(pool->dueMs(), kNever);
}

TEST_F(ConnectionPoolTest, FollowAndLeave_OpensOneConnectionAndClosesItWhenNobodyNeedsIt) {
    pool->follow("BTCUSDT");
    EXPECT_FALSE(pool->complete());
    run(100);
    EXPECT_TRUE(pool->complete());
    EXPECT_EQ(acknowledged["BTCUSDT"], 1);
    EXPECT_EQ(live().size(), 1U);
    pool->leave("BTCUSDT", nowMs);
    run(1'000);
    EXPECT_FALSE(covered("BTCUSDT"));
    run(2'000);
    EXPECT_TRUE(live().empty());
    EXPECT_EQ(pool->dueMs(), kNever);
    EXPECT_TRUE(interrupted.empty());
}

TEST_F(ConnectionPoolTest, ManySymbols_AreSpreadWithinTheStreamLimit) {
    for (int i = 0; i < 2'500; ++i)
        pool->follow(fmt::format("S{}", i));
    run(5'000);
    EXPECT_TRUE(pool->complete());
    EXPECT_EQ(live().size(), 3U);
    std::size_t total = 0;
    for (auto const id : live()) {
        EXPECT_LE(peers[id].streams.size(), 1'000U);
        total += peers[id].streams.size();
    }
    EXPECT_EQ(total, 2'500U);
}

TEST_F(ConnectionPoolTest, Drop_HealsWithinAQuarterSecondAndAcknowledgesAgain) {
    pool->follow("BTCUSDT");
    run(60'000);
    drop(live().at(0));
    EXPECT_FALSE(pool->complete());
    run(250);
    EXPECT_TRUE(pool->complete());
    EXPECT_EQ(interrupted["BTCUSDT"], "dropped");
    EXPECT_EQ(acknowledged["BTCUSDT"], 2);
}

TEST_F(ConnectionPoolTest, Unreachable_RetriesForeverWithinTheConnectLimit) {
    refusal = Loss{Loss::Cause::Dropped, "refused", {}};
    for (int i = 0; i < 5'000; ++i)
        pool->follow(fmt::format("S{}", i));
    run(3'600'000, 50);
    for (std::size_t i = 0; i < opens.size(); ++i) {
        auto const inWindow =
            std::ranges::count_if(opens, [&](std::int64_t at) { return at >= opens[i] && at < opens[i] + 300'000; });
        ASSERT_LE(inWindow, 100);
    }
    EXPECT_GT(opens.back(), nowMs - 120'000);
    refusal.reset();
    run(120'000, 50);
    EXPECT_TRUE(pool->complete());
}

TEST_F(ConnectionPoolTest, AcceptedAndClosedAtOnce_BacksOff) {
    pool->follow("BTCUSDT");
    for (auto const untilMs = nowMs + 300'000; nowMs < untilMs; nowMs += 10) {
        act();
        for (auto const id : live())
            drop(id);
    }
    EXPECT_LT(opens.size(), 60U);
    EXPECT_GT(opens.size(), 8U);
}

TEST_F(ConnectionPoolTest, TooManyRequests_KeepsEveryConnectionAwayForLonger) {
    pool->follow("BTCUSDT");
    run(60'000);
    drop(live().at(0), Loss::Cause::TooManyRequests);
    auto const closedMs = nowMs;
    run(60'000);
    EXPECT_GE(opens.back() - closedMs, 30'000);
    EXPECT_TRUE(pool->complete());
}

TEST_F(ConnectionPoolTest, Forbidden_AsksAgainOnlyEveryFewMinutes) {
    refusal = Loss{Loss::Cause::Forbidden, "HTTP 451", {}};
    pool->follow("BTCUSDT");
    run(1'500'000, 50);
    EXPECT_GE(opens.size(), 4U);
    EXPECT_LE(opens.size(), 6U);
}

TEST_F(ConnectionPoolTest, RetryAfter_IsHonoured) {
    refusal = Loss{Loss::Cause::TooManyRequests, "HTTP 429", 90'000};
    pool->follow("BTCUSDT");
    run(10);
    refusal.reset();
    auto const refusedMs = opens.at(0);
    run(200'000, 50);
    ASSERT_EQ(opens.size(), 2U);
    EXPECT_GE(opens[1] - refusedMs, 90'000);
}

TEST_F(ConnectionPoolTest, Age_SuccessorIsCompleteBeforeTheOldConnectionIsLeft) {
    for (int i = 0; i < 400; ++i)
        pool->follow(fmt::format("S{}", i));
    run(5'000);
    auto const old = live().at(0);
    nowMs += 85'800'000 - 300'000 - 10'000;
    while (pool->connectionOf("S0") == old && nowMs < 1'000'000 + 86'400'000) {
        act();
        for (int i = 0; i < 400; ++i)
            ASSERT_TRUE(covered(fmt::format("S{}", i)));
        nowMs += 50;
    }
    EXPECT_NE(pool->connectionOf("S0"), old);
    EXPECT_LT(nowMs, 1'000'000 + 86'400'000 - 60'000);
    EXPECT_EQ(live().size(), 1U);
    EXPECT_TRUE(interrupted.empty());
    EXPECT_EQ(acknowledged["S399"], 2);
    EXPECT_EQ(closes, (std::vector<std::string>{"replaced: age"}));
}

TEST_F(ConnectionPoolTest, ShutdownNotice_ReplacesOnceAndNotInAStorm) {
    pool->follow("BTCUSDT");
    run(70'000);
    for (int i = 0; i < 100; ++i) {
        for (auto const id : live())
            pool->replace(id, ReplaceCause::ShutdownNotice, false, nowMs);
        run(100);
        ASSERT_TRUE(covered("BTCUSDT"));
    }
    EXPECT_EQ(opens.size(), 2U);
    run(60'000);
    EXPECT_EQ(opens.size(), 3U);  // the notice on the young successor was kept until it was old enough
}

TEST_F(ConnectionPoolTest, OldConnectionDies_WhileTheSuccessorConnects_ItTakesOver) {
    pool->follow("BTCUSDT");
    run(70'000);
    auto const old = live().at(0);
    answering = false;
    pool->replace(old, ReplaceCause::ShutdownNotice, false, nowMs);
    run(100);
    ASSERT_EQ(opens.size(), 2U);
    drop(old);
    act();
    EXPECT_EQ(interrupted.size(), 1U);
    pool->opened(peers.rbegin()->first, nowMs);
    run(100);
    EXPECT_TRUE(pool->complete());
    EXPECT_EQ(opens.size(), 2U);
}

TEST_F(ConnectionPoolTest, SuccessorFails_OldConnectionGoesOn) {
    pool->follow("BTCUSDT");
    run(70'000);
    refusal = Loss{Loss::Cause::Dropped, "refused", {}};
    pool->replace(live().at(0), ReplaceCause::Lag, false, nowMs);
    run(20'000);
    EXPECT_TRUE(covered("BTCUSDT"));
    EXPECT_TRUE(pool->complete());
    EXPECT_TRUE(interrupted.empty());
    refusal.reset();
    run(40'000);
    EXPECT_EQ(closes, (std::vector<std::string>{"replaced: lag"}));
}

TEST_F(ConnectionPoolTest, DistrustedConnection_IsIncompleteUntilReplaced) {
    pool->follow("BTCUSDT");
    run(70'000);
    answering = false;
    pool->replace(live().at(0), ReplaceCause::Stall, true, nowMs);
    run(100);
    EXPECT_FALSE(pool->complete());
    EXPECT_EQ(interrupted["BTCUSDT"], "stall");
    pool->opened(peers.rbegin()->first, nowMs);
    run(100);
    EXPECT_TRUE(pool->complete());
    EXPECT_EQ(acknowledged["BTCUSDT"], 2);
}

TEST_F(ConnectionPoolTest, ErrorFrame_CountsAsLossAndClosesOurSide) {
    pool->follow("BTCUSDT");
    run(60'000);
    auto const id = live().at(0);
    pool->refused(id, "error 2 invalid stream", nowMs);
    act();
    EXPECT_FALSE(peers.at(id).open);
    run(500);
    EXPECT_TRUE(pool->complete());
    pool->opened(id, nowMs);  // late news of a forgotten connection
    pool->lost(id, {}, nowMs);
    EXPECT_TRUE(pool->complete());
}

TEST_F(ConnectionPoolTest, AcksNeverCome_ConnectionIsReplaced) {
    pool->follow("BTCUSDT");
    run(1'000);
    acking = false;
    pool->follow("ETHUSDT");
    run(15'000);
    EXPECT_FALSE(pool->complete());
    acking = true;
    run(40'000);
    EXPECT_TRUE(pool->complete());
    EXPECT_EQ(closes.size(), 1U);
}

TEST_F(ConnectionPoolTest, LeaveAll_DuringAReplacement_ClosesBoth) {
    pool->follow("BTCUSDT");
    run(70'000);
    answering = false;
    pool->replace(live().at(0), ReplaceCause::Age, false, nowMs);
    run(100);
    pool->leave("BTCUSDT", nowMs);
    run(5'000);
    EXPECT_EQ(closes.size(), 2U);
    EXPECT_EQ(pool->dueMs(), kNever);
}

TEST_F(ConnectionPoolTest, DueMs_IsNeverLateForWhatAdvanceDoes) {
    pool->follow("BTCUSDT");
    for (int i = 0; i < 3'000; ++i) {
        act();
        if (i % 500 == 250 && !live().empty()) drop(live().at(0));
        if (i % 70 == 0) pool->follow(fmt::format("S{}", i));
        if (i % 110 == 0) pool->leave(fmt::format("S{}", i), nowMs);
        for (int turn = 0; turn < 4; ++turn)
            act();  // an answer is an input again
        auto const due = pool->dueMs();
        // Nothing happens on its own before the time that was named.
        for (auto const t : {nowMs + 1, (nowMs + due) / 2, due - 1}) {
            if (t <= nowMs || t >= due || due == kNever) continue;
            pool->advance(t);
            ASSERT_TRUE(pool->takeEffects().empty());
        }
        nowMs = due == kNever ? nowMs + 100 : std::min(due, nowMs + 100);
    }
}

}  // namespace
}  // namespace ingestion::binance
