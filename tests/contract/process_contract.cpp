#include "tests/contract/store_contract.hpp"

#include "common/store/backup.hpp"

#include <csignal>
#include <iostream>

#include <sys/wait.h>
#include <unistd.h>

namespace contract {
namespace {

using namespace common;

/// Runs `work` in a child process; its result is the exit status.
template <class F>
pid_t spawn(F work) {
    pid_t const child = ::fork();
    if (child == 0) ::_exit(work());
    return child;
}

int exitStatus(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// No connection is open while a child is made: a database connection must not cross a fork.
class ProcessContract : public ::testing::TestWithParam<StoreUnderTest> {
protected:
    std::unique_ptr<Place> place = GetParam().make();

    AlertDefinition prepare() {
        auto const database = openDatabase(place->url(), {});
        database->begin();
        AlertDefinition alert;
        alert.publicId = "al_1";
        alert.account = database->accounts().createAnonymous("acc_1", "1", 1).id;
        alert.symbol = "BTCUSDT";
        alert.condition.price = Decimal::fromUnits(1);
        alert.id = database->alerts().insert(alert);
        Step step;
        step.arms.push_back(armWrite(alert));
        step.positions.push_back(
            {.expected = {}, .next = Position{.symbol = "BTCUSDT", .tradeId = 0}, .symbol = "BTCUSDT"});
        database->steps().apply(step);
        database->commit();
        return alert;
    }

    /// What ingestion does for ever: trade n fires the alert and moves the position, and the commit is told on `told`.
    int judgeForEver(AlertDefinition const& alert, int told) const {
        auto const database = openDatabase(place->url(), {});
        for (auto id = database->demand().position("BTCUSDT")->tradeId;; ++id) {
            Step step;
            step.positions.push_back(
                {.expected = id, .next = Position{.symbol = "BTCUSDT", .tradeId = id + 1}, .symbol = "BTCUSDT"});
            step.fires.push_back(fireAt(alert, id + 1));
            database->begin();
            database->steps().apply(step);
            database->commit();
            auto const committed = id + 1;
            if (::write(told, &committed, sizeof committed) != sizeof committed) return 1;
        }
    }
};

TEST_P(ProcessContract, Opening_ManyProcessesOnANewDatabase_AllFindOneSchema) {
    constexpr int kProcesses = 6;
    for (int round = 0; round < 5; ++round) {
        place = GetParam().make();
        std::vector<pid_t> children;
        for (int i = 0; i < kProcesses; ++i)
            children.push_back(spawn([&] {
                try {
                    return openDatabase(place->url(), {})->epoch().empty() ? 2 : 0;
                } catch (std::exception const& error) {
                    std::cerr << error.what() << '\n';
                    return 1;
                }
            }));
        for (auto const child : children)
            EXPECT_EQ(exitStatus(child), 0);
        EXPECT_TRUE(verifyDatabase(place->url()).faults.empty());
    }
}

TEST_P(ProcessContract, Killing_InTheMiddleOfCommits_KeepsWhatWasToldAndStaysConsistent) {
    auto const alert = prepare();
    constexpr int kKills = 20;
    std::int64_t told = 0;
    for (int round = 0; round < kKills; ++round) {
        int pipe[2];
        ASSERT_EQ(::pipe(pipe), 0);
        auto const child = spawn([&] { return judgeForEver(alert, pipe[1]); });
        ::close(pipe[1]);
        // Killed after a number of commits that differs each round, at whatever statement it has reached by then.
        for (int commits = 0; commits <= round; ++commits)
            ASSERT_EQ(::read(pipe[0], &told, sizeof told), static_cast<ssize_t>(sizeof told));
        ::kill(child, SIGKILL);
        std::int64_t last = 0;
        while (::read(pipe[0], &last, sizeof last) == sizeof last)
            told = last;
        ::close(pipe[0]);
        exitStatus(child);

        auto const database = openDatabase(place->url(), {});
        auto const position = database->demand().position("BTCUSDT")->tradeId;
        EXPECT_GE(position, told);
        EXPECT_LE(position, told + 1) << "at most the commit that nobody was told of";
        EXPECT_EQ(database->demand().load(alert.id)->state.fires, position);
        EXPECT_EQ(database->accounts().find(alert.account)->seq, position);
        auto const events = database->events().tail(0, 1'000'000);
        ASSERT_EQ(events.size(), static_cast<std::size_t>(position));
        for (std::size_t i = 0; i < events.size(); ++i) {
            EXPECT_EQ(events[i].seq, static_cast<std::int64_t>(i) + 1);
            EXPECT_EQ(notificationOf(events[i]).fire, static_cast<std::int64_t>(i) + 1);
            EXPECT_EQ(notificationOf(events[i]).trade.id, static_cast<std::int64_t>(i) + 1);
        }
    }
    EXPECT_TRUE(verifyDatabase(place->url()).faults.empty());
}

INSTANTIATE_TEST_SUITE_P(Stores, ProcessContract, ::testing::ValuesIn(storesUnderTest()), storeName);

}  // namespace
}  // namespace contract
