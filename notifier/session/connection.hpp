#pragma once

#include "common/net/asio_types.hpp"
#include "common/net/byte_stream.hpp"
#include "common/net/ws_frames.hpp"
#include "notifier/session/deadlines.hpp"
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

class Connection;

/// What all connections of a server share; outlives them. What they need only for a moment, or could hold one each of,
/// stands here once: an idle connection shall cost next to nothing.
class ServerContext : public std::enable_shared_from_this<ServerContext> {
public:
    ServerContext(boost::asio::io_context& loop, ServerOptions given, SessionDeps needed, HttpHandler handler);

    /// Has the connection write at the end of the hub's batch or on the loop's next turn, whichever comes first: what
    /// is queued until then goes out in one write.
    void writeSoon(std::shared_ptr<Connection> connection);
    void writeOut();
    void setDeadline(Deadlines::Entry& entry, std::int64_t atMs);
    void cancelDeadline(Deadlines::Entry& entry);

    boost::asio::io_context& io;
    ServerOptions options;
    SessionDeps deps;
    HttpHandler http;
    ConnectionCounter counter;
    std::uint64_t sessions = 0;  ///< opened so far, for their numbers
    bool stopping = false;
    HubEventWaits waits{io, deps.hub};  ///< of event streams
    std::vector<char> readSpace;        ///< what arrives is parsed here; only what makes no whole frame is kept
    std::uint64_t framesWritten = 0;    ///< since the counters of the metrics were moved
    std::uint64_t bytesWritten = 0;

private:
    void armTimer();
    void count();

    Deadlines deadlines_;
    common::net::Timer timer_;
    std::int64_t armedMs_ = 0;  ///< 0 = the timer is not armed
    std::vector<std::shared_ptr<Connection>> unwritten_;
    std::vector<std::shared_ptr<Connection>> round_;  ///< being written; empty otherwise, kept for its memory
    bool writePosted_ = false;
};

/// One accepted socket: HTTP requests until one of them upgrades, then the bytes of a session. Decides nothing that
/// Session, checkUpgrade or the HTTP handler could decide. Network thread; kept alive by what is under way.
class Connection final : public SessionPort, private Deadlines::Entry, public std::enable_shared_from_this<Connection> {
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
    friend class ServerContext;
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

    // WebSocket, as handlers (connection_frames.cpp).
    void beginSession(Admission admission, std::string const& accept);
    void readMore();
    void readPlain();
    void readTls();
    void onBytes(std::string_view bytes);
    /// Takes the frames at the front, as long as the session wants any; what is left is shortened by them.
    void consume(std::string_view& unread);
    bool handleFrame(std::string_view& unread);
    void flush();
    bool sendTaken();
    void writeTls();
    void waitWritable();
    void armDeadline();
    void onDue() override;
    void lost();

    std::shared_ptr<ServerContext> context_;
    common::net::ByteStream stream_;
    common::IpAddress peer_;
    bool overShare_;

    std::optional<common::IpAddress> countedAs_;  ///< the client that a trusted proxy named
    std::function<void(Connection&)> gone_;
    bool finished_ = false;
    bool busy_ = false;                 ///< a request is being answered
    std::shared_ptr<Client> streamed_;  ///< whose events go out here
    std::function<void()> wakeStream_;  ///< it waits for an event

    std::unique_ptr<boost::beast::flat_buffer> input_;  ///< of HTTP; none once it is over
    common::net::WsFrameReader reader_;
    std::shared_ptr<Session> session_;
    std::string unread_;         ///< came and made no whole frame yet, or the session wants no more for now
    std::string tlsSpace_;       ///< what a read over TLS fills
    std::size_t takenSent_ = 0;  ///< bytes of what the outbox gave that the kernel has
    std::int64_t armedMs_ = 0;   ///< 0 = no deadline is set
    bool reading_ = false;
    bool readPosted_ = false;
    bool writing_ = false;
    bool flushPosted_ = false;
    bool broken_ = false;  ///< the peer broke the protocol: its bytes mean nothing any more
};

}  // namespace notifier
