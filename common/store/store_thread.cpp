#include "common/store/store_thread.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace common {
namespace {

using Jobs = std::vector<std::unique_ptr<StoreThread::Job>>;

bool losesConnection(StoreFailure failure) {
    return failure == StoreFailure::Io || failure == StoreFailure::Corrupt;
}

StoreThread::Failure failureOf(std::exception const& error) {
    auto const* const store = dynamic_cast<StoreError const*>(&error);
    return {store != nullptr ? store->failure() : StoreFailure::Other, error.what()};
}

void failAll(std::span<std::unique_ptr<StoreThread::Job>> jobs, StoreThread::Failure const& failure) {
    for (auto const& job : jobs)
        job->fail(failure);
}

}  // namespace

/// The queue, which callers fill, and the thread that empties it. Only the queue is shared; everything else belongs to
/// the thread.
class StoreThread::Loop {
public:
    Loop(std::unique_ptr<Database> database, Post post, Options options)
        : database_(std::move(database)),
          post_(std::move(post)),
          options_(std::move(options)),
          thread_([this] { run(); }) {}

    ~Loop() {
        {
            std::lock_guard const lock(mutex_);
            closed_ = true;
        }
        arrived_.notify_one();
        thread_.join();
    }

    void push(std::unique_ptr<Job> job) {
        job->pushed = std::chrono::steady_clock::now();
        {
            std::unique_lock lock(mutex_);
            if (closed_ || queue_.size() >= options_.queuedJobsMax) {
                auto const* const why = closed_ ? "the store is closing" : "too many jobs are queued";
                lock.unlock();
                job->fail({StoreFailure::Busy, why});
                post_([job = std::move(job)]() mutable { job->complete(); });
                return;
            }
            queue_.push_back(std::move(job));
        }
        arrived_.notify_one();
    }

    void close(Task drained) {
        {
            std::lock_guard const lock(mutex_);
            closed_ = true;
            drained_ = std::move(drained);
        }
        arrived_.notify_one();
    }

private:
    /// A group's figures, whose jobs are gone when it is done.
    class Measure {
    public:
        explicit Measure(Jobs const& jobs) : jobs_(jobs.size()), pushed_(jobs.front()->pushed) {}

        GroupReport done(std::size_t waiting, bool failed) const {
            auto const now = std::chrono::steady_clock::now();
            auto const us = [now](auto since) {
                return std::chrono::duration_cast<std::chrono::microseconds>(now - since).count();
            };
            return {.jobs = jobs_,
                    .waiting = waiting,
                    .longestWaitUs = us(pushed_),
                    .workUs = us(began_),
                    .failed = failed};
        }

    private:
        std::size_t jobs_;
        std::chrono::steady_clock::time_point pushed_;
        std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    };

    std::size_t waiting() {
        std::lock_guard const lock(mutex_);
        return queue_.size();
    }

    void run() {
        for (;;) {
            auto jobs = take();
            if (jobs.empty()) return;
            Measure const measure(jobs);
            restore();
            if (jobs.front()->writes())
                writeGroup(std::move(jobs));
            else
                read(std::move(jobs));
            if (options_.report) options_.report(measure.done(waiting(), std::exchange(failed_, false)));
        }
    }

    /// The next group: writes up to the limit or to the next read, or one read. Empty when closed and drained.
    Jobs take() {
        std::unique_lock lock(mutex_);
        for (;;) {
            arrived_.wait(lock, [this] { return closed_ || !queue_.empty(); });
            if (!queue_.empty()) break;
            if (drained_) {
                lock.unlock();
                post_(std::exchange(drained_, nullptr));
                lock.lock();
                continue;
            }
            return {};
        }
        Jobs jobs;
        do {
            jobs.push_back(std::move(queue_.front()));
            queue_.pop_front();
        } while (jobs.back()->writes() && jobs.size() < options_.groupJobsMax && !queue_.empty() &&
                 queue_.front()->writes());
        return jobs;
    }

    /// Connects again after a failure that made the connection worthless. What then fails again fails its jobs.
    void restore() {
        if (!lost_) return;
        try {
            database_->reopen();
            lost_ = false;
        } catch (StoreError const&) {
        }
    }

    void read(Jobs jobs) {
        std::optional<Failure> failure;
        try {
            jobs.front()->run(*database_);
        } catch (std::exception const& error) {
            failure = failureOf(error);
            lost_ = lost_ || losesConnection(failure->failure);
            jobs.front()->fail(*failure);
        }
        complete(std::move(jobs));
        if (failure) report(failure->failure);
    }

    void writeGroup(Jobs jobs) {
        auto const failure = tryGroup(jobs);
        if (!failure) {
            bool const stored = !std::ranges::all_of(jobs, [](auto const& job) { return job->failed(); });
            if (stored && options_.ring) options_.ring();
            complete(std::move(jobs));
            return;
        }
        leaveTransaction();
        // Damage of the connection hits everyone; anything else may be one job's fault or pass without the others.
        if (losesConnection(failure->failure) || failure->failure == StoreFailure::Busy || jobs.size() == 1) {
            lost_ = lost_ || losesConnection(failure->failure);
            failAll(jobs, *failure);
            complete(std::move(jobs));
            report(failure->failure);
            return;
        }
        for (auto& job : jobs) {
            Jobs alone;
            alone.push_back(std::move(job));
            restore();
            writeGroup(std::move(alone));
        }
    }

    /// Runs and commits the jobs in one transaction. A failure that it returns concerns the whole group: nothing of it
    /// is stored. A job that fails by itself keeps its failure and takes nothing with it.
    std::optional<Failure> tryGroup(Jobs const& jobs) {
        try {
            database_->begin();
            for (auto const& job : jobs)
                if (auto failure = jobs.size() == 1 ? tryAlone(*job) : tryJob(*job)) return failure;
            database_->commit();
        } catch (StoreError const& error) {
            return failureOf(error);
        }
        return {};
    }

    /// The transaction itself is its savepoint.
    std::optional<Failure> tryAlone(Job& job) {
        try {
            job.run(*database_);
        } catch (std::exception const& error) {
            return failureOf(error);
        }
        return {};
    }

    std::optional<Failure> tryJob(Job& job) {
        database_->savepoint();
        try {
            job.run(*database_);
        } catch (std::exception const& error) {
            auto failure = failureOf(error);
            // On a full disk SQLite has dissolved the transaction, savepoints that were released included.
            if (losesConnection(failure.failure) || !database_->inTransaction()) return failure;
            job.fail(std::move(failure));
            database_->rollbackToSavepoint();
            return {};
        }
        database_->releaseSavepoint();
        return {};
    }

    void leaveTransaction() {
        try {
            database_->rollback();
        } catch (StoreError const&) {
            lost_ = true;
        }
    }

    void report(StoreFailure failure) {
        failed_ = true;
        if (failure == StoreFailure::Corrupt && options_.damaged) post_(std::exchange(options_.damaged, nullptr));
    }

    void complete(Jobs jobs) {
        post_([jobs = std::move(jobs)] {
            for (auto const& job : jobs)
                job->complete();
        });
    }

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<std::unique_ptr<Job>> queue_;
    bool closed_ = false;
    Task drained_;

    std::unique_ptr<Database> database_;
    Post post_;
    Options options_;
    bool lost_ = false;
    bool failed_ = false;  ///< something of the group at hand
    std::thread thread_;   // last: it uses the rest
};

StoreThread::StoreThread(std::unique_ptr<Database> database, Post post, Options options)
    : loop_(std::make_unique<Loop>(std::move(database), std::move(post), std::move(options))) {}

StoreThread::~StoreThread() = default;

void StoreThread::push(std::unique_ptr<Job> job) {
    loop_->push(std::move(job));
}

void StoreThread::close(Task drained) {
    loop_->close(std::move(drained));
}

}  // namespace common
