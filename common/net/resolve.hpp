#pragma once

#include "common/net/net_error.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace common::net {

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

/// The addresses of a name in the resolver's order; an address literal answers itself at once. A resolver that hangs
/// ends in Timeout after `timeoutMs`, though its thread goes on until the system gives up.
boost::asio::awaitable<NetResult<Endpoints>> resolve(boost::asio::io_context& io, std::string host, std::uint16_t port,
                                                     DurationMs timeoutMs);

}  // namespace common::net
