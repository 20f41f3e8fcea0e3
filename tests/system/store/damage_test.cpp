// Databases that are damaged, or were being upgraded when the power went.

#include "common/store/sqlite/connection.hpp"
#include "common/store/sqlite/location.hpp"
#include "common/store/sqlite/migrate.hpp"
#include "schema/migrations.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/temp_directory.hpp"
#include "tests/system/spine/campaign.hpp"
#include "tests/system/spine/stack.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace spine {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr int kExitCorrupt = 3;
constexpr std::size_t kPageBytes = 4'096;

int times(char const* variable, int byDefault) {
    auto const* const text = std::getenv(variable);
    return text == nullptr ? byDefault : std::atoi(text);
}

std::string contents(fs::path const& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void store(fs::path const& file, std::string const& bytes) {
    std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// A database that was in use, and what a client needs to look into it.
struct Used {
    std::string bytes;
    std::string session;
};
Used usedDatabase() {
    Stack stack({.replay = {"--synthetic", "51", "--symbols", "BTCUSDT,ETHUSDT", "--rate", "100", "--limits", "count"},
                 .notifier = {"--limit-commands", "10000"}});
    Campaign campaign(stack, {"BTCUSDT", "ETHUSDT"}, 53, 400);
    campaign.subscribe(400);
    campaign.pumpFor(1s);
    stack.notifier().signal(SIGTERM);
    stack.ingestion().signal(SIGTERM);
    EXPECT_EQ(stack.notifier().waitForExit(), 0);
    EXPECT_EQ(stack.ingestion().waitForExit(), 0);
    return {contents(stack.directory() / "tickbell.db"), campaign.subscriber().session()};
}

/// Single bits, bytes, pages full of nothing or of another page, a file cut short.
std::string damaged(std::string bytes, std::mt19937& random) {
    auto const page = [&] { return random() % (bytes.size() / kPageBytes) * kPageBytes; };
    switch (random() % 5) {
        case 0:
            bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
            break;
        case 1:
            for (auto count = 1 + random() % 200; count > 0; --count)
                bytes[random() % bytes.size()] = static_cast<char>(random());
            break;
        case 2:
            std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(page()), kPageBytes, '\0');
            break;
        case 3:
            std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(page()), kPageBytes,
                        bytes.begin() + static_cast<std::ptrdiff_t>(page()));
            break;
        default:
            bytes.resize(random() % bytes.size());
    }
    return bytes;
}

/// Uses what a client would see of every table; what is answered matters less than that the program lives.
void lookAround(std::uint16_t port, std::string const& session) {
    try {
        support::WsTestClient client(port);
        client.push("welcome");
        client.ask(fmt::format(R"({{"method":"auth","session":"{}"}})", session));
        client.ask(R"({"method":"list","limit":1000})");
        client.ask(R"({"method":"history","after":0,"limit":1000})");
        client.ask(R"({"symbol":"BTCUSDT","threshold":"1"})");
    } catch (std::exception const&) {
        // It has noticed the damage and ended.
    }
}

std::size_t errorLines(support::ChildProcess& program) {
    return static_cast<std::size_t>(
        std::ranges::count_if(program.lines(), [](auto const& line) { return line.starts_with("error"); }));
}

// TICKBELL_DAMAGES=200 is the long run.
TEST(StoreStress, DamagedDatabases_AreRefusedInOneLine_OrServed_NeverACrash) {
    auto const count = times("TICKBELL_DAMAGES", 30);
    auto const used = usedDatabase();
    support::TempDirectory directory;
    std::mt19937 random(7);
    std::map<std::string, int> outcomes;
    for (int i = 0; i < count; ++i) {
        auto const file = directory.path() / fmt::format("{}.db", i);
        store(file, damaged(used.bytes, random));
        auto const url = "sqlite:" + file.string();
        bool const isNotifier = i % 2 == 0;
        std::vector<std::string> const command =
            isNotifier ? std::vector<std::string>{TICKBELL_NOTIFIER, "--database", url, "--listen", "127.0.0.1:0"}
                       : std::vector<std::string>{TICKBELL_INGESTION,  "--database",       url,
                                                  "--exchange-ws",     "ws://127.0.0.1:1", "--exchange-rest",
                                                  "http://127.0.0.1:1"};
        support::ChildProcess program(command);
        auto const up = program.waitForLine(isNotifier ? "listening" : "engine  started", 10s);
        if (up && isNotifier)
            lookAround(static_cast<std::uint16_t>(std::stoi(up->substr(up->find("port=") + 5))), used.session);
        program.signal(SIGTERM);
        auto const exit = program.waitForExit();
        ASSERT_TRUE(exit) << "copy " << i << " hangs";
        ASSERT_TRUE(*exit == 0 || *exit == 1 || *exit == kExitCorrupt) << "copy " << i << " ended with " << *exit;
        if (up) {
            EXPECT_NE(*exit, 1) << "copy " << i << ": only a start can fail otherwise";
        } else {
            EXPECT_NE(*exit, 0) << "copy " << i;
            EXPECT_EQ(errorLines(program), 1U) << "copy " << i;
        }
        ++outcomes[up ? (*exit == 0 ? "served" : "ended when it was met") : fmt::format("refused with {}", *exit)];
    }
    EXPECT_GT(outcomes[fmt::format("refused with {}", kExitCorrupt)], count / 4);
    for (auto const& [outcome, number] : outcomes)
        fmt::print("{} {}, ", number, outcome);
    fmt::print("{} copies\n", count);
}

TEST(StoreStress, DamageWhileRunning_BothEndWithTheirOwnCode) {
    Stack stack({.replay = {"--synthetic", "55", "--symbols", "BTCUSDT", "--rate", "50", "--limits", "count"},
                 .notifier = {"--limit-commands", "10000"}});
    Campaign campaign(stack, {"BTCUSDT"}, 57, 4'000);
    campaign.subscribe(400);
    campaign.pumpFor(500ms);
    // All but the first page, which says that there is a database. With the log emptied before, what the programs read
    // next comes from the file.
    auto const file = stack.directory() / "tickbell.db";
    common::sqlite::Connection third(file, {});
    std::mt19937 random(9);
    auto const spoil = [&] {
        std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
        std::string page(kPageBytes, '\0');
        for (std::uintmax_t at = kPageBytes; at < fs::file_size(file); at += kPageBytes) {
            std::ranges::generate(page, [&] { return static_cast<char>(random()); });
            out.seekp(static_cast<std::streamoff>(at)).write(page.data(), static_cast<std::streamsize>(page.size()));
        }
    };
    auto const endsBy = Clock::now() + kLong;
    std::optional<int> ingestion, notifier;
    while (!(ingestion && notifier)) {
        ASSERT_LT(Clock::now(), endsBy) << "the damage is not met";
        try {
            third.text("PRAGMA wal_checkpoint(TRUNCATE)");
        } catch (common::StoreError const&) {
            // It has met the damage itself, or a reader.
        }
        spoil();
        try {
            campaign.trySubscribe();
        } catch (std::exception const&) {
            // The notifier has ended.
        }
        ingestion = stack.ingestion().waitForExit(20ms);
        notifier = stack.notifier().waitForExit(20ms);
    }
    EXPECT_EQ(ingestion, kExitCorrupt);
    EXPECT_EQ(notifier, kExitCorrupt);
    EXPECT_TRUE(stack.ingestion().waitForLine("the database is damaged; stopping"));
    EXPECT_TRUE(stack.notifier().waitForLine("the database is damaged; stopping"));
}

/// A database of the first release, with rows enough for the upgrade to take a while.
void makeFirstRelease(fs::path const& file, int accounts) {
    common::sqlite::createPrivately(file);
    common::sqlite::Connection connection(file, {});
    common::sqlite::migrate(connection, schema::sqliteMigrations().first(1));
    connection.execute(
        fmt::format("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
                    "INSERT INTO accounts (public_id, anonymous) "
                    "SELECT 'acc_' || i || hex(randomblob(100)), 0 FROM n",
                    accounts));
    connection.text("PRAGMA journal_mode = DELETE");
}

// TICKBELL_UPGRADE_KILLS=50 is the long run.
TEST(StoreStress, UpgradeKilledAnywhere_TheNextStartFinishesIt) {
    constexpr int kAccounts = 20'000;
    auto const kills = times("TICKBELL_UPGRADE_KILLS", 12);
    support::TempDirectory directory;
    auto const first = directory.path() / "first.db";
    makeFirstRelease(first, kAccounts);
    // How long an undisturbed upgrade takes says where kills can hit.
    auto const start = [&](fs::path const& file) {
        return std::make_unique<support::ChildProcess>(std::vector<std::string>{
            TICKBELL_NOTIFIER, "--database", "sqlite:" + file.string(), "--listen", "127.0.0.1:0"});
    };
    auto const whole = directory.path() / "whole.db";
    fs::copy_file(first, whole);
    auto const began = Clock::now();
    auto undisturbed = start(whole);
    ASSERT_TRUE(undisturbed->waitForLine("listening"));
    auto const took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
    undisturbed->signal(SIGTERM);
    EXPECT_EQ(undisturbed->waitForExit(), 0);

    std::map<int, int> versions;  // as the kill left them
    for (int kill = 0; kill < kills; ++kill) {
        auto const file = directory.path() / fmt::format("{}.db", kill);
        fs::copy_file(first, file);
        auto program = start(file);
        program->waitForLine("never said", std::chrono::milliseconds(took.count() * (kill + 1) / (kills + 1) / 1'000));
        program->signal(SIGKILL);
        program->waitForExit();
        {
            common::sqlite::Connection left(file, {});
            auto const version = static_cast<int>(left.integer("PRAGMA user_version"));
            ++versions[version];
            EXPECT_EQ(left.integer("SELECT count(*) FROM accounts"), kAccounts);
            EXPECT_EQ(left.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'candles'"), version > 1 ? 1 : 0)
                << "half an upgrade";
        }
        program = start(file);
        ASSERT_TRUE(program->waitForLine("listening")) << "kill " << kill;
        program->signal(SIGTERM);
        EXPECT_EQ(program->waitForExit(), 0);
        auto const verified =
            support::runProgram({TICKBELL_NOTIFIER, "--database", "sqlite:" + file.string(), "verify"});
        EXPECT_EQ(verified.exit, 0) << verified.output;
        auto const newest = schema::sqliteMigrations().back().version;
        EXPECT_NE(verified.output.find(fmt::format("schema {}", newest)), std::string::npos) << verified.output;
        common::sqlite::Connection done(file, {});
        EXPECT_EQ(done.integer("SELECT count(*) FROM accounts"), kAccounts);
        // The copy that was made before is whole, too, whoever made it.
        common::sqlite::Connection before(file.string() + fmt::format(".before-v{}", newest), {.readOnly = true});
        EXPECT_EQ(before.integer("PRAGMA user_version"), 1);
        EXPECT_EQ(before.integer("SELECT count(*) FROM accounts"), kAccounts);
    }
    fmt::print("{} kills during {} ms: ", kills, took.count() / 1'000);
    for (auto const& [version, number] : versions)
        fmt::print("{} left schema {}, ", number, version);
    fmt::print("all upgraded afterwards\n");
}

}  // namespace
}  // namespace spine
