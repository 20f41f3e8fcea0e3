#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace common {

/// Every error a client can meet, numbered as in spec section 3. The number is the wire code.
enum class ErrorCode : std::uint16_t {
    BadJson = 1001,
    BadRequest = 1002,
    UnknownMethod = 1003,
    MissingField = 1101,
    BadValue = 1102,
    UnknownKind = 1103,
    UnknownSymbol = 1104,
    BadDecimal = 1105,
    WindowNotCovered = 1106,
    UnknownChannel = 1107,
    SymbolNotTrading = 1108,
    AuthRequired = 1201,
    AuthFailed = 1202,
    Forbidden = 1203,
    RateLimited = 1301,
    TooManyAlerts = 1302,
    TooManySymbols = 1303,
    NotFound = 1401,
    KeyConflict = 1402,
    BadState = 1403,
    Busy = 1501,
    Internal = 1502,
    StorageFull = 1503,
};

/// One row of the error table: what WebSocket replies, REST problems and the documents are rendered from.
struct ErrorInfo {
    ErrorCode code;
    std::string_view name;  ///< wire name, such as "unknown_symbol"
    int httpStatus;         ///< spec section 5
    bool retryable;         ///< the same request may succeed later without change
};

/// An expected failure. `message` and `field` are for the client: no SQL, no paths, no secrets.
struct Error {
    ErrorCode code;
    std::string message;
    std::string field = {};                         ///< the parameter at fault, empty when none
    std::optional<std::int64_t> retryAfterMs = {};  ///< only with RateLimited and Busy
};

template <class T>
using Result = std::expected<T, Error>;

/// The whole table, ascending by code.
std::span<ErrorInfo const> errorTable();
/// The row of a code; every enumerator has one (a test walks the table).
ErrorInfo const& errorInfo(ErrorCode code);

/// Shorthand for `return fail(code, message, field)` in a function that returns a Result.
inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string field = {}) {
    return std::unexpected(Error{code, std::move(message), std::move(field), {}});
}

/// Why a WebSocket connection ends (spec section 3). 4000-4499 invite a reconnect, 4500-4999 do not.
enum class CloseCode : std::uint16_t {
    ProtocolError = 1002,
    UnsupportedData = 1003,
    BadPayload = 1007,
    TooBig = 1009,
    InternalError = 1011,
    ServiceRestart = 1012,
    SlowConsumer = 4008,
    HeartbeatLost = 4009,
    TooManyRefusals = 4029,
    AuthFailed = 4501,
    TooManyErrors = 4503,
};

struct CloseInfo {
    CloseCode code;
    std::string_view reason;  ///< text of the close frame
    bool mayReconnect;
};

std::span<CloseInfo const> closeTable();
CloseInfo const& closeInfo(CloseCode code);

}  // namespace common
