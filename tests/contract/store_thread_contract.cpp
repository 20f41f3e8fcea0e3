#include "tests/contract/store_contract.hpp"

#include "common/store/store_thread.hpp"

#include <atomic>
#include <chrono>
#include <future>

namespace contract {
namespace {

using namespace common;

/// Completions run where they are posted: the tests only count them.
void runHere(StoreThread::Task task) {
    task();
}

class StoreThreadContract : public StoreContract {};

TEST_P(StoreThreadContract, Writing_ManyJobsWithBadOnes_StoresEachGoodOneOnce) {
    auto const account = addAccount();
    constexpr int kJobs = 600;
    std::atomic<int> stored = 0;
    std::atomic<int> refused = 0;
    std::promise<void> drained;
    StoreThread thread(openDatabase(place->url(), {}), runHere, {});
    for (int i = 0; i < kJobs; ++i)
        thread.write(
            [account, i](Database& database) {
                AlertDefinition alert;
                // Every third repeats the id before it: a unique rule refuses it.
                alert.publicId = "al_" + std::to_string(i % 3 == 2 ? i - 1 : i);
                alert.account = account;
                alert.symbol = "BTCUSDT";
                alert.condition.price = Decimal::fromUnits(i + 1);
                return database.alerts().insert(alert);
            },
            [&](StoreThread::Outcome<AlertId> const& outcome) {
                if (!outcome) EXPECT_EQ(outcome.error().failure, StoreFailure::Conflict);
                ++(outcome ? stored : refused);
            });
    thread.close([&] { drained.set_value(); });
    ASSERT_EQ(drained.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
    EXPECT_EQ(stored, kJobs * 2 / 3);
    EXPECT_EQ(refused, kJobs / 3);
    EXPECT_EQ(notifier->alerts().countLive(account), kJobs * 2 / 3);
}

TEST_P(StoreThreadContract, Writing_TwoThreadsOnTwoConnections_LoseNothingAndTailInOrder) {
    constexpr int kSteps = 300;
    std::vector<AlertDefinition> alerts;
    for (int i = 0; i < 2; ++i) {
        auto const id = std::to_string(i);
        alerts.push_back(addAlert(addAccount("acc_" + id, id), "al_" + id));
        arm(alerts.back());
    }
    std::vector<std::int64_t> seen;
    std::int64_t cursor = 0;
    {
        std::vector<std::promise<void>> drained(alerts.size());
        std::atomic<int> failed = 0;
        std::vector<std::unique_ptr<StoreThread>> writers;  // last: their threads use the rest until they are joined
        for (std::size_t w = 0; w < alerts.size(); ++w) {
            writers.push_back(std::make_unique<StoreThread>(openDatabase(place->url(), {}), runHere,
                                                            StoreThread::Options{.groupJobsMax = 4}));
            for (int i = 1; i <= kSteps; ++i)
                writers[w]->write(
                    [&alerts, w, i](Database& database) {
                        Step step;
                        step.fires.push_back(fireAt(alerts[w], i));
                        return database.steps().apply(step);
                    },
                    [&](StoreThread::Outcome<StepOutcome> const& outcome) { failed += outcome ? 0 : 1; });
            writers[w]->close([&drained, w] { drained[w].set_value(); });
        }
        // A reader that only looks above its cursor must meet every row of both.
        auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (seen.size() < alerts.size() * kSteps && std::chrono::steady_clock::now() < deadline)
            for (auto const& event : notifier->events().tail(cursor, 50)) {
                cursor = event.id;
                seen.push_back(event.id);
            }
        EXPECT_EQ(failed, 0);
    }
    EXPECT_EQ(seen.size(), alerts.size() * kSteps);
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreThreadContract, ::testing::ValuesIn(storesUnderTest()), storeName);

}  // namespace
}  // namespace contract
