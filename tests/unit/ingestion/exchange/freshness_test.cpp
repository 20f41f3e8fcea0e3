#include "ingestion/exchange/binance/stream_health.hpp"
#include "ingestion/exchange/binance/symbol_watch.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <fmt/format.h>

namespace ingestion::binance {
namespace {

struct StreamHealthTest : ::testing::Test {
    StreamHealth health{HealthLimits{}, 0};
    std::int64_t nowMs = 0;

    /// Evenly `perSecond` trades with this lag.
    void flow(common::DurationMs forMs, int perSecond, common::DurationMs lagMs) {
        for (auto const untilMs = nowMs + forMs; nowMs < untilMs;) {
            nowMs += 1'000 / perSecond;
            health.onTrades(1, lagMs, nowMs);
            if (nowMs % 1'000 < 1'000 / perSecond) health.tick(nowMs);
        }
    }
};

TEST_F(StreamHealthTest, Lag_ConstantOrNegativeClockDifference_IsNoLag) {
    flow(60'000, 10, -1'280);
    EXPECT_FALSE(health.isLagging());
    flow(60'000, 10, 3'600);
    EXPECT_FALSE(health.isLagging());
}

TEST_F(StreamHealthTest, Lag_GrownOverItsOwnMinimumAndLasting_IsLag) {
    flow(60'000, 10, -1'280);
    flow(1'900, 10, 3'721);
    EXPECT_FALSE(health.isLagging());
    flow(300, 10, 3'721);
    EXPECT_TRUE(health.isLagging());
}

TEST_F(StreamHealthTest, Lag_BurstAfterAHiccup_IsNoLag) {
    flow(60'000, 10, 50);
    health.onTrades(500, 9'000, nowMs);
    health.onTrades(500, 40, nowMs + 5);
    nowMs += 5'000;
    EXPECT_FALSE(health.isLagging());
}

TEST_F(StreamHealthTest, Silence_BusyConnection_IsSuspectedAfterSeconds) {
    flow(120'000, 50, 0);
    EXPECT_FALSE(health.isSilent(nowMs + 2'900));
    EXPECT_TRUE(health.isSilent(nowMs + 3'100));
}

TEST_F(StreamHealthTest, Silence_QuietConnection_IsSuspectedLaterAndEverMorePatiently) {
    EXPECT_FALSE(health.isSilent(29'000));
    ASSERT_TRUE(health.isSilent(30'000));
    health.suspect(30'000);
    EXPECT_TRUE(health.isSuspected());
    EXPECT_FALSE(health.isSilent(59'000));
    EXPECT_TRUE(health.isSilent(60'000));
    health.suspect(600'000);
    EXPECT_TRUE(health.isSilent(660'000));
    health.onTrades(1, 0, 661'000);
    EXPECT_FALSE(health.isSuspected());
}

struct SymbolWatchTest : ::testing::Test {
    SymbolWatch watch{WatchLimits{}};
    std::int64_t nowMs = 0;

    SymbolWatch::Entry& add(std::string const& symbol, SymbolIndex index = 0) {
        watch.add(symbol, index);
        auto& entry = *watch.find(symbol);
        watch.acknowledged(entry, nowMs);
        return entry;
    }
    void wait(common::DurationMs forMs) {
        for (auto const untilMs = nowMs + forMs; nowMs < untilMs;) {
            nowMs += 1'000;
            watch.tick(nowMs);
        }
    }
    std::vector<std::string> stalledAfterGrace() {
        nowMs += 2'000;
        return watch.takeStalled(nowMs);
    }
};

TEST_F(SymbolWatchTest, Find_UnknownSymbol_IsNull) {
    add("BTCUSDT", 7);
    EXPECT_EQ(watch.find("BTCUSDT")->index, 7U);
    EXPECT_EQ(watch.find("btcusdt"), nullptr);
    EXPECT_FALSE(watch.add("BTCUSDT", 8));
    watch.remove("BTCUSDT");
    EXPECT_EQ(watch.find("BTCUSDT"), nullptr);
}

TEST_F(SymbolWatchTest, QuietMarket_IsAskedRarelyAndNeverFoundStalled) {
    add("QUIETBTC");
    int questions = 0;
    for (int second = 0; second < 3'600; ++second) {
        wait(1'000);
        if (auto const question = watch.takeQuestion(nowMs); !question.empty()) {
            ++questions;
            watch.answered(question, {{"QUIETBTC", 77}}, nowMs);
        }
        ASSERT_TRUE(watch.takeStalled(nowMs).empty());
    }
    EXPECT_GE(questions, 50);
    EXPECT_LE(questions, 62);
}

TEST_F(SymbolWatchTest, SilentSymbol_RestNamesNewerId_IsStalledAfterTheGrace) {
    auto& entry = add("BTCUSDT");
    for (int i = 0; i < 60; ++i) {
        entry.onTrade(100 + i, nowMs);
        wait(1'000);
    }
    EXPECT_TRUE(watch.takeQuestion(nowMs).empty());
    wait(60'000);
    auto const question = watch.takeQuestion(nowMs);
    ASSERT_EQ(question, (std::vector<std::string>{"BTCUSDT"}));
    EXPECT_TRUE(watch.takeQuestion(nowMs).empty()) << "asked once only";
    watch.answered(question, {{"BTCUSDT", 165}}, nowMs);
    EXPECT_TRUE(watch.takeStalled(nowMs + 1'999).empty());
    EXPECT_EQ(stalledAfterGrace(), (std::vector<std::string>{"BTCUSDT"}));
}

TEST_F(SymbolWatchTest, RestAheadOfTheStream_TradeArrivesInTheGrace_IsFine) {
    auto& entry = add("BTCUSDT");
    entry.onTrade(100, nowMs);
    wait(60'000);
    watch.answered(watch.takeQuestion(nowMs), {{"BTCUSDT", 101}}, nowMs);
    entry.onTrade(101, nowMs + 500);
    EXPECT_TRUE(stalledAfterGrace().empty());
}

TEST_F(SymbolWatchTest, RestBehindTheStream_IsFineEvenWhenItCatchesUp) {
    auto& entry = add("BTCUSDT");
    entry.onTrade(100, nowMs);
    wait(60'000);
    watch.answered(watch.takeQuestion(nowMs), {{"BTCUSDT", 99}}, nowMs);
    wait(60'000);
    watch.answered(watch.takeQuestion(nowMs), {{"BTCUSDT", 100}}, nowMs);
    EXPECT_TRUE(stalledAfterGrace().empty());
}

TEST_F(SymbolWatchTest, Reconnect_ComparesAnewSinceMissedTradesNeverCome) {
    auto& entry = add("BTCUSDT");
    entry.onTrade(100, nowMs);
    watch.interrupted(entry);
    wait(60'000);
    EXPECT_TRUE(watch.takeQuestion(nowMs).empty()) << "not live";
    watch.acknowledged(entry, nowMs);
    wait(11'000);
    watch.answered(watch.takeQuestion(nowMs), {{"BTCUSDT", 500}}, nowMs);
    EXPECT_TRUE(stalledAfterGrace().empty());
    wait(60'000);
    watch.answered(watch.takeQuestion(nowMs), {{"BTCUSDT", 501}}, nowMs);
    EXPECT_EQ(stalledAfterGrace().size(), 1U);
}

TEST_F(SymbolWatchTest, IdsThatAreNeverStreamed_VerdictsBecomeRare) {
    auto& entry = add("ODDUSDT");
    int verdicts = 0;
    std::int64_t restId = 1;
    for (int second = 0; second < 4 * 3'600; ++second) {
        wait(1'000);
        watch.answered(watch.takeQuestion(nowMs), {{"ODDUSDT", ++restId}}, nowMs);
        if (watch.takeStalled(nowMs).empty()) continue;
        ++verdicts;
        watch.acknowledged(entry, nowMs);  // a replacement, as always
    }
    EXPECT_GE(verdicts, 3);
    EXPECT_LE(verdicts, 10);
}

TEST_F(SymbolWatchTest, Question_ManySilentSymbols_IsBoundedAndRepeatsNobody) {
    for (int i = 0; i < 50; ++i)
        add(fmt::format("S{}", i));
    wait(61'000);
    auto const first = watch.takeQuestion(nowMs);
    auto const second = watch.takeQuestion(nowMs);
    auto const third = watch.takeQuestion(nowMs);
    EXPECT_EQ(first.size(), 20U);
    EXPECT_EQ(second.size(), 20U);
    EXPECT_EQ(third.size(), 10U);
    watch.unanswered(first, nowMs);
    EXPECT_TRUE(watch.takeQuestion(nowMs).empty()) << "not at once again";
}

TEST_F(SymbolWatchTest, Hurry_BusiestSymbolsAreAskedForAtOnce) {
    std::vector<std::string> symbols;
    for (int i = 0; i < 30; ++i)
        symbols.push_back(fmt::format("S{}", i)), add(symbols.back());
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 30; ++i)
            for (int n = 0; n < i; ++n)
                watch.find(symbols[static_cast<std::size_t>(i)])->onTrade(round * 100 + n, nowMs);
        wait(1'000);
    }
    watch.hurry(symbols);
    auto const question = watch.takeQuestion(nowMs);
    ASSERT_EQ(question.size(), 20U);
    for (auto const& symbol : question)
        EXPECT_GE(std::stoi(symbol.substr(1)), 10);
}

}  // namespace
}  // namespace ingestion::binance
