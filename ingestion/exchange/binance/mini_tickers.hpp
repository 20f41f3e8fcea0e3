#pragma once

#include "ingestion/exchange/feed.hpp"

#include <string_view>
#include <vector>

namespace ingestion::binance {

/// One message of `!miniTicker@arr`, raw or combined.
struct MiniTickers {
    common::TimeMs eventTime = 0;  ///< the newest in the array
    std::vector<TickerClose> tickers;
};

/// False when the text is no such array; elements that are no tickers are passed over.
bool decodeMiniTickers(std::string_view text, MiniTickers& out);

}  // namespace ingestion::binance
