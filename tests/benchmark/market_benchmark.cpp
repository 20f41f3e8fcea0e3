#include "common/store/open.hpp"
#include "ingestion/market/candle_builder.hpp"
#include "ingestion/market/rank_loader.hpp"
#include "tests/support/temp_directory.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace {

using common::Candle;
using common::Decimal;
using common::kDayMs;
using common::kMinuteMs;

constexpr common::TimeMs kEnd = 1'760'000'040'000;
constexpr int kSymbols = 1'500;

std::string symbolName(int i) {
    return "SYM" + std::to_string(i) + "USDT";
}

Candle minute(int symbol, common::TimeMs open, std::mt19937_64& random) {
    auto candle = Candle::quiet(
        open, kMinuteMs,
        Decimal::fromUnits(1'000'000'000 + symbol * 1'000 + static_cast<std::int64_t>(random() % 1'000'000)), 2);
    candle.trades = 3;
    candle.volume = 12'345;
    candle.quoteVolume = 1'234'567'890;
    return candle;
}

/// One trade on its way into the running candle; every 2,000th begins a minute.
void candleTrade(benchmark::State& state) {
    ingestion::CandleBuilder builder;
    std::vector<common::Trade> tape(4'096);
    std::mt19937_64 random(1);
    std::int64_t id = 0;
    for (auto& trade : tape) {
        trade.price = {Decimal::fromUnits(5'000'000'000'000 + static_cast<std::int64_t>(random() % 1'000'000)), 8};
        trade.qty = {Decimal::fromUnits(static_cast<std::int64_t>(random() % 1'000'000)), 8};
    }
    std::vector<common::CandleWrite> out;
    for (auto _ : state) {
        auto& trade = tape[static_cast<std::size_t>(id) % tape.size()];
        trade.id = ++id;
        trade.time = kEnd + id * 30;
        builder.add(trade);
        if (id % 4'096 == 0) {
            builder.collect("BTCUSDT", out);
            out.clear();
        }
    }
}
BENCHMARK(candleTrade);

struct Market {
    ingestion::RankBook book;
    std::mt19937_64 random{7};

    Market() {
        book.advance(kEnd);
        for (int symbol = 0; symbol < kSymbols; ++symbol)
            for (auto open = kEnd - kDayMs; open < kEnd; open += kMinuteMs)
                book.add(symbolName(symbol), minute(symbol, open, random));
    }
};

/// Ranks of 1,500 symbols over a day: one metric, and all metrics over all windows.
void rankDay(benchmark::State& state) {
    Market market;
    for (auto _ : state)
        benchmark::DoNotOptimize(market.book.rank(common::RankMetric::Volatility, kDayMs));
}
BENCHMARK(rankDay)->Unit(benchmark::kMillisecond);

void rankAllWindows(benchmark::State& state) {
    Market market;
    for (auto _ : state)
        for (auto const metric : common::kRankMetrics)
            for (auto const window : common::kRankWindows)
                benchmark::DoNotOptimize(market.book.rank(metric, window));
}
BENCHMARK(rankAllWindows)->Unit(benchmark::kMillisecond);

/// What a minute costs the reading thread: the newest candle of each of 1,500 symbols from a database that holds a day
/// of them, then everything ranked.
void minuteFromDatabase(benchmark::State& state) {
    support::TempDirectory place;
    auto const database = common::openDatabase("sqlite:" + (place.path() / "t.db").string(), {});
    std::mt19937_64 random(7);
    auto const store = [&](common::TimeMs from, common::TimeMs to) {
        database->begin();
        for (int symbol = 0; symbol < kSymbols; ++symbol) {
            std::vector<Candle> candles;
            for (auto open = from; open < to; open += kMinuteMs)
                candles.push_back(minute(symbol, open, random));
            database->candles().fill(symbolName(symbol), candles);
        }
        database->commit();
    };
    auto end = kEnd;
    store(end - kDayMs, end);
    ingestion::RankBook book;
    loadRankBook(book, database->candles(), database->ranks(), end);
    for (auto _ : state) {
        state.PauseTiming();
        store(end, end + kMinuteMs);
        end += kMinuteMs;
        state.ResumeTiming();
        loadRankBook(book, database->candles(), database->ranks(), end);
        auto const rankings = rankAll(book, database->ranks(), 1);
        if (rankings.back().rows.size() != kSymbols) state.SkipWithError("symbols are missing");
    }
}
BENCHMARK(minuteFromDatabase)->Unit(benchmark::kMillisecond)->Iterations(5);

}  // namespace
