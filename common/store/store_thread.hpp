#pragma once

#include "common/store/store_error.hpp"
#include "common/store/stores.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace common {

/// Owns the read-write connection on a thread of its own and commits in groups: at once when idle; while a commit is
/// running, jobs gather and go into the next one. Each job has a savepoint, so one that fails takes nothing with it.
///
/// Jobs run on the store thread; completions go through `post` to the caller's thread, in the order the jobs were
/// given, and only after the commit that made their work durable. Links no Asio: `post` is the caller's.
class StoreThread {
public:
    using Task = std::move_only_function<void()>;
    using Post = std::function<void(Task)>;
    struct Failure {
        StoreFailure failure;
        std::string what;  ///< for our log, not for clients
    };
    template <class R>
    using Outcome = std::expected<R, Failure>;
    /// One transaction with all its jobs, or one read.
    struct GroupReport {
        std::size_t jobs;
        std::size_t waiting;         ///< jobs that gathered meanwhile
        std::int64_t longestWaitUs;  ///< of its first job, from the call to the answer
        std::int64_t workUs;         ///< statements and commit
        bool failed;
    };

    struct Options {
        std::size_t groupJobsMax = 256;      ///< jobs in one transaction
        std::size_t queuedJobsMax = 10'000;  ///< beyond this a job is refused with StoreFailure::Busy at once
        /// Rings the bell of the other process; on the store thread, first thing after every commit.
        std::function<void()> ring = {};
        /// The database is damaged: posted once, behind the answer of the job that met it.
        std::function<void()> damaged = {};
        /// Told of every group that is done, on the store thread; for metrics, so it must not block.
        std::function<void(GroupReport const&)> report = {};
    };

    StoreThread(std::unique_ptr<Database> database, Post post, Options options);
    ~StoreThread();  ///< finishes queued jobs, then joins
    StoreThread(StoreThread const&) = delete;
    StoreThread& operator=(StoreThread const&) = delete;

    /// Queues work that writes: `R work(Database&)`, then `done(Outcome<R>)`. `work` may run more than once (after an
    /// error of its group it is run again alone), so it must depend on nothing but its captures and the database.
    template <class F, class Done>
    void write(F work, Done done) {
        push(std::make_unique<Work<F, Done>>(true, std::move(work), std::move(done)));
    }
    /// Queues work that only reads; runs between transactions, after all that was queued before it has committed.
    template <class F, class Done>
    void read(F work, Done done) {
        push(std::make_unique<Work<F, Done>>(false, std::move(work), std::move(done)));
    }

    /// No more jobs are taken (they fail with Busy); `drained` is posted when all queued ones are done. Call once.
    void close(Task drained);

    /// One queued job, as the loop sees it. Public for the templates only.
    struct Job {
        virtual ~Job() = default;
        virtual bool writes() const = 0;
        virtual void run(Database& database) = 0;  ///< may throw; keeps its result, replacing an earlier one
        virtual void fail(Failure failure) = 0;
        virtual bool failed() const = 0;
        virtual void complete() = 0;  ///< on the caller's thread

        std::chrono::steady_clock::time_point pushed = {};
    };

private:
    template <class F, class Done>
    class Work final : public Job {
    public:
        using R = std::invoke_result_t<F&, Database&>;

        Work(bool writes, F work, Done done) : writes_(writes), work_(std::move(work)), done_(std::move(done)) {}
        bool writes() const override { return writes_; }
        void run(Database& database) override {
            if constexpr (std::is_void_v<R>) {
                work_(database);
                outcome_.emplace();
            } else {
                outcome_.emplace(work_(database));
            }
        }
        void fail(Failure failure) override { outcome_.emplace(std::unexpect, std::move(failure)); }
        bool failed() const override { return !outcome_ || !outcome_->has_value(); }
        void complete() override { done_(std::move(*outcome_)); }

    private:
        bool writes_;
        F work_;
        Done done_;
        std::optional<Outcome<R>> outcome_;
    };

    void push(std::unique_ptr<Job> job);

    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace common
