#include "common/store/store_thread.hpp"

#include "tests/unit/common/store/fake_database.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace store_test {
namespace {

using common::Database;
using common::StoreFailure;
using common::StoreThread;
using Operation = FakeState::Operation;

constexpr std::chrono::seconds kDeadline{10};

/// Stands for the network thread: what is posted waits until the test runs it.
class Inbox {
public:
    void post(StoreThread::Task task) {
        {
            std::lock_guard const lock(mutex_);
            tasks_.push_back(std::move(task));
        }
        arrived_.notify_one();
    }
    /// Runs posted tasks until `done`; false after the deadline.
    template <class Done>
    bool runUntil(Done done) {
        while (!done()) {
            std::unique_lock lock(mutex_);
            if (!arrived_.wait_for(lock, kDeadline, [this] { return !tasks_.empty(); })) return false;
            auto task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task();
        }
        return true;
    }

private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<StoreThread::Task> tasks_;
};

struct StoreThreadTest : ::testing::Test {
    FakeState state;
    Inbox inbox;
    std::vector<std::string> happened;  ///< completions in order: `a ok`, `b full`
    std::promise<void> gate;

    StoreThread::Post post() {
        return [this](StoreThread::Task task) { inbox.post(std::move(task)); };
    }
    StoreThread make(StoreThread::Options options = {}) {
        return StoreThread(std::make_unique<FakeDatabase>(state), post(), std::move(options));
    }
    static std::string word(StoreFailure failure) {
        switch (failure) {
            case StoreFailure::Busy:
                return "busy";
            case StoreFailure::Full:
                return "full";
            case StoreFailure::Io:
                return "io";
            case StoreFailure::Corrupt:
                return "corrupt";
            case StoreFailure::Conflict:
                return "conflict";
            case StoreFailure::Other:
                return "other";
        }
        return "unknown";
    }
    auto note(std::string name) {
        return [this, name](StoreThread::Outcome<void> const& outcome) {
            happened.push_back(name + " " + (outcome ? "ok" : word(outcome.error().failure)));
        };
    }
    /// Keeps the store thread busy until `gate` opens, so that what follows gathers into one group.
    void hold(StoreThread& store) {
        store.read([waiting = gate.get_future().share()](Database&) { waiting.wait(); }, note("held"));
    }
    void insert(StoreThread& store, std::string const& row) {
        store.write([row](Database& database) { FakeDatabase::of(database).insert(row); }, note(row));
    }
    void inject(Operation operation, FakeState::Fault fault) {
        std::lock_guard const lock(state.mutex);
        state.faults[operation] = fault;
    }
    void openGateAndFinish(StoreThread& store) {
        gate.set_value();
        bool drained = false;
        store.close([&] { drained = true; });
        ASSERT_TRUE(inbox.runUntil([&] { return drained; }));
    }
    using Texts = std::vector<std::string>;
};

TEST_F(StoreThreadTest, Writing_Idle_CommitsAtOnceAndAnswersAfterwards) {
    auto store = make();
    std::optional<std::size_t> rowsWhenAnswered;
    store.write(
        [](Database& database) {
            FakeDatabase::of(database).insert("a");
            return 42;
        },
        [&](StoreThread::Outcome<int> const& outcome) {
            EXPECT_EQ(outcome.value(), 42);
            std::lock_guard const lock(state.mutex);
            rowsWhenAnswered = state.committed.size();
        });
    ASSERT_TRUE(inbox.runUntil([&] { return rowsWhenAnswered.has_value(); }));
    EXPECT_EQ(rowsWhenAnswered, 1U);
}

TEST_F(StoreThreadTest, Writing_WhileBusy_GathersIntoOneCommitInOrder) {
    auto store = make();
    hold(store);
    for (auto const* row : {"a", "b", "c"})
        insert(store, row);
    openGateAndFinish(store);
    EXPECT_EQ(happened, (Texts{"held ok", "a ok", "b ok", "c ok"}));
    EXPECT_EQ(state.committed, (Texts{"a", "b", "c"}));
    EXPECT_EQ(state.log, (Texts{"begin", "commit"}));
}

TEST_F(StoreThreadTest, Writing_MoreThanAGroupHolds_TakesSeveralCommits) {
    auto store = make({.groupJobsMax = 2});
    hold(store);
    for (auto const* row : {"a", "b", "c", "d", "e"})
        insert(store, row);
    openGateAndFinish(store);
    EXPECT_EQ(state.log, (Texts{"begin", "commit", "begin", "commit", "begin", "commit"}));
    EXPECT_EQ(state.committed, (Texts{"a", "b", "c", "d", "e"}));
}

TEST_F(StoreThreadTest, Reading_BetweenWrites_SeesExactlyWhatWasQueuedBefore) {
    auto store = make();
    hold(store);
    std::optional<Texts> seen;
    insert(store, "a");
    store.read([](Database& database) { return FakeDatabase::of(database).rows(); },
               [&](StoreThread::Outcome<Texts> const& outcome) { seen = outcome.value(); });
    insert(store, "b");
    openGateAndFinish(store);
    EXPECT_EQ(seen, Texts{"a"});
    EXPECT_EQ(state.committed, (Texts{"a", "b"}));
}

TEST_F(StoreThreadTest, Committing_Bell_RingsBeforeTheAnswer) {
    Texts order;  // the gate and the inbox order the two threads' accesses
    auto store = make({.ring = [&] { order.emplace_back("ring"); }});
    hold(store);
    store.write([](Database& database) { FakeDatabase::of(database).insert("a"); },
                [&](StoreThread::Outcome<void> const&) { order.emplace_back("answer"); });
    openGateAndFinish(store);
    EXPECT_EQ(order, (Texts{"ring", "answer"}));
}

TEST_F(StoreThreadTest, Writing_JobThrows_FailsAloneAndTheRestCommits) {
    int rings = 0;
    auto store = make({.ring = [&] { ++rings; }});
    hold(store);
    insert(store, "a");
    store.write(
        [](Database& database) {
            FakeDatabase::of(database).insert("half");
            throw common::StoreError(StoreFailure::Conflict, "no");
        },
        note("conflict"));
    store.write(
        [](Database& database) {
            FakeDatabase::of(database).insert("half");
            throw std::runtime_error("bug");
        },
        note("bug"));
    insert(store, "b");
    openGateAndFinish(store);
    EXPECT_EQ(happened, (Texts{"held ok", "a ok", "conflict conflict", "bug other", "b ok"}));
    EXPECT_EQ(state.committed, (Texts{"a", "b"}));
    EXPECT_EQ(rings, 1);
}

TEST_F(StoreThreadTest, Writing_OnlyFailures_RingsNobody) {
    int rings = 0;
    auto store = make({.ring = [&] { ++rings; }});
    hold(store);
    store.write([](Database&) { throw common::StoreError(StoreFailure::Conflict, "no"); }, note("a"));
    openGateAndFinish(store);
    EXPECT_EQ(rings, 0);
}

TEST_F(StoreThreadTest, Writing_DiskFullDissolvesTheGroup_RunsEachAloneAndNeverLies) {
    auto store = make();
    hold(store);
    for (auto const* row : {"a", "b", "c"})
        insert(store, row);
    // The third insert of the group meets the full disk; alone the first does again, then space is there.
    inject(Operation::Insert, {.failure = StoreFailure::Full, .after = 2, .times = 2, .dissolves = true});
    openGateAndFinish(store);
    EXPECT_EQ(happened, (Texts{"held ok", "a full", "b ok", "c ok"}));
    EXPECT_EQ(state.committed, (Texts{"b", "c"}));
    EXPECT_EQ(state.reopened, 0);
}

TEST_F(StoreThreadTest, Writing_FullInsideItsSavepoint_FailsAloneWithoutRepeat) {
    auto store = make();
    hold(store);
    for (auto const* row : {"a", "b"})
        insert(store, row);
    inject(Operation::Insert, {.failure = StoreFailure::Full, .after = 1});
    openGateAndFinish(store);
    EXPECT_EQ(happened, (Texts{"held ok", "a ok", "b full"}));
    EXPECT_EQ(state.log, (Texts{"begin", "commit"}));
}

TEST_F(StoreThreadTest, Committing_DiskFull_RunsEachAlone) {
    auto store = make();
    hold(store);
    for (auto const* row : {"a", "b"})
        insert(store, row);
    inject(Operation::Commit, {.failure = StoreFailure::Full, .times = 2, .dissolves = true});
    openGateAndFinish(store);
    EXPECT_EQ(happened, (Texts{"held ok", "a full", "b ok"}));
    EXPECT_EQ(state.committed, Texts{"b"});
}

TEST_F(StoreThreadTest, Committing_FsyncFails_FailsAllReopensAndGoesOn) {
    auto store = make({.groupJobsMax = 2});
    hold(store);
    for (auto const* row : {"a", "b", "c"})
        insert(store, row);
    inject(Operation::Commit, {.failure = StoreFailure::Io});
    openGateAndFinish(store);
    EXPECT_EQ(happened, (Texts{"held ok", "a io", "b io", "c ok"}));
    EXPECT_EQ(state.committed, Texts{"c"});
    EXPECT_EQ(state.reopened, 1);
}

TEST_F(StoreThreadTest, Reopening_FailsToo_JobsFailUntilItWorks) {
    auto store = make({.groupJobsMax = 1});
    hold(store);
    for (auto const* row : {"a", "b", "c"})
        insert(store, row);
    inject(Operation::Commit, {.failure = StoreFailure::Io});
    inject(Operation::Reopen, {.failure = StoreFailure::Io});
    openGateAndFinish(store);
    EXPECT_EQ(happened, (Texts{"held ok", "a io", "b io", "c ok"}));
    EXPECT_EQ(state.reopened, 1);
}

TEST_F(StoreThreadTest, Writing_JobMeetsIoError_TakesTheWholeGroupAlong) {
    auto store = make();
    hold(store);
    for (auto const* row : {"a", "b", "c"})
        insert(store, row);
    inject(Operation::Insert, {.failure = StoreFailure::Io, .after = 1});
    openGateAndFinish(store);
    EXPECT_EQ(happened, (Texts{"held ok", "a io", "b io", "c io"}));
    EXPECT_TRUE(state.committed.empty());
}

TEST_F(StoreThreadTest, RollingBack_Fails_ReopensBeforeTheNextJob) {
    auto store = make();
    hold(store);
    for (auto const* row : {"a", "b"})
        insert(store, row);
    inject(Operation::Commit, {.failure = StoreFailure::Other});
    inject(Operation::Rollback, {.failure = StoreFailure::Other});
    openGateAndFinish(store);
    EXPECT_EQ(happened, (Texts{"held ok", "a ok", "b ok"}));
    EXPECT_EQ(state.reopened, 1);
}

TEST_F(StoreThreadTest, Beginning_Locked_AnswersBusyWithoutRepeat) {
    auto store = make();
    hold(store);
    for (auto const* row : {"a", "b"})
        insert(store, row);
    inject(Operation::Begin, {.failure = StoreFailure::Busy});
    openGateAndFinish(store);
    EXPECT_EQ(happened, (Texts{"held ok", "a busy", "b busy"}));
    EXPECT_TRUE(state.log.empty());
}

TEST_F(StoreThreadTest, Meeting_Damage_IsReportedOnceBehindTheAnswer) {
    auto store = make({.damaged = [this] { happened.emplace_back("damaged"); }});
    hold(store);
    insert(store, "a");
    inject(Operation::Insert, {.failure = StoreFailure::Corrupt, .times = 2});
    gate.set_value();
    ASSERT_TRUE(inbox.runUntil([this] { return happened.size() == 3; }));
    insert(store, "b");
    ASSERT_TRUE(inbox.runUntil([this] { return happened.size() == 4; }));
    EXPECT_EQ(happened, (Texts{"held ok", "a corrupt", "damaged", "b corrupt"}));
}

TEST_F(StoreThreadTest, Queueing_PastTheLimit_RefusesAtOnce) {
    auto store = make({.queuedJobsMax = 2});
    std::promise<void> running;
    store.read(
        [&, waiting = gate.get_future().share()](Database&) {
            running.set_value();
            waiting.wait();
        },
        note("held"));
    ASSERT_EQ(running.get_future().wait_for(kDeadline), std::future_status::ready);
    for (auto const* row : {"a", "b", "c"})
        insert(store, row);
    ASSERT_TRUE(inbox.runUntil([&] { return !happened.empty(); }));
    EXPECT_EQ(happened, Texts{"c busy"});
    openGateAndFinish(store);
    EXPECT_EQ(happened, (Texts{"c busy", "held ok", "a ok", "b ok"}));
}

TEST_F(StoreThreadTest, Closing_WithQueuedJobs_FinishesThemAndRefusesMore) {
    auto store = make();
    hold(store);
    insert(store, "a");
    bool drained = false;
    store.close([&] { drained = true; });
    insert(store, "late");
    gate.set_value();
    ASSERT_TRUE(inbox.runUntil([&] { return drained; }));
    EXPECT_EQ(happened, (Texts{"late busy", "held ok", "a ok"}));
    EXPECT_EQ(state.committed, Texts{"a"});
}

TEST_F(StoreThreadTest, Destroying_WithQueuedJobs_FinishesThem) {
    {
        auto store = make();
        hold(store);
        insert(store, "a");
        gate.set_value();
    }
    ASSERT_TRUE(inbox.runUntil([&] { return happened.size() == 2; }));
    EXPECT_EQ(state.committed, Texts{"a"});
}

}  // namespace
}  // namespace store_test
