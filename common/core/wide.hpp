#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace common {

/// Sums of quantities and products of price and quantity: wider than any single value (binance-facts section 4).
using Wide = __int128;

/// A non-negative sum in units of 1e-8, with all 8 decimals, as the exchange writes volumes.
std::string wideText(Wide units);
/// Units of 1e-8 from such a text; as Decimal::parse, but up to 26 digits before the point.
std::optional<Wide> parseWide(std::string_view text);

}  // namespace common
