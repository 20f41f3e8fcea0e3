#include "common/runtime/log.hpp"

#include "common/core/json_writer.hpp"
#include "common/core/utf8.hpp"
#include "common/runtime/clock.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace common::log {
namespace detail {
Level threshold = Level::Info;
}
namespace {

constexpr std::array<std::string_view, 6> kLevelNames{"trace", "debug", "info", "warn", "error", "off"};

std::string_view levelName(Level level) {
    return kLevelNames.at(static_cast<std::size_t>(level));
}

/// Hands lines to a function instead of a stream.
class FunctionSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit FunctionSink(std::function<void(std::string_view)> output) : output_(std::move(output)) {}

protected:
    void sink_it_(spdlog::details::log_msg const& message) override {
        output_({message.payload.data(), message.payload.size()});
    }
    void flush_() override {}

private:
    std::function<void(std::string_view)> output_;
};

std::unique_ptr<spdlog::logger> makeLogger(spdlog::sink_ptr sink) {
    auto logger = std::make_unique<spdlog::logger>("tickbell", std::move(sink));
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    logger->set_level(spdlog::level::trace);  // ours has been asked already
    return logger;
}

struct State {
    Format format = Format::Text;
    std::unique_ptr<spdlog::logger> logger = makeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
};

State& state() {
    static State only;
    return only;
}

/// What a terminal or a line-based reader would act on: control characters, C1 ones too, and bytes that are no UTF-8.
bool isPlain(std::string_view text) {
    if (!isUtf8(text)) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const c = static_cast<std::uint8_t>(text[i]);
        if (c < 0x20 || c == 0x7F) return false;
        if (c == 0xC2 && static_cast<std::uint8_t>(text[i + 1]) < 0xA0) return false;
    }
    return true;
}

void appendEscaped(std::string& line, std::string_view text) {
    while (!text.empty()) {
        auto const character = text.substr(0, std::max(utf8CharacterBytes(text), std::size_t{1}));
        if (character == "\"" || character == "\\") {
            line += '\\';
            line += character;
        } else if (character == "\n") {
            line += "\\n";
        } else if (isPlain(character)) {
            line += character;
        } else {
            for (char const c : character)
                fmt::format_to(std::back_inserter(line), "\\x{:02x}", static_cast<std::uint8_t>(c));
        }
        text.remove_prefix(character.size());
    }
}

void appendText(std::string& line, std::string_view text) {
    bool const bare = !text.empty() && text.find_first_of(" \"=\\") == std::string_view::npos && isPlain(text);
    if (bare) {
        line += text;
        return;
    }
    line += '"';
    appendEscaped(line, text);
    line += '"';
}

void appendValue(std::string& line, Field::Value const& value) {
    if (auto const* text = std::get_if<std::string_view>(&value)) {
        appendText(line, *text);
        return;
    }
    auto const append = [&line](auto const& plain) {
        if constexpr (!std::same_as<std::remove_cvref_t<decltype(plain)>, std::string_view>)
            fmt::format_to(std::back_inserter(line), "{}", plain);
    };
    std::visit(append, value);
}

std::string textLine(Level level, std::string_view component, std::string_view event, std::span<Field const> fields) {
    std::string line = fmt::format("{}  {}  {}", levelName(level), component, event);
    std::string_view gap = "  ";
    for (auto const& field : fields) {
        line += gap;
        line += field.key;
        line += '=';
        appendValue(line, field.value);
        gap = " ";
    }
    return line;
}

std::string jsonLine(Level level, TimeMs now, std::string_view component, std::string_view event,
                     std::span<Field const> fields) {
    std::chrono::sys_time<std::chrono::milliseconds> const time{std::chrono::milliseconds(now)};
    auto const seconds = std::chrono::floor<std::chrono::seconds>(time);
    json::Writer out;
    out.beginObject();
    out.field("ts", fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds.time_since_epoch().count()),
                                (time - seconds).count()));
    out.field("level", levelName(level)).field("component", component).field("event", event);
    for (auto const& field : fields) {
        out.key(field.key);
        auto const write = [&out](auto const& value) {
            if constexpr (std::same_as<std::remove_cvref_t<decltype(value)>, std::uint64_t>) {
                out.raw(fmt::format("{}", value));  // above int64 too
            } else {
                out.value(value);
            }
        };
        auto const* text = std::get_if<std::string_view>(&field.value);
        if (text != nullptr && !isUtf8(*text)) {
            std::string escaped;
            appendEscaped(escaped, *text);
            out.value(escaped);
        } else {
            std::visit(write, field.value);
        }
    }
    out.endObject();
    return out.take();
}

}  // namespace

void configure(Level level, Format format) {
    detail::threshold = level;
    state().format = format;
}

void redirect(std::function<void(std::string_view line)> output) {
    if (output) {
        state().logger = makeLogger(std::make_shared<FunctionSink>(std::move(output)));
    } else {
        state().logger = makeLogger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
    }
}

std::string formatLine(Format format, Level level, TimeMs now, std::string_view component, std::string_view event,
                       std::span<Field const> fields) {
    return format == Format::Json ? jsonLine(level, now, component, event, fields)
                                  : textLine(level, component, event, fields);
}

void detail::write(Level level, std::string_view component, std::string_view event, std::span<Field const> fields) {
    auto const line = formatLine(state().format, level, SystemClock().wallMs(), component, event, fields);
    state().logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

std::optional<std::uint64_t> RateLimited::hit(std::int64_t nowMs) {
    ++unlogged_;
    if (loggedMs_ && nowMs - *loggedMs_ < intervalMs_) return {};
    loggedMs_ = nowMs;
    return std::exchange(unlogged_, 0);
}

}  // namespace common::log
