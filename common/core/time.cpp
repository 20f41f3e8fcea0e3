#include "common/core/time.hpp"

#include <array>

#include <fmt/format.h>

namespace common {
namespace {

struct Unit {
    std::string_view name;
    DurationMs length;
};
constexpr std::array kUnits{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000},
                            Unit{"ms", 1}};
constexpr DurationMs kDurationMax = DurationMs{36'525} * 86'400'000;

}  // namespace

std::optional<DurationMs> parseDuration(std::string_view text) {
    std::size_t digits = 0;
    DurationMs count = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
        count = count * 10 + (text[digits] - '0');
        if (count > kDurationMax) return {};
        ++digits;
    }
    if (digits == 0) return {};
    auto const suffix = text.substr(digits);
    if (suffix.empty()) return count;
    for (auto const& unit : kUnits) {
        if (suffix != unit.name) continue;
        if (count > kDurationMax / unit.length) return {};
        return count * unit.length;
    }
    return {};
}

std::string durationText(DurationMs duration) {
    for (auto const& unit : kUnits)
        if (duration != 0 && duration % unit.length == 0) return fmt::format("{}{}", duration / unit.length, unit.name);
    return "0ms";
}

}  // namespace common
