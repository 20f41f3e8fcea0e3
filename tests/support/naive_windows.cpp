#include "tests/support/naive_windows.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace support {
namespace {

using common::Decimal;
using common::DurationMs;
using common::SpikeMetric;
using common::TimeMs;
using common::Trade;
using Wide = __int128;

constexpr DurationMs kMinute = 60'000;
constexpr Wide kScale = Decimal::kUnitsPerOne;

/// How many trades up to n have τ < `time`.
std::size_t countBefore(NaiveTape const& tape, std::size_t n, TimeMs time) {
    auto const end = tape.tau.begin() + static_cast<std::ptrdiff_t>(n) + 1;
    return static_cast<std::size_t>(std::lower_bound(tape.tau.begin(), end, time) - tape.tau.begin());
}

/// Price of the last trade up to n with τ before `time`.
std::optional<Decimal> lastBefore(NaiveTape const& tape, std::size_t n, TimeMs time) {
    auto const count = countBefore(tape, n, time);
    if (count == 0) return {};
    return tape.trades[count - 1].price.value;
}

/// Sum of a metric over the trades up to n with from <= τ < to.
Wide sumOf(NaiveTape const& tape, std::size_t n, SpikeMetric metric, TimeMs from, TimeMs to) {
    auto const& sums = metric == SpikeMetric::Volume        ? tape.volume
                       : metric == SpikeMetric::QuoteVolume ? tape.quoteVolume
                                                            : tape.count;
    return sums[countBefore(tape, n, to)] - sums[countBefore(tape, n, from)];
}

/// The same, minute by minute, each full one rounded half up to 8 decimals.
Wide sumOfMinutes(NaiveTape const& tape, std::size_t n, SpikeMetric metric, TimeMs from, TimeMs to) {
    auto const running = tape.tau[n] / kMinute * kMinute;
    Wide sum = 0;
    for (auto minute = from; minute < to; minute += kMinute) {
        auto const exact = sumOf(tape, n, metric, minute, minute + kMinute);
        sum += minute == running ? exact : (exact + kScale / 2) / kScale * kScale;
    }
    return sum;
}

}  // namespace

NaiveTape::NaiveTape(std::span<Trade const> tape) : trades(tape), volume{0}, quoteVolume{0}, count{0} {
    for (auto const& trade : tape) {
        auto const qty = trade.qty.value.units();
        tau.push_back(std::max(tau.empty() ? 0 : tau.back(), trade.time));
        volume.push_back(volume.back() + qty * kScale);
        quoteVolume.push_back(quoteVolume.back() + Wide{trade.price.value.units()} * qty);
        count.push_back(count.back() + (trade.lastId() - trade.id + 1) * kScale * kScale);
    }
}

TimeMs naiveTau(std::span<Trade const> tape, std::size_t n) {
    TimeMs tau = 0;
    for (std::size_t i = 0; i <= n; ++i)
        tau = std::max(tau, tape[i].time);
    return tau;
}

std::optional<Decimal> naiveReference(NaiveTape const& tape, std::size_t n, DurationMs window) {
    DurationMs const g = window <= 3'600'000 ? 1'000 : kMinute;
    return lastBefore(tape, n, (tape.tau[n] - window) / g * g);
}

std::optional<NaiveSpike> naiveSpike(NaiveTape const& tape, std::size_t n, SpikeMetric metric, DurationMs bucket,
                                     std::int64_t count, bool wholeMarket) {
    auto const running = tape.tau[n] / bucket * bucket;
    NaiveSpike spike;
    if (metric == SpikeMetric::Price) {
        spike.v = tape.trades[n].price.value.units() * kScale;
        for (std::int64_t k = 1; k <= count; ++k) {
            auto const close = lastBefore(tape, n, running - (k - 1) * bucket);
            if (!close) return {};
            spike.s += close->units() * kScale;
        }
        return spike;
    }
    // Of the bucket in which the tape begins nobody knows what came before.
    if (!wholeMarket && running - count * bucket <= tape.trades[0].time) return {};
    spike.v = sumOfMinutes(tape, n, metric, running, running + bucket);
    spike.s = sumOfMinutes(tape, n, metric, running - count * bucket, running);
    return spike;
}

std::optional<double> naiveVolatility(NaiveTape const& tape, std::size_t n, std::int64_t minutes) {
    auto const running = tape.tau[n] / kMinute * kMinute;
    std::vector<double> closes;
    for (auto k = minutes - 1; k >= 0; --k) {
        auto const close = lastBefore(tape, n, running - k * kMinute);
        if (!close) return {};
        closes.push_back(static_cast<double>(close->units()) / 1e8);
    }
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 1; i < closes.size(); ++i) {
        auto const r = std::log(closes[i]) - std::log(closes[i - 1]);
        sum += r;
        squares += r * r;
    }
    auto const count = static_cast<double>(closes.size() - 1);
    return 100 * std::sqrt(std::max(0.0, (squares - sum * sum / count) / (count - 1)));
}

}  // namespace support
