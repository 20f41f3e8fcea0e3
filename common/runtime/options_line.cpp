// The option table's command line, read by CLI11.
#include "common/core/nearest.hpp"
#include "common/runtime/options.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

namespace common {
namespace {

/// CLI11 takes `--name=` for a flag without a value; here it is the empty value, which some options have.
std::vector<std::string> withEmptyValues(std::span<char const* const> arguments) {
    std::vector<std::string> all;
    for (std::string_view const argument : arguments) {
        bool const isEmptyValue = argument.starts_with("--") && argument.find('=') == argument.size() - 1;
        all.emplace_back(isEmptyValue ? argument.substr(0, argument.size() - 1) : argument);
        if (isEmptyValue) all.emplace_back();
    }
    return all;
}

bool isFlag(std::string const& argument) {
    return argument.size() > 1 && argument.starts_with('-');
}

/// The deepest subcommand that was named; the program itself without any.
CLI::App& innermost(CLI::App& app) {
    auto const chosen = app.get_subcommands();
    return chosen.empty() ? app : innermost(*chosen.front());
}

/// `key add` of the program's subcommands.
std::string wordsOf(CLI::App const& app) {
    if (app.get_parent() == nullptr) return {};
    auto const before = wordsOf(*app.get_parent());
    return before.empty() ? app.get_name() : before + ' ' + app.get_name();
}

CLI::App& subcommand(CLI::App& app, std::string_view words) {
    auto const space = words.find(' ');
    std::string const word(words.substr(0, space));
    auto const known = app.get_subcommands([&](CLI::App const* own) { return own->get_name() == word; });
    auto* const next = known.empty() ? app.add_subcommand(word) : known.front();
    app.require_subcommand(0, 1);
    // Options of the program may stand behind the subcommand, too.
    next->fallthrough()->allow_extras();
    return space == std::string_view::npos ? *next : subcommand(*next, words.substr(space + 1));
}

}  // namespace

OptionTable::Problem OptionTable::readLine(std::span<char const* const> arguments, Line& line) {
    CLI::App app;
    app.allow_extras();
    app.set_help_flag("-h,--help");
    auto const* const version = app.add_flag("--version");
    auto const* const check = app.add_flag("--check-config");
    auto* const file = app.add_option("--config")->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    std::vector<std::pair<Option*, CLI::Option*>> flags;
    for (auto& option : options_) {
        auto const name = "--" + option.name;
        auto* const flag = option.kind == Kind::Flag ? app.add_flag(name) : app.add_option(name);
        flag->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        if (option.kind == Kind::Files) flag->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
        flags.emplace_back(&option, flag);
    }
    for (auto& command : commands_) {
        auto& own = subcommand(app, command.words);
        for (auto& positional : command.positionals)
            own.add_option(positional.name);
        for (auto& item : command.switches)
            own.add_flag("--" + item.name);
    }

    auto given = withEmptyValues(arguments);
    std::ranges::reverse(given);  // as CLI11 wants them
    try {
        app.parse(std::move(given));
    } catch (CLI::CallForHelp const&) {
        line.help = true;
        return {};
    } catch (CLI::ArgumentMismatch const& mismatch) {
        std::string_view const text = mismatch.what();
        return fmt::format("{}: needs a value", text.substr(0, text.find(':')));
    }
    line.version = version->count() != 0;
    line.check = check->count() != 0;

    auto const valueOf = [&](std::string const& name, CLI::Option const& flag) -> Problem {
        for (auto const& value : flag.results())
            if (value.starts_with("--")) return fmt::format("{}: needs a value", name);
        return {};
    };
    if (auto problem = valueOf("--config", *file)) return problem;
    if (file->count() != 0) line.file = file->results().back();
    for (auto const& [option, flag] : flags) {
        if (flag->count() == 0) continue;
        if (auto problem = valueOf("--" + option->name, *flag)) return problem;
        line.options.emplace_back(option, option->kind >= Kind::List
                                              ? fmt::format("{}", fmt::join(flag->results(), ","))
                                              : flag->results().back());
    }
    return select(app, line);
}

OptionTable::Problem OptionTable::select(CLI::App& app, Line& line) {
    auto rest = app.remaining(true);
    // Flags first: the value of a mistyped one would be blamed as a word.
    if (auto const unknown = std::ranges::find_if(rest, isFlag); unknown != rest.end()) {
        auto const flag = unknown->substr(0, unknown->find('='));
        return fmt::format("{}: no such option{}", flag, suggestion(flag, flagNames()));
    }
    auto& chosen = innermost(app);
    auto const words = wordsOf(chosen);
    auto const command = std::ranges::find(commands_, words, &Command::words);
    if (command == commands_.end()) {
        if (!words.empty()) rest.insert(rest.begin(), words);
        if (rest.empty()) return {};
        return fmt::format("\"{}\" is no command; see --help", fmt::join(rest, " "));
    }
    auto count = rest.size();
    for (auto const& positional : command->positionals)
        count += chosen.get_option(positional.name)->count();
    if (count != command->positionals.size())
        return fmt::format("{} takes {} argument(s), not {}; see --help", words, command->positionals.size(), count);
    for (auto const& positional : command->positionals)
        *positional.target = chosen.get_option(positional.name)->results().front();
    for (auto const& item : command->switches)
        if (chosen.get_option("--" + item.name)->count() != 0) *item.target = true;
    line.command = words;
    return {};
}

}  // namespace common
