#include "ingestion/exchange/binance/codec.hpp"
#include "ingestion/exchange/binance/symbol_watch.hpp"
#include "tests/support/recorded_frames.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
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

}  // namespace
