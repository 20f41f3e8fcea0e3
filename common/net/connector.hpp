#pragma once

#include "common/net/byte_stream.hpp"
#include "common/net/cutoff.hpp"
#include "common/net/resolve.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace common::net {

/// Where to connect and as whom the peer must prove itself.
struct Peer {
    std::string host;
    std::uint16_t port = 0;
    TlsContext tls;       ///< null = plain TCP
    Endpoints connectTo;  ///< instead of resolving `host`
};

/// resolve() under a deadline that somebody else holds.
asio::awaitable<NetResult<Endpoints>> resolveUnder(asio::io_context& io, std::string host, std::uint16_t port,
                                                   std::shared_ptr<Cutoff> cutoff);

/// Resolves, connects (each address gets its share of the time left) and shakes hands. From then on `cutoff` closes the
/// stream when it fires, until its owner says otherwise.
asio::awaitable<NetResult<std::shared_ptr<ByteStream>>> connect(asio::io_context& io, Peer peer,
                                                                std::shared_ptr<Cutoff> cutoff);

}  // namespace common::net
