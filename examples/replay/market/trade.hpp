#pragma once

#include "common/core/decimal.hpp"
#include "common/core/time.hpp"

#include <algorithm>
#include <cstdint>

namespace replay {

using common::Decimal;
using common::DurationMs;
using common::TimeMs;
/// Sums of quantities and products price x quantity, which int64 cannot hold (binance-facts section 4).
__extension__ using Int128 = __int128;

/// One trade as the exchange keeps it: compact, since hundreds of thousands are held per symbol.
struct Trade {
    std::int64_t id = 0;
    Decimal price;
    Decimal qty;
    TimeMs time = 0;
    bool buyerMaker = false;
    bool operator==(Trade const&) const = default;
};

/// Consecutive trades of equal price, maker side and time: what one taker order met at one price.
struct Aggregate {
    std::int64_t id = 0;
    std::int64_t firstId = 0;
    std::int64_t lastId = 0;
    Decimal price;
    Decimal qty;
    TimeMs time = 0;
    bool buyerMaker = false;
    bool operator==(Aggregate const&) const = default;
};

/// Open, high, low, close and sums of a span of time. Volumes count 1e-8, quote volumes 1e-16.
struct Candle {
    TimeMs openTime = 0;
    Decimal open;
    Decimal high;
    Decimal low;
    Decimal close;
    Int128 volume = 0;
    Int128 quoteVolume = 0;
    Int128 takerVolume = 0;
    Int128 takerQuoteVolume = 0;
    std::int64_t count = 0;
    std::int64_t firstId = -1;  ///< -1: no trade, or ids unknown (invented history)
    std::int64_t lastId = -1;

    bool empty() const { return count == 0; }
    /// Adds one trade, which must be newer than all before. A price of 0 is a placeholder and no trade.
    void add(Trade const& trade) {
        if (trade.price.isZero()) return;
        if (empty()) {
            open = high = low = trade.price;
            firstId = trade.id;
        }
        high = std::max(high, trade.price);
        low = std::min(low, trade.price);
        close = trade.price;
        lastId = trade.id;
        ++count;
        auto const product = Int128{trade.price.units()} * trade.qty.units();
        volume += trade.qty.units();
        quoteVolume += product;
        if (!trade.buyerMaker) {
            takerVolume += trade.qty.units();
            takerQuoteVolume += product;
        }
    }
    /// Adds a whole later candle.
    void add(Candle const& later) {
        if (later.empty()) return;
        if (empty()) {
            open = later.open;
            high = later.high;
            low = later.low;
            firstId = later.firstId;
        }
        high = std::max(high, later.high);
        low = std::min(low, later.low);
        close = later.close;
        lastId = later.lastId;
        count += later.count;
        volume += later.volume;
        quoteVolume += later.quoteVolume;
        takerVolume += later.takerVolume;
        takerQuoteVolume += later.takerQuoteVolume;
    }
    /// The candle of a span without trades: the previous close, ids -1.
    static Candle flat(TimeMs openTime, Decimal previousClose) {
        Candle candle;
        candle.openTime = openTime;
        candle.open = candle.high = candle.low = candle.close = previousClose;
        return candle;
    }
};

}  // namespace replay
