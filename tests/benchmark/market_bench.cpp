// What market data costs: `/stats` of a day, `/candles` of seven days by minute, and the minute candles of a whole
// market from its snapshots. Whole programs; the database lies in TMPDIR.
#include "common/store/open.hpp"
#include "tests/benchmark/latency_programs.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/system/spine/stack.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <random>
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
using common::Candle;
using common::kDayMs;
using common::kMinuteMs;

struct Options {
    int symbols = 1'500;
    int questions = 300;
    int seconds = 180;
};

std::vector<std::string> symbolNames(int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i)
        names.push_back(fmt::format("COIN{}USDT", i));
    return names;
}

common::TimeMs runningMinute() {
    auto const now = std::chrono::system_clock::now().time_since_epoch();
    return common::floorTo(std::chrono::duration_cast<std::chrono::milliseconds>(now).count(), kMinuteMs);
}

/// Seven days of minutes, as trades leave them.
void addCandles(common::Database& database, std::string const& symbol, common::TimeMs end) {
    std::mt19937_64 random(7);
    std::vector<Candle> candles;
    std::int64_t units = 7'000'000'000'000;
    for (auto open = end - 7 * kDayMs; open < end; open += kMinuteMs) {
        units += (static_cast<std::int64_t>(random() % 20'001) - 10'000) * 1'000'000;
        auto& candle = candles.emplace_back(Candle::quiet(open, kMinuteMs, common::Decimal::fromUnits(units), 2));
        candle.trades = static_cast<std::int64_t>(1'000 + random() % 1'000);
        candle.volume = 1'000'000'000 + static_cast<std::int64_t>(random() % 1'000'000'000);
        candle.quoteVolume = candle.volume * units;
    }
    database.begin();
    database.candles().fill(symbol, candles);
    database.commit();
}

/// Of /proc/PID/status, in kB.
std::int64_t memoryKb(pid_t process, std::string const& name) {
    std::ifstream status(fmt::format("/proc/{}/status", process));
    for (std::string word; status >> word;)
        if (word == name + ":") {
            std::int64_t kilobytes = 0;
            status >> kilobytes;
            return kilobytes;
        }
    throw std::runtime_error("no " + name);
}

double cpuSeconds(pid_t process) {
    return static_cast<double>(cpuTimeOf(process).totalNs) / 1e9;
}

struct Answer {
    double firstByteMs = 0;
    double wholeMs = 0;
    std::size_t bytes = 0;
    std::string end;  ///< of the body
};

Answer get(support::RawClient& client, std::string const& target) {
    auto const began = Clock::now();
    auto const since = [&] { return std::chrono::duration<double, std::milli>(Clock::now() - began).count(); };
    client.send("GET " + target + " HTTP/1.1\r\nHost: bench\r\n\r\n");
    Answer answer;
    if (!client.readUntil("\r\n").starts_with("HTTP/1.1 200 ")) throw std::runtime_error("refused: " + target);
    answer.firstByteMs = since();
    auto const head = client.readUntil("\r\n\r\n");
    auto const take = [&](std::size_t bytes) {
        answer.bytes += bytes;
        answer.end += client.read(bytes);
        answer.end.erase(0, answer.end.size() - std::min<std::size_t>(answer.end.size(), 300));
    };
    if (auto const length = head.find("Content-Length: "); length != head.npos) {
        take(std::stoul(head.substr(length + 16)));
    } else {
        while (true) {
            auto const size = std::stoul(client.readUntil("\r\n"), nullptr, 16);
            if (size > 0) take(size);
            client.read(2);
            if (size == 0) break;
        }
    }
    answer.wholeMs = since();
    return answer;
}

double median(std::vector<double> values, double share = 0.5) {
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

void measureStats(support::RawClient& client, std::string const& symbol, int questions) {
    std::vector<double> times;
    for (int i = 0; i < questions; ++i)
        times.push_back(get(client, "/api/v1/stats?window=24h&symbol=" + symbol).wholeMs);
    fmt::print("/stats of 24 h: p50 {:.2f} ms, p99 {:.2f} ms of {}\n", median(times), median(times, 0.99), questions);
}

void measureCandles(support::RawClient& client, pid_t notifier, std::string const& symbol, common::TimeMs end) {
    auto const range =
        fmt::format("/api/v1/candles?interval=1m&symbol={}&from={}&to={}", symbol, end - 7 * kDayMs, end);
    // What SQLite keeps of the rows it has read is no part of an answer.
    get(client, "/api/v1/stats?window=7d&symbol=" + symbol);
    std::vector<double> first, whole;
    std::int64_t extraKb = 0;
    for (int round = 0; round < 10; ++round) {
        auto const before = memoryKb(notifier, "VmRSS");
        std::ofstream(fmt::format("/proc/{}/clear_refs", notifier)) << 5;  // the peak begins anew
        auto const began = Clock::now();
        std::string cursor;
        std::size_t bytes = 0;
        do {
            auto const answer = get(client, cursor.empty() ? range : range + "&cursor=" + cursor);
            if (cursor.empty()) first.push_back(answer.firstByteMs);
            bytes += answer.bytes;
            auto const at = answer.end.find("\"next_cursor\":\"");
            cursor = at == answer.end.npos ? "" : answer.end.substr(at + 15, answer.end.find('"', at + 15) - at - 15);
        } while (!cursor.empty());
        if (bytes < 1'000'000) throw std::runtime_error("seven days are more than that");
        whole.push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
        // The first round is the one that counts: the allocator keeps what it took.
        extraKb = std::max(extraKb, memoryKb(notifier, "VmHWM") - before);
    }
    fmt::print(
        "/candles of 7 days by minute: first byte p50 {:.2f} ms, worst {:.2f} ms; all pages {:.0f} ms; "
        "{} KB more at the peak\n",
        median(first), median(first, 1), median(whole), extraKb);
}

void measureSnapshots(spine::Stack& stack, common::Database& database, int symbols, int seconds) {
    auto const before = cpuSeconds(stack.ingestion().pid());
    auto const began = Clock::now();
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    auto const wall = std::chrono::duration<double>(Clock::now() - began).count();
    auto const used = cpuSeconds(stack.ingestion().pid()) - before;
    auto const minute = runningMinute() - kMinuteMs;
    std::size_t closeCount = 0;
    database.ranks().forEachClose(minute, minute + kMinuteMs, [&](common::MinuteClose const&) { ++closeCount; });
    fmt::print(
        "minutes of {} symbols, ranks among them: {:.2f} % of a core over {:.0f} s ({} closes of the last one)\n",
        symbols, 100 * used / wall, wall, closeCount);
}

void run(Options const& options) {
    auto const symbols = symbolNames(options.symbols);
    spine::Stack stack({.replay = {"--synthetic", "61", "--symbols", fmt::format("{}", fmt::join(symbols, ",")),
                                   "--rate", "1", "--limits", "count"},
                        .ingestion = {"--market-snapshots"}});
    auto const database = common::openDatabase(stack.databaseUrl(), {});
    auto const end = runningMinute();
    addCandles(*database, symbols[0], end);
    support::RawClient client(stack.notifierPort());
    measureStats(client, symbols[0], options.questions);
    measureCandles(client, stack.notifier().pid(), symbols[0], end);
    std::fflush(stdout);
    measureSnapshots(stack, *database, options.symbols, options.seconds);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
    bench::Options options;
    CLI::App app("What market data costs");
    app.add_option("--symbols", options.symbols, "symbols of the market")->capture_default_str();
    app.add_option("--questions", options.questions, "of /stats")->capture_default_str();
    app.add_option("--seconds", options.seconds, "that the market is followed")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    bench::run(options);
    return 0;
} catch (std::exception const& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
}
