#pragma once

#include "common/core/condition.hpp"
#include "common/core/trade.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace support {

// The windowed conditions of spec section 4, read off a whole tape by looking at every trade of it: oracles for the
// window classes. `n` is an index into the tape; the tape is one symbol's, its prices are not 0.

/// A tape with what its trades add up to.
struct NaiveTape {
    NaiveTape(std::span<common::Trade const> tape);
    NaiveTape(std::vector<common::Trade> const& tape) : NaiveTape(std::span(tape)) {}

    std::span<common::Trade const> trades;
    std::vector<common::TimeMs> tau;                   ///< event times
    std::vector<__int128> volume, quoteVolume, count;  ///< of all before; 1e-16
};

/// τ(n).
common::TimeMs naiveTau(std::span<common::Trade const> tape, std::size_t n);

/// R(n) of `change`; nothing where no trade is old enough.
std::optional<common::Decimal> naiveReference(NaiveTape const& tape, std::size_t n, common::DurationMs window);

/// v and S of `spike` in units of 1e-16 (`trades`: 1e16 each); nothing where a bucket begins before the tape, or has no
/// close yet. Quote volume of full minutes is rounded as candles are. `wholeMarket`: there was no trade before the
/// tape, so buckets before it are empty.
struct NaiveSpike {
    __int128 v = 0;
    __int128 s = 0;
};
std::optional<NaiveSpike> naiveSpike(NaiveTape const& tape, std::size_t n, common::SpikeMetric metric,
                                     common::DurationMs bucket, std::int64_t count, bool wholeMarket = false);

/// Percent of `volatility` for the minute of n; nothing where a minute has no close yet.
std::optional<double> naiveVolatility(NaiveTape const& tape, std::size_t n, std::int64_t minutes);

}  // namespace support
