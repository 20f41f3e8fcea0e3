#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace common::net {

namespace asio = boost::asio;

/// The executor is spelled out everywhere: the type-erased one costs an allocation or two per operation.
using Executor = asio::io_context::executor_type;
using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// Operations answer with a tuple that begins with the error code, and throw nothing.
inline constexpr auto kNoThrow = asio::as_tuple(asio::use_awaitable);

}  // namespace common::net
