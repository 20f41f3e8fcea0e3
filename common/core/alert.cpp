#include "common/core/alert.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace common {
namespace {

// Indexed by the enumerator's number.
constexpr std::array<std::string_view, 9> kStatusTexts{"pending", "warming", "armed",   "holding", "cooldown",
                                                       "done",    "paused",  "expired", "halted"};
constexpr std::array<std::string_view, 2> kModeTexts{"every", "once"};

template <class E, std::size_t N>
std::optional<E> parseWord(std::array<std::string_view, N> const& words, std::string_view text) {
    auto const word = std::ranges::find(words, text);
    if (word == words.end()) return {};
    return static_cast<E>(word - words.begin());
}

}  // namespace

std::string_view modeText(AlertMode mode) {
    return kModeTexts[static_cast<std::size_t>(mode)];
}
std::optional<AlertMode> parseMode(std::string_view text) {
    return parseWord<AlertMode>(kModeTexts, text);
}
std::string_view statusText(AlertStatus status) {
    return kStatusTexts[static_cast<std::size_t>(status)];
}
std::optional<AlertStatus> parseStatus(std::string_view text) {
    return parseWord<AlertStatus>(kStatusTexts, text);
}

AlertStatus shownStatus(AlertRecord const& record, TimeMs now) {
    auto const& [definition, state] = record;
    if (definition.paused()) return AlertStatus::Paused;
    if (state.rev != definition.rev) return AlertStatus::Pending;
    if (state.halted && !isEnded(state.status)) return AlertStatus::Halted;
    if (state.status == AlertStatus::Armed && definition.cooldown > 0 && state.cooldownFrom &&
        now - *state.cooldownFrom < definition.cooldown)
        return AlertStatus::Cooldown;
    return state.status;
}

bool isEnded(AlertStatus status) {
    return status == AlertStatus::Done || status == AlertStatus::Expired;
}

std::string alertText(AlertDefinition const& alert) {
    auto text = fmt::format("{} {} {}", alert.symbol, conditionText(alert.condition), modeText(alert.mode));
    if (alert.cooldown > 0) text += " cooldown " + durationText(alert.cooldown);
    return text + modifiersText(alert.condition);
}

}  // namespace common
