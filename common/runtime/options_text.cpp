// What the option table says of itself: help, effective configuration, reference.
#include "common/runtime/options.hpp"
#include "common/runtime/url.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace common {
namespace {

constexpr std::size_t kHelpColumn = 34;

std::string keyName(std::string_view option) {
    std::string key(option);
    std::ranges::replace(key, '-', '_');
    return key;
}

/// A text as a TOML basic string.
std::string tomlText(std::string_view text) {
    std::string result = "\"";
    for (char const c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            fmt::format_to(std::back_inserter(result), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            result += c;
        }
    }
    return result + '"';
}

void appendEntry(std::string& text, std::string const& left, std::string const& right) {
    if (left.size() + 2 < kHelpColumn) {
        text += fmt::format("  {:<{}}{}\n", left, kHelpColumn - 2, right);
    } else {
        text += fmt::format("  {}\n{:<{}}{}\n", left, "", kHelpColumn, right);
    }
}

}  // namespace

std::string OptionTable::variableName(std::string_view option) {
    std::string name = "TICKBELL_";
    for (char const c : option)
        name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return name;
}

std::string OptionTable::usage(Command const& command) {
    auto text = command.words;
    for (auto const& positional : command.positionals)
        text += ' ' + positional.name;
    for (auto const& item : command.switches)
        text += fmt::format(" [--{}]", item.name);
    return text;
}

std::string OptionTable::help() const {
    auto text = fmt::format("{}: {}\n\nUsage: {} [OPTION…]{}\n\nOptions:\n", program_, summary_, program_,
                            commands_.empty() ? "" : " [COMMAND]");
    appendEntry(text, "--config FILE", "options from a TOML file (also TICKBELL_CONFIG)");
    appendEntry(text, "--check-config", "check every option, print what would be used, and end");
    appendEntry(text, "--help, --version", "");
    for (auto const& option : options_) {
        auto const initial =
            option.initial.empty() || option.kind == Kind::Flag ? "" : fmt::format(" [{}]", option.initial);
        auto const gap = option.valueName.empty() ? "" : " ";
        appendEntry(text, fmt::format("--{}{}{}", option.name, gap, option.valueName), option.help + initial);
    }
    if (!commands_.empty()) text += "\nCommands:\n";
    for (auto const& command : commands_) {
        appendEntry(text, usage(command), command.help);
        for (auto const& item : command.switches)
            appendEntry(text, fmt::format("  --{}", item.name), item.help);
    }
    text +=
        "\nAn option is also an environment variable (--log-level is TICKBELL_LOG_LEVEL) and a key of the file "
        "(log_level).\nA flag wins over the environment, the environment over the file.\n";
    return text;
}

std::string OptionTable::reference() const {
    std::string text = "| flag | variable | file | default | meaning |\n|---|---|---|---|---|\n";
    for (auto const& option : options_) {
        auto const gap = option.valueName.empty() ? "" : " ";
        auto value = option.valueName;
        auto meaning = option.help;
        for (auto* const cell : {&value, &meaning})
            for (auto bar = cell->find('|'); bar != std::string::npos; bar = cell->find('|', bar + 2))
                cell->insert(bar, "\\");
        auto const initial = option.initial.empty() ? "" : fmt::format("`{}`", option.initial);
        text += fmt::format("| `--{}{}{}` | `{}` | `{}` | {} | {} |\n", option.name, gap, value,
                            variableName(option.name), keyName(option.name), initial, meaning);
    }
    return text;
}

std::string OptionTable::commandReference() const {
    if (commands_.empty()) return {};
    std::string text = "| command | does |\n|---|---|\n";
    for (auto const& command : commands_) {
        auto meaning = command.help;
        for (auto const& item : command.switches)
            meaning += fmt::format("; `--{}`: {}", item.name, item.help);
        text += fmt::format("| `{}` | {} |\n", usage(command), meaning);
    }
    return text;
}

std::string OptionTable::place(Option const& option, std::string const& file) const {
    switch (option.source) {
        case Source::Default:
            return "default";
        case Source::File:
            return file;
        case Source::Environment:
            return "environment " + variableName(option.name);
        case Source::Flag:
            return "command line";
    }
    return {};
}

std::string OptionTable::effective(std::string const& file) const {
    std::string text;
    for (auto const& option : options_) {
        auto const& value = option.source == Source::Default ? option.initial : option.given;
        text += fmt::format("{} = {}  # {}\n", keyName(option.name), tomlText(redactUrl(value)), place(option, file));
    }
    return text;
}

}  // namespace common
