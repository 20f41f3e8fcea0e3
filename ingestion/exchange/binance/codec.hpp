#pragma once

#include "common/core/trade.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ingestion::binance {

enum class FrameKind : std::uint8_t {
    Trade,           ///< `trade`, `symbol`, `eventTime`
    Ack,             ///< a request succeeded: `id`
    Subscriptions,   ///< answer to LIST_SUBSCRIPTIONS: `names`, `id`
    Error,           ///< a request failed: `code`, `message`, `id` where it could be read
    ServerShutdown,  ///< the exchange will close this connection soon
    Other,           ///< well-formed and none of our business: unknown events, arrays, aggregates
    Malformed,       ///< no JSON, or a trade that breaks its own form: `message` says what
};

/// One decoded frame. Members not named beside the kind hold what an earlier frame left.
struct Frame {
    FrameKind kind = FrameKind::Malformed;
    std::string_view symbol;  ///< in the text or in the codec: valid until either changes
    common::Trade trade;      ///< `received` is the reader's to set
    common::TimeMs eventTime = 0;
    std::optional<std::int64_t> id;
    std::int64_t code = 0;
    std::string message;
    std::vector<std::string> names;
};

/// Reads frames of Binance's market streams, raw (`/ws`) and combined (`/stream`); binance-facts section 1.
/// Pure. Nothing is allocated for a trade in its usual form. Reused for all frames of a connection.
class Codec {
public:
    /// The answer is valid until the next call and while `text` lives.
    Frame const& decode(std::string_view text);

private:
    Frame frame_;
    std::string symbol_;  ///< where a symbol does not stand literally in the text
};

/// The two ways `decode` reads, apart so that one can be checked against the other.
/// `scanTrade` knows exactly the form in which the exchange writes trades today (order of members, no blanks, no
/// escapes, ASCII) and says false to everything else, having decided nothing.
bool scanTrade(std::string_view text, Frame& frame);
/// Reads any JSON. `symbolStore` receives the symbol of a trade.
void decodeJson(std::string_view text, Frame& frame, std::string& symbolStore);

}  // namespace ingestion::binance
