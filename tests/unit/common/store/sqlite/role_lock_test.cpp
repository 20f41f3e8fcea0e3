#include "common/store/change_bell.hpp"
#include "tests/unit/common/store/sqlite/temp_database.hpp"

#include <csignal>

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

namespace store_test {
namespace {

using namespace common;

TEST(RoleLock, Acquiring_SameRoleTwice_OnlyTheFirstHolds) {
    TempDatabase place;
    auto first = openRoleLock(place.url(), Role::Notifier);
    auto const second = openRoleLock(place.url(), Role::Notifier);
    auto const ingestion = openRoleLock(place.url(), Role::Ingestion);
    EXPECT_TRUE(first->tryAcquire());
    EXPECT_TRUE(first->tryAcquire()) << "it holds it already";
    EXPECT_FALSE(second->tryAcquire());
    EXPECT_TRUE(ingestion->tryAcquire()) << "another role";
    first.reset();
    EXPECT_TRUE(second->tryAcquire());
}

TEST(RoleLock, Acquiring_HolderIsKilled_TakesOver) {
    TempDatabase place;
    int held[2];
    ASSERT_EQ(::pipe(held), 0);
    pid_t const child = ::fork();
    if (child == 0) {
        auto const lock = openRoleLock(place.url(), Role::Ingestion);
        char const said = lock->tryAcquire() ? 'y' : 'n';
        if (::write(held[1], &said, 1) != 1) ::_exit(1);
        ::pause();
        ::_exit(0);
    }
    char said = 0;
    ASSERT_EQ(::read(held[0], &said, 1), 1);
    EXPECT_EQ(said, 'y');
    auto const lock = openRoleLock(place.url(), Role::Ingestion);
    EXPECT_FALSE(lock->tryAcquire());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(lock->tryAcquire());
    ::close(held[0]);
    ::close(held[1]);
}

}  // namespace
}  // namespace store_test
