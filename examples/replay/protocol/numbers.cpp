#include "examples/replay/protocol/numbers.hpp"

#include <fmt/format.h>

namespace replay {
namespace {

std::string scaledText(Int128 units, int decimals) {
    bool const isNegative = units < 0;
    if (isNegative) units = -units;
    Int128 scale = 1;
    for (int i = 0; i < decimals; ++i)
        scale *= 10;
    return fmt::format("{}{}.{:0{}}", isNegative ? "-" : "", units / scale, static_cast<std::int64_t>(units % scale),
                       decimals);
}

}  // namespace

std::string amountText(Int128 units) {
    return scaledText(units, Decimal::kFractionDigits);
}

std::string quoteText(Int128 units) {
    return amountText((units + Decimal::kUnitsPerOne / 2) / Decimal::kUnitsPerOne);
}

std::string percentText(Decimal from, Decimal to) {
    if (from.isZero()) return "0.000";
    return scaledText((Int128{to.units()} - from.units()) * 100'000 / from.units(), 3);
}

std::string changeText(Decimal from, Decimal to) {
    return amountText(Int128{to.units()} - from.units());
}

std::string weightedPriceText(Candle const& candle) {
    if (candle.volume == 0) return "0.00000000";
    return amountText((candle.quoteVolume + candle.volume / 2) / candle.volume);
}

}  // namespace replay
