#include "common/core/error.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace common {
namespace {

using enum ErrorCode;

constexpr std::array kErrorTable{
    ErrorInfo{BadJson, "bad_json", 400, false},
    ErrorInfo{BadRequest, "bad_request", 400, false},
    ErrorInfo{UnknownMethod, "unknown_method", 400, false},
    ErrorInfo{MissingField, "missing_field", 400, false},
    ErrorInfo{BadValue, "bad_value", 400, false},
    ErrorInfo{UnknownKind, "unknown_kind", 400, false},
    ErrorInfo{UnknownSymbol, "unknown_symbol", 404, false},
    ErrorInfo{BadDecimal, "bad_decimal", 400, false},
    ErrorInfo{WindowNotCovered, "window_not_covered", 400, true},
    ErrorInfo{UnknownChannel, "unknown_channel", 400, false},
    ErrorInfo{SymbolNotTrading, "symbol_not_trading", 400, false},
    ErrorInfo{AuthRequired, "auth_required", 401, false},
    ErrorInfo{AuthFailed, "auth_failed", 401, false},
    ErrorInfo{Forbidden, "forbidden", 403, false},
    ErrorInfo{RateLimited, "rate_limited", 429, true},
    ErrorInfo{TooManyAlerts, "too_many_alerts", 429, false},
    ErrorInfo{TooManySymbols, "too_many_symbols", 429, false},
    ErrorInfo{NotFound, "not_found", 404, false},
    ErrorInfo{KeyConflict, "key_conflict", 409, false},
    ErrorInfo{BadState, "bad_state", 409, false},
    ErrorInfo{Busy, "busy", 503, true},
    ErrorInfo{Internal, "internal", 500, true},
    ErrorInfo{StorageFull, "storage_full", 503, true},
};

constexpr std::array kCloseTable{
    CloseInfo{CloseCode::ProtocolError, "protocol error", true},
    CloseInfo{CloseCode::UnsupportedData, "text frames only", true},
    CloseInfo{CloseCode::BadPayload, "invalid UTF-8", true},
    CloseInfo{CloseCode::TooBig, "frame too big", true},
    CloseInfo{CloseCode::InternalError, "internal error", true},
    CloseInfo{CloseCode::ServiceRestart, "service restart", true},
    CloseInfo{CloseCode::SlowConsumer, "slow consumer", true},
    CloseInfo{CloseCode::HeartbeatLost, "heartbeat lost", true},
    CloseInfo{CloseCode::TooManyRefusals, "too many refused commands", true},
    CloseInfo{CloseCode::AuthFailed, "authentication failed", false},
    CloseInfo{CloseCode::TooManyErrors, "too many errors", false},
};

}  // namespace

std::span<ErrorInfo const> errorTable() {
    return kErrorTable;
}

ErrorInfo const& errorInfo(ErrorCode code) {
    auto const row = std::ranges::lower_bound(kErrorTable, code, {}, &ErrorInfo::code);
    if (row == kErrorTable.end() || row->code != code) std::unreachable();
    return *row;
}

std::span<CloseInfo const> closeTable() {
    return kCloseTable;
}

CloseInfo const& closeInfo(CloseCode code) {
    auto const row = std::ranges::lower_bound(kCloseTable, code, {}, &CloseInfo::code);
    if (row == kCloseTable.end() || row->code != code) std::unreachable();
    return *row;
}

}  // namespace common
