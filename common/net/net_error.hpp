#pragma once

#include "common/core/time.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

namespace common::net {

/// Why an exchange with a peer failed. What to do about it is the caller's decision.
enum class NetErrorKind : std::uint8_t {
    Resolve,   ///< the name has no address
    Connect,   ///< refused, unreachable
    Tls,       ///< handshake failed: certificate, host name, protocol
    Timeout,   ///< the deadline passed
    Protocol,  ///< the peer speaks something else
    TooBig,    ///< head or body over the limit
    Refused,   ///< WebSocket upgrade answered with another HTTP status
    Closed,    ///< the peer ended the connection in the middle
    Aborted,   ///< by our own side
};

struct NetError {
    NetErrorKind kind;
    std::string detail;                        ///< one line for the log; no secrets
    int httpStatus = 0;                        ///< only with Refused
    std::optional<DurationMs> retryAfterMs{};  ///< only with Refused, where the peer said so in seconds
};

template <class T>
using NetResult = std::expected<T, NetError>;

/// `resolve`, `connect`, …: for log lines and metric labels.
char const* kindText(NetErrorKind kind);

}  // namespace common::net
