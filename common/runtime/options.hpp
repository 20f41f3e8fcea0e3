#pragma once

#include "common/core/time.hpp"

#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <iosfwd>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace common {

/// A program's options and subcommands: the one table behind flags, environment, TOML file, help, the effective
/// configuration and the reference document. CLI11 reads the command line,
/// toml++ the file. Option `exchange-ws` is the flag `--exchange-ws`, the variable
/// `TICKBELL_EXCHANGE_WS` and the TOML key `exchange_ws` (or with hyphens). Precedence: flag, environment, file,
/// default. Filled and parsed once in main; what it binds to is a plain struct that must outlive the parsing.
///
/// A file may serve several programs: keys at the top are for all of them (each must be known to the program that reads
/// it), tables `[notifier]`, `[ingestion]`, `[replay]` for one, and win over the top.
class OptionTable {
public:
    /// Turns an option's text into its value; the error is a fragment such as `must be a port number`.
    template <class T>
    using Parser = std::function<std::expected<T, std::string>(std::string_view text)>;
    using Environment = std::function<char const*(char const* name)>;

    /// `program` is the executable's name, such as `tickbell-notifier`.
    OptionTable(std::string program, std::string summary);

    void text(std::string* target, std::string name, std::string initial, std::string valueName, std::string help);
    /// `30s`, `5m`, or integer milliseconds.
    void duration(DurationMs* target, std::string name, std::string initial, DurationMs minimum, DurationMs maximum,
                  std::string help);
    void integer(std::int64_t* target, std::string name, std::int64_t initial, std::int64_t minimum,
                 std::int64_t maximum, std::string help);
    /// Off unless given; `--name`, `--name=false`; elsewhere true/false, yes/no, on/off, 1/0.
    void flag(bool* target, std::string name, std::string help);
    /// `A,B`, the flag repeated, or a TOML array; blanks around items and empty items are dropped.
    void list(std::vector<std::string>* target, std::string name, std::string initial, std::string valueName,
              std::string help);
    /// As list, and one flag takes all that follows up to the next flag: only for programs without subcommands.
    void files(std::vector<std::string>* target, std::string name, std::string help);
    template <class E>
    void choice(E* target, std::string name, std::string initial, std::vector<std::pair<std::string, E>> words,
                std::string help);
    /// Anything else, by its own parser: addresses, URLs, ranges.
    template <class T>
    void parsed(T* target, std::string name, std::string initial, std::string valueName, std::string help,
                Parser<T> parser);

    /// A rule over several options, asked after all were read; the text says what is wrong, naming the options.
    void rule(std::function<std::optional<std::string>()> broken);

    struct Positional {
        std::string name;
        std::string* target;
    };
    struct Switch {
        std::string name;
        bool* target;
        std::string help;
    };
    /// A subcommand of one or two words (`backup`, `key add`) with its required arguments and switches.
    void command(std::string words, std::string help, std::vector<Positional> positionals = {},
                 std::vector<Switch> switches = {});
    /// The words of the chosen subcommand; empty for the program itself.
    std::string const& selected() const { return selected_; }

    /// Reads everything. A number means that the program ends now with it: 0 after --help, --version or a clean
    /// --check-config (text on `out`), 2 after a mistake (one line on `err` that names the option and where it stood).
    std::optional<int> parse(int argc, char const* const* argv, Environment const& environment, std::ostream& out,
                             std::ostream& err);
    /// With the process's environment and standard streams.
    std::optional<int> parse(int argc, char const* const* argv);

    std::string help() const;
    /// Every option with flag, variable, key, default and meaning, as a Markdown table.
    std::string reference() const;
    /// The subcommands with their arguments and switches, likewise; empty without any.
    std::string commandReference() const;

private:
    enum class Kind : std::uint8_t { Value, Flag, List, Files };
    enum class Source : std::uint8_t { Default, File, Environment, Flag };
    struct Option {
        std::string name;
        Kind kind;
        std::string initial;
        std::string valueName;
        std::string help;
        std::function<std::optional<std::string>(std::string_view text)> apply;  ///< what is wrong, if anything
        std::string given = {};
        Source source = Source::Default;
    };
    struct Command {
        std::string words;
        std::string help;
        std::vector<Positional> positionals;
        std::vector<Switch> switches;
    };
    /// What the command line says.
    struct Line {
        bool help = false;
        bool version = false;
        bool check = false;
        std::optional<std::string> file;
        std::vector<std::pair<Option*, std::string>> options;
        std::string command;  ///< empty = none
    };
    using Problem = std::optional<std::string>;

    static std::string variableName(std::string_view option);
    static std::string usage(Command const& command);
    /// `; did you mean …?`, empty when nothing is near.
    static std::string suggestion(std::string_view word, std::vector<std::string> const& known);
    void add(Option option);
    void addList(std::vector<std::string>* target, Kind kind, std::string name, std::string initial,
                 std::string valueName, std::string help);
    Option* find(std::string_view name);
    std::vector<std::string> flagNames() const;
    Problem readLine(std::span<char const* const> arguments, Line& line);
    /// The subcommand with its arguments, which it puts into their targets.
    Problem select(CLI::App& app, Line& line);
    Problem readFile(std::string const& path);
    void readEnvironment(Environment const& environment);
    Problem applyAll(std::string const& file);
    std::string place(Option const& option, std::string const& file) const;
    std::string effective(std::string const& file) const;

    std::string program_;
    std::string summary_;
    std::deque<Option> options_;
    std::deque<Command> commands_;
    std::vector<std::function<std::optional<std::string>()>> rules_;
    std::string selected_;
};

template <class T>
void OptionTable::parsed(T* target, std::string name, std::string initial, std::string valueName, std::string help,
                         Parser<T> parser) {
    auto apply = [target, parser = std::move(parser)](std::string_view text) -> Problem {
        auto value = parser(text);
        if (!value) return std::move(value.error());
        *target = std::move(*value);
        return {};
    };
    add({std::move(name), Kind::Value, std::move(initial), std::move(valueName), std::move(help), std::move(apply)});
}

template <class E>
void OptionTable::choice(E* target, std::string name, std::string initial, std::vector<std::pair<std::string, E>> words,
                         std::string help) {
    std::string all;
    for (auto const& [word, value] : words)
        all += (all.empty() ? "" : "|") + word;
    auto parser = [words = std::move(words), all](std::string_view text) -> std::expected<E, std::string> {
        for (auto const& [word, value] : words)
            if (word == text) return value;
        return std::unexpected("must be one of " + all);
    };
    parsed<E>(target, std::move(name), std::move(initial), all, std::move(help), std::move(parser));
}

}  // namespace common
