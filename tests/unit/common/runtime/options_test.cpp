#include "common/runtime/options.hpp"

#include "common/runtime/address.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include <unistd.h>

namespace common {
namespace {

enum class Auth : std::uint8_t { Open, Required };

struct Values {
    HostPort listen;
    std::string database;
    DurationMs heartbeat = 0;
    std::int64_t limitAlerts = 0;
    bool snapshots = false;
    std::vector<std::string> symbols;
    Auth auth = Auth::Open;
    std::string name;
    std::string file;
    bool admin = false;
};

/// A table is filled and parsed once, so each parse has its own.
struct Program {
    Program() {
        table.parsed<HostPort>(&values.listen, "listen", "127.0.0.1:8080", "HOST:PORT", "where to serve",
                               HostPort::parse);
        table.text(&values.database, "database", "sqlite:tickbell.db", "URL", "where rows live");
        table.duration(&values.heartbeat, "heartbeat", "15s", 1'000, 60'000, "between signs of life");
        table.integer(&values.limitAlerts, "limit-alerts", 1'000, 1, 100'000, "per account");
        table.flag(&values.snapshots, "market-snapshots", "keep all symbols' closes");
        table.list(&values.symbols, "symbols", "", "A,B", "always followed");
        table.choice<Auth>(&values.auth, "auth", "open", {{"open", Auth::Open}, {"required", Auth::Required}},
                           "who may come");
        table.rule([this]() -> std::optional<std::string> {
            if (values.auth == Auth::Required && values.snapshots) return "--auth and --market-snapshots disagree";
            return {};
        });
        table.command("key add", "makes a key", {{"NAME", &values.name}}, {{"admin", &values.admin, "all rights"}});
        table.command("key list", "lists keys");
        table.command("backup", "copies the database", {{"FILE", &values.file}});
    }

    Values values;
    OptionTable table{"tickbell-notifier", "serves clients"};
};

struct OptionsTest : ::testing::Test {
    OptionsTest() {
        path = std::filesystem::path(::testing::TempDir()) / ("tickbell_options_" + std::to_string(::getpid()));
    }
    ~OptionsTest() override { std::filesystem::remove(path); }

    std::optional<int> parse(std::vector<char const*> arguments) {
        arguments.insert(arguments.begin(), "tickbell-notifier");
        auto const lookUp = [this](char const* name) -> char const* {
            auto const found = environment.find(name);
            return found == environment.end() ? nullptr : found->second.c_str();
        };
        program = std::make_unique<Program>();
        return program->table.parse(static_cast<int>(arguments.size()), arguments.data(), lookUp, out, err);
    }
    Values const& values() const { return program->values; }
    std::string file(std::string const& text) {
        std::ofstream(path) << text;
        return path.string();
    }
    /// One line, exit code 2; answers the line.
    std::string refused(std::vector<char const*> arguments) {
        EXPECT_EQ(parse(std::move(arguments)), 2);
        auto text = err.str();
        EXPECT_EQ(std::ranges::count(text, '\n'), 1) << text;
        EXPECT_TRUE(text.starts_with("tickbell-notifier: ")) << text;
        EXPECT_EQ(out.str(), "");
        err.str("");
        return text;
    }

    std::unique_ptr<Program> program;
    std::map<std::string, std::string> environment;
    std::ostringstream out;
    std::ostringstream err;
    std::filesystem::path path;
};

bool has(std::string const& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST_F(OptionsTest, Parse_Nothing_LeavesDefaults) {
    EXPECT_EQ(parse({}), std::nullopt);
    EXPECT_EQ(values().listen.text(), "127.0.0.1:8080");
    EXPECT_EQ(values().heartbeat, 15'000);
    EXPECT_EQ(values().limitAlerts, 1'000);
    EXPECT_FALSE(values().snapshots);
    EXPECT_TRUE(values().symbols.empty());
    EXPECT_EQ(program->table.selected(), "");
}

TEST_F(OptionsTest, Parse_Flags_BothSpellings) {
    EXPECT_EQ(parse({"--listen", "[::1]:0", "--heartbeat=1m", "--market-snapshots", "--symbols", "BTCUSDT, ETHUSDT",
                     "--symbols=BNBUSDT", "--limit-alerts", "5", "--limit-alerts", "6"}),
              std::nullopt)
        << err.str();
    EXPECT_EQ(values().listen.text(), "[::1]:0");
    EXPECT_EQ(values().heartbeat, 60'000);
    EXPECT_TRUE(values().snapshots);
    EXPECT_EQ(values().symbols, (std::vector<std::string>{"BTCUSDT", "ETHUSDT", "BNBUSDT"}));
    EXPECT_EQ(values().limitAlerts, 6) << "the last one counts";
}

TEST_F(OptionsTest, Parse_AllSources_FlagBeatsEnvironmentBeatsFile) {
    auto const config =
        file("heartbeat = \"20s\"\nlimit_alerts = 7\ndatabase = \"sqlite:file\"\nauth = \"required\"\n");
    environment = {{"TICKBELL_HEARTBEAT", "30s"}, {"TICKBELL_LIMIT_ALERTS", "8"}};
    EXPECT_EQ(parse({"--config", config.c_str(), "--heartbeat", "40s"}), std::nullopt) << err.str();
    EXPECT_EQ(values().heartbeat, 40'000);
    EXPECT_EQ(values().limitAlerts, 8);
    EXPECT_EQ(values().database, "sqlite:file");
    EXPECT_EQ(values().auth, Auth::Required);
}

TEST_F(OptionsTest, Parse_File_TypesSpellingsAndSections) {
    auto const config = file(
        "heartbeat = 2000\nmarket-snapshots = true\nsymbols = [\"BTCUSDT\", \"ETHUSDT\"]\nlimit_alerts = 5\n"
        "[ingestion]\nlinger = \"60s\"\n[notifier]\nlimit_alerts = 9\n");
    environment = {{"TICKBELL_CONFIG", config}};
    EXPECT_EQ(parse({}), std::nullopt) << err.str();
    EXPECT_EQ(values().heartbeat, 2'000);
    EXPECT_TRUE(values().snapshots);
    EXPECT_EQ(values().symbols.size(), 2U);
    EXPECT_EQ(values().limitAlerts, 9) << "the program's own table beats the top, others' are not read";
}

TEST_F(OptionsTest, Parse_BadValues_NameOptionAndSource) {
    EXPECT_EQ(refused({"--heartbeat", "soon"}),
              "tickbell-notifier: --heartbeat (command line): must be a duration such as 500ms, 30s, 5m, 1h or 2d\n");
    EXPECT_TRUE(has(refused({"--heartbeat", "2m"}), "must be from 1s to 1m"));
    EXPECT_TRUE(has(refused({"--limit-alerts", "0"}), "must be a whole number from 1 to 100000"));
    EXPECT_TRUE(has(refused({"--limit-alerts", "5x"}), "--limit-alerts (command line)"));
    EXPECT_TRUE(has(refused({"--auth", "maybe"}), "must be one of open|required"));
    EXPECT_TRUE(has(refused({"--market-snapshots=perhaps"}), "must be true or false"));
    EXPECT_TRUE(has(refused({"--listen", "localhost"}), "must be HOST:PORT"));
    environment = {{"TICKBELL_LISTEN", "nowhere"}};
    EXPECT_TRUE(has(refused({}), "--listen (environment TICKBELL_LISTEN): must be HOST:PORT"));
}

TEST_F(OptionsTest, Parse_BadLine_SaysWhatIsWrong) {
    EXPECT_EQ(refused({"--heartbaet", "1s"}),
              "tickbell-notifier: --heartbaet: no such option; did you mean --heartbeat?\n")
        << "the value after it is not blamed";
    EXPECT_TRUE(has(refused({"--listen"}), "--listen: needs a value"));
    EXPECT_TRUE(has(refused({"--listen", "--auth"}), "--listen: needs a value"));
    EXPECT_TRUE(has(refused({"run"}), "\"run\" is no command"));
    EXPECT_TRUE(has(refused({"--auth=required", "--market-snapshots"}), "--auth and --market-snapshots disagree"));
}

TEST_F(OptionsTest, Parse_BadFile_NamesFileAndLine) {
    auto const typing = file("listen = \"127.0.0.1:1\"\nheart_beat = \"1s\"\n");
    auto const line = refused({"--config", typing.c_str()});
    EXPECT_TRUE(has(line, typing + ": line 2: no such option: heart_beat; did you mean heartbeat?")) << line;
    auto const broken = file("listen = \n");
    EXPECT_TRUE(has(refused({"--config", broken.c_str()}), "line 1"));
    auto const wrongType = file("heartbeat = 1.5\n");
    EXPECT_TRUE(has(refused({"--config", wrongType.c_str()}), "heartbeat must be a text, a number"));
    auto const wrongValue = file("heartbeat = \"x\"\n");
    EXPECT_TRUE(has(refused({"--config", wrongValue.c_str()}), "--heartbeat (" + wrongValue + "): must be"));
    EXPECT_TRUE(has(refused({"--config", "/nonexistent/tickbell.toml"}), "cannot be read"));
    auto const unknownTable = file("[notifer]\nlisten = \"127.0.0.1:1\"\n");
    EXPECT_TRUE(has(refused({"--config", unknownTable.c_str()}), "no such option: notifer"));
}

TEST_F(OptionsTest, Parse_Commands_TakeArgumentsAndSwitches) {
    EXPECT_EQ(parse({"key", "add", "phone", "--admin", "--database", "sqlite:x"}), std::nullopt) << err.str();
    EXPECT_EQ(program->table.selected(), "key add");
    EXPECT_EQ(values().name, "phone");
    EXPECT_TRUE(values().admin);
    EXPECT_EQ(values().database, "sqlite:x");
}

TEST_F(OptionsTest, Parse_EmptyValue_IsAValue) {
    environment = {{"TICKBELL_SYMBOLS", "BTCUSDT"}};
    EXPECT_EQ(parse({"--symbols=", "--database", ""}), std::nullopt) << err.str();
    EXPECT_TRUE(values().symbols.empty()) << "the flag wins";
    EXPECT_EQ(values().database, "");
}

TEST_F(OptionsTest, Parse_ArgumentNamedLikeACommand_IsAnArgument) {
    EXPECT_EQ(parse({"--database=sqlite:x", "key", "add", "backup"}), std::nullopt) << err.str();
    EXPECT_EQ(program->table.selected(), "key add");
    EXPECT_EQ(values().name, "backup");
    EXPECT_EQ(parse({"key", "add", "[a,b]"}), std::nullopt) << err.str();
    EXPECT_EQ(values().name, "[a,b]");
}

TEST_F(OptionsTest, Parse_BadCommands_AreRefused) {
    EXPECT_TRUE(has(refused({"key", "ad", "phone"}), "\"key ad phone\" is no command"));
    EXPECT_TRUE(has(refused({"-x"}), "-x: no such option"));
    EXPECT_TRUE(has(refused({"--version=1", "--config"}), "--config: needs a value"));
    EXPECT_TRUE(has(refused({"key"}), "\"key\" is no command"));
    EXPECT_TRUE(has(refused({"key", "add"}), "key add takes 1 argument(s), not 0"));
    EXPECT_TRUE(has(refused({"backup", "a", "b"}), "backup takes 1 argument(s), not 2"));
    EXPECT_TRUE(has(refused({"key", "list", "--admin"}), "--admin: no such option"));
    EXPECT_TRUE(has(refused({"--admin"}), "--admin: no such option"));
}

TEST_F(OptionsTest, Parse_Help_ListsEverythingAndEnds) {
    EXPECT_EQ(parse({"--help", "--listen", "nonsense"}), 0);
    for (auto const* const part : {"--listen HOST:PORT", "[127.0.0.1:8080]", "key add NAME [--admin]", "--check-config",
                                   "--market-snapshots", "open|required"})
        EXPECT_TRUE(has(out.str(), part)) << part;
    EXPECT_EQ(err.str(), "");
}

TEST_F(OptionsTest, Parse_Version_SaysProgramAndNumber) {
    EXPECT_EQ(parse({"--version"}), 0);
    EXPECT_EQ(out.str(), "tickbell-notifier " TICKBELL_VERSION "\n");
}

TEST_F(OptionsTest, CheckConfig_Valid_PrintsEffectiveValuesWithoutSecrets) {
    environment = {{"TICKBELL_DATABASE", "postgresql://me:secret@db/tickbell"}};
    EXPECT_EQ(parse({"--check-config", "--heartbeat", "30s"}), 0);
    EXPECT_TRUE(has(out.str(), "heartbeat = \"30s\"  # command line\n")) << out.str();
    EXPECT_TRUE(has(out.str(), "limit_alerts = \"1000\"  # default\n"));
    EXPECT_TRUE(has(out.str(), "database = \"postgresql://***@db/tickbell\"  # environment TICKBELL_DATABASE\n"));
    EXPECT_FALSE(has(out.str(), "secret"));
}

TEST_F(OptionsTest, CheckConfig_PrintedValues_AreAFileThatIsReadBack) {
    EXPECT_EQ(parse({"--check-config", "--symbols", "A,B", "--market-snapshots"}), 0);
    auto const config = file(out.str());
    out.str("");
    Values const before = values();
    EXPECT_EQ(parse({"--config", config.c_str()}), std::nullopt) << err.str();
    EXPECT_EQ(values().symbols, before.symbols);
    EXPECT_EQ(values().heartbeat, before.heartbeat);
    EXPECT_TRUE(values().snapshots);
}

TEST_F(OptionsTest, CheckConfig_Invalid_EndsWithTwo) {
    EXPECT_TRUE(has(refused({"--check-config", "--limit-alerts", "-5"}), "whole number"));
}

TEST_F(OptionsTest, Reference_AnyTable_HasARowPerOption) {
    auto const text = Program().table.reference();
    EXPECT_TRUE(has(text, "| `--limit-alerts N` | `TICKBELL_LIMIT_ALERTS` | `limit_alerts` | `1000` | per account |"));
    EXPECT_TRUE(has(text, "`--auth open\\|required`")) << "a bar would end the cell";
    EXPECT_EQ(std::ranges::count(text, '\n'), 2 + 7);
}

TEST_F(OptionsTest, CommandReference_AnyTable_HasARowPerCommand) {
    auto const text = Program().table.commandReference();
    EXPECT_TRUE(has(text, "| `key add NAME [--admin]` | makes a key; `--admin`: all rights |\n")) << text;
    EXPECT_EQ(std::ranges::count(text, '\n'), 2 + 3);
}

TEST_F(OptionsTest, Add_NameTwiceOrBadDefault_IsAMistakeOfOurs) {
    Program fresh;
    std::string target;
    DurationMs length = 0;
    OptionTable& table = fresh.table;
    EXPECT_THROW(table.text(&target, "listen", "", "X", "again"), std::logic_error);
    EXPECT_THROW(table.duration(&length, "pause", "never", 0, 1, "bad"), std::logic_error);
}

TEST(Options, Files_OneFlag_TakesAllThatFollow) {
    std::vector<std::string> tapes;
    std::string speed;
    OptionTable table("tickbell-replay", "plays");
    table.files(&tapes, "tape", "tapes to play");
    table.text(&speed, "speed", "1", "X", "how fast");
    std::array<char const*, 7> const arguments{"tickbell-replay", "--tape", "a.jsonl",       "b.jsonl",
                                               "--speed",         "max",    "--tape=c.jsonl"};
    std::ostringstream out;
    std::ostringstream err;
    auto const nothing = [](char const*) -> char const* { return nullptr; };
    EXPECT_EQ(table.parse(static_cast<int>(arguments.size()), arguments.data(), nothing, out, err), std::nullopt)
        << err.str();
    EXPECT_EQ(tapes, (std::vector<std::string>{"a.jsonl", "b.jsonl", "c.jsonl"}));
    EXPECT_EQ(speed, "max");
}

}  // namespace
}  // namespace common
