#pragma once

#include "common/core/symbol.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace ingestion::binance {

/// What one control message or URL may hold. Over 4,096 bytes requests were seen to stay unanswered, and about 150
/// names are known to be safe (binance-facts section 0, fact 3).
struct CommandLimits {
    std::size_t namesMax = 150;
    std::size_t bytesMax = 4'000;
};

enum class Method : std::uint8_t { Subscribe, Unsubscribe };

/// A name of invalid syntax costs the whole connection, so nothing else is ever sent: 1 to 40 bytes, valid UTF-8, and
/// of ASCII only capital letters, digits, `_`, `-` and `.`.
bool isStreamable(std::string_view symbol);
/// `btcusdt@trade`.
std::string tradeStream(common::Symbol const& symbol);
/// The symbol of a trade stream's name, empty for other streams.
common::Symbol symbolOfStream(std::string_view stream);

/// One SUBSCRIBE or UNSUBSCRIBE with as many symbols from the front of `symbols` as fit; `count` says how many.
std::string streamCommand(Method method, std::int64_t id, std::deque<common::Symbol> const& symbols,
                          CommandLimits const& limits, std::size_t& count);
std::string listCommand(std::int64_t id);

/// `/stream?streams=btcusdt@trade/…` with as many symbols as fit, or `/stream` for none: path and query of a combined
/// stream. Subscriptions in the URL take effect with the handshake and cost none of the five messages a second.
std::string streamTarget(std::vector<common::Symbol> const& symbols, CommandLimits const& limits, std::size_t& count);

}  // namespace ingestion::binance
