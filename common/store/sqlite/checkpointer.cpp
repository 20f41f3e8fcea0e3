#include "common/store/checkpointer.hpp"

#include "common/store/sqlite/location.hpp"
#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/sqlite_store.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace common::sqlite {
namespace {

/// Truncating holds the write lock while it waits for readers: give up soon and try again later.
constexpr TimeMs kTruncateWaitMs = 50;

class LogCheckpointer final : public Checkpointer {
public:
    LogCheckpointer(std::filesystem::path const& file, CheckpointerOptions options)
        : options_(options),
          connection_(file, {.readOnly = false, .busyTimeoutMs = kTruncateWaitMs}),
          logFile_(beside(file, "-wal")),
          thread_([this](std::stop_token stop) { run(stop); }) {}

private:
    void run(std::stop_token const& stop) {
        std::mutex mutex;
        std::condition_variable_any stopping;
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
            stopping.wait_for(lock, stop, std::chrono::milliseconds(options_.tickMs), [] { return false; });
            try {
                tick();
            } catch (StoreError const& error) {
                if (error.failure() != StoreFailure::Busy) lost_ = true;
            }
        }
    }

    void tick() {
        if (lost_) connection_.reopen();
        lost_ = false;
        auto const state = log("PRAGMA wal_checkpoint(NOOP)");
        bool const idle = state.frames == frames_;
        quietMs_ = idle ? quietMs_ + options_.tickMs : 0;
        frames_ = state.frames;
        auto const pending = state.frames - state.moved;
        bool const quiet = quietMs_ >= options_.idleMs;
        if (pending >= options_.framesMin || (quiet && pending > 0)) log("PRAGMA wal_checkpoint(PASSIVE)");
        if (!quiet) return;
        std::error_code missing;
        auto const bytes = std::filesystem::file_size(logFile_, missing);
        if (missing || bytes <= options_.logBytesMax) return;
        quietMs_ = 0;
        Query(connection_, "PRAGMA wal_checkpoint(TRUNCATE)").run();
    }

    struct LogState {
        std::int64_t frames = 0;  ///< in the log
        std::int64_t moved = 0;   ///< of these, already in the database file
    };
    LogState log(Sql pragma) {
        Query query(connection_, pragma);
        if (!query.next()) return {};
        return {.frames = query.integer(1), .moved = query.integer(2)};
    }

    CheckpointerOptions options_;
    Connection connection_;
    std::filesystem::path logFile_;
    std::int64_t frames_ = 0;
    DurationMs quietMs_ = 0;
    bool lost_ = false;
    std::jthread thread_;  // last: it uses the rest
};

}  // namespace

std::unique_ptr<Checkpointer> startCheckpointer(std::string_view databaseUrl, CheckpointerOptions options) {
    return std::make_unique<LogCheckpointer>(locateDatabase(databaseUrl), options);
}

}  // namespace common::sqlite
