// How long nobody judges when ingestion is killed: from SIGKILL and a start right after it to the first trade whose
// judging is durable again, of any symbol and of all. Whole programs; the database lies in TMPDIR.
#include "common/store/open.hpp"
#include "common/store/sqlite/connection.hpp"
#include "tests/benchmark/fanout/subject.hpp"
#include "tests/support/run_program.hpp"
#include "tests/system/spine/stack.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

struct Options {
    std::int64_t alerts = 10'000;
    int symbols = 50;
    int kills = 15;
    std::string rate = "20";  ///< trades a second of each symbol
    bool row = false;         ///< one line of numbers, for tables
};

std::vector<std::string> symbolNames(int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i)
        names.push_back(fmt::format("COIN{}USDT", i));
    return names;
}

/// Alerts of an account that wait far from the market, as a client would have asked for them.
void addAlerts(common::Database& database, std::vector<std::string> const& symbols, std::int64_t count) {
    using enum common::ConditionKind;
    constexpr common::ConditionKind kKinds[]{Above, CrossUp, Cross};
    constexpr std::int64_t kBatch = 20'000;
    database.begin();
    auto const account = database.accounts().createAnonymous("acc_bench", "bench", 1).id;
    for (std::int64_t i = 0; i < count; ++i) {
        common::AlertDefinition alert;
        alert.publicId = fmt::format("al_{:020}", i);
        alert.account = account;
        alert.symbol = symbols[static_cast<std::size_t>(i) % symbols.size()];
        alert.condition.kind = kKinds[i % 3];
        alert.condition.price = common::Decimal::fromUnits((5'000'000 + i) * common::Decimal::kUnitsPerOne);
        alert.created = i;
        database.alerts().insert(alert);
        if (i % kBatch != kBatch - 1) continue;
        database.commit();
        database.begin();
    }
    database.commit();
}

std::map<common::Symbol, std::int64_t> positionsOf(common::Database& database) {
    std::map<common::Symbol, std::int64_t> positions;
    for (auto const& position : database.demand().positions())
        positions[position.symbol] = position.tradeId;
    return positions;
}

/// Looks each millisecond: what is measured needs the processor.
void waitUntil(char const* what, std::chrono::seconds limit, auto done) {
    for (auto const end = Clock::now() + limit; !done(); std::this_thread::sleep_for(1ms))
        if (Clock::now() > end) throw std::runtime_error(fmt::format("{}: not in time", what));
}

struct Measured {
    double firstMs = 0;
    double allMs = 0;
};

Measured measureKill(spine::Stack& stack, common::Database& database) {
    stack.killIngestion();
    auto const began = Clock::now();
    auto const before = positionsOf(database);
    stack.startIngestion();
    auto const since = [&] { return std::chrono::duration<double, std::milli>(Clock::now() - began).count(); };
    Measured measured;
    auto seen = database.dataVersion();
    waitUntil("judging", 120s, [&] {
        auto const version = database.dataVersion();
        if (version == std::exchange(seen, version)) return false;
        auto const now = positionsOf(database);
        auto const moved =
            std::ranges::count_if(before, [&](auto const& row) { return now.at(row.first) > row.second; });
        if (moved > 0 && measured.firstMs == 0) measured.firstMs = since();
        if (moved < static_cast<std::ptrdiff_t>(before.size())) return false;
        measured.allMs = since();
        return true;
    });
    return measured;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void print(char const* what, std::vector<double> const& milliseconds) {
    fmt::print("  {}: p50 {:.0f} ms, worst {:.0f} ms of {}\n", what, median(milliseconds),
               std::ranges::max(milliseconds), milliseconds.size());
}

std::int64_t tradesJudged(common::Database& database) {
    std::int64_t sum = 0;
    for (auto const& [symbol, position] : positionsOf(database))
        sum += position;
    return sum;
}

/// Of ingestion's processor, while nothing but trading goes on.
double tradeUs(spine::Stack& stack, common::Database& database, std::int64_t trades) {
    auto const cpuBefore = cpuUsOf(stack.ingestion().pid());
    auto const before = tradesJudged(database);
    std::int64_t judged = 0;
    waitUntil("trades", 60s, [&] {
        judged = tradesJudged(database) - before;
        return judged >= trades;
    });
    return (cpuUsOf(stack.ingestion().pid()) - cpuBefore) / static_cast<double>(judged);
}

void run(Options const& options) {
    auto const symbols = symbolNames(options.symbols);
    spine::Stack stack({.replay = {"--synthetic", "61", "--symbols", fmt::format("{}", fmt::join(symbols, ",")),
                                   "--rate", options.rate, "--limits", "count"}});
    auto const database = common::openDatabase(stack.databaseUrl(), {});
    if (!options.row) fmt::print("adding {} alerts\n", options.alerts);
    std::fflush(stdout);
    addAlerts(*database, symbols, options.alerts);
    common::sqlite::Connection rows(stack.directory() / "tickbell.db", {.readOnly = true});
    waitUntil("arming", 300s, [&] {
        return rows.integer("SELECT count(*) FROM alert_states") == options.alerts &&
               positionsOf(*database).size() == symbols.size();
    });
    std::vector<double> first, all;
    for (int i = 0; i < options.kills; ++i) {
        auto const measured = measureKill(stack, *database);
        first.push_back(measured.firstMs);
        all.push_back(measured.allMs);
    }
    // Behind the last start and some time: else candles of the past are still being fetched.
    constexpr std::int64_t kSettling = 200, kMeasured = 100;
    tradeUs(stack, *database, kSettling * options.symbols);
    auto const perTradeUs = tradeUs(stack, *database, kMeasured * options.symbols);
    auto const resident = residentBytesOf(stack.ingestion().pid()) / 1'048'576;
    if (options.row) {
        fmt::print("{} {:.0f} {:.0f} {:.1f} {:.1f}\n", options.symbols, median(first), median(all), perTradeUs,
                   resident);
        return;
    }
    fmt::print("ingestion: {:.1f} us of processor a trade, {:.1f} MB after the last start\n", perTradeUs, resident);
    fmt::print("{} alerts on {} symbols, {} trades/s each; kill -> judged and durable again\n", options.alerts,
               options.symbols, options.rate);
    print("first symbol", first);
    print("all symbols ", all);
    std::fflush(stdout);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
    bench::Options options;
    CLI::App app("From a kill of ingestion to the first trade that is judged again");
    app.add_option("--alerts", options.alerts, "armed alerts")->capture_default_str();
    app.add_option("--symbols", options.symbols)->capture_default_str();
    app.add_option("--kills", options.kills)->capture_default_str();
    app.add_option("--rate", options.rate, "trades a second of each symbol")->capture_default_str();
    app.add_flag("--row", options.row,
                 "prints: symbols, ms to the first and to all, us of ingestion a trade, ingestion's MB");
    CLI11_PARSE(app, argc, argv);
    bench::run(options);
    return 0;
} catch (std::exception const& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
}
