// The programs that ship, as whole processes: how long a trade takes from the exchange's socket to a client's, durable,
// against what one fdatasync and two wake-ups cost on the same machine in the same minute; and what a trade over TLS
// costs ingestion. The database lies in TMPDIR.
#include "tests/benchmark/latency_exchange.hpp"
#include "tests/benchmark/latency_floors.hpp"
#include "tests/benchmark/latency_programs.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/test_ca.hpp"

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace bench {
namespace {

using namespace std::chrono_literals;

struct Options {
    std::int64_t samples = 2'000;     ///< firings measured at each rate
    std::int64_t trades = 2'000'000;  ///< measured over TLS
    std::int64_t alerts = 1'000;      ///< that wait and never fire, in both measurements
};

struct Floor {
    Samples fsync;
    Samples wakeUp;
    double sumUs(double share) const { return fsync.percentileUs(share) + 2 * wakeUp.percentileUs(share); }
};

Floor measureFloor(WakeUps const& wakeUps, std::filesystem::path const& directory, std::int64_t samples,
                   std::chrono::nanoseconds spacing) {
    auto const count = static_cast<std::size_t>(samples);
    return {.fsync = measureFsync(directory, FsyncKind::Overwrite, count, spacing),
            .wakeUp = wakeUps.measure(count, spacing)};
}

void addIdleAlerts(Programs& programs, std::string const& symbol, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i)
        programs.subscribe(symbol, fmt::format(R"({{"kind":"above","price":"{}"}})", 9'000'000 + i));
}

/// Plays the plan and waits for the notification of each crossing.
Samples measureFirings(Exchange& exchange, Programs& programs, Exchange::Plan const& plan) {
    Samples samples;
    auto played = exchange.play(plan);
    for (auto left = plan.trades / plan.crossEvery; left > 0;) {
        auto const frame = programs.client().receive(10s);
        auto const received = nowNs();
        if (!frame) {
            // What stopped the exchange, if anything did, explains more.
            if (played.wait_for(0s) == std::future_status::ready) played.get();
            throw std::runtime_error("a notification does not come");
        }
        auto const push = common::json::parse(*frame).value();
        if (support::text(push, "type") != "notification") continue;
        samples.add(received - exchange.sentNs(support::number(*push.find("trade"), "id")));
        --left;
    }
    played.get();
    return samples;
}

void measureLatency(Options const& options) {
    WakeUps const wakeUps;
    Exchange exchange;
    Programs programs(fmt::format("127.0.0.1:{}", exchange.port()));
    addIdleAlerts(programs, Exchange::kSymbol, options.alerts);
    programs.subscribe(Exchange::kSymbol, R"({"kind":"cross","price":"100"})");
    // The first trade only sets the side; what is measured comes from warm programs.
    exchange.play({.trades = 1, .every = 1ms, .crossEvery = 2}).get();
    constexpr std::int64_t kWarmUp = 50;
    measureFirings(exchange, programs, {.trades = kWarmUp, .every = 5ms});

    auto const growing =
        measureFsync(programs.directory(), FsyncKind::Append, static_cast<std::size_t>(options.samples), 5ms);
    fmt::print("fdatasync of a file that grows: p50 {:.0f} us, p99 {:.0f} us (floors below: of one that does not)\n",
               growing.percentileUs(0.5), growing.percentileUs(0.99));

    struct Rate {
        char const* name;
        std::chrono::microseconds every;
        std::int64_t crossEvery;
    };
    fmt::print(
        "trade -> notification, us         p50      p99 | fdatasync p50    p99 | wake-up p50    p99 |"
        " floor p50    p99 | ratio p50   p99\n");
    for (auto const& rate : {Rate{"quiet: a crossing each 5 ms", 5ms, 1}, Rate{"100 trades/s, 1 of 2 cross", 10ms, 2},
                             Rate{"5,000 trades/s, 1 of 50 cross", 200us, 50}}) {
        // Nothing is read while the floors are measured: what was heard just now is enough until then (else 4009).
        programs.client().ask(R"({"method":"ping"})");
        auto const floor = measureFloor(wakeUps, programs.directory(), std::max<std::int64_t>(options.samples / 4, 20),
                                        rate.every * rate.crossEvery);
        auto const firings = measureFirings(
            exchange, programs,
            {.trades = options.samples * rate.crossEvery, .every = rate.every, .crossEvery = rate.crossEvery});
        auto const p50 = firings.percentileUs(0.5);
        auto const p99 = firings.percentileUs(0.99);
        fmt::print(
            "{:<30} {:>7.0f}  {:>7.0f} | {:>13.0f} {:>6.0f} | {:>11.0f} {:>6.0f} | {:>9.0f} {:>6.0f} |"
            " {:>9.2f} {:>5.2f}\n",
            rate.name, p50, p99, floor.fsync.percentileUs(0.5), floor.fsync.percentileUs(0.99),
            floor.wakeUp.percentileUs(0.5), floor.wakeUp.percentileUs(0.99), floor.sumUs(0.5), floor.sumUs(0.99),
            p50 / floor.sumUs(0.5), p99 / floor.sumUs(0.99));
        std::fflush(stdout);
    }
}

void writeFile(std::filesystem::path const& path, std::string const& text) {
    std::ofstream(path) << text;
}

void measureCpu(Options const& options) {
    support::TempDirectory const directory;
    support::TestCa const ca;
    auto const certificate = ca.issue({"IP:127.0.0.1"});
    auto const caFile = directory.path() / "ca.pem";
    auto const chain = directory.path() / "chain.pem";
    auto const key = directory.path() / "key.pem";
    writeFile(caFile, ca.pem());
    writeFile(chain, certificate.certificatePem);
    writeFile(key, certificate.keyPem);
    support::ChildProcess replay({TICKBELL_REPLAY, "--listen", "127.0.0.1:0", "--synthetic", "1", "--symbols",
                                  "BTCUSDT,ETHUSDT", "--speed", "max", "--hold", "--batch", "8", "--tls-certificate",
                                  chain.string(), "--tls-key", key.string()});
    auto const exchange = fmt::format("127.0.0.1:{}", portOf(replay, "replay listening"));
    Programs programs(exchange, caFile);
    for (auto const* const symbol : {"BTCUSDT", "ETHUSDT"})
        addIdleAlerts(programs, symbol, options.alerts / 2);
    auto const started = support::runProgram({"/usr/bin/env", "curl", "-sS", "-f", "-X", "POST", "--cacert",
                                              caFile.string(), "https://" + exchange + "/control/start"});
    if (started.exit != 0) throw std::runtime_error(started.output);

    auto const waitFor = [&](std::int64_t trades) {
        for (auto const end = std::chrono::steady_clock::now() + 5min; std::chrono::steady_clock::now() < end;) {
            auto const judged = programs.tradesJudged();
            if (judged >= trades) return judged;
            std::this_thread::sleep_for(100ms);
        }
        throw std::runtime_error("the trades do not come");
    };
    auto const first = waitFor(options.trades / 10);
    auto const cpuBefore = cpuTimeOf(programs.ingestion());
    auto const begin = nowNs();
    auto const trades = waitFor(first + options.trades) - first;
    auto const elapsedNs = nowNs() - begin;
    auto const cpu = cpuTimeOf(programs.ingestion());
    auto const perTrade = [trades](std::int64_t ns) { return static_cast<double>(ns) / static_cast<double>(trades); };
    auto const user = static_cast<double>(cpu.userTicks - cpuBefore.userTicks);
    auto const system = static_cast<double>(cpu.systemTicks - cpuBefore.systemTicks);
    auto const total = perTrade(cpu.totalNs - cpuBefore.totalNs);
    fmt::print(
        "ingestion over TLS, 8 trades a record: {} trades at {:.0f}/s, {:.0f} ns of processor a trade "
        "(user {:.0f}, system {:.0f})\n",
        trades, 1e9 / perTrade(elapsedNs), total, total * user / (user + system), total * system / (user + system));
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
    bench::Options options;
    CLI::App app{"Latency and cost of the whole programs.", "latency_bench"};
    app.add_option("--samples", options.samples, "firings at each rate; 0 = skip")->check(CLI::Range(0, 5'000));
    app.add_option("--trades", options.trades, "trades over TLS; 0 = skip")->check(CLI::Range(0, 100'000'000));
    app.add_option("--alerts", options.alerts, "alerts that wait meanwhile")->check(CLI::Range(0, 10'000));
    CLI11_PARSE(app, argc, argv);
    if (options.samples > 0) bench::measureLatency(options);
    if (options.trades > 0) bench::measureCpu(options);
    return 0;
} catch (std::exception const& failure) {
    fmt::print(stderr, "{}\n", failure.what());
    return 1;
}
