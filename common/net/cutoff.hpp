#pragma once

#include "common/net/asio_types.hpp"
#include "common/net/net_error.hpp"

#include <functional>
#include <memory>
#include <string>

namespace common::net {

/// The deadline of one piece of work and the way to end it early: whoever does the work says what to break off at each
/// stage (usually closing a socket) and afterwards asks why it failed. On the io_context's thread.
class Cutoff : public std::enable_shared_from_this<Cutoff> {
public:
    static std::shared_ptr<Cutoff> start(asio::io_context& io, DurationMs afterMs);

    /// Replaces what fire() does; must not keep the Cutoff alive.
    void onFire(std::function<void()> breakOff) { breakOff_ = std::move(breakOff); }
    void abort() { fire(NetErrorKind::Aborted); }
    /// The work is over: nothing fires any more.
    void finish();
    bool fired() const { return fired_; }
    std::chrono::steady_clock::time_point deadline() const { return timer_.expiry(); }
    /// Timeout or Aborted when this ended the work, else `kind` with `detail`.
    std::unexpected<NetError> failure(NetErrorKind kind, std::string detail) const;

    /// Use start().
    Cutoff(asio::io_context& io, DurationMs afterMs);

private:
    void fire(NetErrorKind cause);

    Timer timer_;
    DurationMs afterMs_;
    std::function<void()> breakOff_;
    NetErrorKind cause_ = NetErrorKind::Timeout;
    bool fired_ = false;
};

}  // namespace common::net
