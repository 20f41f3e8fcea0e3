#pragma once

#include "examples/replay/market/interval.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace replay {

/// What a stream carries. Silent: well formed, acknowledged, never an event (the exchange does not check symbols).
enum class StreamKind : std::uint8_t {
    Silent,
    Trade,
    AggTrade,
    Kline,
    MiniTicker,
    AllMiniTickers,
    Ticker,
    RollingTicker,
    AllRollingTickers,
    BookTicker,
    AvgPrice,
};

/// A stream as a client names it, taken apart.
struct Stream {
    std::string name;  ///< as the client wrote it: events repeat it
    StreamKind kind = StreamKind::Silent;
    std::string symbol = {};                ///< upper case; empty for all-market streams
    std::optional<Interval> interval = {};  ///< of Kline
    std::string window = {};                ///< of rolling tickers: `1h`, `4h`, `1d`
};

/// Nothing for a name whose syntax the exchange refuses with `Invalid request: invalid stream`.
std::optional<Stream> parseStream(std::string_view name);

/// Length of a rolling ticker's window (`1m`…`59m`, `1h`…`23h`, `1d`…`7d`); nothing for others.
std::optional<DurationMs> parseWindow(std::string_view text);

}  // namespace replay
