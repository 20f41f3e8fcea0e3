#pragma once

#include "common/net/asio_types.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"
#include "common/store/store_thread.hpp"
#include "notifier/app/tail.hpp"
#include "notifier/session/hub.hpp"

#include <cstdint>
#include <functional>

namespace notifier {

/// Deletes what has had its time, in small batches: anonymous accounts without a connection, old events and
/// deliveries, ended alerts, state changes that were delivered. Keeps the clock that counts only while a notifier runs.
/// Network thread.
class Housekeeping {
public:
    struct Options {
        common::DurationMs anonymousTtlMs = 0;
        common::DurationMs retentionMs = 0;
        common::DurationMs endedAlertsMs = 7 * 86'400'000LL;
        std::int64_t batch = 200;
    };
    struct Deps {
        boost::asio::io_context& io;
        common::StoreThread& store;
        common::Clock const& clock;
        Tail const& tail;
        std::function<void(common::StoreThread::Failure const&)> failed;
    };

    /// `runningMs`: the stored clock at start.
    Housekeeping(Deps deps, Options options, std::int64_t runningMs);

    void start();
    void accountCame(common::AccountId account);
    void accountLeft(common::AccountId account);
    /// Nobody is connected any more; `done` after it is stored.
    void stop(std::function<void()> done);

private:
    std::int64_t runningMs() const;
    common::DurationMs everyMs() const;
    void wait();
    void sweep();

    Deps deps_;
    Options options_;
    std::int64_t baseMs_;
    std::int64_t startedMs_;
    common::net::Timer timer_;
    bool stopped_ = false;
};

}  // namespace notifier
