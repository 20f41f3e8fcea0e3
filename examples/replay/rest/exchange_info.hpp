#pragma once

#include "examples/replay/market/symbol_book.hpp"

#include <string>
#include <vector>

namespace replay {

/// The answer of `exchangeInfo` (binance-facts section 2.4), complete enough for the public client libraries.
std::string exchangeInfo(std::vector<SymbolBook const*> const& books, TimeMs serverTime, bool showPermissionSets);

}  // namespace replay
