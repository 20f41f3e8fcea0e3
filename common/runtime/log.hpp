#pragma once

#include "common/core/time.hpp"

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

/// Log lines, one event each: `info  session  closed  session=41 reason=slow`, or as one JSON object with `ts`.
/// The one process-wide state of the program (level, format, output), set once in main; any thread may log.
/// Values are escaped, so no peer can forge a line. Never hand it a secret.
namespace common::log {

enum class Level : std::uint8_t { Trace, Debug, Info, Warn, Error, Off };
enum class Format : std::uint8_t { Text, Json };

/// A key and a value that is looked at only when the line is written; texts are referred to, not copied.
struct Field {
    using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

    Field(std::string_view name, std::string_view text) : key(name), value(text) {}
    Field(std::string_view name, std::string const& text) : key(name), value(std::string_view(text)) {}
    Field(std::string_view name, char const* text) : key(name), value(std::string_view(text)) {}
    Field(std::string_view name, bool flag) : key(name), value(flag) {}
    Field(std::string_view name, double number) : key(name), value(number) {}
    template <std::signed_integral T>
    Field(std::string_view name, T number) : key(name), value(static_cast<std::int64_t>(number)) {}
    template <std::unsigned_integral T>
        requires(!std::same_as<T, bool>)
    Field(std::string_view name, T number) : key(name), value(static_cast<std::uint64_t>(number)) {}

    std::string_view key;
    Value value;
};
using Fields = std::initializer_list<Field>;

/// Until called: level info, text, standard error.
void configure(Level level, Format format);
/// Where finished lines (without newline) go instead of standard error; an empty function restores that. For tests.
void redirect(std::function<void(std::string_view line)> output);

/// One line without newline; `now` stands in JSON only, text leaves the time to the journal that collects it.
std::string formatLine(Format format, Level level, TimeMs now, std::string_view component, std::string_view event,
                       std::span<Field const> fields);

namespace detail {
extern Level threshold;
void write(Level level, std::string_view component, std::string_view event, std::span<Field const> fields);
}  // namespace detail

/// For values that cost something to make.
inline bool enabled(Level level) {
    return level >= detail::threshold;
}

inline void at(Level level, std::string_view component, std::string_view event, Fields fields = {}) {
    if (enabled(level)) detail::write(level, component, event, {fields.begin(), fields.size()});
}
/// Someone must act.
inline void error(std::string_view component, std::string_view event, Fields fields = {}) {
    at(Level::Error, component, event, fields);
}
/// We coped, and it may become a problem.
inline void warn(std::string_view component, std::string_view event, Fields fields = {}) {
    at(Level::Warn, component, event, fields);
}
/// Lifecycle: start, stop, connect, subscribe.
inline void info(std::string_view component, std::string_view event, Fields fields = {}) {
    at(Level::Info, component, event, fields);
}
/// One client command.
inline void debug(std::string_view component, std::string_view event, Fields fields = {}) {
    at(Level::Debug, component, event, fields);
}
/// One trade or frame.
inline void trace(std::string_view component, std::string_view event, Fields fields = {}) {
    at(Level::Trace, component, event, fields);
}

/// A repeating fault: the first time is due at once, later ones at most once per interval with their count.
/// Pure; one object per kind of fault, owned by whoever meets it.
class RateLimited {
public:
    explicit RateLimited(DurationMs intervalMs = 60'000) : intervalMs_(intervalMs) {}

    /// Counts one occurrence at monotonic `nowMs`. A value means: log now, and so many happened since the last line
    /// (1 at first).
    std::optional<std::uint64_t> hit(std::int64_t nowMs);

private:
    DurationMs intervalMs_;
    std::optional<std::int64_t> loggedMs_;
    std::uint64_t unlogged_ = 0;
};

}  // namespace common::log
