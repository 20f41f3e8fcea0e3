// A preview against what really happened: the same alert, live, over the same trades.

#include "common/core/candle.hpp"
#include "common/runtime/clock.hpp"
#include "tests/support/ws_test_client.hpp"
#include "tests/system/spine/comparison.hpp"
#include "tests/system/spine/stack.hpp"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace spine {
namespace {

using common::kMinuteMs;
using support::number;
using support::text;
using support::WsTestClient;

constexpr int kTrades = 1'500;

/// Half an hour, from an hour ago on, of a price that wanders about 100 in steps of a cent, with minutes of many
/// trades, of few and of none. The last trade, a minute later, is at 1000.
void writeTape(std::string const& path, std::uint64_t seed) {
    std::mt19937_64 dice(seed);
    std::ofstream tape(path);
    tape << "trade_id,price,qty,time_ms,is_buyer_maker\n";
    std::int64_t cents = 10'000;
    auto time = common::SystemClock().wallMs() - 60 * kMinuteMs;
    auto const row = [&](int id) {
        tape << fmt::format("{},{}.{:02},0.5,{},false\n", id, cents / 100, cents % 100, time);
    };
    for (int i = 0; i < kTrades; ++i) {
        // A busy and a sparse stretch in turn.
        time += static_cast<std::int64_t>(dice() % (i / 150 % 2 == 0 ? 500 : 2'500));
        if (dice() % 300 == 0) time += 2 * kMinuteMs;
        cents += static_cast<std::int64_t>(dice() % 13) - 6 + (10'000 - cents) / 20;
        row(1'000 + i);
    }
    time += kMinuteMs;
    cents = 100'000;
    row(1'000 + kTrades);
}

TEST(PreviewSpine, LevelConditions_OverThePast_NameEveryMinuteInWhichTheLiveAlertFired) {
    support::TempDirectory folder;
    auto const tape = (folder.path() / "BTCUSDT.spot.20251009.csv").string();
    writeTape(tape, 5);
    Stack stack({.replay = {"--tape", tape, "--hold", "--speed", "max"}, .notifier = {"--limit-commands", "10000"}});
    WsTestClient client(stack.notifierPort());
    client.push("welcome");

    // Between two steps of the price, so that no minute closes at a level: what a crossing does there, no candle tells.
    std::map<std::string, std::string> alerts;
    for (auto const* const kind : {"above", "below", "cross_up", "cross_down", "cross"})
        for (auto const* const level : {"99.805", "99.905", "100.005", "100.105", "100.205"}) {
            auto const line = fmt::format("BTCUSDT {} {}", kind, level);
            auto const reply = client.ask(fmt::format(R"({{"method":"subscribe","params":"{}"}})", line));
            ASSERT_NE(reply.find("result"), nullptr) << line;
            alerts[text(*reply.find("result")->find("alert"), "id")] = line;
        }
    auto const last = client.ask(R"({"method":"subscribe","params":"BTCUSDT above 900"})");
    auto const lastId = text(*last.find("result")->find("alert"), "id");
    for (std::size_t armed = 0; armed <= alerts.size(); ++armed)
        ASSERT_EQ(text(client.push("alert_state", kLong), "state"), "armed");
    stack.control("start");

    std::map<std::string, std::set<common::TimeMs>> minutes;
    common::TimeMs first = 0;
    common::TimeMs end = 0;
    while (end == 0) {
        auto const fire = client.push("notification", kLong);
        auto const time = number(*fire.find("trade"), "time");
        auto const minute = common::floorTo(time, kMinuteMs);
        if (text(fire, "alert_id") == lastId) end = minute + kMinuteMs;
        minutes[text(fire, "alert_id")].insert(minute);
        if (number(*fire.find("trade"), "id") == 1'000) first = minute;
    }
    ASSERT_NE(first, 0) << "some alert fires at the first trade";

    std::size_t named = 0;
    for (auto const& [id, line] : alerts) {
        auto const reply = client.ask(
            fmt::format(R"({{"method":"preview","params":{{"symbol":"BTCUSDT","when":{{"kind":"{}","price":"{}"}},)"
                        R"("from":{},"to":{}}}}})",
                        line.substr(8, line.rfind(' ') - 8), line.substr(line.rfind(' ') + 1), first, end));
        auto const* const result = reply.find("result");
        ASSERT_NE(result, nullptr) << line;
        EXPECT_EQ(text(*result, "basis"), "1m");
        EXPECT_EQ(number(*result->find("coverage"), "from"), first);
        std::set<common::TimeMs> found;
        for (auto const& fire : result->find("fires")->items())
            found.insert(number(fire, "minute"));
        EXPECT_TRUE(std::ranges::includes(found, minutes[id])) << line;
        EXPECT_FALSE(minutes[id].empty()) << line;
        named += minutes[id].size();
    }
    EXPECT_GT(named, 100U) << "the tape gives something to find";
}

}  // namespace
}  // namespace spine
