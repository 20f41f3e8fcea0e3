#include "tests/support/ws_test_client.hpp"
#include "tests/system/spine/expectation.hpp"
#include "tests/system/spine/stack.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace spine {
namespace {

using support::number;
using support::text;
using support::WsTestClient;
using Tapes = std::map<common::Symbol, std::vector<common::Trade>>;

constexpr int kAlerts = 300;
constexpr auto kLong = std::chrono::seconds(60);

/// Subscribes to everything and waits until each alert has its receipt.
void subscribeAll(WsTestClient& client, std::vector<Asked>& alerts, std::map<std::string, Asked*>& byId) {
    for (auto& asked : alerts) {
        auto const reply = client.ask(asked.request, kLong);
        auto const* const result = reply.find("result");
        ASSERT_NE(result, nullptr) << asked.request;
        byId[text(*result->find("alert"), "id")] = &asked;
    }
    for (std::size_t armed = 0; armed < alerts.size();) {
        auto const state = client.push("alert_state", kLong);
        if (text(state, "state") != "armed") continue;  // some are done already
        byId.at(text(state, "alert_id"))->from = number(state, "from_trade_id");
        ++armed;
    }
}

/// Reads notifications until as many came as the oracle expects, then compares alert by alert.
void compare(WsTestClient& client, std::map<std::string, Asked*> const& byId, Tapes const& tapes) {
    std::size_t expectedCount = 0;
    std::map<std::string, std::vector<std::string>> expected, found;
    for (auto const& [id, asked] : byId) {
        auto& lines = expected[id];
        lines = expectedLines(*asked, tapes.at(asked->definition.symbol), Detail::All);
        expectedCount += lines.size();
    }
    ASSERT_GT(expectedCount, byId.size()) << "the tape hardly meets any alert";
    // What a market that goes on adds behind the end of the tape is not judged here.
    std::size_t count = 0;
    for (std::int64_t seq = 1; count < expectedCount; ++seq) {
        auto const push = client.maybePush("notification", kLong);
        if (!push) break;
        ASSERT_EQ(number(*push, "seq"), seq);
        if (number(*push->find("trade"), "id") > tapes.at(text(*push, "symbol")).back().id) continue;
        found[text(*push, "alert_id")].push_back(lineOf(*push, Detail::All));
        ++count;
    }
    for (auto const& [id, lines] : expected)
        EXPECT_EQ(found[id], lines) << common::alertText(byId.at(id)->definition);
    fmt::print("{} alerts, {} notifications compared\n", byId.size(), expectedCount);
}

TEST(Spine, RecordedTapes_AlertsOfAllKinds_FireLikeTheOracle) {
    auto const folder = tapeFolder();
    if (!folder) GTEST_SKIP() << "the recorded tapes are not at hand";
    auto const bitcoin = *folder / "BTCUSDT.spot.20240808.csv.gz";
    auto const ether = *folder / "ETHUSDT.spot.20240808.csv.gz";
    Tapes const tapes{{"BTCUSDT", readTape(bitcoin)}, {"ETHUSDT", readTape(ether)}};
    Stack stack(
        {.replay = {"--tape", bitcoin, ether, "--hold", "--speed", "max"}, .notifier = {"--limit-commands", "10000"}});
    WsTestClient client(stack.notifierPort());
    auto alerts = randomAlerts(1, kAlerts, tapes);
    std::map<std::string, Asked*> byId;
    ASSERT_NO_FATAL_FAILURE(subscribeAll(client, alerts, byId));
    for (auto const& asked : alerts)
        EXPECT_EQ(asked.from, tapes.at(asked.definition.symbol).front().id);
    stack.control("start");
    compare(client, byId, tapes);
    EXPECT_EQ(number(stack.control("status"), "violations"), 0);
    // Nothing more comes: what was announced is all there is.
    EXPECT_FALSE(client.maybePush("notification", std::chrono::milliseconds(500)));
}

TEST(Spine, SyntheticMarket_AlertsOfAllKinds_FireLikeTheOracle) {
    Stack stack({.replay = {"--synthetic", "7", "--symbols", "BTCUSDT,ETHUSDT", "--rate", "40"},
                 .notifier = {"--limit-commands", "10000"}});
    Tapes tapes;
    for (auto const* const symbol : {"BTCUSDT", "ETHUSDT"}) {
        tapes[symbol] = stack.history(symbol, stack.newestId(symbol) - 500);
    }
    auto const base = tapes;
    WsTestClient client(stack.notifierPort());
    auto alerts = randomAlerts(2, kAlerts, base);
    std::map<std::string, Asked*> byId;
    ASSERT_NO_FATAL_FAILURE(subscribeAll(client, alerts, byId));
    // The market goes on for a while; what has happened by then is compared.
    ASSERT_NE(client.ask(R"({"method":"watch","symbols":["BTCUSDT"],"interval_ms":250})").find("result"), nullptr);
    auto const goal = tapes.at("BTCUSDT").back().id + 800;
    while (number(client.push("price", kLong), "trade_id") < goal) {
    }
    for (auto& [symbol, tape] : tapes)
        tape = stack.history(symbol, tape.front().id);
    compare(client, byId, tapes);
}

}  // namespace
}  // namespace spine
