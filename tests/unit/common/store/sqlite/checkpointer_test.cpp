#include "common/store/checkpointer.hpp"

#include "common/store/open.hpp"
#include "tests/unit/common/store/sqlite/temp_database.hpp"

#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace store_test {
namespace {

using namespace common;
namespace fs = std::filesystem;

template <class Condition>
bool eventually(Condition condition) {
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

void commitAccounts(Database& database, int count, std::string const& tag) {
    database.begin();
    for (int i = 0; i < count; ++i)
        database.accounts().createAnonymous(tag + std::to_string(i), tag + std::to_string(i), 1);
    database.commit();
}

TEST(Checkpointer, Ticking_WhileCommitsFlow_MovesTheLogIntoTheFile) {
    TempDatabase place;
    auto const database = openDatabase(place.url(), {});
    database->checkpoint(true);
    auto const before = fs::file_size(place.file);
    // Under the stock autocheckpoint's 1,000 pages, so that only the checkpointer can do it.
    commitAccounts(*database, 2'000, "a");
    ASSERT_EQ(fs::file_size(place.file), before);
    auto const checkpointer = startCheckpointer(place.url(), {.tickMs = 5});
    EXPECT_TRUE(eventually([&] { return fs::file_size(place.file) > before; }));
}

TEST(Checkpointer, Idling_WithALargeLog_TruncatesItAndLosesNothing) {
    TempDatabase place;
    auto const log = place.file.string() + "-wal";
    auto const database = openDatabase(place.url(), {});
    commitAccounts(*database, 2'000, "a");
    auto const large = fs::file_size(log);
    ASSERT_GT(large, 100'000U);
    auto const checkpointer = startCheckpointer(place.url(), {.tickMs = 5, .idleMs = 20, .logBytesMax = 100'000});
    EXPECT_TRUE(eventually([&] { return fs::file_size(log) == 0; }));
    commitAccounts(*database, 1, "b");
    EXPECT_TRUE(database->accounts().findBySession("a1999"));
    EXPECT_TRUE(database->accounts().findBySession("b0"));
}

}  // namespace
}  // namespace store_test
