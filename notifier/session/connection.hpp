#pragma once

#include "common/net/asio_types.hpp"
#include "common/net/byte_stream.hpp"
#include "common/net/ws_frames.hpp"
#include "notifier/session/event_waits.hpp"
#include "notifier/session/server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace notifier {

/// What all connections of a server share; outlives them.
struct ServerContext {
    boost::asio::io_context& io;
    ServerOptions options;
    SessionDeps deps;
    HttpHandler http;
    ConnectionCounter counter;
    std::uint64_t sessions = 0;  ///< opened so far, for their numbers
    bool stopping = false;
    HubEventWaits waits{io, deps.hub};  ///< of event streams
};

/// One accepted socket: HTTP requests until one of them upgrades, then the bytes of a session. Decides nothing that
/// Session, checkUpgrade or the HTTP handler could decide. Network thread; kept alive by what is under way.
class Connection final : public SessionPort, public std::enable_shared_from_this<Connection> {
public:
    Connection(std::shared_ptr<ServerContext> context, common::net::TcpSocket socket, common::IpAddress peer,
               bool overShare);
    ~Connection() override;
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    /// `gone` is called once, not from inside a call into this object.
    void start(std::function<void(Connection&)> gone);
    /// A planned stop: a session says goodbye, a waiting HTTP connection is closed.
    void stop(common::DurationMs reconnectInMs, common::DurationMs closeMs);
    void abort() { finish(true); }
    Session* session() const { return session_.get(); }
    /// Who listens here to an account's events; null when nobody does.
    Client const* listener() const { return session_ ? session_->client().get() : streamed_.get(); }
    /// The listener may not any more.
    void close(common::CloseCode code);

    void wakeWriter() override;
    void wakeReader() override;
    void wakeTimer() override;
    void finish(bool reset) override;

private:
    template <class T = void>
    using Task = boost::asio::awaitable<T>;

    // HTTP, as a coroutine.
    Task<> serve();
    Task<> serveRequests();
    /// Nothing: the connection ended, or its broken request was answered with `refusal`.
    Task<std::optional<HttpRequest>> readRequest(std::optional<HttpResponse>& refusal);
    std::optional<HttpResponse> refuse(HttpRequest const& request) const;
    Task<bool> write(HttpResponse response, bool head, bool keep);
    Task<> streamEvents(HttpResponse answer);
    Task<bool> writeText(std::string const& text);
    Task<> drain();
    Task<std::optional<HttpResponse>> upgrade(HttpRequest const& request);
    void within(common::DurationMs limitMs);

    // WebSocket, as handlers.
    void beginSession(Admission admission, std::string const& accept);
    void readMore();
    void consume();
    bool handleFrame();
    void flush();
    void armTimer();
    void lost();

    std::shared_ptr<ServerContext> context_;
    common::net::ByteStream stream_;
    common::net::Timer timer_;
    common::IpAddress peer_;
    bool overShare_;

    std::optional<common::IpAddress> countedAs_;  ///< the client that a trusted proxy named
    std::function<void(Connection&)> gone_;
    bool finished_ = false;
    bool busy_ = false;                 ///< a request is being answered
    std::shared_ptr<Client> streamed_;  ///< whose events go out here
    std::function<void()> wakeStream_;  ///< it waits for an event

    boost::beast::flat_buffer input_;
    common::net::WsFrameReader reader_;
    std::shared_ptr<Session> session_;
    std::vector<boost::asio::const_buffer> writeBuffers_;
    std::int64_t armedMs_ = 0;  ///< 0 = the timer is not armed
    bool reading_ = false;
    bool readPosted_ = false;
    bool writing_ = false;
    bool flushPosted_ = false;
    bool broken_ = false;  ///< the peer broke the protocol: its bytes mean nothing any more
};

}  // namespace notifier
