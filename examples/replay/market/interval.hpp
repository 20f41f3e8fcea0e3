#pragma once

#include "examples/replay/market/trade.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace replay {

inline constexpr DurationMs kSecondMs = 1'000;
inline constexpr DurationMs kMinuteMs = 60 * kSecondMs;
inline constexpr DurationMs kHourMs = 60 * kMinuteMs;
inline constexpr DurationMs kDayMs = 24 * kHourMs;

/// A candle interval of the exchange: `1s 1m … 1d 3d 1w 1M` (case matters). Weeks begin on Monday, months with the
/// calendar; the offset moves day borders for `@+08:00` and `timeZone`.
class Interval {
public:
    static std::optional<Interval> parse(std::string_view name, DurationMs offsetMs = 0);
    std::string const& name() const { return name_; }
    bool isSecond() const { return lengthMs_ == kSecondMs; }
    /// Start of the candle that holds this time.
    TimeMs floor(TimeMs time) const;
    /// Start of the candle after the one that starts at `open`.
    TimeMs next(TimeMs open) const;
    /// Start of the candle `count` before the one that starts at `open`.
    TimeMs back(TimeMs open, std::int64_t count) const;

private:
    Interval(std::string name, DurationMs lengthMs, DurationMs offsetMs)
        : name_(std::move(name)), lengthMs_(lengthMs), offsetMs_(offsetMs) {}

    std::string name_;
    DurationMs lengthMs_;  ///< 0 = a calendar month
    DurationMs offsetMs_;
};

/// `+08:00`, `-03:30`, `8`, `0`: an offset from UTC between -12:00 and +14:00, as klines' `timeZone` takes it.
std::optional<DurationMs> parseUtcOffset(std::string_view text);

}  // namespace replay
