// A market that runs wild while very many alerts wait: trades at a steady high rate and in one great burst, through the
// programs that ship. Tells every few seconds how late the notifications of some crossings are and how much memory both
// programs hold: neither may grow. The database lies in TMPDIR.
#include "common/store/open.hpp"
#include "common/store/sqlite/connection.hpp"
#include "tests/benchmark/fanout/subject.hpp"
#include "tests/benchmark/latency_exchange.hpp"
#include "tests/benchmark/latency_floors.hpp"
#include "tests/benchmark/latency_programs.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace bench {
namespace {

using namespace std::chrono_literals;

struct Options {
    std::int64_t alerts = 1'000'000;
    std::int64_t rate = 10'000;   ///< trades a second
    std::int64_t seconds = 60;    ///< of the steady rate
    std::int64_t burst = 40'000;  ///< trades in one second
    bool row = false;             ///< one line of numbers, for tables
};

/// Waits of one account, far from the market on either side and never met.
void addAlerts(std::string const& url, std::int64_t count) {
    constexpr std::int64_t kBatch = 20'000;
    auto const database = common::openDatabase(url, {});
    database->begin();
    auto const account = database->accounts().createAnonymous("acc_storm", "storm", 1).id;
    for (std::int64_t i = 0; i < count; ++i) {
        common::AlertDefinition alert;
        alert.publicId = fmt::format("al_{:020}", i);
        alert.account = account;
        alert.symbol = Exchange::kSymbol;
        alert.condition.kind = i % 2 == 0 ? common::ConditionKind::Above : common::ConditionKind::CrossUp;
        alert.condition.price = common::Decimal::fromUnits((5'000'000 + i) * common::Decimal::kUnitsPerOne);
        alert.created = i;
        database->alerts().insert(alert);
        if (i % kBatch != kBatch - 1) continue;
        database->commit();
        database->begin();
    }
    database->commit();
}

double residentMb(pid_t process) {
    return residentBytesOf(process) / 1'048'576;
}

struct Played {
    Samples lag;  ///< of all notifications
    double perTradeNs;
};

/// Plays the plan and prints a line for each `crossings` notifications.
Played measure(char const* name, Exchange& exchange, Programs& programs, Exchange::Plan const& plan,
               std::int64_t crossings) {
    auto const cpu = cpuUsOf(programs.ingestion());
    auto played = exchange.play(plan);
    Samples all, part;
    for (auto left = plan.trades / plan.crossEvery; left > 0;) {
        auto const frame = programs.client().receive(60s);
        auto const received = nowNs();
        if (!frame) throw std::runtime_error("a notification does not come");
        auto const push = common::json::parse(*frame).value();
        if (support::text(push, "type") != "notification") continue;
        auto const lag = received - exchange.sentNs(support::number(*push.find("trade"), "id"));
        all.add(lag);
        part.add(lag);
        --left;
        if (crossings == 0 || (static_cast<std::int64_t>(part.size()) < crossings && left > 0)) continue;
        fmt::print("{:<24} {:>9.0f} {:>9.0f} | {:>8.0f} {:>8.0f}\n", name, part.percentileUs(0.5),
                   part.percentileUs(0.99), residentMb(programs.ingestion()), residentMb(programs.notifier()));
        std::fflush(stdout);
        part = {};
    }
    played.get();
    return {all, (cpuUsOf(programs.ingestion()) - cpu) * 1e3 / static_cast<double>(plan.trades)};
}

void run(Options const& options) {
    constexpr std::int64_t kWarmUp = 100, kRoom = 1'000;
    Exchange exchange(options.rate * options.seconds + options.burst + kWarmUp + kRoom);
    Programs programs(fmt::format("127.0.0.1:{}", exchange.port()), {},
                      [&](std::string const& database) { addAlerts(database, options.alerts); });
    // Durable, not only judged: a million states are one great commit, and nobody else commits meanwhile.
    common::sqlite::Connection rows(programs.directory() / "tickbell.db", {.readOnly = true});
    for (auto const end = std::chrono::steady_clock::now() + 10min;
         rows.integer("SELECT count(*) FROM alert_states") < options.alerts;) {
        if (std::chrono::steady_clock::now() > end) throw std::runtime_error("the alerts are not armed");
        programs.client().receive(200ms);  // answers pings meanwhile
    }
    programs.subscribe(Exchange::kSymbol, R"({"kind":"cross","price":"100"})");
    exchange.play({.trades = kWarmUp, .every = 1ms, .crossEvery = kWarmUp * 2}).get();

    constexpr std::int64_t kTicksPerSecond = 1'000;
    auto const plan = [&](std::int64_t rate, std::int64_t seconds) {
        return Exchange::Plan{.trades = rate * seconds,
                              .every = 1ms,
                              .atOnce = std::max<std::int64_t>(rate / kTicksPerSecond, 1),
                              .crossEvery = std::max<std::int64_t>(rate / 20, 1)};
    };
    if (options.row) {
        auto const played = measure("", exchange, programs, plan(options.rate, options.seconds), 0);
        auto const database = std::filesystem::file_size(programs.directory() / "tickbell.db");
        fmt::print("{} {:.0f} {:.0f} {:.1f} {:.1f} {:.0f} {:.1f}\n", options.alerts, played.lag.percentileUs(0.5),
                   played.lag.percentileUs(0.99), residentMb(programs.ingestion()), residentMb(programs.notifier()),
                   played.perTradeNs, static_cast<double>(database) / 1'048'576);
        return;
    }
    fmt::print("{} alerts wait\ntrade -> notification, us       p50       p99 | RSS, MB: ingestion, notifier\n",
               options.alerts);
    constexpr std::int64_t kCrossingsPerLine = 200;  // 10 s
    auto const show = [&](char const* name, std::int64_t rate, std::int64_t seconds) {
        auto const played = measure(name, exchange, programs, plan(rate, seconds), kCrossingsPerLine);
        fmt::print("{:<24} {:.0f} ns of ingestion's processor a trade\n", name, played.perTradeNs);
    };
    show("steady", options.rate, options.seconds);
    if (options.burst > 0) show("burst of a second", options.burst, 1);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
    bench::Options options;
    CLI::App app{"Very many trades while very many alerts wait.", "storm_bench"};
    app.add_option("--alerts", options.alerts, "that wait")->check(CLI::Range(0, 5'000'000))->capture_default_str();
    app.add_option("--rate", options.rate, "trades a second")->check(CLI::Range(20, 100'000))->capture_default_str();
    app.add_option("--seconds", options.seconds, "at that rate; 900 for the long run")
        ->check(CLI::Range(1, 3'600))
        ->capture_default_str();
    app.add_option("--burst", options.burst, "trades in the second behind it; 0 = skip")
        ->check(CLI::Range(0, 1'000'000))
        ->capture_default_str();
    app.add_flag("--row", options.row,
                 "prints: alerts, us p50 and p99, MB of ingestion and notifier, ns of ingestion a trade, database MB");
    CLI11_PARSE(app, argc, argv);
    bench::run(options);
    return 0;
} catch (std::exception const& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
}
