#include "tests/support/ws_test_client.hpp"
#include "tests/system/spine/comparison.hpp"
#include "tests/system/spine/stack.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace spine {
namespace {

using support::number;
using support::WsTestClient;

constexpr int kAlerts = 300;

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
    awaitReceipts(client, byId);
    for (auto const& asked : alerts)
        EXPECT_EQ(asked.from, tapes.at(asked.definition.symbol).front().id);
    stack.control("start");
    compare(client, byId, tapes, Detail::All);
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
    awaitReceipts(client, byId);
    // The market goes on for a while; what has happened by then is compared.
    ASSERT_NE(client.ask(R"({"method":"watch","symbols":["BTCUSDT"],"interval_ms":250})").find("result"), nullptr);
    // An invented market goes where it likes, at times away from most levels: then it gets more time.
    auto const deadline = std::chrono::steady_clock::now() + kLong;
    do {
        auto const goal = tapes.at("BTCUSDT").back().id + 800;
        while (number(client.push("price", kLong), "trade_id") < goal) {
        }
        for (auto& [symbol, tape] : tapes)
            tape = stack.history(symbol, tape.front().id);
    } while (!meetsAlertsOften(byId, tapes) && std::chrono::steady_clock::now() < deadline);
    compare(client, byId, tapes, Detail::All);
}

}  // namespace
}  // namespace spine
