#include "ingestion/evaluate/engine_text.hpp"

#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace ingestion {
namespace {

constexpr std::string_view kVersion = "1";

/// The digits at the front of `text`, which then begins behind them.
template <class Number>
std::optional<Number> takeNumber(std::string_view& text) {
    Number number{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0) return {};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

bool readToken(std::string_view token, AlertMemory& memory) {
    char const what = token.front();
    token.remove_prefix(1);
    switch (what) {
        case 'h':
            memory.held = true;
            break;
        case 'a':
            if (!(memory.anchor = takeNumber<std::uint64_t>(token))) return false;
            break;
        case 'x':
            if (!(memory.extreme = takeNumber<std::uint64_t>(token))) return false;
            break;
        case 'u':
        case 'd': {
            auto const since = takeNumber<common::TimeMs>(token);
            if (!since) return false;
            auto edge = Edge::None;
            if (token == "l" || token == "h") {
                edge = token == "l" ? Edge::Low : Edge::High;
                token = {};
            }
            memory.run = Run{*since, what == 'u', edge};
            break;
        }
        default:
            return false;
    }
    return token.empty();
}

}  // namespace

std::string writeMemory(AlertMemory const& memory) {
    if (memory == AlertMemory{}) return {};
    std::string text(kVersion);
    if (memory.held) text += " h";
    if (memory.anchor) text += fmt::format(" a{}", *memory.anchor);
    if (memory.extreme) text += fmt::format(" x{}", *memory.extreme);
    if (memory.run) {
        text += fmt::format(" {}{}", memory.run->up ? 'u' : 'd', memory.run->since);
        if (memory.run->edge != Edge::None) text += memory.run->edge == Edge::Low ? 'l' : 'h';
    }
    return text;
}

AlertMemory readMemory(std::string_view text) {
    AlertMemory memory;
    if (!text.starts_with(kVersion)) return {};
    text.remove_prefix(kVersion.size());
    while (!text.empty()) {
        if (text.front() != ' ') return {};
        text.remove_prefix(1);
        auto const token = text.substr(0, text.find(' '));
        if (token.empty() || !readToken(token, memory)) return {};
        text.remove_prefix(token.size());
    }
    return memory;
}

}  // namespace ingestion
