#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace support {

using namespace std::chrono_literals;

/// Runs the loop until `done()`; false when that took longer than `limit` or nothing was left to do.
template <class Done>
bool eventually(boost::asio::io_context& io, Done done, std::chrono::milliseconds limit = 5s) {
    auto const end = std::chrono::steady_clock::now() + limit;
    io.restart();
    while (!done())
        if (io.run_one_until(end) == 0) return done();
    return true;
}

/// Runs the loop until the coroutine has ended and answers its value.
template <class T>
T runToEnd(boost::asio::io_context& io, boost::asio::awaitable<T> work, std::chrono::milliseconds limit = 5s) {
    std::optional<T> value;
    std::exception_ptr failure;
    boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown, T result) {
        failure = thrown;
        value = std::move(result);
    });
    if (!eventually(io, [&] { return value.has_value(); }, limit))
        throw std::runtime_error("the coroutine did not end in time");
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
}

}  // namespace support
