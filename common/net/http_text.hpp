#pragma once

#include "common/net/net_error.hpp"

#include <boost/system/error_code.hpp>

#include <optional>
#include <string_view>

namespace common::net {

inline constexpr char const* kUserAgent = "tickbell/" TICKBELL_VERSION;

/// A Retry-After header in seconds; nothing for a date, which no exchange sends, or more than a day.
std::optional<DurationMs> retryAfterMs(std::string_view header);

/// A header that Beast writes as it stands: a token, and a value without line breaks or other control characters.
bool isHeader(std::string_view name, std::string_view value);
/// A request target without blanks and control characters.
bool isTarget(std::string_view text);

/// What a failed read of an HTTP answer means: too big, broken, or the connection's end.
NetErrorKind readErrorKind(boost::system::error_code error);

}  // namespace common::net
