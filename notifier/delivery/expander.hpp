#pragma once

#include "common/core/event.hpp"
#include "common/net/asio_types.hpp"
#include "common/runtime/clock.hpp"
#include "common/store/store_thread.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <unordered_set>

namespace notifier {

/// Turns committed events into deliveries and queued mails. Events of accounts without any receiver cost nothing but a
/// look into a set: no write stands in the way of those who only use the WebSocket. Network thread.
class Expander {
public:
    struct Deps {
        boost::asio::io_context& io;
        common::StoreThread& store;
        common::Clock const& clock;
        std::function<void()> queued;  ///< there is something to deliver
        std::function<void(common::StoreThread::Failure const&)> failed;
    };

    explicit Expander(Deps deps) : deps_(std::move(deps)), retry_(deps_.io.get_executor()) {}

    /// Goes on where the last notifier ended.
    void start();
    /// These were committed.
    void take(std::span<common::Event const> events);
    /// From now on this account has receivers.
    void add(common::AccountId account);
    void stop();

private:
    void expand();

    Deps deps_;
    common::net::Timer retry_;
    std::unordered_set<common::AccountId> receivers_;  ///< and those that had some since the start
    bool expanding_ = false;
    bool again_ = false;
    bool stopped_ = false;
};

}  // namespace notifier
