#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace common {

/// Wall-clock instant, integer milliseconds since 1970 UTC: for records and wire times, never for timers.
using TimeMs = std::int64_t;
/// Length of time in integer milliseconds.
using DurationMs = std::int64_t;

/// `500ms 30s 5m 1h 2d`, or bare digits as milliseconds. Nothing for signs, blanks, fractions, unknown units or
/// more than 100 years. Zero is accepted; the caller decides whether it makes sense.
std::optional<DurationMs> parseDuration(std::string_view text);

/// Shortest exact form (spec section 2): the largest unit that divides it, so 300000 is `5m` and 90000 is `90s`.
std::string durationText(DurationMs duration);

}  // namespace common
