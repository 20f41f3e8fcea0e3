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

/// Price of the last trade up to n with τ before `time`.
std::optional<Decimal> lastBefore(std::span<Trade const> tape, std::size_t n, TimeMs time) {
    std::optional<Decimal> last;
    for (std::size_t i = 0; i <= n; ++i)
        if (naiveTau(tape, i) < time) last = tape[i].price.value;
    return last;
}

/// Sum of a metric over the trades up to n with from <= τ < to.
Wide sumOf(std::span<Trade const> tape, std::size_t n, SpikeMetric metric, TimeMs from, TimeMs to) {
    Wide sum = 0;
    for (std::size_t i = 0; i <= n; ++i) {
        if (naiveTau(tape, i) < from || naiveTau(tape, i) >= to) continue;
        if (metric == SpikeMetric::Volume) sum += tape[i].qty.value.units() * kScale;
        if (metric == SpikeMetric::QuoteVolume) sum += Wide{tape[i].price.value.units()} * tape[i].qty.value.units();
        if (metric == SpikeMetric::Trades) sum += kScale * kScale;
    }
    return sum;
}

/// The same, minute by minute, each full one rounded half up to 8 decimals.
Wide sumOfMinutes(std::span<Trade const> tape, std::size_t n, SpikeMetric metric, TimeMs from, TimeMs to) {
    auto const running = naiveTau(tape, n) / kMinute * kMinute;
    Wide sum = 0;
    for (auto minute = from; minute < to; minute += kMinute) {
        auto const exact = sumOf(tape, n, metric, minute, minute + kMinute);
        sum += minute == running ? exact : (exact + kScale / 2) / kScale * kScale;
    }
    return sum;
}

}  // namespace

TimeMs naiveTau(std::span<Trade const> tape, std::size_t n) {
    TimeMs tau = 0;
    for (std::size_t i = 0; i <= n; ++i)
        tau = std::max(tau, tape[i].time);
    return tau;
}

std::optional<Decimal> naiveReference(std::span<Trade const> tape, std::size_t n, DurationMs window) {
    DurationMs const g = window <= 3'600'000 ? 1'000 : kMinute;
    return lastBefore(tape, n, (naiveTau(tape, n) - window) / g * g);
}

std::optional<NaiveSpike> naiveSpike(std::span<Trade const> tape, std::size_t n, SpikeMetric metric, DurationMs bucket,
                                     std::int64_t count) {
    auto const running = naiveTau(tape, n) / bucket * bucket;
    NaiveSpike spike;
    if (metric == SpikeMetric::Price) {
        spike.v = tape[n].price.value.units() * kScale;
        for (std::int64_t k = 1; k <= count; ++k) {
            auto const close = lastBefore(tape, n, running - (k - 1) * bucket);
            if (!close) return {};
            spike.s += close->units() * kScale;
        }
        return spike;
    }
    // Of the bucket in which the tape begins nobody knows what came before.
    if (running - count * bucket <= tape[0].time) return {};
    spike.v = sumOfMinutes(tape, n, metric, running, running + bucket);
    spike.s = sumOfMinutes(tape, n, metric, running - count * bucket, running);
    return spike;
}

std::optional<double> naiveVolatility(std::span<Trade const> tape, std::size_t n, std::int64_t minutes) {
    auto const running = naiveTau(tape, n) / kMinute * kMinute;
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
