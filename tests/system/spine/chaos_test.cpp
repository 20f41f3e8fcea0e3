#include "tests/system/spine/campaign.hpp"
#include "tests/system/spine/stack.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace spine {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kAlerts = 100;
constexpr auto kStopMax = std::chrono::seconds(5);  // spec section 7.8
std::vector<std::string> const kSymbols{"BTCUSDT", "ETHUSDT"};

Stack::Options livelyMarket() {
    return {.replay = {"--synthetic", "11", "--symbols", "BTCUSDT,ETHUSDT", "--rate", "100", "--limits", "count"},
            .notifier = {"--limit-commands", "10000"}};
}

int timesOfEach(char const* variable, int byDefault) {
    auto const* const text = std::getenv(variable);
    return text == nullptr ? byDefault : std::atoi(text);
}

// TICKBELL_KILLS=100 is the long run.
TEST(Chaos, BothKilledUnderLoad_NothingLostNothingTwice) {
    auto const kills = timesOfEach("TICKBELL_KILLS", 8);
    Stack stack(livelyMarket());
    Campaign campaign(stack, kSymbols, 3, kAlerts + kills * 2);
    ASSERT_NO_FATAL_FAILURE(campaign.subscribe(kAlerts));
    std::mt19937 random(5);
    for (int kill = 0; kill < 2 * kills; ++kill) {
        // Killed in the middle of things.
        campaign.pumpFor(std::chrono::milliseconds(random() % 1'500));
        if (kill % 2 == 0) {
            stack.killIngestion();
            ASSERT_NO_FATAL_FAILURE(campaign.subscribe(1));  // while nobody judges
            stack.startIngestion();
        } else {
            stack.killNotifier();
            stack.startNotifier();
            campaign.subscriber().connect();
            ASSERT_NO_FATAL_FAILURE(campaign.subscribe(1));
        }
        if (kill % 7 == 3) ASSERT_NO_FATAL_FAILURE(campaign.unsubscribeOne(random()));
    }
    fmt::print("{} kills of each: ", kills);
    campaign.settleAndCompare();
}

// TICKBELL_STOPS=50 is the long run.
TEST(Chaos, BothStoppedUnderLoad_EndInTimeAndLoseNothing) {
    auto const stops = timesOfEach("TICKBELL_STOPS", 4);
    Stack stack(livelyMarket());
    Campaign campaign(stack, kSymbols, 9, kAlerts + stops * 2);
    ASSERT_NO_FATAL_FAILURE(campaign.subscribe(kAlerts));
    std::mt19937 random(6);
    auto slowest = Clock::duration::zero();
    auto const stop = [&](support::ChildProcess& program) {
        auto const began = Clock::now();
        program.signal(SIGTERM);
        // Commands go on arriving: whether they are answered or not, none of them may be half done.
        if (random() % 2 == 0) campaign.pumpFor(std::chrono::milliseconds(random() % 50));
        EXPECT_EQ(program.waitForExit(), 0);
        auto const took = Clock::now() - began;
        EXPECT_LE(took, kStopMax);
        slowest = std::max(slowest, took);
    };
    for (int i = 0; i < 2 * stops; ++i) {
        campaign.pumpFor(std::chrono::milliseconds(random() % 1'000));
        if (i % 2 == 0) {
            stop(stack.ingestion());
            ASSERT_NO_FATAL_FAILURE(campaign.subscribe(1));
            stack.startIngestion();
        } else {
            stop(stack.notifier());
            stack.startNotifier();
            campaign.subscriber().connect();
            ASSERT_NO_FATAL_FAILURE(campaign.subscribe(1));
        }
    }
    fmt::print("{} orderly stops of each, the slowest took {} ms: ", stops,
               std::chrono::duration_cast<std::chrono::milliseconds>(slowest).count());
    campaign.settleAndCompare();
}

}  // namespace
}  // namespace spine
