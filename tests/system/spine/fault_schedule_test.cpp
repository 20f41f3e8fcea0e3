#include "tests/support/ws_test_client.hpp"
#include "tests/system/spine/comparison.hpp"
#include "tests/system/spine/stack.hpp"

#include <array>
#include <chrono>
#include <cstdint>
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
using Clock = std::chrono::steady_clock;

constexpr int kAlerts = 300;

/// What happens once so many thousandths of the tapes have been played. The last tenth is quiet: a stream that ends in
/// a hole tells nobody of it.
struct Fault {
    int perMille;
    char const* control;
};
constexpr std::array kSchedule{
    Fault{30, "skip?symbol=BTCUSDT&count=50"},
    Fault{70, "duplicate?count=200"},
    Fault{110, "reorder?symbol=ETHUSDT&count=30"},
    Fault{150, "drop"},
    Fault{200, "reset?refuse_ms=400"},
    // A hole that REST refuses to fill at first.
    Fault{260, "rest-status?status=429&retry_after=1&count=2"},
    Fault{262, "skip?symbol=BTCUSDT&count=20"},
    Fault{330, "stall?ms=600"},
    Fault{400, "rest-status?status=503&count=4"},
    Fault{401, "reset"},
    Fault{460, "lag?ms=300"},
    Fault{500, "lag?ms=0"},
    Fault{520, "shutdown-notice?in_ms=500"},
    Fault{580, "garbage?kind=text"},
    Fault{600, "garbage?kind=frame"},
    Fault{640, "rest-lag?trades=7"},
    Fault{641, "skip?count=40"},
    Fault{700, "rest-lag?trades=0"},
    Fault{720, "rest-delay?ms=700"},
    Fault{721, "drop?code=1006"},
    Fault{760, "rest-delay?ms=0"},
    Fault{780, "unknown-event"},
    Fault{800, "event-before-ack?ms=300"},
    Fault{801, "drop"},
    Fault{840, "duplicate?symbol=ETHUSDT&count=300"},
    Fault{841, "skip?symbol=ETHUSDT&count=5"},
    Fault{870, "reorder?symbol=BTCUSDT&count=50"},
};

TEST(Spine, RecordedTapes_PlayedWithFaults_FireLikeTheUndisturbedRun) {
    auto const folder = tapeFolder();
    if (!folder) GTEST_SKIP() << "the recorded tapes are not at hand";
    auto const bitcoin = *folder / "BTCUSDT.spot.20240808.csv.gz";
    auto const ether = *folder / "ETHUSDT.spot.20240808.csv.gz";
    Tapes const tapes{{"BTCUSDT", readTape(bitcoin)}, {"ETHUSDT", readTape(ether)}};
    // Times become now: what happened years ago would be too old to catch up with.
    Stack stack({.replay = {"--tape", bitcoin, ether, "--hold", "--restamp", "--speed", "30"},
                 .notifier = {"--limit-commands", "10000"}});
    WsTestClient client(stack.notifierPort());
    auto alerts = randomAlerts(4, kAlerts, tapes);
    std::map<std::string, Asked*> byId;
    ASSERT_NO_FATAL_FAILURE(subscribeAll(client, alerts, byId));
    auto const total = static_cast<std::int64_t>(tapes.at("BTCUSDT").size() + tapes.at("ETHUSDT").size());
    // A restamped tape has no trade yet that is not a day old: the first one that comes arms.
    stack.control("start");
    awaitReceipts(client, byId);
    auto const deadline = Clock::now() + kLong;
    std::size_t next = 0;
    for (bool finished = false; !finished;) {
        ASSERT_LT(Clock::now(), deadline) << "the tapes do not move";
        auto const status = stack.control("status");
        auto const played = number(status, "played");
        finished = text(status, "state") == "finished";
        for (; next < kSchedule.size() && played * 1'000 >= total * kSchedule[next].perMille; ++next)
            stack.control(kSchedule[next].control);
    }
    compare(client, byId, tapes, Detail::Promised);
    auto const status = stack.control("status");
    EXPECT_GE(number(status, "connects"), 6) << "the faults did not reach ingestion";
    EXPECT_FALSE(client.maybePush("notification", std::chrono::milliseconds(500)));
    EXPECT_FALSE(client.maybePush("gap", std::chrono::milliseconds(0))) << "a hole was given up";
    fmt::print("{} faults, {} connections, {} REST requests, rules broken: {}\n", kSchedule.size(),
               number(status, "connects"), number(status, "rest_requests"), number(status, "violations"));
}

}  // namespace
}  // namespace spine
