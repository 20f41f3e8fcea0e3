#include "common/core/candle.hpp"

#include <algorithm>

namespace common {

Candle Candle::quiet(TimeMs openTime, DurationMs length, Decimal close, std::uint8_t priceDecimals) {
    Candle candle;
    candle.openTime = openTime;
    candle.length = length;
    candle.open = candle.high = candle.low = candle.close = close;
    candle.priceDecimals = priceDecimals;
    candle.whole = candle.closed = true;
    return candle;
}

void mergeInto(Candle& sum, Candle const& finer) {
    sum.priceDecimals = sum.close.isZero() ? finer.priceDecimals : std::max(sum.priceDecimals, finer.priceDecimals);
    if (sum.trades == 0 && (finer.trades != 0 || sum.close.isZero())) {
        sum.open = finer.open;
        sum.high = finer.high;
        sum.low = finer.low;
        sum.firstId = finer.firstId;
    } else if (finer.trades != 0) {
        sum.high = std::max(sum.high, finer.high);
        sum.low = std::min(sum.low, finer.low);
    }
    if (finer.trades != 0) sum.lastId = finer.lastId;
    sum.close = finer.close;
    sum.volume += finer.volume;
    sum.quoteVolume += finer.quoteVolume;
    sum.trades += finer.trades;
    sum.whole = sum.whole && finer.whole;
    sum.closed = sum.closed && finer.closed;
}

}  // namespace common
