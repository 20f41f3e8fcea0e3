#include "tests/contract/store_contract.hpp"

namespace contract {
namespace {

using namespace common;

class EventContract : public StoreContract {
protected:
    AccountId account = addAccount();
    AlertDefinition alert = addAlert(account, "al_1");

    void SetUp() override { arm(alert); }
    /// Fires of trades `from` … `to`, committed at this time, one step.
    void fire(std::int64_t from, std::int64_t to, TimeMs now = 1) { fireOf(alert, from, to, now); }
    void fireOf(AlertDefinition const& of, std::int64_t from, std::int64_t to, TimeMs now = 1) {
        Step step;
        step.now = now;
        for (auto id = from; id <= to; ++id)
            step.fires.push_back(fireAt(of, id));
        apply(step);
    }
    static std::vector<std::int64_t> seqs(std::vector<Event> const& rows) {
        std::vector<std::int64_t> numbers;
        for (auto const& row : rows)
            numbers.push_back(row.seq);
        return numbers;
    }
    std::vector<std::int64_t> replayed(std::int64_t after, std::int64_t upTo, std::int64_t limit = 100) {
        return seqs(notifier->events().replay(account, after, upTo, limit));
    }
};

using Seqs = std::vector<std::int64_t>;

TEST_P(EventContract, Tailing_AfterACursor_GivesOnlyNewerOnesInOrder) {
    EXPECT_EQ(notifier->events().newestId(), 0);
    fire(1, 3);
    auto const cursor = notifier->events().newestId();
    fire(4, 8);
    auto const rows = notifier->events().tail(cursor, 3);
    EXPECT_EQ(seqs(rows), (Seqs{4, 5, 6}));
    EXPECT_EQ(seqs(notifier->events().tail(rows.back().id, 100)), (Seqs{7, 8}));
    EXPECT_TRUE(notifier->events().tail(notifier->events().newestId(), 100).empty());
}

TEST_P(EventContract, Tailing_UncommittedOrRolledBack_ShowsNothing) {
    Step step;
    step.fires.push_back(fireAt(alert, 1));
    ingestion->begin();
    ingestion->steps().apply(step);
    EXPECT_TRUE(events().empty());
    ingestion->rollback();
    EXPECT_TRUE(events().empty());
    fire(1, 1);
    EXPECT_EQ(seqs(events()), (Seqs{1}));
}

TEST_P(EventContract, Replaying_Ranges_AreBoundedOnBothSidesAndByAccount) {
    auto const other = addAlert(addAccount("acc_2", "2"), "al_2");
    arm(other);
    for (int i = 1; i <= 10; ++i) {
        fire(i, i);
        fireOf(other, i, i);
    }
    EXPECT_EQ(replayed(0, 10), (Seqs{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
    EXPECT_EQ(replayed(3, 6), (Seqs{4, 5, 6}));
    EXPECT_EQ(replayed(3, 10, 2), (Seqs{4, 5}));
    EXPECT_EQ(replayed(10, 20), (Seqs{}));
}

TEST_P(EventContract, CountingPushed_WithAndWithoutPush_CountsWhatWillBePushed) {
    fire(1, 4);
    alert.channels = std::vector<std::string>{"wh_1"};
    update(alert);
    fire(5, 7);
    alert.channels = std::vector<std::string>{"wh_1", "push"};
    update(alert);
    fire(8, 9);
    alert.channels = std::vector<std::string>{};
    update(alert);
    fire(10, 10);
    EXPECT_EQ(notifier->events().countPushed(account, 0, 10), 6);
    EXPECT_EQ(notifier->events().countPushed(account, 4, 7), 0);
    EXPECT_EQ(notifier->events().countPushed(account, 3, 8), 2);
    EXPECT_EQ(notifier->events().countPushed(account, 10, 10), 0);
    EXPECT_EQ(replayed(0, 10).size(), 10U);
}

TEST_P(EventContract, RemovingOld_UpToATime_LeavesAPrefixlessRest) {
    EXPECT_EQ(notifier->events().oldestSeq(account), std::nullopt);
    fire(1, 3, 100);
    fire(4, 5, 200);
    fire(6, 6, 50);  // the wall clock went back
    auto const remove = [&](TimeMs before, std::int64_t limit) {
        return committed(*notifier, [&] { return notifier->events().removeBefore(before, limit); });
    };
    EXPECT_EQ(notifier->events().oldestSeq(account), 1);
    EXPECT_EQ(remove(100, 100), 0);
    EXPECT_EQ(remove(101, 2), 2);
    EXPECT_EQ(remove(101, 100), 1);
    EXPECT_EQ(remove(101, 100), 0) << "a younger one stands before the row with the early time";
    EXPECT_EQ(notifier->events().oldestSeq(account), 4);
    EXPECT_EQ(remove(1'000, 100), 3);
    EXPECT_EQ(notifier->events().oldestSeq(account), std::nullopt);
    EXPECT_EQ(notifier->events().newestId(), 6) << "a tail's cursor never goes back";
    fire(7, 7);
    EXPECT_EQ(seqs(events()), (Seqs{7}));
}

TEST_P(EventContract, TailingStates_Removed_NeverComeBack) {
    EXPECT_EQ(notifier->events().newestStateId(), 1);
    auto const second = addAlert(account, "al_2");
    arm(second);
    auto const rows = notifier->events().stateTail(1, 10);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].alertPublicId, "al_2");
    EXPECT_EQ(notifier->events().stateTail(0, 1).size(), 1U);
    committed(*notifier, [&] { notifier->events().removeStatesUpTo(rows[0].id); });
    EXPECT_TRUE(notifier->events().stateTail(0, 10).empty());
    EXPECT_EQ(notifier->events().newestStateId(), rows[0].id);
    arm(addAlert(account, "al_3"));
    EXPECT_EQ(notifier->events().stateTail(rows[0].id, 10).size(), 1U);
}

TEST_P(EventContract, Epoch_TwoConnections_Agree) {
    EXPECT_FALSE(notifier->epoch().empty());
    EXPECT_EQ(notifier->epoch(), ingestion->epoch());
}

INSTANTIATE_TEST_SUITE_P(Stores, EventContract, ::testing::ValuesIn(storesUnderTest()), storeName);

}  // namespace
}  // namespace contract
