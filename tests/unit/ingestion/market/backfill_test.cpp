#include "ingestion/market/backfill.hpp"
#include "tests/support/manual_clock.hpp"

#include <deque>
#include <utility>

#include <gtest/gtest.h>

namespace ingestion {
namespace {

using common::Candle;
using common::kMinuteMs;

constexpr common::TimeMs kNow = 1'760'000'040'000;  // the exchange's running minute

/// Answers klines of a symbol that trades in every minute, as the exchange would; questions wait for the test.
struct FakeRest final : ExchangeRest {
    struct Question {
        common::TimeMs from, to;
        int limit;
        Answer<std::vector<Kline>> done;
    };
    std::deque<Question> questions;
    common::TimeMs running = kNow;
    common::TimeMs oldest = 0;

    void symbols(Answer<std::vector<common::SymbolInfo>>) override {}
    void newestTrades(std::vector<common::Symbol>, Answer<std::vector<NewestTrade>>) override {}
    void newestRows(common::Symbol, int, Answer<std::vector<common::Trade>>) override {}
    void aggregatesFromId(common::Symbol, std::int64_t, Answer<Aggregates>) override {}
    void aggregatesFromTime(common::Symbol, common::TimeMs, Answer<Aggregates>) override {}
    void klines(common::Symbol, std::string interval, common::TimeMs from, common::TimeMs to, int limit,
                Answer<std::vector<Kline>> done) override {
        EXPECT_EQ(interval, "1m");
        questions.push_back({from, to, limit, std::move(done)});
    }
    void stop() override {}

    static Kline row(common::TimeMs open) {
        Kline kline;
        kline.openTime = open;
        kline.open = kline.high = kline.low = kline.close = common::ExactDecimal::parse("10.00").value();
        kline.volume = "18278186645237.5";
        kline.quoteVolume = "2.00000001";
        kline.trades = 3;
        return kline;
    }
    Question take() {
        auto question = std::move(questions.front());
        questions.pop_front();
        return question;
    }
    void answer() {
        auto const question = take();
        std::vector<Kline> rows;
        auto const last = question.to == 0 ? running : std::min(running, question.to / kMinuteMs * kMinuteMs);
        for (auto open = std::max(oldest, last - (question.limit - 1) * kMinuteMs); open <= last; open += kMinuteMs)
            rows.push_back(row(open));
        question.done(std::move(rows));
    }
};

struct FakeChannel final : CandleChannel {
    Coverage coverage;
    std::map<common::TimeMs, Candle> stored;
    std::size_t rowsMax = 0;
    bool fails = false;

    void loadCoverage(common::Symbol, Done<Coverage> done) override { done(coverage); }
    void loadMinutes(common::Symbol, common::TimeMs, common::TimeMs, Done<std::vector<Candle>> done) override {
        done(std::vector<Candle>{});
    }
    void fillCandles(common::Symbol, std::vector<Candle> candles, Done<bool> done) override {
        if (fails) return done(std::unexpected(common::StoreFailure::Busy));
        rowsMax = std::max(rowsMax, candles.size());
        for (auto const& candle : candles)
            stored[candle.openTime] = candle;
        done(true);
    }
};

struct BackfillTest : ::testing::Test {
    FakeRest rest;
    FakeChannel channel;
    support::ManualClock clock;
    std::vector<common::TimeMs> filled;
    Backfill backfill{{rest, channel, clock},
                      [this](auto const&, auto const& lastClosed) { filled.push_back(lastClosed.openTime); }};
    Backfill::Asker asker{7, "BTCUSDT", 1};

    void tick(common::DurationMs ms = 0) {
        clock.advance(ms);
        backfill.onTimer(clock.monotonicMs());
    }
};

TEST_F(BackfillTest, FirstFollowing_ADay_TakesTwoQuestions) {
    backfill.begin(asker, true);
    tick();
    ASSERT_EQ(rest.questions.size(), 1U);
    EXPECT_EQ(rest.questions[0].to, 0);
    rest.answer();
    EXPECT_EQ(filled, std::vector{kNow - kMinuteMs});
    tick();
    ASSERT_EQ(rest.questions.size(), 1U);
    rest.answer();
    tick();
    EXPECT_TRUE(rest.questions.empty());
    EXPECT_TRUE(backfill.idle());
    EXPECT_EQ(channel.stored.size(), 1'999U);
    EXPECT_FALSE(channel.stored.contains(kNow)) << "the running minute";
    EXPECT_LE(channel.rowsMax, 200U);
    auto const& candle = channel.stored.at(kNow - kMinuteMs);
    EXPECT_TRUE(candle.complete());
    EXPECT_EQ(candle.priceDecimals, 2);
    EXPECT_EQ(candle.volumeText(), "18278186645237.50000000");
    EXPECT_EQ(candle.quoteVolumeText(), "2.00000001");
    EXPECT_EQ(candle.trades, 3);
    EXPECT_FALSE(candle.firstId || candle.lastId);
}

TEST_F(BackfillTest, Downtime_OfDays_IsFilledBackToTheStoredEnd) {
    channel.coverage = {.newestEnd = kNow - 3 * common::kDayMs, .holeFrom = {}};
    backfill.begin(asker, true);
    for (int i = 0; i < 20 && !backfill.idle(); ++i) {
        tick();
        if (!rest.questions.empty()) rest.answer();
    }
    EXPECT_TRUE(backfill.idle());
    EXPECT_TRUE(channel.stored.contains(kNow - 3 * common::kDayMs));
    EXPECT_LT(channel.stored.size(), 3U * 1'440 + 1'000);
}

TEST_F(BackfillTest, Restart_WithoutAHole_AsksForNothing) {
    channel.coverage = {.newestEnd = kNow, .holeFrom = {}};
    backfill.begin(asker, false);
    tick();
    EXPECT_TRUE(rest.questions.empty());
    EXPECT_TRUE(backfill.idle());
    channel.coverage.holeFrom = kNow - 10 * kMinuteMs;
    backfill.begin(asker, false);
    tick();
    EXPECT_EQ(rest.questions.size(), 1U);
}

TEST_F(BackfillTest, Refill_BeforeTheExchangeEndedTheMinute_WaitsForIt) {
    backfill.refill(asker, {kNow, kNow + kMinuteMs});
    tick();
    rest.answer();
    EXPECT_TRUE(channel.stored.empty());
    tick();
    EXPECT_TRUE(rest.questions.empty());
    rest.running += kMinuteMs;
    tick(2'000);
    ASSERT_EQ(rest.questions.size(), 1U);
    EXPECT_LE(rest.questions[0].limit, 30);
    rest.answer();
    EXPECT_TRUE(channel.stored.contains(kNow));
    EXPECT_TRUE(backfill.idle());
}

TEST_F(BackfillTest, Refill_WhileADayIsFetched_IsNotForgotten) {
    backfill.begin(asker, true);
    tick();
    backfill.refill(asker, {kNow, kNow + kMinuteMs});
    for (int i = 0; i < 10 && !backfill.idle(); ++i) {
        if (!rest.questions.empty()) rest.answer();
        if (i == 3) rest.running += kMinuteMs;
        tick(2'000);
    }
    EXPECT_TRUE(backfill.idle());
    EXPECT_TRUE(channel.stored.contains(kNow));
}

TEST_F(BackfillTest, Failures_OfRestOrStore_AreTriedAgainMoreAndMoreSeldom) {
    backfill.begin(asker, true);
    common::DurationMs waited = 0;
    for (int i = 0; i < 5; ++i) {
        while (rest.questions.empty()) {
            tick(1'000);
            waited += 1'000;
            ASSERT_LT(waited, 120'000);
        }
        rest.take().done(std::unexpected(RestFailure{}));
    }
    EXPECT_GE(waited, 2'000 + 4'000 + 8'000 + 16'000);
    channel.fails = true;
    tick(300'000);
    rest.answer();
    EXPECT_TRUE(filled.empty());
    channel.fails = false;
    tick(300'000);
    rest.answer();
    EXPECT_EQ(filled.size(), 1U);
}

TEST_F(BackfillTest, Leaving_WhileAsked_DropsTheAnswerAndFreesThePlace) {
    for (int round = 0; round < 10; ++round) {
        backfill.begin(asker, true);
        tick();
        ASSERT_EQ(rest.questions.size(), 1U) << round;
        auto const late = rest.take();
        backfill.leave(asker.index);
        late.done(std::vector{FakeRest::row(kNow - kMinuteMs), FakeRest::row(kNow)});
        ++asker.generation;
    }
    EXPECT_TRUE(channel.stored.empty());
    EXPECT_TRUE(backfill.idle());
}

TEST_F(BackfillTest, ManySymbols_AtOnce_TakeTurns) {
    for (SymbolIndex index = 0; index < 100; ++index)
        backfill.begin({index, "S" + std::to_string(index), 1}, true);
    std::size_t most = 0;
    for (int i = 0; i < 1'000 && !backfill.idle(); ++i) {
        tick();
        most = std::max(most, rest.questions.size());
        if (!rest.questions.empty()) rest.answer();
    }
    EXPECT_TRUE(backfill.idle());
    EXPECT_EQ(filled.size(), 100U);
    EXPECT_LE(most, 4U);
}

TEST_F(BackfillTest, NewListing_WithFewRows_EndsThere) {
    rest.oldest = kNow - 5 * kMinuteMs;
    backfill.begin(asker, true);
    tick();
    rest.answer();
    EXPECT_TRUE(backfill.idle());
    EXPECT_EQ(channel.stored.size(), 5U);
}

}  // namespace
}  // namespace ingestion
