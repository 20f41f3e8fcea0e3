#include "common/store/open.hpp"
#include "common/store/sqlite/sqlite_database.hpp"
#include "common/store/store_error.hpp"
#include "schema/migrations.hpp"
#include "tests/unit/common/store/sqlite/temp_database.hpp"

#include <fstream>
#include <optional>

#include <gtest/gtest.h>

#include <sqlite3.h>
#include <sys/stat.h>

namespace store_test {
namespace {

using namespace common;
namespace fs = std::filesystem;

mode_t modeOf(fs::path const& path) {
    struct stat info{};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
}

struct OpeningTest : ::testing::Test {
    TempDatabase place;

    static std::optional<StoreError> refusal(std::string const& url, OpenOptions const& options = {}) {
        try {
            openDatabase(url, options);
            return {};
        } catch (StoreError const& error) {
            return error;
        }
    }
    std::optional<StoreError> refusal(OpenOptions const& options = {}) { return refusal(place.url(), options); }
    void execute(char const* sql) const {
        sqlite3* handle = nullptr;
        ASSERT_EQ(sqlite3_open(place.file.c_str(), &handle), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
        sqlite3_close(handle);
    }
};

#define EXPECT_SAYS(error, text) \
    EXPECT_NE(std::string((error).what()).find(text), std::string::npos) << "it says: " << (error).what()

TEST_F(OpeningTest, Opening_NewFile_IsSetUpAsTheChannelNeedsIt) {
    sqlite::SqliteDatabase database(place.file, {});
    auto& connection = database.connection();
    EXPECT_EQ(connection.text("PRAGMA journal_mode"), "wal");
    EXPECT_EQ(connection.integer("PRAGMA synchronous"), 2) << "FULL";
    EXPECT_EQ(connection.integer("PRAGMA foreign_keys"), 1);
    EXPECT_EQ(connection.integer("PRAGMA cell_size_check"), 1);
    EXPECT_EQ(connection.integer("PRAGMA trusted_schema"), 0);
    EXPECT_EQ(connection.integer("PRAGMA journal_size_limit"), 64 << 20);
    EXPECT_EQ(connection.integer("PRAGMA application_id"), 0x7469636b);
    database.reopen();
    EXPECT_EQ(connection.integer("PRAGMA synchronous"), 2) << "FULL after reopening too";
    EXPECT_EQ(connection.integer("PRAGMA foreign_keys"), 1);
    EXPECT_GE(sqlite3_libversion_number(), 3'051'003);
    EXPECT_EQ(sqlite3_threadsafe(), 2);
}

TEST_F(OpeningTest, Opening_MissingDirectories_AreMadeForTheOwnerOnly) {
    auto const file = place.directory / "a" / "b" / "deep.db";
    auto const database = openDatabase("sqlite:" + file.string(), {});
    database->begin();
    database->accounts().setRunningMs(1);
    database->commit();
    EXPECT_EQ(modeOf(file), 0600U);
    EXPECT_EQ(modeOf(file.string() + "-wal"), 0600U);
    EXPECT_EQ(modeOf(file.parent_path()), 0700U);
    EXPECT_EQ(modeOf(file.parent_path().parent_path()), 0700U);
}

TEST_F(OpeningTest, Opening_PathsWithOddCharacters_MeanThemselves) {
    for (auto const* name : {"with space.db", "percent%41.db", "quote'.db", "query?mode=memory", "file:x.db", "ü.db"}) {
        openDatabase("sqlite:" + (place.directory / name).string(), {});
        EXPECT_TRUE(fs::exists(place.directory / name)) << name;
    }
}

TEST_F(OpeningTest, Opening_UnusableUrls_AreRefusedWithTheRemedy) {
    EXPECT_SAYS(*refusal("postgresql://localhost/tickbell"), "not built");
    EXPECT_SAYS(*refusal("mysql:x"), "sqlite:PATH");
    EXPECT_SAYS(*refusal("sqlite:"), "path");
    EXPECT_SAYS(*refusal("sqlite::memory:"), "memory");
    EXPECT_SAYS(*refusal("sqlite:" + place.directory.string()), "directory");
    EXPECT_SAYS(*refusal("sqlite:/proc/no/such/tickbell.db"), "/proc/no");
}

TEST_F(OpeningTest, Opening_NoDatabase_IsCorrupt) {
    std::ofstream(place.file) << std::string(8'192, 'x');
    auto const error = refusal();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->failure(), StoreFailure::Corrupt);
    EXPECT_SAYS(*error, place.file.string());
}

TEST_F(OpeningTest, Opening_DamagedPages_IsCorruptAndSaysHowToRestore) {
    {
        sqlite::SqliteDatabase database(place.file, {});
        database.begin();
        auto const account = database.accounts().createAnonymous("acc_1", "1", 1).id;
        for (int i = 0; i < 2'000; ++i) {
            AlertDefinition alert;
            alert.publicId = "al_" + std::to_string(i);
            alert.account = account;
            alert.symbol = "BTCUSDT";
            alert.condition.price = Decimal::fromUnits(i + 1);
            database.alerts().insert(alert);
        }
        database.commit();
        database.checkpoint(true);
    }
    {
        std::fstream file(place.file, std::ios::in | std::ios::out | std::ios::binary);
        for (auto page = 40; page < 80; ++page) {
            file.seekp(page * 4'096);
            file << std::string(64, '\xee');
        }
    }
    auto const error = refusal();
    ASSERT_TRUE(error);
    EXPECT_EQ(error->failure(), StoreFailure::Corrupt);
    EXPECT_SAYS(*error, "restore");
}

TEST_F(OpeningTest, Opening_AnotherProgramsDatabase_IsRefusedAndUntouched) {
    execute("CREATE TABLE theirs (x); PRAGMA application_id = 0");
    EXPECT_SAYS(*refusal(), "another program");
    execute("DROP TABLE theirs; PRAGMA application_id = 42");
    EXPECT_SAYS(*refusal(), "another program");
}

TEST_F(OpeningTest, Opening_NewerSchema_NamesBothVersions) {
    openDatabase(place.url(), {});
    execute("PRAGMA user_version = 977");
    auto const error = refusal();
    ASSERT_TRUE(error);
    EXPECT_SAYS(*error, "977");
    EXPECT_SAYS(*error, std::to_string(schema::sqliteMigrations().back().version));
    EXPECT_TRUE(refusal({.readOnly = true}));
}

TEST_F(OpeningTest, Opening_WithoutMigrating_NeedsACurrentSchema) {
    EXPECT_TRUE(refusal({.migrate = false})) << "there is no file";
    EXPECT_FALSE(fs::exists(place.file));
    EXPECT_TRUE(refusal({.readOnly = true}));
    openDatabase(place.url(), {});
    EXPECT_FALSE(refusal({.migrate = false}));
    EXPECT_FALSE(refusal({.readOnly = true}));
}

TEST(Library, Checking_OldVersions_AreRefusedByName) {
    EXPECT_NO_THROW(sqlite::checkLibrary(3'051'003));
    EXPECT_NO_THROW(sqlite::checkLibrary(4'000'000));
    try {
        sqlite::checkLibrary(3'040'001);
        ADD_FAILURE() << "accepted";
    } catch (StoreError const& error) {
        EXPECT_SAYS(error, "3.40.1");
        EXPECT_SAYS(error, "3.51.3");
    }
    EXPECT_THROW(sqlite::checkLibrary(3'051'002), StoreError);
}

}  // namespace
}  // namespace store_test
