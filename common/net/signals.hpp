#pragma once

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>

namespace common::net {

/// SIGTERM and SIGINT: the first calls `onStop` on the io_context's thread, the second ends the process at once with
/// 130. Does not keep the io_context running after the first signal or stop().
class StopSignals {
public:
    StopSignals(boost::asio::io_context& io, std::function<void(int signal)> onStop);
    ~StopSignals();
    StopSignals(StopSignals const&) = delete;
    StopSignals& operator=(StopSignals const&) = delete;

    /// For a stop that has another reason: signals no longer keep the io_context running.
    void stop();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace common::net
