#include "tests/system/exchange/replay_world.hpp"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

namespace system_test {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> manySymbols(int count) {
    std::vector<std::string> symbols;
    for (int i = 0; i < count; ++i)
        symbols.push_back(fmt::format("COIN{}USDT", i));
    return symbols;
}

struct BinanceFeedTest : ReplayWorld {
    /// A market of `listed`, of which `followed` is followed (all when empty).
    void begin(std::vector<std::string> const& listed, std::vector<std::string> const& followed = {},
               std::vector<std::string> extra = {"--rate", "20"}) {
        start(listed, std::move(extra));
        makeFeed();
        follow(followed.empty() ? listed : followed);
        ASSERT_TRUE(eventually([&] { return feed->complete() && recorder.trades > 50; }));
    }
    std::size_t connections() { return control("status").find("connections")->items().size(); }
    std::int64_t connects() { return control("status").find("connects")->integer().value_or(-1); }
    /// The largest id of a symbol after which no id is missing from the first one heard.
    static bool gapless(std::vector<std::int64_t> ids) {
        std::ranges::sort(ids);
        auto const repeats = std::ranges::unique(ids);
        ids.erase(repeats.begin(), repeats.end());
        return !ids.empty() && ids.back() - ids.front() + 1 == static_cast<std::int64_t>(ids.size());
    }
};

TEST_F(BinanceFeedTest, Follow_FiveHundredSymbolsAndLeaveThemAgain_BreaksNoRule) {
    auto const symbols = manySymbols(500);
    start(symbols, {"--rate", "2"});
    makeFeed();
    EXPECT_TRUE(feed->complete());
    // Ten groups with time between, so that most symbols go by messages and not in the URL.
    for (int group = 0; group < 10; ++group) {
        for (int i = group * 50; i < (group + 1) * 50; ++i)
            feed->follow(static_cast<ingestion::SymbolIndex>(i), symbols[static_cast<std::size_t>(i)]);
        EXPECT_FALSE(feed->complete());
        ASSERT_TRUE(eventually([&] { return feed->complete(); }));
    }
    for (auto const& heard : recorder.heard | std::views::values)
        EXPECT_EQ(heard.acknowledged, 1);
    EXPECT_EQ(connects(), 1);
    for (ingestion::SymbolIndex i = 0; i < 250; ++i)
        feed->leave(i);
    ASSERT_TRUE(eventually([&] { return recorder.heard[499].ids.size() > 3; }));
    for (ingestion::SymbolIndex i = 250; i < 500; ++i)
        feed->leave(i);
    EXPECT_TRUE(feed->complete());
    EXPECT_TRUE(eventually([&] { return connections() == 0U; }));
}

TEST_F(BinanceFeedTest, Follow_OneMoreSymbol_IsAcknowledgedFast) {
    begin({"BTCUSDT", "ETHUSDT"}, {"BTCUSDT"});
    auto const startUs = clock.monotonicUs();
    feed->follow(1, "ETHUSDT");
    ASSERT_TRUE(eventually([&] { return recorder.heard[1].acknowledged == 1; }));
    EXPECT_LT(clock.monotonicUs() - startUs, 1'000'000);
}

TEST_F(BinanceFeedTest, DropAndReset_HealAndAcknowledgeAgain) {
    begin({"BTCUSDT", "ETHUSDT"});
    int rounds = 1;
    for (std::string const fault : {"drop", "reset"}) {
        control(fault);
        ASSERT_TRUE(eventually([&] { return recorder.heard[0].acknowledged > rounds && feed->complete(); })) << fault;
        EXPECT_EQ(recorder.heard[0].interrupted, rounds) << fault;
        auto const trades = recorder.trades;
        EXPECT_TRUE(eventually([&] { return recorder.trades > trades + 20; })) << fault;
        ++rounds;
    }
}

TEST_F(BinanceFeedTest, RefusedForAWhile_IsTriedUntilItSucceeds) {
    begin({"BTCUSDT"});
    control("drop?refuse_ms=3000");
    EXPECT_TRUE(eventually([&] { return recorder.heard[0].acknowledged == 2; }, 40s));
}

TEST_F(BinanceFeedTest, ShutdownNotice_NothingIsMissed) {
    config.pool.replacePauseMs = 0;
    begin({"BTCUSDT", "ETHUSDT"}, {}, {"--rate", "200"});
    control("shutdown-notice?in_ms=4000");
    ASSERT_TRUE(eventually([&] { return recorder.heard[0].acknowledged == 2; }));
    ASSERT_TRUE(eventually([&] { return connections() == 1U; }));
    auto const trades = recorder.trades;
    ASSERT_TRUE(eventually([&] { return recorder.trades > trades + 500; }));
    for (ingestion::SymbolIndex const i : {0U, 1U}) {
        EXPECT_TRUE(gapless(recorder.heard[i].ids));
        EXPECT_EQ(recorder.heard[i].interrupted, 0);
    }
    EXPECT_EQ(connects(), 2);
}

TEST_F(BinanceFeedTest, EndOfLife_NothingIsMissed) {
    config.pool.replacePauseMs = 0;
    config.pool.lifeMs = 2'000;
    config.pool.lifeJitterMs = 0;
    begin({"BTCUSDT"}, {}, {"--rate", "200", "--life", "4s"});
    ASSERT_TRUE(eventually([&] { return recorder.heard[0].acknowledged >= 4; }));
    EXPECT_TRUE(gapless(recorder.heard[0].ids));
    EXPECT_EQ(recorder.heard[0].interrupted, 0);
}

TEST_F(BinanceFeedTest, Lag_ConnectionIsReplacedWhileItGoesOn) {
    config.pool.replacePauseMs = 0;
    config.health.lagGrowthMs = 500;
    config.health.lagLastsMs = 300;
    config.tickMs = 100;
    begin({"BTCUSDT"});
    control("lag?ms=2000");
    ASSERT_TRUE(eventually([&] { return recorder.heard[0].acknowledged >= 2; }));
    EXPECT_EQ(recorder.heard[0].interrupted, 0);
    control("lag?ms=0");
}

TEST_F(BinanceFeedTest, WholeConnectionStalls_WitnessedAndReplaced) {
    config.pool.replacePauseMs = 0;
    config.tickMs = 100;
    config.health.silenceMinMs = 500;
    config.watch.graceMs = 300;
    begin({"BTCUSDT", "ETHUSDT"});
    control("stall");
    ASSERT_TRUE(eventually([&] { return recorder.heard[0].acknowledged == 2 && recorder.heard[1].acknowledged == 2; }));
    EXPECT_EQ(recorder.heard[0].interrupted, 1);
    EXPECT_EQ(recorder.heard[1].interrupted, 1);
    EXPECT_EQ(recorder.heard[0].reason, "stall");
    auto const trades = recorder.trades;
    EXPECT_TRUE(eventually([&] { return recorder.trades > trades + 20; }));
}

TEST_F(BinanceFeedTest, OneSymbolStalls_WitnessedAndHealed) {
    config.pool.replacePauseMs = 0;
    config.tickMs = 100;
    config.watch.silenceMinMs = 500;
    config.watch.silenceMaxMs = 1'500;
    config.watch.graceMs = 300;
    begin({"BTCUSDT", "ETHUSDT"});
    control("stall?symbol=ETHUSDT");
    ASSERT_TRUE(eventually([&] { return recorder.heard[1].acknowledged == 2; }));
    EXPECT_EQ(recorder.heard[1].interrupted, 1);
    EXPECT_EQ(recorder.heard[0].interrupted, 0);
    auto const trades = recorder.heard[1].ids.size();
    EXPECT_TRUE(eventually([&] { return recorder.heard[1].ids.size() > trades + 5; }));
}

TEST_F(BinanceFeedTest, QuietMarket_IsLeftAlone) {
    config.tickMs = 50;
    config.health.silenceMinMs = config.health.silenceMaxMs = 200;
    config.watch.firstCheckMs = config.watch.silenceMinMs = config.watch.silenceMaxMs = 200;
    config.watch.graceMs = 100;
    start({"BTCUSDT"}, {"--hold"});
    makeFeed();
    follow({"BTCUSDT"});
    auto const endMs = clock.monotonicMs() + 3'000;
    ASSERT_TRUE(eventually([&] { return clock.monotonicMs() > endMs; }));
    EXPECT_EQ(connects(), 1);
    EXPECT_EQ(recorder.heard[0].interrupted, 0);
}

TEST_F(BinanceFeedTest, StrangeFrames_DisturbNothing) {
    begin({"BTCUSDT"});
    control("unknown-event");
    control("garbage?kind=text");
    control("extra-fields?on=true");
    control("zero-price?symbol=BTCUSDT");
    auto const trades = recorder.trades;
    EXPECT_TRUE(eventually([&] { return recorder.trades > trades + 50; }));
    EXPECT_EQ(recorder.heard[0].interrupted, 0);
    EXPECT_TRUE(gapless(recorder.heard[0].ids));
    control("garbage?kind=frame");
    EXPECT_TRUE(eventually([&] { return recorder.heard[0].acknowledged == 2; }));
}

TEST_F(BinanceFeedTest, EventsBeforeTheAcknowledgement_AreDelivered) {
    begin({"BTCUSDT", "ETHUSDT"}, {"BTCUSDT"});
    control("event-before-ack?ms=700&on=true");
    feed->follow(1, "ETHUSDT");
    ASSERT_TRUE(eventually([&] { return recorder.heard[1].acknowledged == 1; }));
    EXPECT_FALSE(recorder.heard[1].ids.empty());
}

TEST_F(BinanceFeedTest, NameThatMustNotBeSent_IsReportedAndHurtsNobody) {
    begin({"BTCUSDT"});
    feed->follow(7, "BTC@USDT");
    EXPECT_TRUE(eventually([&] { return recorder.heard[7].interrupted == 1; }));
    EXPECT_TRUE(feed->complete());
}

TEST_F(BinanceFeedTest, Stop_NothingIsDeliveredAfterwards) {
    begin({"BTCUSDT"}, {}, {"--rate", "200"});
    feed->stop();
    auto const trades = recorder.trades;
    EXPECT_TRUE(eventually([&] { return connections() == 0U; }));
    EXPECT_EQ(recorder.trades, trades);
}

}  // namespace
}  // namespace system_test
