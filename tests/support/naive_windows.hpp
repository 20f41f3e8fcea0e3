#pragma once

#include "common/core/condition.hpp"
#include "common/core/trade.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace support {

// The windowed conditions of spec section 4, read off a whole tape by looking at every trade of it: oracles for the
// window classes. `n` is an index into the tape; the tape is one symbol's, its prices are not 0.

/// τ(n).
common::TimeMs naiveTau(std::span<common::Trade const> tape, std::size_t n);

/// R(n) of `change`; nothing where no trade is old enough.
std::optional<common::Decimal> naiveReference(std::span<common::Trade const> tape, std::size_t n,
                                              common::DurationMs window);

/// v and S of `spike` in units of 1e-16 (`trades`: 1e16 each); nothing where a bucket begins before the tape, or has no
/// close yet. Quote volume of full minutes is rounded as candles are.
struct NaiveSpike {
    __int128 v = 0;
    __int128 s = 0;
};
std::optional<NaiveSpike> naiveSpike(std::span<common::Trade const> tape, std::size_t n, common::SpikeMetric metric,
                                     common::DurationMs bucket, std::int64_t count);

/// Percent of `volatility` for the minute of n; nothing where a minute has no close yet.
std::optional<double> naiveVolatility(std::span<common::Trade const> tape, std::size_t n, std::int64_t minutes);

}  // namespace support
