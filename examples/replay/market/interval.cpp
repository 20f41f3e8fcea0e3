#include "examples/replay/market/interval.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <utility>

namespace replay {
namespace {

constexpr std::array kIntervals{
    std::pair{std::string_view("1s"), kSecondMs},       std::pair{std::string_view("1m"), kMinuteMs},
    std::pair{std::string_view("3m"), 3 * kMinuteMs},   std::pair{std::string_view("5m"), 5 * kMinuteMs},
    std::pair{std::string_view("15m"), 15 * kMinuteMs}, std::pair{std::string_view("30m"), 30 * kMinuteMs},
    std::pair{std::string_view("1h"), kHourMs},         std::pair{std::string_view("2h"), 2 * kHourMs},
    std::pair{std::string_view("4h"), 4 * kHourMs},     std::pair{std::string_view("6h"), 6 * kHourMs},
    std::pair{std::string_view("8h"), 8 * kHourMs},     std::pair{std::string_view("12h"), 12 * kHourMs},
    std::pair{std::string_view("1d"), kDayMs},          std::pair{std::string_view("3d"), 3 * kDayMs},
    std::pair{std::string_view("1w"), 7 * kDayMs},      std::pair{std::string_view("1M"), DurationMs{0}},
};

// 1970-01-01 was a Thursday: weeks that begin on Monday are shifted by three days.
constexpr DurationMs kWeekShiftMs = 3 * kDayMs;

std::int64_t floorDiv(std::int64_t value, std::int64_t by) {
    return value / by - (value % by < 0 ? 1 : 0);
}

TimeMs monthStart(TimeMs time, std::int64_t monthsBack) {
    using namespace std::chrono;
    year_month_day const day{sys_days{days{floorDiv(time, kDayMs)}}};
    auto const month = year_month{day.year(), day.month()} - months{monthsBack};
    return sys_days{month / 1}.time_since_epoch().count() * kDayMs;
}

}  // namespace

std::optional<Interval> Interval::parse(std::string_view name, DurationMs offsetMs) {
    for (auto const& [known, length] : kIntervals)
        if (known == name) return Interval{std::string(name), length, offsetMs};
    return {};
}

TimeMs Interval::floor(TimeMs time) const {
    if (lengthMs_ == 0) return monthStart(time + offsetMs_, 0) - offsetMs_;
    DurationMs const shift = offsetMs_ + (lengthMs_ == 7 * kDayMs ? kWeekShiftMs : 0);
    return floorDiv(time + shift, lengthMs_) * lengthMs_ - shift;
}

TimeMs Interval::next(TimeMs open) const {
    return back(open, -1);
}

TimeMs Interval::back(TimeMs open, std::int64_t count) const {
    if (lengthMs_ == 0) return monthStart(open + offsetMs_, count) - offsetMs_;
    return open - count * lengthMs_;
}

std::optional<DurationMs> parseUtcOffset(std::string_view text) {
    DurationMs sign = 1;
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
        if (text.front() == '-') sign = -1;
        text.remove_prefix(1);
    }
    int hours = 0;
    int minutes = 0;
    auto const* const end = text.data() + text.size();
    auto const [after, error] = std::from_chars(text.data(), end, hours);
    if (error != std::errc{} || hours < 0) return {};
    if (after != end) {
        if (*after != ':' || end - after != 3) return {};
        auto const [last, minuteError] = std::from_chars(after + 1, end, minutes);
        if (minuteError != std::errc{} || last != end || minutes < 0 || minutes > 59) return {};
    }
    DurationMs const offset = sign * (hours * kHourMs + minutes * kMinuteMs);
    if (hours > 14 || offset < -12 * kHourMs || offset > 14 * kHourMs) return {};
    return offset;
}

}  // namespace replay
