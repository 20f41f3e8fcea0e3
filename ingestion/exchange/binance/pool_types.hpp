#pragma once

#include "common/core/symbol.hpp"
#include "common/core/time.hpp"
#include "common/runtime/backoff.hpp"
#include "ingestion/exchange/binance/connect_budget.hpp"
#include "ingestion/exchange/binance/stream_session.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ingestion::binance {

/// Never used twice, so that news of a connection given up long ago meets nobody.
using ConnectionId = std::uint32_t;

struct PoolLimits {
    SessionLimits session;
    ConnectBudget::Limits connects;
    std::size_t streamsMax = 1'000;                 ///< per connection; the exchange allows 1,024
    common::DurationMs lifeMs = 85'800'000;         ///< 23 h 50 min; the exchange cuts at 24 h
    common::DurationMs lifeJitterMs = 300'000;      ///< earlier by up to this, so that connections part company
    common::DurationMs idleMs = 2'000;              ///< a connection nobody needs is kept this long
    common::DurationMs overlapMs = 1'000;           ///< old and new connection deliver together this long
    common::DurationMs replacePauseMs = 60'000;     ///< a connection younger than this is not replaced by plan
    common::DurationMs provenMs = 10'000;           ///< lived this long: the next retry counts as the first
    common::Backoff::Limits retry{200, 30'000};     ///< the first retry is quick: most drops heal at once
    common::DurationMs tooManyPauseMs = 30'000;     ///< after 1008, 429, 418: at least this long
    common::DurationMs forbiddenPauseMs = 300'000;  ///< after 403, 451: will hardly change by itself
};

/// Why a connection cannot be used (any more).
struct Loss {
    enum class Cause : std::uint8_t {
        Dropped,          ///< closed, reset, unreachable, protocol broken, an error frame
        TooManyRequests,  ///< close code 1008, or HTTP 429 or 418
        Forbidden,        ///< HTTP 403 or 451
    };
    Cause cause = Cause::Dropped;
    std::string reason;
    std::optional<common::DurationMs> retryAfterMs = {};
};

/// Why a connection that still works shall be left.
enum class ReplaceCause : std::uint8_t { Age, ShutdownNotice, Lag, Stall };
std::string_view replaceCauseText(ReplaceCause cause);

// What the pool wants done, in this order.
struct OpenConnection {
    ConnectionId id;
    std::string target;  ///< path and query behind the base URL
};
struct SendText {
    ConnectionId id;
    std::string text;
};
/// The pool has forgotten the connection: nothing about it is to be reported any more.
struct CloseConnection {
    ConnectionId id;
    std::string reason;
};
struct SymbolAcknowledged {
    common::Symbol symbol;
};
struct SymbolInterrupted {
    common::Symbol symbol;
    std::string reason;
};
using PoolEffect = std::variant<OpenConnection, SendText, CloseConnection, SymbolAcknowledged, SymbolInterrupted>;
using PoolEffects = std::vector<PoolEffect>;

}  // namespace ingestion::binance
