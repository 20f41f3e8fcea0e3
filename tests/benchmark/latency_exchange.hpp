#pragma once

#include "tests/support/scripted_peer.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace bench {

/// The least of an exchange that ingestion accepts: one symbol, its newest id, its trades on a stream, each written at
/// a known instant. Runs on a thread of its own.
class Exchange {
public:
    static constexpr char kSymbol[] = "BENCHUSDT";

    struct Plan {
        std::int64_t trades = 0;
        std::chrono::microseconds every{};
        std::int64_t atOnce = 1;      ///< trades of one write, in a frame each
        std::int64_t crossEvery = 1;  ///< each so many trades the price changes between 99 and 101
    };

    explicit Exchange(std::int64_t tradesMax = 1'000'000);
    ~Exchange();
    Exchange(Exchange const&) = delete;
    Exchange& operator=(Exchange const&) = delete;

    std::uint16_t port() const { return peer_.port(); }
    /// Plays; needs an open stream. Ready after the last trade; one plan at a time.
    std::future<void> play(Plan const& plan);
    /// When the trade's frame was handed to the socket.
    std::int64_t sentNs(std::int64_t tradeId) const;

private:
    boost::asio::awaitable<void> serve(support::Socket& socket);
    boost::asio::awaitable<void> serveStream(support::Socket& socket, std::string head);
    boost::asio::awaitable<void> run(Plan plan);
    std::string answer(std::string const& head) const;
    std::string tradeFrame(std::int64_t id) const;

    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
    support::ScriptedPeer peer_;
    support::Socket* stream_ = nullptr;
    std::int64_t tradesMax_;
    std::int64_t lastId_ = 0;
    bool high_ = false;
    std::unique_ptr<std::atomic<std::int64_t>[]> sentNs_;
    std::jthread thread_;
};

}  // namespace bench
