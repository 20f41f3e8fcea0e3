#pragma once

#include "examples/replay/market/trade.hpp"

#include <string>

namespace replay {

/// A sum of quantities (1e-8 units) padded to 8 decimals; may be negative and larger than a Decimal.
std::string amountText(Int128 units);
/// A sum of products price x quantity (1e-16 units), rounded half up to 8 decimals.
std::string quoteText(Int128 units);
/// Change of a price in percent with three decimals, as the tickers write it.
std::string percentText(Decimal from, Decimal to);
/// `to - from`, signed, 8 decimals.
std::string changeText(Decimal from, Decimal to);
/// Volume-weighted price of a candle, 8 decimals; zero without volume.
std::string weightedPriceText(Candle const& candle);

}  // namespace replay
