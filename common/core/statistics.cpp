#include "common/core/statistics.hpp"

#include <algorithm>
#include <cmath>

namespace common {
namespace {

constexpr double kOne = Decimal::kUnitsPerOne;

double medianOf(std::vector<std::int64_t> values) {
    auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::ranges::nth_element(values, middle);
    if (values.size() % 2 != 0) return static_cast<double>(*middle) / kOne;
    auto const below = *std::max_element(values.begin(), middle);
    return static_cast<double>(Wide{below} + *middle) / 2 / kOne;
}

/// Sum of squared distances from the mean. Each distance is exact: equal values give 0, whatever their size.
double squaredDistances(std::vector<std::int64_t> const& values, Wide sum) {
    auto const count = static_cast<Wide>(values.size());
    double squares = 0;
    for (auto const value : values) {
        auto const distance = static_cast<double>(value * count - sum) / static_cast<double>(count) / kOne;
        squares += distance * distance;
    }
    return squares;
}

}  // namespace

double logReturn(Decimal before, Decimal after) {
    return std::log1p(static_cast<double>(after.units() - before.units()) / static_cast<double>(before.units()));
}

std::optional<double> sampleDeviation(std::span<double const> values) {
    if (values.size() < 2) return {};
    double sum = 0;
    for (auto const value : values)
        sum += value;
    auto const mean = sum / static_cast<double>(values.size());
    double squares = 0;
    for (auto const value : values)
        squares += (value - mean) * (value - mean);
    return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

void StatisticsBuilder::add(Candle const& candle) {
    if (closes_.empty()) {
        sums_.first = candle.open;
        sums_.min = candle.low;
        sums_.max = candle.high;
        sums_.priceDecimals = candle.priceDecimals;
    } else if (closes_.back() > 0 && !candle.close.isZero()) {
        auto const r = logReturn(Decimal::fromUnits(closes_.back()), candle.close);
        squaredReturns_ += r * r;
    }
    closes_.push_back(candle.close.units());
    closeSum_ += candle.close.units();
    sums_.last = candle.close;
    sums_.min = std::min(*sums_.min, candle.low);
    sums_.max = std::max(*sums_.max, candle.high);
    sums_.priceDecimals = std::max(sums_.priceDecimals, candle.priceDecimals);
    sums_.volume += candle.volume;
    quoteVolume_ += candle.quoteVolumeUnits();
}

Statistics StatisticsBuilder::result() const {
    auto result = sums_;
    result.count = count();
    if (closes_.empty()) return result;
    auto const n = static_cast<double>(closes_.size());
    result.mean = static_cast<double>(closeSum_) / n / kOne;
    result.median = medianOf(closes_);
    if (!result.first->isZero())
        result.changePct = 100 * static_cast<double>(result.last->units() - result.first->units()) /
                           static_cast<double>(result.first->units());
    if (result.volume != 0) result.vwap = static_cast<double>(quoteVolume_) / static_cast<double>(result.volume);
    if (closes_.size() < 2) return result;
    auto const squares = squaredDistances(closes_, closeSum_);
    result.stdevPop = std::sqrt(squares / n);
    result.stdevSample = std::sqrt(squares / (n - 1));
    result.realizedVol = std::sqrt(squaredReturns_);
    return result;
}

}  // namespace common
