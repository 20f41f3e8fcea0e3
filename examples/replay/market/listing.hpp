#pragma once

#include "common/core/symbol.hpp"
#include "examples/replay/market/trade.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace replay {

using common::SymbolInfo;
using common::SymbolStatus;

/// A listed symbol and how its invented market behaves.
struct Listing {
    SymbolInfo info;
    double referencePrice = 1;   ///< the middle of the invented price
    double tradesPerSecond = 1;  ///< mean rate of the invented market
    bool playable() const { return info.status == SymbolStatus::Trading; }
};

/// The dozen symbols of the synthetic market, when none are named.
std::span<std::string_view const> defaultSymbols();
/// Listing of any name: known majors with their usual price, tick and rate; others derived from the name.
Listing makeListing(std::string_view symbol);
/// Symbols that are always listed and never trade: OLDUSDT (BREAK) and HALTUSDT (HALT).
std::vector<Listing> idleListings();

}  // namespace replay
