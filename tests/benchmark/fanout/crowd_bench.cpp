// One trade that fires an alert of each of many clients, through the programs that ship: the time from the exchange's
// socket to the last client, durable, against a bare writer that has the same messages at hand; and what it costs.
#include "tests/benchmark/fanout/subject.hpp"
#include "tests/benchmark/fanout/swarm.hpp"
#include "tests/benchmark/latency_exchange.hpp"
#include "tests/benchmark/latency_floors.hpp"
#include "tests/benchmark/latency_programs.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
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
    std::size_t clients = 10'000;
    std::size_t alerts = 1;  ///< of each client, all passed by each trade
    int rounds = 11;
    int burst = 5;     ///< trades sent without a pause
    bool row = false;  ///< one line of numbers, for tables
};

double databaseBytes(std::filesystem::path const& directory) {
    double bytes = 0;
    for (auto const& file : std::filesystem::directory_iterator(directory))
        if (file.is_regular_file()) bytes += static_cast<double>(file.file_size());
    return bytes;
}

/// The same messages from a program that has nothing else to do: p50 of the time to the last client, in us.
double measureBare(Options const& options, std::size_t messageBytes) {
    Subject const bare({BENCH_BARE_SERVER});
    std::size_t received = 0;
    Swarm swarm([&](std::size_t, std::string_view) { ++received; });
    swarm.connect(bare.port(), options.clients);
    Samples samples;
    for (int i = 0; i < options.rounds; ++i) {
        received = 0;
        auto const began = nowNs();
        swarm.send(0, fmt::format(R"({{"method":"ping","id":"{} {}"}})", options.alerts, messageBytes));
        swarm.runUntil([&] { return received == options.clients * options.alerts; }, 60s, "messages");
        samples.add(nowNs() - began);
    }
    return samples.percentileUs(0.5);
}

class Crowd {
public:
    explicit Crowd(Options const& options)
        : options_(options),
          programs_(fmt::format("127.0.0.1:{}", exchange_.port())),
          swarm_([this](std::size_t, std::string_view text) { onText(text); }) {}

    void run() {
        auto const notifierBefore = residentBytesOf(programs_.notifier());
        swarm_.connect(programs_.port(), options_.clients);
        // Each alert waits at a level of its own client's; the price goes from one side of all of them to the other.
        for (std::size_t alert = 0; alert < options_.alerts; ++alert) {
            for (std::size_t client = 0; client < options_.clients; ++client)
                swarm_.send(client, fmt::format(R"({{"symbol":"{}","when":{{"kind":"cross","price":"100.{:04}"}},)"
                                                R"("method":"subscribe"}})",
                                                Exchange::kSymbol, alert));
            swarm_.runUntil([&] { return armed_ == (alert + 1) * options_.clients; }, 300s, "arming");
        }
        play(1, 0);
        auto const fired = options_.clients * options_.alerts;
        play(1, fired);
        auto const databaseBefore = databaseBytes(programs_.directory());
        Samples samples;
        auto const ingestionBefore = cpuUsOf(programs_.ingestion());
        auto const notifierCpuBefore = cpuUsOf(programs_.notifier());
        Samples untilCommit, untilQueued;
        for (int i = 0; i < options_.rounds; ++i) {
            samples.add(play(1, fired));
            untilCommit.add(committedMs_ * 1'000'000);
            untilQueued.add(sentMs_ * 1'000'000);
        }
        auto const notifications = static_cast<double>(fired) * options_.rounds;
        auto const ingestionUs = (cpuUsOf(programs_.ingestion()) - ingestionBefore) / notifications;
        auto const notifierUs = (cpuUsOf(programs_.notifier()) - notifierCpuBefore) / notifications;
        auto const grown = (databaseBytes(programs_.directory()) - databaseBefore) / notifications;
        auto const burstNs = play(options_.burst, fired * static_cast<std::size_t>(options_.burst));
        auto const rate = static_cast<double>(fired) * options_.burst * 1e9 / static_cast<double>(burstNs);
        auto const resident =
            (residentBytesOf(programs_.notifier()) - notifierBefore) / static_cast<double>(options_.clients);
        auto const p50 = samples.percentileUs(0.5);
        swarm_.disconnect();  // descriptors are limited
        auto const bare = measureBare(options_, messageBytes_);
        if (options_.row) {
            fmt::print("{} {} {:.1f} {:.1f} {:.2f} {:.1f} {:.1f} {:.0f} {:.0f} {:.0f} {:.0f}\n", options_.clients,
                       options_.alerts, p50 / 1e3, bare / 1e3, p50 / bare, ingestionUs, notifierUs, rate, resident,
                       residentBytesOf(programs_.ingestion()), grown);
            return;
        }
        fmt::print("{} clients, one trade fires {} alerts, {} rounds, {} bytes a message\n", options_.clients, fired,
                   options_.rounds, messageBytes_);
        fmt::print(
            "  trade -> last client, durable: p50 {:.1f} ms, worst {:.1f} ms; bare writer {:.1f} ms, ratio {:.2f}\n",
            p50 / 1e3, samples.percentileUs(1) / 1e3, bare / 1e3, p50 / bare);
        fmt::print(
            "  of this until the commit is made up {:.0f} ms, from there until the last one is queued {:.0f} ms\n",
            untilCommit.percentileUs(0.5) / 1e3, untilQueued.percentileUs(0.5) / 1e3);
        fmt::print("  processor a notification: ingestion {:.1f} us, notifier {:.1f} us, both {:.1f} us\n", ingestionUs,
                   notifierUs, ingestionUs + notifierUs);
        fmt::print("  {} trades at once: {:.0f} durable notifications/s\n", options_.burst, rate);
        fmt::print("  notifier's RSS a client with its alerts {:.0f} bytes; database {:.0f} bytes a notification\n",
                   resident, grown);
    }

private:
    void onText(std::string_view text) {
        if (text.find(R"("error":)") != text.npos) throw std::runtime_error(std::string(text));
        if (text.starts_with(R"({"type":"alert_state")")) ++armed_;
        if (!text.starts_with(R"({"type":"notification")")) return;
        ++received_;
        messageBytes_ = text.size();
        auto const time = [text](std::string_view name) -> std::int64_t {
            auto const at = text.find(name);
            return std::strtoll(text.data() + at + name.size(), nullptr, 10);
        };
        auto const committed = time(R"("committed":)");
        committedMs_ = std::max(committedMs_, committed - time(R"("times":{"trade":)"));
        sentMs_ = std::max(sentMs_, time(R"("sent":)") - committed);
    }

    /// Sends so many trades at once and waits for all that they fire: nanoseconds from the first trade to the last
    /// client.
    std::int64_t play(int trades, std::size_t notifications) {
        received_ = 0;
        committedMs_ = sentMs_ = 0;
        auto played = exchange_.play({.trades = trades, .every = 1us, .crossEvery = 1});
        swarm_.runUntil([&] { return received_ >= notifications && played.wait_for(0s) == std::future_status::ready; },
                        120s, "notifications");
        auto const received = nowNs();
        played.get();
        auto const first = std::exchange(nextTrade_, nextTrade_ + trades);
        return received - exchange_.sentNs(first);
    }

    Options const& options_;
    Exchange exchange_;
    Programs programs_;
    std::size_t armed_ = 0;
    std::size_t received_ = 0;
    std::size_t messageBytes_ = 0;
    std::int64_t committedMs_ = 0;  ///< of the round: from the trade to the commit began
    std::int64_t sentMs_ = 0;       ///< from there to the last one's being queued for its socket
    std::int64_t nextTrade_ = 1;
    Swarm swarm_;
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
    bench::Options options;
    CLI::App app{"One trade that fires the alerts of a crowd.", "crowd_bench"};
    app.add_option("--clients", options.clients, "connections")->check(CLI::Range(1, 20'000));
    app.add_option("--alerts", options.alerts, "of each client, fired by each trade")->check(CLI::Range(1, 10'000));
    app.add_option("--rounds", options.rounds, "trades measured one by one")->check(CLI::Range(1, 1'000));
    app.add_option("--burst", options.burst, "trades sent at once")->check(CLI::Range(1, 50));
    app.add_flag("--row", options.row,
                 "prints: clients, alerts, ms, bare ms, ratio, us of ingestion, us of notifier, notifications/s, "
                 "notifier's bytes a client, ingestion's bytes, database bytes a notification");
    CLI11_PARSE(app, argc, argv);
    bench::raiseDescriptors(options.clients + 200);
    bench::Crowd(options).run();
    return 0;
} catch (std::exception const& failure) {
    fmt::print(stderr, "{}\n", failure.what());
    return 1;
}
