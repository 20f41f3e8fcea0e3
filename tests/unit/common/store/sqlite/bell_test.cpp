#include "common/store/change_bell.hpp"
#include "tests/unit/common/store/sqlite/temp_database.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace store_test {
namespace {

using namespace common;

bool heard(ChangeBell& bell, int waitMs) {
    pollfd poll{.fd = bell.descriptor(), .events = POLLIN, .revents = 0};
    return ::poll(&poll, 1, waitMs) == 1;
}
constexpr int kDeadlineMs = 10'000;

TEST(Bell, Ringing_ManyTimes_IsHeardOnceAndDrained) {
    TempDatabase place;
    auto const notifier = openBell(place.url(), Role::Notifier);
    auto const ingestion = openBell(place.url(), Role::Ingestion);
    EXPECT_FALSE(heard(*notifier, 0));
    for (int i = 0; i < 10'000; ++i)
        ingestion->ring();
    EXPECT_TRUE(heard(*notifier, kDeadlineMs));
    EXPECT_FALSE(heard(*ingestion, 0)) << "nobody hears his own bell";
    notifier->drain();
    EXPECT_FALSE(heard(*notifier, 0));
    notifier->ring();
    EXPECT_TRUE(heard(*ingestion, kDeadlineMs));
}

TEST(Bell, Ringing_NobodyListens_DoesNothing) {
    TempDatabase place;
    auto const ingestion = openBell(place.url(), Role::Ingestion);
    ingestion->ring();
    {
        openBell(place.url(), Role::Notifier);
    }
    ingestion->ring();
    EXPECT_FALSE(heard(*ingestion, 0));
}

TEST(Bell, Ringing_FromAnotherProcess_IsHeardAlsoAfterItWasKilled) {
    TempDatabase place;
    auto const notifier = openBell(place.url(), Role::Notifier);
    for (int round = 0; round < 3; ++round) {
        pid_t const child = ::fork();
        if (child == 0) {
            openBell(place.url(), Role::Ingestion).release()->ring();
            ::_exit(0);  // leaves its socket file, as a killed process does
        }
        int status = -1;
        ::waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
        EXPECT_TRUE(heard(*notifier, kDeadlineMs));
        notifier->drain();
    }
    auto const ingestion = openBell(place.url(), Role::Ingestion);
    notifier->ring();
    EXPECT_TRUE(heard(*ingestion, kDeadlineMs));
}

TEST(Bell, Opening_PathsTooLongForASocket_StillMeet) {
    TempDatabase place;
    auto const deep = place.directory / std::string(120, 'd');
    for (auto const& name : {std::string("t.db"), std::string(200, 'n') + ".db"}) {
        auto const url = "sqlite:" + (deep / name).string();
        auto const notifier = openBell(url, Role::Notifier);
        auto const ingestion = openBell(url, Role::Ingestion);
        ingestion->ring();
        EXPECT_TRUE(heard(*notifier, kDeadlineMs)) << name;
    }
}

TEST(Bell, Opening_SocketFile_BelongsToTheOwnerAndGoesAway) {
    TempDatabase place;
    auto const path = place.file.string() + ".notifier.bell";
    {
        auto const bell = openBell(place.url(), Role::Notifier);
        struct stat info{};
        ASSERT_EQ(::stat(path.c_str(), &info), 0);
        EXPECT_EQ(info.st_mode & 0777, 0600U);
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace store_test
