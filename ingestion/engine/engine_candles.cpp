#include "ingestion/engine/engine.hpp"

#include <algorithm>

// What keeps candles complete where trades alone do not: the clock, and the exchange's own candles.

namespace ingestion {
namespace {

/// A trade of a minute may come so late; what comes later still is added to the ended candle.
constexpr common::DurationMs kMinuteGraceMs = 2'000;
/// Quiet minutes end in small commits, also when a thousand symbols are quiet.
constexpr int kQuietEndsMax = 20;

}  // namespace

void Engine::keepCandles(common::TimeMs mono) {
    for (auto const& symbol : symbols_) {
        Backfill::Asker const asker{symbol->index(), symbol->symbol(), symbol->generation()};
        if (symbol->takeBackfill()) backfill_.begin(asker, !symbol->candlesRestored());
        if (auto const span = symbol->candles().takeRefill()) backfill_.refill(asker, *span);
    }
    backfill_.onTimer(mono);
}

void Engine::closeMinutes(common::TimeMs mono) {
    auto const market = marketClock_.now(mono);
    if (!market || symbols_.empty()) return;
    int ends = 0;
    for (std::size_t i = 0; i < symbols_.size() && ends < kQuietEndsMax; ++i) {
        auto& symbol = *symbols_[closeNext_++ % symbols_.size()];
        if (symbol.touched || !symbol.closeMinutes(*market - kMinuteGraceMs)) continue;
        touch(symbol);
        ++ends;
    }
}

void Engine::askWindows() {
    auto const marketMs = timeMs(deps_.clock.monotonicMs());
    for (auto const index : attention_) {
        auto& symbol = *symbols_[index];
        if (auto const wish = symbol.takeWindowWish(marketMs))
            windows_.begin({index, symbol.symbol(), symbol.generation()}, wish->number, wish->spans);
        if (symbol.urgent()) touch(symbol);
    }
}

void Engine::onWindowsLoaded(Backfill::Asker const& asker, std::uint32_t number, WindowLoader::Past past) {
    auto& symbol = *symbols_[asker.index];
    if (symbol.generation() != asker.generation || symbol.phase() != FollowedSymbol::Phase::Following) return;
    symbol.onWindowsLoaded(number, std::move(past));
    touch(symbol);
    flush();
}

void Engine::onBackfilled(Backfill::Asker const& asker, common::Candle const& lastClosed) {
    marketClock_.observe(lastClosed.endTime(), deps_.clock.monotonicMs());
    auto& symbol = *symbols_[asker.index];
    if (symbol.generation() != asker.generation || symbol.phase() != FollowedSymbol::Phase::Following) return;
    symbol.candles().resume(lastClosed);
}

}  // namespace ingestion
