#include "common/store/open.hpp"
#include "common/store/sqlite/sqlite_database.hpp"
#include "common/store/store_error.hpp"
#include "common/store/store_thread.hpp"
#include "tests/unit/common/store/sqlite/temp_database.hpp"

#include <algorithm>
#include <csignal>
#include <future>
#include <string>

#include <gtest/gtest.h>

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace store_test {
namespace {

using namespace common;
namespace fs = std::filesystem;

void runHere(StoreThread::Task task) {
    task();
}

std::string const kBulk(20'000, 'x');

/// Writes rows of 20 kB through a StoreThread, all queued at once; what each was answered.
std::vector<std::optional<StoreFailure>> writeRows(std::unique_ptr<Database> database, int from, int count) {
    std::vector<std::optional<StoreFailure>> answers(static_cast<std::size_t>(count));
    std::promise<void> drained;
    StoreThread store(std::move(database), runHere, {.groupJobsMax = 4});
    for (int i = 0; i < count; ++i)
        store.write([name = kBulk + std::to_string(from + i)](
                        Database& opened) { opened.accounts().createAnonymous(name, name, 1); },
                    [&answers, i](StoreThread::Outcome<void> const& outcome) {
                        if (!outcome) answers[static_cast<std::size_t>(i)] = outcome.error().failure;
                    });
    store.close([&] { drained.set_value(); });
    drained.get_future().wait();
    return answers;
}

/// Every row answered with success is there, every other is not.
void expectTruth(Database& database, std::vector<std::optional<StoreFailure>> const& answers, int from,
                 StoreFailure expected) {
    for (std::size_t i = 0; i < answers.size(); ++i) {
        auto const name = kBulk + std::to_string(from + static_cast<int>(i));
        EXPECT_EQ(database.accounts().findBySession(name).has_value(), !answers[i].has_value()) << "row " << i;
        if (answers[i]) EXPECT_EQ(*answers[i], expected) << "row " << i;
    }
}

TEST(Disk, Writing_PagesRunOut_AnswersFullAndKeepsTheRest) {
    TempDatabase place;
    auto limited = std::make_unique<sqlite::SqliteDatabase>(place.file, OpenOptions{});
    limited->connection().execute("PRAGMA max_page_count = 200");
    auto const answers = writeRows(std::move(limited), 0, 60);
    auto const refused = std::ranges::count_if(answers, [](auto const& answer) { return answer.has_value(); });
    EXPECT_GT(refused, 0);
    EXPECT_LT(refused, 60);
    auto const reopened = openDatabase(place.url(), {});
    expectTruth(*reopened, answers, 0, StoreFailure::Full);
}

TEST(Disk, Writing_FileMayNotGrow_AnswersIoAndRecoversByReopening) {
    TempDatabase place;
    auto database = openDatabase(place.url(), {});
    // A write past the limit fails with EFBIG, which SQLite takes for an I/O error.
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    rlimit tight = before;
    tight.rlim_cur = 1'000'000;
    ::setrlimit(RLIMIT_FSIZE, &tight);
    auto const answers = writeRows(std::move(database), 0, 40);
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, SIG_DFL);

    EXPECT_FALSE(answers.front().has_value()) << "the first group fitted";
    EXPECT_TRUE(answers.back().has_value());
    auto const reopened = openDatabase(place.url(), {});
    expectTruth(*reopened, answers, 0, StoreFailure::Io);
    auto const later = writeRows(openDatabase(place.url(), {}), 100, 5);
    expectTruth(*reopened, later, 100, StoreFailure::Io);
    EXPECT_FALSE(later.back().has_value());
}

/// Exit status of the child that has the small disk.
enum ChildResult : int { kPassed = 0, kFailed = 1, kNoMount = 2 };

ChildResult onASmallDisk(fs::path const& directory) {
    bool const separated = ::unshare(CLONE_NEWNS) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0;
    if (!separated || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=1500k") != 0)
        return kNoMount;
    auto const url = "sqlite:" + (directory / "tickbell.db").string();
    auto const answers = writeRows(openDatabase(url, {}), 0, 60);
    if (answers.front() || !answers.back()) return kFailed;
    {
        auto const reopened = openDatabase(url, {});
        expectTruth(*reopened, answers, 0, StoreFailure::Full);
    }
    // More room: the same database goes on by itself.
    if (::mount("tmpfs", directory.c_str(), "tmpfs", MS_REMOUNT, "size=9m") != 0) return kFailed;
    auto const later = writeRows(openDatabase(url, {}), 100, 40);
    expectTruth(*openDatabase(url, {}), later, 100, StoreFailure::Full);
    return later.back() || ::testing::Test::HasFailure() ? kFailed : kPassed;
}

TEST(Disk, Writing_RealDiskFills_NeverAnswersSuccessForWhatIsLost) {
    TempDatabase place;
    pid_t const child = ::fork();
    if (child == 0) ::_exit(onASmallDisk(place.directory));
    int status = -1;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == kNoMount) GTEST_SKIP() << "this machine lets nobody mount a small disk";
    EXPECT_EQ(WEXITSTATUS(status), kPassed);
}

}  // namespace
}  // namespace store_test
