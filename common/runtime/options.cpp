#include "common/runtime/options.hpp"

#include "common/core/nearest.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

namespace common {
namespace {

constexpr int kExitUsage = 2;
constexpr std::array<std::string_view, 3> kSections{"ingestion", "notifier", "replay"};

std::string optionName(std::string_view key) {
    std::string name(key);
    std::ranges::replace(name, '_', '-');
    return name;
}

std::expected<bool, std::string> parseFlag(std::string_view text) {
    for (auto const word : {"true", "yes", "on", "1"})
        if (text == word) return true;
    for (auto const word : {"false", "no", "off", "0"})
        if (text == word) return false;
    return std::unexpected("must be true or false");
}

std::vector<std::string> splitList(std::string_view text) {
    std::vector<std::string> items;
    while (!text.empty()) {
        auto const comma = text.find(',');
        auto item = text.substr(0, comma);
        while (item.starts_with(' '))
            item.remove_prefix(1);
        while (item.ends_with(' '))
            item.remove_suffix(1);
        if (!item.empty()) items.emplace_back(item);
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    return items;
}

/// The text that a flag would have had; nothing for what no option can be (tables, floats, dates).
std::optional<std::string> tomlText(toml::node const& node) {
    if (auto const text = node.value_exact<std::string>()) return *text;
    if (auto const number = node.value_exact<std::int64_t>()) return fmt::format("{}", *number);
    if (auto const flag = node.value_exact<bool>()) return *flag ? "true" : "false";
    auto const* const array = node.as_array();
    if (array == nullptr) return {};
    std::vector<std::string> items;
    for (auto const& item : *array) {
        auto text = item.is_array() ? std::nullopt : tomlText(item);
        if (!text) return {};
        items.push_back(std::move(*text));
    }
    return fmt::format("{}", fmt::join(items, ","));
}

}  // namespace

OptionTable::OptionTable(std::string program, std::string summary)
    : program_(std::move(program)), summary_(std::move(summary)) {}

void OptionTable::add(Option option) {
    if (find(option.name) != nullptr) throw std::logic_error("option twice in the table: " + option.name);
    if (auto const problem = option.apply(option.initial))
        throw std::logic_error("default of option " + option.name + " " + *problem);
    options_.push_back(std::move(option));
}

OptionTable::Option* OptionTable::find(std::string_view name) {
    auto const option = std::ranges::find(options_, name, &Option::name);
    return option == options_.end() ? nullptr : &*option;
}

std::string OptionTable::suggestion(std::string_view word, std::vector<std::string> const& known) {
    auto const best = nearest(word, known);
    return best ? fmt::format("; did you mean {}?", *best) : "";
}

std::vector<std::string> OptionTable::flagNames() const {
    std::vector<std::string> all{"--help", "--version", "--check-config", "--config"};
    for (auto const& option : options_)
        all.push_back("--" + option.name);
    return all;
}

void OptionTable::text(std::string* target, std::string name, std::string initial, std::string valueName,
                       std::string help) {
    auto const parser = [](std::string_view given) -> std::expected<std::string, std::string> {
        return std::string(given);
    };
    parsed<std::string>(target, std::move(name), std::move(initial), std::move(valueName), std::move(help), parser);
}

void OptionTable::duration(DurationMs* target, std::string name, std::string initial, DurationMs minimum,
                           DurationMs maximum, std::string help) {
    auto const parser = [minimum, maximum](std::string_view given) -> std::expected<DurationMs, std::string> {
        auto const value = parseDuration(given);
        if (!value) return std::unexpected("must be a duration such as 500ms, 30s, 5m, 1h or 2d");
        if (*value < minimum || *value > maximum)
            return std::unexpected(fmt::format("must be from {} to {}", durationText(minimum), durationText(maximum)));
        return *value;
    };
    parsed<DurationMs>(target, std::move(name), std::move(initial), "DURATION", std::move(help), parser);
}

void OptionTable::integer(std::int64_t* target, std::string name, std::int64_t initial, std::int64_t minimum,
                          std::int64_t maximum, std::string help) {
    auto const parser = [minimum, maximum](std::string_view given) -> std::expected<std::int64_t, std::string> {
        std::int64_t value = 0;
        auto const* const end = given.data() + given.size();
        auto const [stop, error] = std::from_chars(given.data(), end, value);
        if (error != std::errc{} || stop != end || value < minimum || value > maximum)
            return std::unexpected(fmt::format("must be a whole number from {} to {}", minimum, maximum));
        return value;
    };
    parsed<std::int64_t>(target, std::move(name), fmt::format("{}", initial), "N", std::move(help), parser);
}

void OptionTable::flag(bool* target, std::string name, std::string help) {
    auto apply = [target](std::string_view given) -> Problem {
        auto value = parseFlag(given);
        if (!value) return std::move(value.error());
        *target = *value;
        return {};
    };
    add({std::move(name), Kind::Flag, "false", "", std::move(help), std::move(apply)});
}

void OptionTable::addList(std::vector<std::string>* target, Kind kind, std::string name, std::string initial,
                          std::string valueName, std::string help) {
    auto apply = [target](std::string_view given) -> Problem {
        *target = splitList(given);
        return {};
    };
    add({std::move(name), kind, std::move(initial), std::move(valueName), std::move(help), std::move(apply)});
}

void OptionTable::list(std::vector<std::string>* target, std::string name, std::string initial, std::string valueName,
                       std::string help) {
    addList(target, Kind::List, std::move(name), std::move(initial), std::move(valueName), std::move(help));
}

void OptionTable::files(std::vector<std::string>* target, std::string name, std::string help) {
    addList(target, Kind::Files, std::move(name), "", "FILE…", std::move(help));
}

void OptionTable::rule(std::function<std::optional<std::string>()> broken) {
    rules_.push_back(std::move(broken));
}

void OptionTable::command(std::string words, std::string help, std::vector<Positional> positionals,
                          std::vector<Switch> switches) {
    commands_.push_back({std::move(words), std::move(help), std::move(positionals), std::move(switches)});
}

std::optional<int> OptionTable::parse(int argc, char const* const* argv) {
    // Read once before any thread is started.
    auto const environment = [](char const* name) -> char const* {
        return std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    };
    return parse(argc, argv, environment, std::cout, std::cerr);
}

std::optional<int> OptionTable::parse(int argc, char const* const* argv, Environment const& environment,
                                      std::ostream& out, std::ostream& err) {
    auto const refuse = [&](std::string const& problem) {
        err << program_ << ": " << problem << '\n';
        return kExitUsage;
    };
    Line line;
    auto const arguments = std::span(argv, static_cast<std::size_t>(argc));
    if (auto const problem = readLine(arguments.subspan(arguments.empty() ? 0 : 1), line)) return refuse(*problem);
    if (line.help) {
        out << help();
        return 0;
    }
    if (line.version) {
        out << program_ << ' ' << TICKBELL_VERSION << '\n';
        return 0;
    }
    selected_ = line.command;
    char const* const variable = environment("TICKBELL_CONFIG");
    auto const file = line.file.value_or(variable == nullptr ? "" : variable);
    if (!file.empty())
        if (auto const problem = readFile(file)) return refuse(*problem);
    readEnvironment(environment);
    for (auto& [option, text] : line.options) {
        option->given = std::move(text);
        option->source = Source::Flag;
    }
    if (auto const problem = applyAll(file)) return refuse(*problem);
    if (!line.check) return {};
    out << effective(file);
    return 0;
}

OptionTable::Problem OptionTable::readFile(std::string const& path) {
    toml::table root;
    try {
        root = toml::parse_file(path);
    } catch (toml::parse_error const& error) {
        auto const line = error.source().begin.line;
        return line == 0 ? fmt::format("--config {}: cannot be read", path)
                         : fmt::format("--config {}: line {}: {}", path, line, error.description());
    }
    auto const readKeys = [&](toml::table const& table, bool isTop) -> Problem {
        for (auto const& [key, node] : table) {
            bool const isSection =
                isTop && node.is_table() && std::ranges::find(kSections, key.str()) != kSections.end();
            if (isSection) continue;
            auto* const option = find(optionName(key.str()));
            auto const line = node.source().begin.line;
            if (option == nullptr) {
                auto known = flagNames();
                for (auto& name : known)
                    name = name.substr(2);
                return fmt::format("{}: line {}: no such option: {}{}", path, line, key.str(),
                                   suggestion(optionName(key.str()), known));
            }
            auto text = tomlText(node);
            if (!text)
                return fmt::format("{}: line {}: {} must be a text, a number, true, false or a list", path, line,
                                   key.str());
            option->given = std::move(*text);
            option->source = Source::File;
        }
        return {};
    };
    if (auto problem = readKeys(root, true)) return problem;
    auto const section = program_.substr(program_.rfind('-') + 1);
    auto const* const own = root[section].as_table();
    return own == nullptr ? Problem{} : readKeys(*own, false);
}

void OptionTable::readEnvironment(Environment const& environment) {
    for (auto& option : options_) {
        char const* const text = environment(variableName(option.name).c_str());
        if (text == nullptr) continue;
        option.given = text;
        option.source = Source::Environment;
    }
}

OptionTable::Problem OptionTable::applyAll(std::string const& file) {
    for (auto& option : options_) {
        if (option.source == Source::Default) continue;
        if (auto const problem = option.apply(option.given))
            return fmt::format("--{} ({}): {}", option.name, place(option, file), *problem);
    }
    for (auto const& broken : rules_)
        if (auto problem = broken()) return problem;
    return {};
}

}  // namespace common
