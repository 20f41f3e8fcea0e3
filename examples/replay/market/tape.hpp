#pragma once

#include "examples/replay/market/listing.hpp"
#include "examples/replay/market/trade.hpp"

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace replay {

/// The recorded trades of one symbol: ids consecutive, times never falling.
struct Tape {
    Listing listing;
    std::vector<Trade> trades;
    bool renumbered = false;  ///< ids jumped in the file, so they were numbered anew from the first
};

struct TapeLimits {
    std::size_t fileBytesMax = 4ULL << 30U;  ///< of the uncompressed text
    std::size_t tradesMax = 50'000'000;      ///< of all files together
};

/// Reads `SYMBOL.MARKET.DAY.csv[.gz]` files (`trade_id,price,qty,time_ms,is_buyer_maker`, one header line). Files of
/// one symbol become one tape in time order. The error is a sentence naming file, line and what is wrong.
std::expected<std::vector<Tape>, std::string> readTapes(std::vector<std::string> const& files, TapeLimits limits = {});

/// One row of a tape file, or the reason why it is none.
std::expected<Trade, std::string> parseTapeRow(std::string_view row);

}  // namespace replay
