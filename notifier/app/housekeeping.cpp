#include "notifier/app/housekeeping.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace notifier {
namespace {

constexpr common::DurationMs kEveryMinMs = 250;
constexpr common::DurationMs kEveryMaxMs = 30'000;

}  // namespace

Housekeeping::Housekeeping(Deps deps, Options options, std::int64_t runningMs)
    : deps_(std::move(deps)),
      options_(options),
      baseMs_(runningMs),
      startedMs_(deps_.clock.monotonicMs()),
      timer_(deps_.io.get_executor()) {}

std::int64_t Housekeeping::runningMs() const {
    return baseMs_ + deps_.clock.monotonicMs() - startedMs_;
}

/// Often enough that nothing lives much longer than it should.
common::DurationMs Housekeeping::everyMs() const {
    return std::clamp(std::min(options_.anonymousTtlMs, options_.retentionMs) / 4, kEveryMinMs, kEveryMaxMs);
}

void Housekeeping::start() {
    // Who was connected when the last notifier crashed is not connected now.
    deps_.store.write([now = runningMs()](common::Database& database) { database.accounts().detachAll(now); },
                      [this](common::StoreThread::Outcome<void> outcome) {
                          if (!outcome) deps_.failed(outcome.error());
                      });
    wait();
}

void Housekeeping::wait() {
    timer_.expires_after(std::chrono::milliseconds(everyMs()));
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error && !stopped_) sweep();
    });
}

void Housekeeping::sweep() {
    deps_.store.write(
        [options = options_, running = runningMs(), wall = deps_.clock.wallMs(),
         statesUpTo = deps_.tail.stateCursor()](common::Database& database) {
            auto const batch = options.batch;
            auto& accounts = database.accounts();
            accounts.setRunningMs(running);
            auto const most = std::max({accounts.removeDetachedBefore(running - options.anonymousTtlMs, batch),
                                        database.events().removeBefore(wall - options.retentionMs, batch),
                                        database.deliveries().removeBefore(wall - options.retentionMs, batch),
                                        database.alerts().removeEndedBefore(wall - options.endedAlertsMs, batch)});
            database.events().removeStatesUpTo(statesUpTo);
            return most == batch;
        },
        [this](common::StoreThread::Outcome<bool> more) {
            if (!more) deps_.failed(more.error());
            if (stopped_) return;
            if (more.value_or(false))
                sweep();
            else
                wait();
        });
}

void Housekeeping::accountCame(common::AccountId account) {
    deps_.store.write([account](common::Database& database) { database.accounts().setDetached(account, std::nullopt); },
                      [this](common::StoreThread::Outcome<void> outcome) {
                          if (!outcome) deps_.failed(outcome.error());
                      });
}

void Housekeeping::accountLeft(common::AccountId account) {
    if (stopped_) return;  // stop() marks all of them together
    deps_.store.write(
        [account, now = runningMs()](common::Database& database) { database.accounts().setDetached(account, now); },
        [this](common::StoreThread::Outcome<void> outcome) {
            if (!outcome) deps_.failed(outcome.error());
        });
}

void Housekeeping::stop(std::function<void()> done) {
    stopped_ = true;
    timer_.cancel();
    deps_.store.write(
        [now = runningMs()](common::Database& database) {
            database.accounts().setRunningMs(now);
            database.accounts().detachAll(now);
        },
        [this, done = std::move(done)](common::StoreThread::Outcome<void> outcome) {
            if (!outcome) deps_.failed(outcome.error());
            done();
        });
}

}  // namespace notifier
