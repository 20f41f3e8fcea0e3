#pragma once

#include "common/net/asio_types.hpp"
#include "common/net/byte_stream.hpp"
#include "common/net/plain_socket.hpp"
#include "common/net/socket_poll.hpp"
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
#include <span>
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
    std::function<void(Connection&)> gone;  ///< called once for each, not from inside a call into it
    ConnectionCounter counter;
    common::net::SocketPoll poll;  ///< of the sockets of plain sessions
    std::uint64_t sessions = 0;    ///< opened so far, for their numbers
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
/// Session, checkUpgrade or the HTTP handler could decide. Network thread; kept alive by the server and by what is
/// under way.
///
/// The socket is a plain one behind the common poll, as long as that does: for the first request, when it comes in one
/// piece and upgrades, as nearly all do, and for the session. HTTP and TLS go through Asio.
class Connection final : public SessionPort,
                         private Deadlines::Entry,
                         private common::net::SocketPoll::Watcher,
                         public std::enable_shared_from_this<Connection> {
public:
    /// How the peer's address is counted.
    enum class Share : std::uint8_t { Exempt, Within, Over };

    Connection(std::shared_ptr<ServerContext> context, common::net::PlainSocket socket, common::IpAddress peer,
               Share share);
    ~Connection() override;
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    void start();
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
    /// What to answer instead of upgrading; nothing when the session has begun or the connection is gone.
    using Upgraded = std::function<void(std::optional<HttpResponse>)>;

    // The first request.
    void onReady(Ready ready) override;
    void readFirst();
    void upgrade(HttpRequest const& request, Upgraded done);
    std::optional<HttpResponse> refuse(HttpRequest const& request) const;
    void complete(HttpRequest& request) const;
    void within(common::DurationMs limitMs);

    // HTTP, as a coroutine (connection_http.cpp).
    /// Goes on with what was read by now, or ends with this answer.
    void serveHttp(std::string_view read, std::optional<HttpResponse> answer);
    Task<> serve(std::optional<HttpResponse> answer);
    Task<> serveRequests();
    /// Nothing: the connection ended, or its broken request was answered with `refusal`.
    Task<std::optional<HttpRequest>> readRequest(std::optional<HttpResponse>& refusal);
    Task<bool> write(HttpResponse response, bool head, bool keep, bool chunked);
    /// What follows the body of an answer, as chunks (RFC 9112 section 7.1) or up to the connection's end.
    Task<bool> writeRest(std::shared_ptr<BodyPieces> rest, bool chunked);
    Task<> streamEvents(HttpResponse answer);
    Task<bool> writeText(std::string const& text);
    Task<> drain();

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
    void endSending();
    common::net::PlainSocket::Done sendOne(std::string const& frame);
    common::net::PlainSocket::Done sendSeveral(std::span<Outbox::Entry const> frames);
    bool sendTaken();
    void writeTls();
    void armDeadline();
    void onDue() override;
    void lost();

    std::shared_ptr<ServerContext> context_;
    common::net::PlainSocket socket_;                  ///< none while there is a stream
    std::unique_ptr<common::net::ByteStream> stream_;  ///< of HTTP, or of a session with TLS
    common::IpAddress peer_;
    std::optional<common::IpAddress> countedAs_;  ///< the peer, or the client that a trusted proxy named
    bool overShare_;
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
    bool readable_ = false;      ///< the plain socket may hold bytes
    bool ended_ = false;         ///< it is to be read until that shows
    bool reading_ = false;       ///< waits for bytes
    bool readPosted_ = false;
    bool writing_ = false;  ///< waits for the kernel or TLS
    bool flushPosted_ = false;
    bool broken_ = false;  ///< the peer broke the protocol: its bytes mean nothing any more
};

}  // namespace notifier
