#pragma once

#include "common/net/asio_types.hpp"
#include "common/runtime/clock.hpp"
#include "common/store/store_thread.hpp"
#include "notifier/session/hub.hpp"

#include <functional>
#include <set>

namespace notifier {

/// Keeps the rows by which ingestion knows what is watched: a new one at once, all of them every 20 s, valid 60 s, so
/// that the watches of a notifier that died run out by themselves. Network thread.
class WatchLeases {
public:
    struct Limits {
        common::DurationMs renewMs = 20'000;
        common::DurationMs validMs = 60'000;
    };
    struct Deps {
        boost::asio::io_context& io;
        common::StoreThread& store;
        common::Clock const& clock;
        std::function<void(common::StoreThread::Failure const&)> failed;
    };

    explicit WatchLeases(Deps deps) : WatchLeases(std::move(deps), Limits{}) {}
    WatchLeases(Deps deps, Limits limits);

    void began(common::Symbol const& symbol);
    void ended(common::Symbol const& symbol);
    void stop();

private:
    void writeSoon();
    void write();
    void wait();

    Deps deps_;
    Limits limits_;
    common::net::Timer timer_;
    std::set<common::Symbol> symbols_;
    std::set<common::Symbol> fresh_;   ///< not written yet
    std::set<common::Symbol> lapsed_;  ///< not deleted yet
    bool writePosted_ = false;
    bool waiting_ = false;
    bool stopped_ = false;
};

}  // namespace notifier
