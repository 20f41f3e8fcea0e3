#include "common/net/connector.hpp"

#include <sstream>

namespace common::net {
namespace {

std::string text(asio::ip::tcp::endpoint const& endpoint) {
    std::ostringstream out;
    out << endpoint;
    return out.str();
}

/// Under the cutoff and, when other addresses wait, a timer of its own.
asio::awaitable<NetResult<std::shared_ptr<ByteStream>>> connectOne(asio::io_context& io,
                                                                   asio::ip::tcp::endpoint endpoint, std::size_t others,
                                                                   std::shared_ptr<Cutoff> cutoff) {
    if (cutoff->fired()) co_return cutoff->failure(NetErrorKind::Connect, "");
    auto const stream = std::make_shared<ByteStream>(io);
    cutoff->onFire([stream] { stream->close(); });
    auto const left = cutoff->deadline() - std::chrono::steady_clock::now();
    Timer share(io.get_executor(), left / static_cast<int>(others + 1));
    // Expired but not yet run, the timer must not close a connection that came in time.
    auto const waiting = std::make_shared<bool>(true);
    if (others > 0) {
        share.async_wait([stream, waiting](boost::system::error_code error) {
            if (!error && *waiting) stream->close();
        });
    }
    auto const [error] = co_await stream->socket().async_connect(endpoint, kNoThrow);
    *waiting = false;
    if (error || cutoff->fired())
        co_return cutoff->failure(NetErrorKind::Connect, text(endpoint) + ": " + error.message());
    boost::system::error_code ignored;
    stream->socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    stream->socket().set_option(asio::socket_base::keep_alive(true), ignored);
    co_return stream;
}

}  // namespace

asio::awaitable<NetResult<std::shared_ptr<ByteStream>>> connect(asio::io_context& io, Peer peer,
                                                                std::shared_ptr<Cutoff> cutoff) {
    auto endpoints = std::move(peer.connectTo);
    if (endpoints.empty()) {
        auto resolved = co_await resolveUnder(io, peer.host, peer.port, cutoff);
        if (!resolved) co_return std::unexpected(std::move(resolved.error()));
        endpoints = std::move(*resolved);
    }
    NetResult<std::shared_ptr<ByteStream>> connected;
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        connected = co_await connectOne(io, endpoints[i], endpoints.size() - 1 - i, cutoff);
        if (connected || cutoff->fired()) break;
    }
    if (!connected || !peer.tls) co_return connected;

    auto const stream = *connected;
    if (!stream->prepareTls(peer.tls, peer.host))
        co_return cutoff->failure(NetErrorKind::Tls, peer.host + ": not a name for TLS");
    auto const [error] = co_await stream->async_handshake(kNoThrow);
    if (error || cutoff->fired())
        co_return cutoff->failure(NetErrorKind::Tls, peer.host + ": " + stream->handshakeProblem(error));
    co_return stream;
}

}  // namespace common::net
