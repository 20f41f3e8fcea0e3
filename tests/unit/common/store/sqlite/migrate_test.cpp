#include "common/store/sqlite/migrate.hpp"

#include "common/store/sqlite/location.hpp"
#include "common/store/store_error.hpp"
#include "tests/unit/common/store/sqlite/temp_database.hpp"

#include <array>

#include <gtest/gtest.h>

namespace store_test {
namespace {

using namespace common;
using namespace common::sqlite;
using schema::Migration;
namespace fs = std::filesystem;

constexpr Migration kFirst{1, "first", "CREATE TABLE a (x); INSERT INTO a VALUES (1);"};
constexpr Migration kSecond{2, "second", "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = 2;"};
constexpr Migration kBroken{3, "broken", "CREATE TABLE c (z); CREATE TABLE a (again);"};
constexpr std::array kOne{kFirst};
constexpr std::array kTwo{kFirst, kSecond};
constexpr std::array kThree{kFirst, kSecond, kBroken};

struct MigrateTest : ::testing::Test {
    TempDatabase place;
    Connection connect() {
        createPrivately(place.file);
        return Connection(place.file, {});
    }
    fs::path backup(int version) const { return beside(place.file, ".before-v" + std::to_string(version)); }
};

TEST_F(MigrateTest, Migrating_EmptyFile_AppliesAllWithoutABackup) {
    auto connection = connect();
    migrate(connection, kTwo);
    EXPECT_EQ(connection.integer("PRAGMA user_version"), 2);
    EXPECT_EQ(connection.integer("SELECT y FROM a"), 2);
    EXPECT_FALSE(fs::exists(backup(2)));
    migrate(connection, kTwo);
    EXPECT_EQ(connection.integer("SELECT count(*) FROM a"), 1);
}

TEST_F(MigrateTest, Migrating_OlderSchema_KeepsACopyOfIt) {
    auto connection = connect();
    migrate(connection, kOne);
    connection.execute("INSERT INTO a VALUES (7)");
    migrate(connection, kTwo);
    EXPECT_EQ(connection.integer("SELECT sum(y) FROM a"), 4);
    Connection old(backup(2), {.readOnly = true});
    EXPECT_EQ(old.integer("PRAGMA user_version"), 1);
    EXPECT_EQ(old.integer("SELECT sum(x) FROM a"), 8);
    EXPECT_EQ(checkIdentity(old, kOne), 1);
}

TEST_F(MigrateTest, Migrating_StepFails_LeavesTheOldSchemaWhole) {
    auto connection = connect();
    migrate(connection, kOne);
    EXPECT_THROW(migrate(connection, kThree), StoreError);
    EXPECT_FALSE(connection.inTransaction());
    EXPECT_EQ(connection.integer("PRAGMA user_version"), 1);
    EXPECT_EQ(connection.integer("SELECT count(*) FROM sqlite_schema"), 1);
    migrate(connection, kTwo);
    EXPECT_EQ(connection.integer("PRAGMA user_version"), 2);
}

TEST_F(MigrateTest, Migrating_NewerSchema_RefusesAndChangesNothing) {
    auto connection = connect();
    migrate(connection, kTwo);
    EXPECT_THROW(migrate(connection, kOne), StoreError);
    EXPECT_EQ(connection.integer("PRAGMA user_version"), 2);
}

TEST(EmbeddedMigrations, Listing_Shipped_AreNumberedFromOne) {
    auto const known = schema::sqliteMigrations();
    ASSERT_FALSE(known.empty());
    for (std::size_t i = 0; i < known.size(); ++i) {
        EXPECT_EQ(known[i].version, static_cast<int>(i) + 1);
        EXPECT_FALSE(known[i].sql.empty());
    }
}

}  // namespace
}  // namespace store_test
