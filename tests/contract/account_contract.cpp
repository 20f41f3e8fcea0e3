#include "tests/contract/store_contract.hpp"

#include "common/store/store_error.hpp"

namespace contract {
namespace {

using namespace common;

class AccountContract : public StoreContract {
protected:
    AccountStore& accounts = notifier->accounts();

    void detach(AccountId account, std::optional<std::int64_t> runningMs) {
        committed(*notifier, [&] { accounts.setDetached(account, runningMs); });
    }
    std::int64_t sweep(std::int64_t runningMs, std::int64_t limit = 100) {
        return committed(*notifier, [&] { return accounts.removeDetachedBefore(runningMs, limit); });
    }
    bool addKey(std::string_view name, std::string_view hash, bool admin = false) {
        return committed(*notifier, [&] { return accounts.addKey(name, "acc_" + std::string(hash), hash, admin, 7); });
    }
};

TEST_P(AccountContract, CreatingAnonymous_NewSession_IsFoundBySessionAndId) {
    auto const id = addAccount("acc_x", "hash-x");
    auto const found = accounts.findBySession("hash-x");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, id);
    EXPECT_EQ(found->publicId, "acc_x");
    EXPECT_TRUE(found->anonymous);
    EXPECT_FALSE(found->admin);
    EXPECT_EQ(found->seq, 0);
    EXPECT_EQ(accounts.find(id)->publicId, "acc_x");
    EXPECT_FALSE(accounts.findBySession("hash-y"));
    EXPECT_FALSE(accounts.find(AccountId{id.value + 1}));
}

TEST_P(AccountContract, FindingBySession_HashWithZeroBytes_ComparesAllOfIt) {
    std::string const one("\0ab\0c", 5);
    std::string const other("\0ab\0d", 5);
    auto const id = addAccount("acc_1", one);
    EXPECT_EQ(accounts.findBySession(one)->id, id);
    EXPECT_FALSE(accounts.findBySession(other));
}

TEST_P(AccountContract, CreatingAnonymous_SameSessionTwice_IsAConflict) {
    addAccount("acc_1", "same");
    notifier->begin();
    try {
        accounts.createAnonymous("acc_2", "same", 1);
        ADD_FAILURE() << "no conflict";
    } catch (StoreError const& error) {
        EXPECT_EQ(error.failure(), StoreFailure::Conflict);
    }
    notifier->rollback();
}

TEST_P(AccountContract, AddingKey_LiveName_IsRefusedUntilRevoked) {
    EXPECT_TRUE(addKey("ops", "hash-1", true));
    EXPECT_FALSE(addKey("ops", "hash-2"));
    auto const account = accounts.findByKey("hash-1");
    ASSERT_TRUE(account);
    EXPECT_TRUE(account->admin);
    EXPECT_FALSE(account->anonymous);

    EXPECT_EQ(committed(*notifier, [&] { return accounts.revokeKey("ops", 9); }), account->id);
    EXPECT_EQ(committed(*notifier, [&] { return accounts.revokeKey("ops", 9); }), std::nullopt);
    EXPECT_FALSE(accounts.findByKey("hash-1"));
    EXPECT_TRUE(accounts.find(account->id));
    EXPECT_FALSE(accounts.find(account->id)->admin);
    EXPECT_TRUE(addKey("ops", "hash-3"));

    auto const keys = accounts.listKeys();
    ASSERT_EQ(keys.size(), 2U);
    EXPECT_EQ(keys[0].name, "ops");
    EXPECT_EQ(keys[0].revoked, 9);
    EXPECT_EQ(keys[0].created, 7);
    EXPECT_TRUE(keys[0].admin);
    EXPECT_EQ(keys[1].revoked, std::nullopt);
    EXPECT_NE(keys[1].account, keys[0].account);
}

TEST_P(AccountContract, Acking_OutOfOrderAndTooHigh_KeepsTheLargestStoredSeq) {
    auto const account = addAccount();
    auto const alert = addAlert(account, "al_1");
    arm(alert);
    Step step;
    for (int i = 1; i <= 5; ++i)
        step.fires.push_back(fireAt(alert, i));
    apply(step);
    auto const ack = [&](std::int64_t seq) { return committed(*notifier, [&] { return accounts.ack(account, seq); }); };
    EXPECT_EQ(ack(3), 3);
    EXPECT_EQ(ack(2), 3);
    EXPECT_EQ(ack(99), 5);
    EXPECT_EQ(accounts.find(account)->acked, 5);
    EXPECT_EQ(accounts.find(account)->seq, 5);
}

TEST_P(AccountContract, RunningClock_Set_IsKept) {
    EXPECT_EQ(accounts.runningMs(), 0);
    committed(*notifier, [&] { accounts.setRunningMs(12'345); });
    EXPECT_EQ(ingestion->accounts().runningMs(), 12'345);
}

TEST_P(AccountContract, RemovingDetached_OldOnes_TakesAllTheyOwnAndLogsTheirAlerts) {
    auto const gone = addAccount("acc_gone", "gone");
    auto const kept = addAccount("acc_kept", "kept");
    auto const goneAlert = addAlert(gone, "al_gone");
    auto const keptAlert = addAlert(kept, "al_kept");
    arm(goneAlert);
    arm(keptAlert);
    Step step;
    step.fires = {fireAt(goneAlert, 1), fireAt(keptAlert, 1)};
    apply(step);
    detach(gone, 1'000);
    detach(kept, 5'000);
    auto const before = ingestion->demand().newestChangeId();

    EXPECT_EQ(sweep(1'000), 0);
    EXPECT_EQ(sweep(1'001), 1);

    EXPECT_FALSE(accounts.find(gone));
    EXPECT_FALSE(accounts.findBySession("gone"));
    EXPECT_FALSE(stored(goneAlert.id));
    EXPECT_TRUE(stored(keptAlert.id));
    auto const left = events();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].account, kept);
    auto const logged = ingestion->demand().changesAfter(before, 10);
    ASSERT_EQ(logged.size(), 1U);
    EXPECT_EQ(logged[0].alert, goneAlert.id);
}

TEST_P(AccountContract, RemovingDetached_ConnectedOrNamed_Stay) {
    auto const connected = addAccount("acc_1", "1");
    detach(connected, 10);
    detach(connected, std::nullopt);
    ASSERT_TRUE(addKey("ops", "hash"));
    auto const named = accounts.findByKey("hash")->id;
    detach(named, 10);
    EXPECT_EQ(sweep(1'000'000), 0);

    committed(*notifier, [&] { accounts.detachAll(50); });
    EXPECT_EQ(sweep(50), 0);
    EXPECT_EQ(sweep(51), 1);
    EXPECT_FALSE(accounts.find(connected));
    EXPECT_TRUE(accounts.find(named));
}

TEST_P(AccountContract, DetachingAll_AlreadyDetached_KeepsTheEarlierTime) {
    auto const account = addAccount();
    detach(account, 10);
    committed(*notifier, [&] { accounts.detachAll(1'000); });
    EXPECT_EQ(sweep(11), 1);
}

TEST_P(AccountContract, RemovingDetached_Limit_TakesTheLongestGoneFirst) {
    for (int i = 0; i < 5; ++i)
        detach(addAccount("acc_" + std::to_string(i), std::to_string(i)), 100 - i);
    EXPECT_EQ(sweep(1'000, 2), 2);
    EXPECT_FALSE(accounts.findBySession("4"));
    EXPECT_FALSE(accounts.findBySession("3"));
    EXPECT_TRUE(accounts.findBySession("2"));
}

TEST_P(AccountContract, CreatingAnonymous_AfterRemoval_NeverReusesTheId) {
    auto const first = addAccount("acc_1", "1");
    detach(first, 1);
    ASSERT_EQ(sweep(2), 1);
    EXPECT_GT(addAccount("acc_2", "2").value, first.value);
}

INSTANTIATE_TEST_SUITE_P(Stores, AccountContract, ::testing::ValuesIn(storesUnderTest()), storeName);

}  // namespace
}  // namespace contract
