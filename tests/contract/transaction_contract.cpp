#include "tests/contract/store_contract.hpp"

#include "common/store/store_error.hpp"

namespace contract {
namespace {

using namespace common;

class TransactionContract : public StoreContract {
protected:
    void create(std::string_view name) { notifier->accounts().createAnonymous(name, name, 1); }
    bool exists(std::string_view name) { return ingestion->accounts().findBySession(name).has_value(); }
};

TEST_P(TransactionContract, RollingBack_Savepoint_TakesOnlyItsOwnWork) {
    notifier->begin();
    EXPECT_TRUE(notifier->inTransaction());
    notifier->savepoint();
    create("a");
    notifier->releaseSavepoint();
    notifier->savepoint();
    create("b");
    notifier->rollbackToSavepoint();
    notifier->savepoint();
    create("c");
    notifier->releaseSavepoint();
    EXPECT_FALSE(exists("a")) << "not committed yet";
    notifier->commit();
    EXPECT_FALSE(notifier->inTransaction());
    EXPECT_TRUE(exists("a"));
    EXPECT_FALSE(exists("b"));
    EXPECT_TRUE(exists("c"));
}

TEST_P(TransactionContract, RollingBack_InsideAndOutside_LeavesNothingAndNeverFails) {
    notifier->begin();
    notifier->savepoint();
    create("a");
    notifier->rollback();
    EXPECT_FALSE(notifier->inTransaction());
    EXPECT_FALSE(exists("a"));
    notifier->rollback();
    notifier->begin();
    create("a");
    notifier->commit();
    EXPECT_TRUE(exists("a"));
}

TEST_P(TransactionContract, Beginning_WhileTheOtherWrites_IsBusyAfterTheDeadline) {
    auto const impatient = openDatabase(place->url(), {.busyTimeoutMs = 20});
    notifier->begin();
    try {
        impatient->begin();
        ADD_FAILURE() << "two writers at once";
    } catch (StoreError const& error) {
        EXPECT_EQ(error.failure(), StoreFailure::Busy);
    }
    notifier->rollback();
    impatient->begin();
    impatient->commit();
}

TEST_P(TransactionContract, Reopening_InATransaction_ForgetsItAndWorks) {
    notifier->begin();
    create("a");
    notifier->reopen();
    EXPECT_FALSE(notifier->inTransaction());
    EXPECT_FALSE(exists("a"));
    notifier->begin();
    create("b");
    notifier->commit();
    EXPECT_TRUE(exists("b"));
}

TEST_P(TransactionContract, Opening_ReadOnly_ReadsAndRefusesToWrite) {
    notifier->begin();
    create("a");
    notifier->commit();
    auto const reader = openDatabase(place->url(), {.readOnly = true});
    EXPECT_TRUE(reader->accounts().findBySession("a"));
    EXPECT_THROW(reader->accounts().setRunningMs(5), StoreError);
}

TEST_P(TransactionContract, Checkpointing_BothWays_KeepsEverything) {
    notifier->begin();
    create("a");
    notifier->commit();
    notifier->checkpoint(false);
    ingestion->checkpoint(true);
    EXPECT_TRUE(exists("a"));
}

INSTANTIATE_TEST_SUITE_P(Stores, TransactionContract, ::testing::ValuesIn(storesUnderTest()), storeName);

}  // namespace
}  // namespace contract
