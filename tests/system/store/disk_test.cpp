// What the two programs do when the disk below their database fails, and when it is whole again.

#include "tests/support/small_disk.hpp"
#include "tests/support/temp_directory.hpp"
#include "tests/system/spine/campaign.hpp"
#include "tests/system/spine/stack.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace spine {
namespace {

using support::number;
using support::text;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr int kAlerts = 60;
constexpr std::int64_t kInternal = 1502;
constexpr std::int64_t kStorageFull = 1503;
std::vector<std::string> const kSymbols{"BTCUSDT", "ETHUSDT"};

Stack::Options livelyMarket() {
    return {.replay = {"--synthetic", "21", "--symbols", "BTCUSDT,ETHUSDT", "--rate", "100", "--limits", "count"},
            .notifier = {"--limit-commands", "10000"}};
}

/// Both programs answer what needs no writing.
void expectServing(Campaign& campaign, Stack& stack) {
    auto const pong = campaign.subscriber().client().ask(R"({"method":"ping"})");
    EXPECT_NE(pong.find("result"), nullptr);
    auto const listed = campaign.subscriber().client().ask(R"({"method":"list"})");
    ASSERT_NE(listed.find("result"), nullptr);
    EXPECT_EQ(number(*listed.find("result"), "total"), static_cast<std::int64_t>(campaign.acknowledged()));
    EXPECT_FALSE(stack.notifier().waitForExit(0ms)) << "the notifier has given up";
    EXPECT_FALSE(stack.ingestion().waitForExit(0ms)) << "ingestion has given up";
}

/// Subscribes while the disk is bad: how often each code was answered, 0 for an acknowledgement.
std::map<std::int64_t, int> subscribeInto(Campaign& campaign, int count) {
    std::map<std::int64_t, int> codes;
    for (int i = 0; i < count; ++i)
        ++codes[campaign.trySubscribe()];
    return codes;
}

/// How long it takes until a command is acknowledged again, by itself.
Clock::duration untilAcknowledged(Campaign& campaign) {
    auto const began = Clock::now();
    while (campaign.trySubscribe() != 0) {
        if (Clock::now() - began > kLong) throw std::runtime_error("nothing is acknowledged any more");
        campaign.pumpFor(20ms);
    }
    return Clock::now() - began;
}

std::int64_t milliseconds(Clock::duration time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

/// The disk below the programs' database fails on request.
struct FailingDisk : ::testing::TestWithParam<char const*> {
    support::TempDirectory faults;

    Stack::Options options() {
        auto options = livelyMarket();
        options.prefix = {"/usr/bin/env", "LD_PRELOAD=" TICKBELL_DISK_FAULTS_LIBRARY,
                          "TICKBELL_DISK_FAULTS=" + faults.path().string()};
        return options;
    }
    void begin() { std::ofstream(faults.path() / GetParam()) << "on"; }
    void end() { fs::remove(faults.path() / GetParam()); }
};

TEST_P(FailingDisk, UnderLoad_NothingIsAcknowledgedInVain_AndItGoesOnByItself) {
    auto const wanted = std::string(GetParam()) == "full" ? kStorageFull : kInternal;
    Stack stack(options());
    Campaign campaign(stack, kSymbols, 31, kAlerts + 2'000);
    ASSERT_NO_FATAL_FAILURE(campaign.subscribe(kAlerts));
    Clock::duration slowest{};
    std::map<std::int64_t, int> codes;
    for (int round = 0; round < 2; ++round) {
        campaign.pumpFor(300ms);
        begin();
        for (auto const& [code, times] : subscribeInto(campaign, 20))
            codes[code] += times;
        ASSERT_NO_FATAL_FAILURE(expectServing(campaign, stack));
        campaign.pumpFor(600ms);
        end();
        slowest = std::max(slowest, untilAcknowledged(campaign));
    }
    // What was under way when the fault began may still be acknowledged, and what comes first after a failure meets a
    // connection that is being opened again.
    EXPECT_EQ(codes[0], 0) << "acknowledged although nothing could be written";
    EXPECT_GT(codes[wanted], 30);
    for (auto const& [code, times] : codes)
        fmt::print("{}: {} x {}, ", GetParam(), times, code);
    fmt::print("writing again after at most {} ms: ", milliseconds(slowest));
    campaign.settleAndCompare();
}

INSTANTIATE_TEST_SUITE_P(Store, FailingDisk, ::testing::Values("write", "full", "fsync"),
                         [](auto const& info) { return std::string(info.param); });

/// Takes what space is left, in ever smaller pieces.
void fillUp(fs::path const& directory) {
    std::ofstream ballast(directory / "ballast", std::ios::binary);
    for (std::size_t piece = 1 << 16; piece > 0; piece /= 2) {
        std::string const bytes(piece, 'x');
        while (ballast.write(bytes.data(), static_cast<std::streamsize>(piece)).flush()) {
        }
        ballast.clear();
    }
}

TEST(StoreStress, RealDiskFills_WritesAreRefused_AndItRecoversByItself) {
    fs::path disk;
    auto options = livelyMarket();
    bool mounted = false;
    options.prepare = [&](fs::path const& directory) {
        disk = directory;
        mounted = support::mountSmallDisk(directory, "size=16m");
    };
    Stack stack(std::move(options));
    if (!mounted) GTEST_SKIP() << "this machine lets nobody mount a small disk";
    Campaign campaign(stack, kSymbols, 33, kAlerts + 3'000);
    ASSERT_NO_FATAL_FAILURE(campaign.subscribe(kAlerts));
    campaign.pumpFor(300ms);
    fillUp(disk);
    // The log's own file has room for a while.
    auto const deadline = Clock::now() + kLong;
    int accepted = 0;
    while (campaign.trySubscribe() == 0) {
        ASSERT_LT(Clock::now(), deadline) << "the disk does not fill";
        ++accepted;
    }
    auto const codes = subscribeInto(campaign, 50);
    EXPECT_EQ(codes.size(), 1U);
    EXPECT_EQ(codes.begin()->first, kStorageFull);
    ASSERT_NO_FATAL_FAILURE(expectServing(campaign, stack));
    campaign.pumpFor(1s);  // ingestion meets the full disk, too
    ASSERT_NO_FATAL_FAILURE(expectServing(campaign, stack));
    fs::remove(disk / "ballast");
    auto const recovered = untilAcknowledged(campaign);
    fmt::print("{} alerts fitted into the full disk, writing again after {} ms: ", accepted, milliseconds(recovered));
    campaign.settleAndCompare();
}

}  // namespace
}  // namespace spine
