#pragma once

#include "common/net/net_error.hpp"
#include "common/net/resolve.hpp"
#include "common/net/tls.hpp"
#include "common/runtime/url.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace common::net {

struct WsOptions {
    std::vector<std::pair<std::string, std::string>> headers;  ///< besides those of the upgrade
    DurationMs openTimeoutMs = 10'000;                         ///< resolve, connect, TLS and upgrade together
    DurationMs closeTimeoutMs = 2'000;                         ///< for the peer's half of the close handshake
    std::size_t messageBytesMax = 65'536;
    std::size_t sendBytesMax = 1'048'576;  ///< queued but not yet written
    Endpoints connectTo;                   ///< addresses to use instead of resolving the URL's host
};

/// How a connection ended.
struct WsEnd {
    enum class Cause : std::uint8_t {
        PeerClosed,  ///< by a close frame; code 1005 when it carried none
        WeClosed,    ///< close() was answered, or its deadline passed
        Lost,        ///< end of stream or reset without a close frame
        BadPeer,     ///< broke the protocol or a limit; code is what we closed with
        Aborted,     ///< abort()
    };
    Cause cause;
    std::uint16_t code = 1006;
    std::string reason;  ///< the close frame's, or what went wrong
};

/// What a connection tells its owner, inside run(). The views are valid during the call only. A handler may call
/// send(), close() and abort(); after the last two nothing more is told.
class WsHandler {
public:
    virtual ~WsHandler() = default;
    virtual void onText(std::string_view message) = 0;
    /// A ping came and its pong (same payload) has been queued: it counts against the peer's message limit.
    virtual void onPing() {}
    /// All complete frames that had arrived were told: the place to hand on what was gathered.
    virtual void onDrained() {}
};

/// One WebSocket connection to a server, plain or TLS by the URL's scheme; made anew for each connection.
/// RFC 6455 without extensions. Reads as fast as its handler; a slow one makes TCP push back.
/// All calls on the io_context's thread. Destroying it aborts; run() then ends with Aborted and calls no handler.
class WsClient {
public:
    /// `tls` may be null when only plain URLs are opened.
    WsClient(boost::asio::io_context& io, TlsContext tls, WsOptions options);
    ~WsClient();
    WsClient(WsClient const&) = delete;
    WsClient& operator=(WsClient const&) = delete;

    /// Connects and upgrades; once per object. Refused carries the HTTP status of the answer.
    boost::asio::awaitable<NetResult<void>> open(Url url);
    /// Reads until the connection has ended; once, after open(). The handler must outlive it or call abort() before.
    boost::asio::awaitable<WsEnd> run(WsHandler& handler);

    /// Queues a text frame. False when the connection is ending or too much is queued already.
    bool send(std::string_view text);
    /// Sends what is queued, then a close frame; run() ends when the peer answers or after the close timeout.
    void close(std::uint16_t code, std::string_view reason = {});
    /// Drops the connection at once; a running open() or run() ends with Aborted.
    void abort();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace common::net
