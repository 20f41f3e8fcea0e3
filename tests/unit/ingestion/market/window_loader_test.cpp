#include "ingestion/market/window_loader.hpp"
#include "tests/support/manual_clock.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ingestion {
namespace {

using common::kMinuteMs;
using common::PastKind;

constexpr common::TimeMs kMinute = 29'333'334 * kMinuteMs;  // the exchange's running minute

/// What is asked waits for the test; it stands in `asked` as a line.
struct FakeRest final : ExchangeRest {
    std::vector<std::string> asked;
    std::deque<Answer<std::vector<Kline>>> klineAnswers;
    std::deque<Answer<Aggregates>> aggregateAnswers;

    void symbols(Answer<std::vector<common::SymbolInfo>>) override {}
    void newestTrades(std::vector<common::Symbol>, Answer<std::vector<NewestTrade>>) override {}
    void newestRows(common::Symbol, int, Answer<std::vector<common::Trade>>) override {}
    void aggregatesFromId(common::Symbol, std::int64_t id, Answer<Aggregates> done) override {
        asked.push_back(fmt::format("aggregates {}", id));
        aggregateAnswers.push_back(std::move(done));
    }
    void aggregatesFromTime(common::Symbol, common::TimeMs from, Answer<Aggregates> done) override {
        asked.push_back(fmt::format("aggregates at {}", from - kMinute));
        aggregateAnswers.push_back(std::move(done));
    }
    void klines(common::Symbol, std::string interval, common::TimeMs from, common::TimeMs, int,
                Answer<std::vector<Kline>> done) override {
        asked.push_back(fmt::format("{} {}", interval, from - kMinute));
        klineAnswers.push_back(std::move(done));
    }
    void stop() override {}

    static auto take(auto& answers) {
        auto answer = std::move(answers.front());
        answers.pop_front();
        return answer;
    }
    /// Rows of this length from one time to another, the last of which may still run.
    void answerKlines(common::TimeMs from, common::TimeMs to, common::DurationMs length) {
        std::vector<Kline> rows;
        for (auto open = kMinute + from; open <= kMinute + to; open += length) {
            auto& row = rows.emplace_back();
            row.openTime = open;
            row.open = row.high = row.low = row.close = common::ExactDecimal::parse("10").value();
            row.volume = "1.5";
            row.quoteVolume = "15";
            row.trades = 3;
        }
        take(klineAnswers)(std::move(rows));
    }
    /// Of price 10 and quantity 1 for each trade: first id, last id, time.
    struct Row {
        std::int64_t first, last;
        common::TimeMs time;
    };
    void answerAggregates(std::vector<Row> const& rows, std::int64_t firstAggregate = 1) {
        Aggregates page;
        for (auto const& [first, last, time] : rows) {
            auto& row = page.rows.emplace_back();
            row.id = first;
            if (last != first) row.aggLastId = last;
            row.price = common::ExactDecimal::parse("10").value();
            row.qty = {common::Decimal::fromUnits((last - first + 1) * common::Decimal::kUnitsPerOne), 8};
            row.time = kMinute + time;
            page.aggregateIds.push_back(firstAggregate++);
        }
        take(aggregateAnswers)(std::move(page));
    }
};

struct FakeChannel final : CandleChannel {
    std::vector<common::Candle> minutes;
    void loadCoverage(common::Symbol, Done<Coverage>) override {}
    void loadMinutes(common::Symbol, common::TimeMs from, common::TimeMs to,
                     Done<std::vector<common::Candle>> done) override {
        std::vector<common::Candle> rows;
        for (auto const& row : minutes)
            if (row.openTime >= from && row.openTime < to) rows.push_back(row);
        done(rows);
    }
    void fillCandles(common::Symbol, std::vector<common::Candle>, Done<bool>) override {}
};

struct WindowLoaderTest : ::testing::Test {
    FakeRest rest;
    FakeChannel channel;
    support::ManualClock clock;
    std::vector<std::pair<std::uint32_t, WindowLoader::Past>> loaded;
    WindowLoader loader{{rest, channel, clock},
                        [this](auto const&, auto number, auto past) { loaded.emplace_back(number, std::move(past)); }};

    static constexpr auto kSeconds = static_cast<std::size_t>(PastKind::SecondCloses);
    static constexpr auto kCloses = static_cast<std::size_t>(PastKind::MinuteCloses);
    static constexpr auto kSums = static_cast<std::size_t>(PastKind::MinuteSums);

    static constexpr common::TimeMs kUnknown = -kMinute;
    /// Times relative to the running minute.
    void begin(std::size_t kind, WindowLoader::Span span, std::uint32_t number = 1) {
        WindowLoader::Spans spans;
        span.from += kMinute;
        span.to += kMinute;
        spans[kind] = span;
        loader.begin({3, "BTCUSDT", 1}, number, spans);
    }
    void pass(common::DurationMs by) {
        clock.advance(by);
        loader.onTimer(clock.monotonicMs());
    }
    using Asked = std::vector<std::string>;
    Asked asked() { return std::exchange(rest.asked, {}); }
    /// `open/trades`, minutes relative to the running one.
    std::vector<std::string> bucketsOf(std::size_t kind) {
        std::vector<std::string> lines;
        for (auto const& bucket : loaded.at(0).second.buckets[kind])
            lines.push_back(fmt::format("{}/{}", (bucket.open - kMinute) / kMinuteMs, bucket.trades));
        return lines;
    }
    using Lines = std::vector<std::string>;
};

TEST_F(WindowLoaderTest, Seconds_ComeFromTheExchange_AsFarAsWhatWasJudged) {
    begin(kSeconds, {.from = -5'000, .to = 0});
    EXPECT_EQ(asked(), (Asked{"1s -5000"}));
    rest.answerKlines(-5'000, -1'000, 1'000);
    ASSERT_EQ(loaded.size(), 1U);
    EXPECT_EQ(loaded[0].second.buckets[kSeconds].size(), 5U);
}

TEST_F(WindowLoaderTest, Source_HasNotSeenWhatWasJudged_IsAskedAgainForItsLastRow) {
    begin(kSeconds, {.from = -5'000, .to = 0});
    asked();
    rest.answerKlines(-5'000, -2'000, 1'000);
    EXPECT_TRUE(loaded.empty());
    EXPECT_EQ(loader.deadline(), clock.monotonicMs() + 500);
    pass(499);
    EXPECT_EQ(asked(), Asked{});
    pass(1);
    EXPECT_EQ(asked(), (Asked{"1s -2000"})) << "that one may have grown";
    rest.answerKlines(-2'000, -1'000, 1'000);
    ASSERT_EQ(loaded.size(), 1U);
    EXPECT_EQ(loaded[0].second.buckets[kSeconds].size(), 5U);
}

TEST_F(WindowLoaderTest, OwnMinutes_Complete_NeedNoQuestion) {
    for (int minute = -4; minute < 0; ++minute)
        channel.minutes.push_back(
            common::Candle::quiet(kMinute + minute * kMinuteMs, kMinuteMs, common::Decimal::parse("10").value(), 2));
    begin(kCloses, {.from = -4 * kMinuteMs, .to = 0});
    EXPECT_EQ(asked(), Asked{});
    ASSERT_EQ(loaded.size(), 1U);
    EXPECT_EQ(bucketsOf(kCloses), (Lines{"-4/0", "-3/0", "-2/0", "-1/0"}));
}

TEST_F(WindowLoaderTest, OwnMinutes_EndEarly_TheExchangeTellsTheRest) {
    channel.minutes.push_back(
        common::Candle::quiet(kMinute - 2 * kMinuteMs, kMinuteMs, common::Decimal::parse("10").value(), 2));
    begin(kCloses, {.from = -2 * kMinuteMs, .to = 1});
    EXPECT_EQ(asked(), (Asked{"1m -60000"}));
    rest.answerKlines(-kMinuteMs, 0, kMinuteMs);
    EXPECT_EQ(bucketsOf(kCloses), (Lines{"-2/0", "-1/3", "0/3"}));
}

TEST_F(WindowLoaderTest, OwnMinutes_BeginLate_AreNotUsed) {
    channel.minutes.push_back(
        common::Candle::quiet(kMinute - kMinuteMs, kMinuteMs, common::Decimal::parse("10").value(), 2));
    begin(kCloses, {.from = -2 * kMinuteMs, .to = 0});
    EXPECT_EQ(asked(), (Asked{"1m -120000"}));
}

TEST_F(WindowLoaderTest, ManyRows_ArePaged) {
    begin(kSeconds, {.from = -1'001'000, .to = 0});
    asked();
    rest.answerKlines(-1'001'000, -2'000, 1'000);  // 1,000 rows
    EXPECT_EQ(asked(), (Asked{"1s -1000"}));
    rest.answerKlines(-1'000, 0, 1'000);
    EXPECT_EQ(loaded.at(0).second.buckets[kSeconds].size(), 1'002U);
}

TEST_F(WindowLoaderTest, Sums_OfTheRunningMinute_GoToTheEndOfTheTradesAggregate) {
    begin(kSums, {.from = -2 * kMinuteMs, .to = 0, .upTo = 105});
    asked();
    rest.answerKlines(-2 * kMinuteMs, 0, kMinuteMs);
    EXPECT_EQ(asked(), (Asked{"aggregates at 0"})) << "what runs at the source ends nobody knows where";
    rest.answerAggregates({{100, 102, 0}, {103, 107, 10'000}, {108, 109, 20'000}});
    ASSERT_EQ(loaded.size(), 1U);
    EXPECT_EQ(bucketsOf(kSums), (Lines{"-2/3", "-1/3", "0/8"}));
    auto const& past = loaded[0].second;
    EXPECT_EQ(past.sumsUpTo, 107);
    EXPECT_EQ(past.sumsExactFrom, kMinute);
    EXPECT_EQ(past.buckets[kSums].back().volume, 8 * common::Decimal::kUnitsPerOne);
    EXPECT_EQ(past.buckets[kSums].back().quoteVolume, Wide{80} * 100'000'000 * 100'000'000);
}

TEST_F(WindowLoaderTest, Sums_SourceHasNotSeenTheTrade_GoesOnBehindWhatItTold) {
    begin(kSums, {.from = -kMinuteMs, .to = 0, .upTo = 105});
    rest.answerKlines(-kMinuteMs, 0, kMinuteMs);
    asked();
    rest.answerAggregates({{100, 102, 0}}, 7);
    EXPECT_TRUE(loaded.empty());
    pass(500);
    EXPECT_EQ(asked(), (Asked{"aggregates 8"}));
    rest.answerAggregates({{103, 105, 10}}, 8);
    EXPECT_EQ(bucketsOf(kSums), (Lines{"-1/3", "0/6"}));
}

TEST_F(WindowLoaderTest, Sums_TimeOfTheTradeUnknown_BeginAMinuteBeforeTheRunningOne) {
    begin(kSums, {.from = -3 * kMinuteMs, .to = kUnknown, .upTo = 105});
    rest.answerKlines(-3 * kMinuteMs, 0, kMinuteMs);
    EXPECT_EQ(asked().back(), "aggregates at -60000");
    rest.answerAggregates({{103, 103, -1}, {104, 105, 0}, {106, 106, 5}});
    EXPECT_EQ(bucketsOf(kSums), (Lines{"-3/3", "-2/3", "-1/1", "0/2"}));
}

TEST_F(WindowLoaderTest, Sums_NothingTradedSince_IsBelievedTheThirdTime) {
    begin(kSums, {.from = -kMinuteMs, .to = 0, .upTo = 105});
    rest.answerKlines(-kMinuteMs, 0, kMinuteMs);
    rest.answerAggregates({});
    pass(500);
    rest.answerAggregates({});
    EXPECT_TRUE(loaded.empty());
    pass(1'000);
    rest.answerAggregates({});
    EXPECT_EQ(bucketsOf(kSums), (Lines{"-1/3"}));
    EXPECT_EQ(loaded[0].second.sumsUpTo, 105);
}

TEST_F(WindowLoaderTest, Sums_TradeIsOlderThanAllRows_HaveNoneOfThem) {
    begin(kSums, {.from = -kMinuteMs, .to = 0, .upTo = 105});
    rest.answerKlines(-kMinuteMs, 0, kMinuteMs);
    rest.answerAggregates({{106, 109, 3}});
    EXPECT_EQ(bucketsOf(kSums), (Lines{"-1/3"}));
    EXPECT_EQ(loaded[0].second.sumsUpTo, 105);
}

TEST_F(WindowLoaderTest, Failures_AreTriedEverMoreRarely_AndNotBeforeTheExchangeAllows) {
    begin(kSeconds, {.from = -5'000, .to = 0});
    common::DurationMs expected = 500;
    for (int i = 0; i < 8; ++i) {
        FakeRest::take(rest.klineAnswers)(std::unexpected(RestFailure{}));
        EXPECT_EQ(loader.deadline(), clock.monotonicMs() + expected);
        pass(expected);
        expected = std::min<common::DurationMs>(expected * 2, 30'000);
    }
    FakeRest::take(rest.klineAnswers)(
        std::unexpected(RestFailure{.kind = RestFailure::Kind::Limited, .detail = {}, .retryAfterMs = 60'000}));
    EXPECT_EQ(loader.deadline(), clock.monotonicMs() + 60'000);
}

TEST_F(WindowLoaderTest, NewQuestion_TakesThePlaceOfTheOld_WhoseAnswerIsNotHeard) {
    begin(kSeconds, {.from = -5'000, .to = 0}, 1);
    begin(kSeconds, {.from = -2'000, .to = 0}, 2);
    rest.answerKlines(-5'000, 0, 1'000);
    EXPECT_TRUE(loaded.empty());
    rest.answerKlines(-2'000, 0, 1'000);
    ASSERT_EQ(loaded.size(), 1U);
    EXPECT_EQ(loaded[0].first, 2U);
    begin(kSeconds, {.from = -2'000, .to = 0}, 3);
    loader.leave(3);
    rest.answerKlines(-2'000, 0, 1'000);
    EXPECT_EQ(loaded.size(), 1U);
}

}  // namespace
}  // namespace ingestion
