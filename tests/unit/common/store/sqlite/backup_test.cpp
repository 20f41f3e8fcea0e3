#include "common/store/backup.hpp"

#include "common/store/change_bell.hpp"
#include "common/store/open.hpp"
#include "common/store/sqlite/sqlite_database.hpp"
#include "common/store/store_error.hpp"
#include "tests/unit/common/store/sqlite/temp_database.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

namespace store_test {
namespace {

using namespace common;
namespace fs = std::filesystem;

struct BackupTest : ::testing::Test {
    TempDatabase place;
    fs::path copy = place.directory / "copy.db";

    void addAccount(std::string const& name) const {
        auto const database = openDatabase(place.url(), {});
        database->begin();
        database->accounts().createAnonymous(name, name, 1);
        database->commit();
    }
    bool has(std::string const& name) const {
        return openDatabase(place.url(), {})->accounts().findBySession(name).has_value();
    }
    std::string epoch() const { return openDatabase(place.url(), {})->epoch(); }
};

TEST_F(BackupTest, BackingUp_ThenRestoring_BringsRowsBackUnderANewEpoch) {
    addAccount("before");
    auto const oldEpoch = epoch();
    backupDatabase(place.url(), copy);
    EXPECT_EQ(
        std::ranges::count_if(fs::directory_iterator(place.directory),
                              [](auto const& entry) { return entry.path().filename().string().starts_with("copy"); }),
        1)
        << "no other file is left";
    addAccount("after");
    restoreDatabase(place.url(), copy);
    EXPECT_TRUE(has("before"));
    EXPECT_FALSE(has("after"));
    EXPECT_NE(epoch(), oldEpoch);
    EXPECT_TRUE(verifyDatabase(place.url()).faults.empty());

    // What was there is kept, and the backup can be used again.
    auto const kept = openDatabase(place.url() + ".before-restore", {});
    EXPECT_TRUE(kept->accounts().findBySession("after"));
    EXPECT_EQ(kept->epoch(), oldEpoch);
    auto const firstEpoch = epoch();
    restoreDatabase(place.url(), copy);
    EXPECT_NE(epoch(), firstEpoch);
}

TEST_F(BackupTest, BackingUp_WhileAnotherWrites_IsOneConsistentMoment) {
    addAccount("first");
    std::atomic<bool> stop = false;
    std::thread writer([&] {
        auto const database = openDatabase(place.url(), {});
        for (int i = 0; !stop; ++i) {
            database->begin();
            // Always two together: a copy must hold both or none.
            database->accounts().createAnonymous("l" + std::to_string(i), "l" + std::to_string(i), 1);
            database->accounts().createAnonymous("r" + std::to_string(i), "r" + std::to_string(i), 1);
            database->commit();
        }
    });
    for (int i = 0; i < 5; ++i) {
        auto const file = place.directory / ("copy" + std::to_string(i));
        backupDatabase(place.url(), file);
        sqlite::Connection opened(file, {.readOnly = true});
        EXPECT_EQ(opened.integer("SELECT count(*) FROM accounts") % 2, 1);
        EXPECT_TRUE(verifyDatabase("sqlite:" + file.string()).faults.empty());
    }
    stop = true;
    writer.join();
}

TEST_F(BackupTest, BackingUp_OntoAFile_RefusesToOverwrite) {
    addAccount("a");
    std::ofstream(copy) << "precious";
    EXPECT_THROW(backupDatabase(place.url(), copy), StoreError);
    EXPECT_THROW(backupDatabase(place.url(), place.file), StoreError);
    EXPECT_TRUE(has("a"));
    EXPECT_EQ(fs::file_size(copy), 8U);
}

TEST_F(BackupTest, BackingUpAndRestoring_BareFileName_MeansTheCurrentFolder) {
    addAccount("a");
    auto const before = fs::current_path();
    fs::current_path(place.directory);
    EXPECT_NO_THROW(backupDatabase(place.url(), "bare.db"));
    EXPECT_NO_THROW(restoreDatabase(place.url(), "bare.db"));
    fs::current_path(before);
    EXPECT_TRUE(fs::exists(place.directory / "bare.db"));
    EXPECT_TRUE(has("a"));
}

TEST_F(BackupTest, Restoring_BadSources_LeavesTheDatabaseAsItWas) {
    addAccount("a");
    auto const before = epoch();
    EXPECT_THROW(restoreDatabase(place.url(), copy), StoreError) << "missing";
    std::ofstream(copy) << std::string(10'000, 'x');
    EXPECT_THROW(restoreDatabase(place.url(), copy), StoreError) << "no database";
    std::ofstream(copy, std::ios::trunc).close();
    EXPECT_THROW(restoreDatabase(place.url(), copy), StoreError) << "empty";
    EXPECT_THROW(restoreDatabase(place.url(), place.file), StoreError) << "itself";
    EXPECT_EQ(epoch(), before);
    EXPECT_TRUE(has("a"));
}

TEST_F(BackupTest, Restoring_WhileAProgramRuns_IsRefused) {
    addAccount("a");
    backupDatabase(place.url(), copy);
    auto lock = openRoleLock(place.url(), Role::Ingestion);
    ASSERT_TRUE(lock->tryAcquire());
    EXPECT_THROW(restoreDatabase(place.url(), copy), StoreError);
    lock.reset();
    EXPECT_NO_THROW(restoreDatabase(place.url(), copy));
}

TEST_F(BackupTest, Restoring_IntoNothing_MakesTheDatabase) {
    addAccount("a");
    backupDatabase(place.url(), copy);
    auto const url = "sqlite:" + (place.directory / "new" / "tickbell.db").string();
    restoreDatabase(url, copy);
    EXPECT_TRUE(openDatabase(url, {})->accounts().findBySession("a"));
}

TEST_F(BackupTest, Verifying_BrokenPromises_NamesEach) {
    {
        sqlite::SqliteDatabase database(place.file, {});
        database.begin();
        AlertDefinition alert;
        alert.publicId = "al_1";
        alert.account = database.accounts().createAnonymous("acc_1", "1", 1).id;
        alert.symbol = "BTCUSDT";
        alert.condition.price = Decimal::fromUnits(1);
        alert.id = database.alerts().insert(alert);
        Step step;
        auto& arm = step.arms.emplace_back();
        arm.alert = alert.id;
        arm.rev = 1;
        arm.status = AlertStatus::Armed;
        for (int i = 1; i <= 5; ++i) {
            auto& fire = step.fires.emplace_back();
            fire.alert = alert.id;
            fire.rev = 1;
            fire.trade.id = i;
        }
        ASSERT_EQ(database.steps().apply(step).fired, 5);
        database.commit();
    }
    EXPECT_TRUE(verifyDatabase(place.url()).faults.empty());
    auto const breakBy = [&](char const* sql) {
        sqlite::Connection connection(place.file, {});
        connection.execute("PRAGMA foreign_keys = OFF");
        connection.execute(sql);
        return verifyDatabase(place.url()).faults.size();
    };
    EXPECT_EQ(breakBy("UPDATE account_seqs SET seq = 9"), 1U);
    EXPECT_EQ(breakBy("UPDATE alert_states SET fires = 4"), 2U);
    EXPECT_EQ(breakBy("DELETE FROM events WHERE seq = 3"), 3U);
    EXPECT_EQ(breakBy("DELETE FROM alerts"), 4U);
}

TEST_F(BackupTest, Verifying_DamagedFile_IsAFaultNotAnError) {
    std::ofstream(place.file) << std::string(10'000, 'x');
    EXPECT_EQ(verifyDatabase(place.url()).faults.size(), 1U);
}

}  // namespace
}  // namespace store_test
