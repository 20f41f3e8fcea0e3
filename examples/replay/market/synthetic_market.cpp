#include "examples/replay/market/synthetic_market.hpp"

#include "examples/replay/market/interval.hpp"
#include "examples/replay/market/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace replay {
namespace {

/// One layer of the price's wandering: how often it turns, and how far it goes (relative).
struct Octave {
    double periodSeconds;
    double amplitude;
};
constexpr std::array kOctaves{
    Octave{4, 0.000'03},  Octave{15, 0.000'1},  Octave{60, 0.000'4},   Octave{300, 0.001},    Octave{1'800, 0.003},
    Octave{7'200, 0.006}, Octave{28'800, 0.01}, Octave{86'400, 0.012}, Octave{604'800, 0.02},
};
static_assert(kOctaves.size() == SyntheticMarket::kOctaveCount);
constexpr double kTradesPerOrder = 1.95;
constexpr int kSweepTradesMax = 12;

int sweepTrades(Random& random) {
    double const u = random.uniform();
    if (u < 0.60) return 1;
    if (u < 0.85) return 2;
    if (u < 0.95) return 3 + static_cast<int>(random.uniform() * 3);
    return 6 + static_cast<int>(random.uniform() * (kSweepTradesMax - 5));
}

}  // namespace

SyntheticMarket::SyntheticMarket(Listing listing, std::uint64_t seed)
    : listing_(std::move(listing)), seed_(mix(seed ^ hashText(listing_.info.symbol))) {
    std::string_view const quote = listing_.info.quote;
    notional_ = quote == "BTC" ? 0.005 : quote == "ETH" ? 0.1 : quote == "BNB" ? 0.5 : 300;
}

double SyntheticMarket::middle(double second) const {
    double sum = 0;
    for (std::size_t layer = 0; layer < kOctaves.size(); ++layer) {
        auto const& octave = kOctaves.at(layer);
        double const position = second / octave.periodSeconds;
        double const floor = std::floor(position);
        auto const index = static_cast<std::int64_t>(floor);
        auto& cell = cells_.at(layer);
        if (cell.index != index) {
            std::uint64_t const salt = seed_ + (layer + 1) * 0x51'7C'C1'B7'27'22'0A'95U;
            auto const corner = [&](std::int64_t at) {
                return unitInterval(mix(salt ^ mix(static_cast<std::uint64_t>(at)))) * 2 - 1;
            };
            cell = {index, corner(index), corner(index + 1)};
        }
        double const t = position - floor;
        sum += octave.amplitude * (cell.from + (cell.to - cell.from) * t * t * (3 - 2 * t));
    }
    return listing_.referencePrice * std::exp(sum);
}

Decimal SyntheticMarket::roundToTick(double price) const {
    auto const tick = static_cast<double>(listing_.info.tickSize.units());
    auto const ticks = static_cast<std::int64_t>(std::llround(price * Decimal::kUnitsPerOne / tick));
    return Decimal::fromUnits(std::max<std::int64_t>(ticks, 1) * listing_.info.tickSize.units());
}

Decimal SyntheticMarket::quantity(double price, double factor) const {
    auto const lot = static_cast<double>(listing_.info.lotSize.units());
    auto const lots = static_cast<std::int64_t>(std::llround(notional_ / price * factor * Decimal::kUnitsPerOne / lot));
    return Decimal::fromUnits(std::max<std::int64_t>(lots, 1) * listing_.info.lotSize.units());
}

std::vector<Trade> SyntheticMarket::second(std::int64_t second) const {
    Random random(mix(seed_ ^ mix(static_cast<std::uint64_t>(second))));
    double const expected = listing_.tradesPerSecond / kTradesPerOrder * (0.5 + random.uniform());
    auto const orders = static_cast<int>(expected + random.uniform());
    std::vector<int> offsets(static_cast<std::size_t>(orders));
    for (int& offset : offsets)
        offset = static_cast<int>(random.uniform() * kSecondMs);
    std::ranges::sort(offsets);

    std::vector<Trade> trades;
    for (int const offset : offsets) {
        double const price = middle(static_cast<double>(second) + offset / 1'000.0) * (1 + 0.000'03 * random.normal());
        bool const buyerMaker = random.uniform() < 0.5;
        std::int64_t const step = (buyerMaker ? -1 : 1) * listing_.info.tickSize.units();
        std::int64_t units = roundToTick(price).units();
        for (int left = sweepTrades(random); left > 0; --left) {
            auto const qty = quantity(price, std::exp(1.2 * random.normal() - 0.7));
            trades.push_back({static_cast<std::int64_t>(trades.size()), Decimal::fromUnits(units), qty,
                              second * kSecondMs + offset, buyerMaker});
            if (random.uniform() < 0.5 && units + step > 0) units += step;
        }
    }
    return trades;
}

Candle SyntheticMarket::minute(TimeMs openTime) const {
    auto const start = static_cast<double>(openTime / kSecondMs);
    Random random(mix(seed_ ^ mix(~static_cast<std::uint64_t>(openTime))));
    double const open = middle(start);
    double const close = middle(start + 60);
    double high = std::max(open, close);
    double low = std::min(open, close);
    for (double const at : {20.0, 40.0}) {
        high = std::max(high, middle(start + at));
        low = std::min(low, middle(start + at));
    }
    Candle candle;
    candle.openTime = openTime;
    candle.open = roundToTick(open);
    candle.close = roundToTick(close);
    candle.high = std::max({candle.open, candle.close, roundToTick(high * 1.000'05)});
    candle.low = std::min({candle.open, candle.close, roundToTick(low * 0.999'95)});
    // A multiple of four, so that the four seconds that stand for the minute share it exactly.
    candle.count =
        4 * std::max<std::int64_t>(1, std::llround(listing_.tradesPerSecond * 15 * (0.6 + 0.8 * random.uniform())));
    auto const mean = quantity(open, 0.6 + 0.8 * random.uniform());
    candle.volume = Int128{mean.units()} * candle.count;
    auto const sum = Int128{candle.open.units()} + candle.high.units() + candle.low.units() + candle.close.units();
    candle.quoteVolume = candle.volume / 4 * sum;
    candle.takerVolume = candle.volume / 8 * 4;
    candle.takerQuoteVolume = candle.quoteVolume / 2;
    return candle;
}

Candle SyntheticMarket::secondOf(TimeMs openTime) const {
    TimeMs const minuteOpen = openTime / kMinuteMs * kMinuteMs;
    auto const whole = minute(minuteOpen);
    bool const rising = whole.close >= whole.open;
    auto const index = (openTime - minuteOpen) / kSecondMs;
    // Prices stand as open, one extreme, the other extreme, close; in between the last price is carried.
    std::array const prices{whole.open, rising ? whole.low : whole.high, rising ? whole.high : whole.low, whole.close};
    std::size_t const quarter = index >= 59 ? 3 : index >= 40 ? 2 : index >= 20 ? 1 : 0;
    bool const trades = index == 0 || index == 20 || index == 40 || index == 59;
    auto candle = Candle::flat(openTime, prices.at(quarter));
    if (!trades) return candle;
    candle.count = whole.count / 4;
    candle.volume = whole.volume / 4;
    candle.quoteVolume = candle.volume * candle.close.units();
    candle.takerVolume = candle.volume / 2;
    candle.takerQuoteVolume = candle.quoteVolume / 2;
    return candle;
}

}  // namespace replay
