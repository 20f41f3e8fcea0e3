// A third process at the database: one that keeps the write lock, one that never finishes reading, one that copies.

#include "common/store/open.hpp"
#include "tests/support/run_program.hpp"
#include "tests/system/spine/campaign.hpp"
#include "tests/system/spine/stack.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
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
constexpr std::int64_t kBusy = 1501;
constexpr std::uintmax_t kLogBytesMax = 72U << 20;  // 64 MiB and what is written before the log can begin anew
constexpr auto kLockPatience = 5s;                  // spec: the busy handler's deadline
std::vector<std::string> const kSymbols{"BTCUSDT", "ETHUSDT"};

Stack::Options livelyMarket(std::string const& rate = "100") {
    return {.replay = {"--synthetic", "41", "--symbols", "BTCUSDT,ETHUSDT", "--rate", rate, "--limits", "count"},
            .notifier = {"--limit-commands", "10000"}};
}

std::int64_t milliseconds(Clock::duration time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

std::uintmax_t logBytes(Stack const& stack) {
    std::error_code missing;
    auto const bytes = fs::file_size(stack.directory() / "tickbell.db-wal", missing);
    return missing ? 0 : bytes;
}

/// Answers that need no writing come at once all the while; how long the slowest took.
Clock::duration slowestPing(Campaign& campaign, Clock::duration during) {
    Clock::duration slowest{};
    for (auto const until = Clock::now() + during; Clock::now() < until;) {
        auto const began = Clock::now();
        campaign.subscriber().client().ask(R"({"method":"ping"})");
        slowest = std::max(slowest, Clock::now() - began);
        campaign.pumpFor(20ms);
    }
    return slowest;
}

TEST(StoreStress, ThirdProcessHoldsTheWriteLock_ShortlyNobodyNotices_LongItIsSaid) {
    Stack stack(livelyMarket());
    Campaign campaign(stack, kSymbols, 43, kAlerts + 20);
    ASSERT_NO_FATAL_FAILURE(campaign.subscribe(kAlerts));
    auto const third = common::openDatabase(stack.databaseUrl(), {});

    third->begin();
    auto const ping = slowestPing(campaign, 1s);
    third->rollback();
    EXPECT_EQ(campaign.trySubscribe(), 0);

    third->begin();
    auto const began = Clock::now();
    EXPECT_EQ(campaign.trySubscribe(), kBusy);
    auto const refused = Clock::now() - began;
    auto const pingLong = slowestPing(campaign, 1s);
    third->rollback();
    EXPECT_GE(refused, kLockPatience - 100ms);
    EXPECT_LE(refused, kLockPatience + 1s);
    EXPECT_LE(std::max(ping, pingLong), 500ms);
    EXPECT_EQ(campaign.trySubscribe(), 0);
    fmt::print("refused after {} ms, slowest ping meanwhile {} ms: ", milliseconds(refused),
               milliseconds(std::max(ping, pingLong)));
    campaign.settleAndCompare();
}

// TICKBELL_STUCK_READER_S=60 is the long run.
TEST(StoreStress, StuckReader_TheLogGrowsOnlyMeanwhile) {
    auto const* const text = std::getenv("TICKBELL_STUCK_READER_S");
    std::chrono::seconds const stuckFor(text == nullptr ? 2 : std::atoi(text));
    Stack stack(livelyMarket("400"));
    Campaign campaign(stack, kSymbols, 45, kAlerts);
    ASSERT_NO_FATAL_FAILURE(campaign.subscribe(kAlerts));
    campaign.pumpFor(1s);
    auto const before = logBytes(stack);
    {
        auto const reader = common::openDatabase(stack.databaseUrl(), {.readOnly = true});
        reader->beginRead();
        EXPECT_FALSE(reader->epoch().empty());
        campaign.pumpFor(stuckFor);
        reader->rollback();
    }
    auto const stuck = logBytes(stack);
    EXPECT_GT(stuck, before);
    // As much again is written; it fits into the log that is there, or into less.
    campaign.pumpFor(stuckFor);
    auto const after = logBytes(stack);
    EXPECT_LE(after, std::min(stuck + stuck / 4, kLogBytesMax));
    fmt::print("log {} KiB before, {} KiB after a reader of {} s, {} KiB {} s later: ", before / 1024, stuck / 1024,
               stuckFor.count(), after / 1024, stuckFor.count());
    campaign.settleAndCompare();
}

TEST(StoreStress, BackupsUnderLoad_AreSound_AndARestoredOneIsANewDatabase) {
    Stack stack(livelyMarket());
    Campaign campaign(stack, kSymbols, 47, 400);
    ASSERT_NO_FATAL_FAILURE(campaign.subscribe(kAlerts));
    auto const notifier = [&](std::string const& database, std::vector<std::string> words) {
        words.insert(words.begin(), {TICKBELL_NOTIFIER, "--database", database});
        return support::runProgram(words);
    };
    std::size_t aliveThen = 0;
    std::string newest;
    for (int i = 0; i < 4; ++i) {
        campaign.pumpFor(300ms);
        aliveThen = campaign.acknowledged();
        newest = (stack.directory() / fmt::format("backup{}", i)).string();
        auto const done = notifier(stack.databaseUrl(), {"backup", newest});
        ASSERT_EQ(done.exit, 0) << done.output;
        auto const verified = notifier("sqlite:" + newest, {"verify"});
        EXPECT_EQ(verified.exit, 0) << verified.output;
        ASSERT_NO_FATAL_FAILURE(campaign.subscribe(5));
    }
    campaign.pumpFor(300ms);
    auto const epoch = campaign.subscriber().epoch();
    auto const lastSeq = campaign.subscriber().lastSeq();
    auto const session = campaign.subscriber().session();
    stack.notifier().signal(SIGTERM);
    stack.ingestion().signal(SIGTERM);
    EXPECT_EQ(stack.notifier().waitForExit(), 0);
    EXPECT_EQ(stack.ingestion().waitForExit(), 0);
    auto const restored = notifier(stack.databaseUrl(), {"restore", newest});
    ASSERT_EQ(restored.exit, 0) << restored.output;
    stack.startNotifier();
    stack.startIngestion();

    support::WsTestClient client(stack.notifierPort());
    EXPECT_NE(text(client.push("welcome"), "epoch"), epoch);
    client.ask(fmt::format(R"({{"method":"auth","session":"{}"}})", session));
    auto const resumed = client.ask(fmt::format(R"({{"method":"resume","epoch":"{}","after":{}}})", epoch, lastSeq));
    auto const& result = *resumed.find("result");
    EXPECT_FALSE(result.find("recovered")->boolean());
    EXPECT_EQ(support::text(result, "reason"), "epoch_changed");
    auto const listed = client.ask(R"({"method":"list"})");
    EXPECT_EQ(number(*listed.find("result"), "total"), static_cast<std::int64_t>(aliveThen));
    // Judging goes on from where the copy was made.
    EXPECT_EQ(number(client.push("notification", kLong), "seq"), number(result, "up_to") + 1);
}

}  // namespace
}  // namespace spine
