#pragma once

#include "common/core/candle.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace common {

/// ln(after / before), precise also where they hardly differ. Both are above 0.
double logReturn(Decimal before, Decimal after);
/// Divides by n - 1; nothing with fewer than 2 values.
std::optional<double> sampleDeviation(std::span<double const> values);

/// Figures over a run of candles (spec section 5, `/stats`): closes for mean, median and deviations, lows and highs for
/// the extremes. Prices are exact, the rest is a double. What fewer candles than it needs cannot say is nothing.
struct Statistics {
    std::int64_t count = 0;           ///< candles, quiet ones included
    std::optional<Decimal> first;     ///< first open
    std::optional<Decimal> last;      ///< last close
    std::optional<Decimal> min, max;  ///< of lows, of highs
    std::uint8_t priceDecimals = 8;   ///< how many the exchange writes
    std::optional<double> mean, median;
    std::optional<double> stdevPop, stdevSample;  ///< nothing with fewer than 2 closes
    std::optional<double> changePct;              ///< 100 x (last / first - 1)
    std::optional<double> vwap;                   ///< quote volume / volume, nothing without a trade
    Wide volume = 0;                              ///< units of 1e-8
    std::optional<double> realizedVol;            ///< sqrt of the sum of squared log returns of the closes
};

/// Gathers candles in order of time; keeps their closes (8 bytes each), so the caller bounds the range.
class StatisticsBuilder {
public:
    void add(Candle const& candle);
    std::int64_t count() const { return static_cast<std::int64_t>(closes_.size()); }
    /// Of everything added so far.
    Statistics result() const;

private:
    std::vector<std::int64_t> closes_;  ///< units
    Statistics sums_;
    Wide closeSum_ = 0;
    Wide quoteVolume_ = 0;  ///< of candles as they are shown: units of 1e-8
    double squaredReturns_ = 0;
};

}  // namespace common
