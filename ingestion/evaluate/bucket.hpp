#pragma once

#include "common/core/decimal.hpp"
#include "common/core/time.hpp"

#include <cstdint>
#include <span>

namespace ingestion {

/// Sums over trades: wider than any single value (binance-facts section 4).
using Wide = __int128;

/// One interval of a symbol's past, as own candles or klines (`1s`, `1m`) tell it. The windows are filled from these
/// before an alert on them is armed.
struct Bucket {
    common::TimeMs open = 0;     ///< its start, a multiple of its length
    common::Decimal close = {};  ///< of the last trade so far: empty buckets carry the one before
    Wide volume = 0;             ///< units of 1e-8
    Wide quoteVolume = 0;        ///< units of 1e-16, as price x quantity comes
    std::int64_t trades = 0;     ///< single trades
    bool operator==(Bucket const&) const = default;
};

/// A symbol's past up to a position, as windows are filled from it: each ascending, buckets without a trade left out.
/// The last bucket of each is the running one, as far as it was judged.
struct WindowPast {
    std::span<Bucket const> secondCloses;  ///< change over up to an hour
    std::span<Bucket const> minuteCloses;  ///< change over more, volatility, spike of price
    std::span<Bucket const> minuteSums;    ///< other spikes
};

}  // namespace ingestion
