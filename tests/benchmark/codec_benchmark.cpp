#include "common/core/json.hpp"
#include "ingestion/exchange/binance/codec.hpp"
#include "ingestion/exchange/binance/rest_answers.hpp"
#include "ingestion/exchange/binance/symbol_watch.hpp"
#include "tests/support/recorded_frames.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace {

using ingestion::binance::Codec;
using ingestion::binance::Frame;

std::vector<std::string> madeFrames() {
    std::vector<std::string> frames;
    for (int i = 0; i < 10'000; ++i)
        frames.push_back(fmt::format(
            R"({{"stream":"btcusdt@trade","data":{{"e":"trade","E":{},"s":"BTCUSDT","t":{},"p":"{}.{:02}000000","q":"0.{:05}000","T":{},"m":{},"M":true}}}})",
            1787000000123 + i, 6600000001 + i, 76650 + i % 90, i % 100, i % 99'999, 1787000000122 + i, i % 3 == 0));
    return frames;
}

void decodeAll(benchmark::State& state, std::vector<std::string> const& frames) {
    if (frames.empty()) return state.SkipWithError("no recordings here");
    Codec codec;
    std::size_t bytes = 0;
    std::size_t at = 0;
    for (auto _ : state) {
        auto const& text = frames[at];
        benchmark::DoNotOptimize(codec.decode(text).trade.price);
        bytes += text.size();
        if (++at == frames.size()) at = 0;
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void madeTrades(benchmark::State& state) {
    decodeAll(state, madeFrames());
}
BENCHMARK(madeTrades);

void recordedTrades(benchmark::State& state) {
    decodeAll(state, support::recordedFrames());
}
BENCHMARK(recordedTrades);

/// What a trade costs in a form that only the JSON parser reads.
void tradesOverJson(benchmark::State& state) {
    auto const frames = madeFrames();
    Frame frame;
    std::string symbol;
    std::size_t at = 0;
    for (auto _ : state) {
        ingestion::binance::decodeJson(frames[at], frame, symbol);
        benchmark::DoNotOptimize(frame.trade.price);
        if (++at == frames.size()) at = 0;
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(tradesOverJson);

/// From the frame's text to the followed symbol's entry, among a thousand: all that the feed does per trade.
void tradeToSymbol(benchmark::State& state) {
    auto const frames = madeFrames();
    ingestion::binance::SymbolWatch watch{{}};
    for (ingestion::SymbolIndex i = 0; i < 1'000; ++i)
        watch.add(fmt::format("S{}USDT", i), i);
    watch.add("BTCUSDT", 1'000);
    Codec codec;
    std::size_t at = 0;
    for (auto _ : state) {
        auto const& frame = codec.decode(frames[at]);
        watch.find(frame.symbol)->onTrade(frame.trade.id, 1);
        if (++at == frames.size()) at = 0;
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(tradeToSymbol);

/// A symbol list as long as the exchange's: 2,500 symbols with their filters.
std::string symbolList() {
    std::string text = R"({"timezone":"UTC","serverTime":1,"rateLimits":[],"exchangeFilters":[],"symbols":[)";
    for (int i = 0; i < 2'500; ++i) {
        text += fmt::format(R"({}{{"symbol":"COIN{}USDT","status":"TRADING","baseAsset":"COIN{}","quoteAsset":"USDT",)",
                            i == 0 ? "" : ",", i, i);
        text += R"("orderTypes":["LIMIT","LIMIT_MAKER","MARKET","STOP_LOSS","STOP_LOSS_LIMIT","TAKE_PROFIT"],)";
        for (int n = 0; n < 14; ++n)
            text += fmt::format(R"("flagOrPrecisionNumber{}":{},)", n, n % 2 == 0 ? "true" : "8");
        text += R"("filters":[{"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000","tickSize":"0.01"},)"
                R"({"filterType":"LOT_SIZE","minQty":"0.00001","maxQty":"9000.0","stepSize":"0.00001"})";
        for (int n = 0; n < 7; ++n)
            text += fmt::format(R"(,{{"filterType":"OTHER_{}","limit":10,"bid":"5","ask":"0.2","avg":5}})", n);
        text += "]}";
    }
    return text + "]}";
}

/// The longest time that reading the list keeps trades waiting: one turn of 20 symbols.
void symbolListOneTurn(benchmark::State& state) {
    auto const text = symbolList();
    std::optional<ingestion::binance::SymbolListReader> reader(text);
    for (auto _ : state) {
        if (!reader->step(20)) continue;
        state.PauseTiming();
        reader.emplace(text);
        state.ResumeTiming();
    }
}
BENCHMARK(symbolListOneTurn);

/// The same list as one tree, for comparison.
void symbolListAsOneTree(benchmark::State& state) {
    auto const text = symbolList();
    for (auto _ : state)
        benchmark::DoNotOptimize(common::json::parse(text));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(symbolListAsOneTree)->Unit(benchmark::kMillisecond);

/// One page of a repair: a thousand aggregates.
void aggregatesPage(benchmark::State& state) {
    std::string text = "[";
    for (int i = 0; i < 1'000; ++i)
        text += fmt::format(
            R"({}{{"a":{},"p":"76650.0{:02}00000","q":"0.00040000","f":{},"l":{},"T":{},"m":true,"M":true}})",
            i == 0 ? "" : ",", 3'000'000'000 + i, i % 100, 6'600'000'000 + 2 * i, 6'600'000'001 + 2 * i,
            1'787'000'000'122 + i);
    text += "]";
    for (auto _ : state)
        benchmark::DoNotOptimize(ingestion::binance::readAggregates(text));
    state.SetItemsProcessed(state.iterations() * 1'000);
}
BENCHMARK(aggregatesPage)->Unit(benchmark::kMicrosecond);

}  // namespace
