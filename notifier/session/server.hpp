#pragma once

#include "common/net/tls.hpp"
#include "common/runtime/address.hpp"
#include "notifier/api/http.hpp"
#include "notifier/session/admission.hpp"
#include "notifier/session/session.hpp"
#include "notifier/session/upgrade.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace notifier {

struct ServerOptions {
    OriginRule origins;
    ProxyRule proxies;
    std::size_t connectionsPerAddressMax = 256;  ///< loopback and trusted proxies exempt
    std::size_t connectionsMax = 65'536;         ///< of all addresses; one more is told 503 and closed
    common::net::TlsContext tls;                 ///< null = plain
    Session::Limits session;
    std::size_t headBytesMax = 16'384;
    std::size_t bodyBytesMax = 65'536;
    common::DurationMs handshakeMs = 10'000;  ///< from accepting to the end of TLS and the first request's head
    common::DurationMs idleMs = 10'000;       ///< between requests of a kept connection
    common::DurationMs answerMs = 30'000;     ///< for a client to take its answer
    std::size_t requestsMax = 1'000;          ///< of one kept connection
};

/// The one port of the program: WebSocket on `/ws`, all else to the HTTP handler. Network thread; owns its connections.
class Server {
public:
    Server(boost::asio::io_context& io, ServerOptions options, SessionDeps deps, HttpHandler http);
    ~Server();
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;

    /// Binds and begins to accept; the port bound or what went wrong, in one line.
    std::expected<std::uint16_t, std::string> listen(common::HostPort const& where);
    bool listening() const;
    /// For connections from now on; those that are open keep what they began with.
    void replaceTls(common::net::TlsContext tls);
    /// Closes the listener and says goodbye to everyone; calls `done` when the last connection is gone, at the latest
    /// a little after `withinMs`.
    void stop(common::DurationMs withinMs, std::function<void()> done);
    /// Writes out what is queued for clients now, instead of at the next turn of the loop. Not from inside a call of a
    /// session.
    void writeOut();
    /// Ends the sessions that this applies to.
    void closeSessions(std::function<bool(Client const&)> const& applies, common::CloseCode code);
    std::size_t connections() const;
    std::size_t outboxBytes() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace notifier
