#pragma once

#include "examples/replay/market/symbol_book.hpp"

#include <random>
#include <string_view>
#include <vector>

namespace replay {

inline Decimal decimal(std::string_view text) {
    return Decimal::parse(text).value();
}

/// Trades as a busy market makes them: few prices, runs of one maker side, many of the same time.
inline std::vector<Trade> randomTrades(std::size_t count, unsigned seed, TimeMs start, DurationMs stepMax) {
    std::mt19937 random(seed);
    auto const below = [&](std::uint32_t n) { return static_cast<std::int64_t>(random() % n); };
    std::vector<Trade> trades;
    TimeMs time = start;
    for (std::size_t i = 0; i < count; ++i) {
        if (below(3) == 0) time += below(static_cast<std::uint32_t>(stepMax)) + 1;
        auto const price = Decimal::fromUnits((100 + below(4)) * Decimal::kUnitsPerOne);
        auto const qty = Decimal::fromUnits((1 + below(900)) * 100'000);
        trades.push_back({1'000 + static_cast<std::int64_t>(i), price, qty, time, below(2) == 0});
    }
    return trades;
}

inline SymbolBook bookWith(std::vector<Trade> const& trades, SymbolBook::Limits limits = {}) {
    SymbolBook book(makeListing("BTCUSDT"), limits);
    book.setNextId(trades.front().id);
    for (auto const& trade : trades)
        book.append(trade.price, trade.qty, trade.time, trade.buyerMaker);
    return book;
}

}  // namespace replay
