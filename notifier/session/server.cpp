#include "notifier/session/server.hpp"

#include "common/runtime/log.hpp"
#include "notifier/session/connection.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <random>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

namespace notifier {

namespace asio = boost::asio;
using boost::system::error_code;
using common::net::PlainSocket;
using common::net::Timer;

namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, common::net::Executor>;

constexpr int kAcceptsPerTurn = 64;
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
// Small enough that a client which stops reading is noticed, large enough for one that is merely far away.
constexpr int kSendBufferBytes = 256 * 1024;
constexpr common::DurationMs kReconnectSpreadMs = 5'000;
constexpr std::size_t kDrainBytes = 4'096;
constexpr std::string_view kFullAnswer =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nContent-Length: 0\r\nServer: tickbell\r\n"
    "Connection: close\r\n\r\n";

common::IpAddress addressOf(sockaddr_storage const& from) {
    if (from.ss_family == AF_INET)
        return common::IpAddress::fromBytes(
            std::bit_cast<std::array<std::uint8_t, 4>>(reinterpret_cast<sockaddr_in const&>(from).sin_addr));
    return common::IpAddress::fromBytes(
        std::bit_cast<std::array<std::uint8_t, 16>>(reinterpret_cast<sockaddr_in6 const&>(from).sin6_addr));
}

std::shared_ptr<ServerContext> makeContext(asio::io_context& io, ServerOptions options, SessionDeps deps,
                                           HttpHandler http) {
    return std::make_shared<ServerContext>(io, std::move(options), deps, std::move(http));
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
    Impl(asio::io_context& io, ServerOptions options, SessionDeps deps, HttpHandler http)
        : context(makeContext(io, std::move(options), deps, std::move(http))),
          acceptor(io.get_executor()),
          pause(io.get_executor()),
          stopTimer(io.get_executor()) {}

    /// All that wait, some at a time: other work of the loop comes in between.
    void accept() {
        acceptor.async_wait(asio::socket_base::wait_read, [self = shared_from_this()](error_code error) {
            for (int i = 0; i < kAcceptsPerTurn && !error; ++i)
                error = self->acceptOne();
            if (!self->acceptor.is_open()) return;
            if (error && error != asio::error::would_block) return self->pauseAccepting(error);
            self->accept();
        });
    }

    error_code acceptOne() {
        sockaddr_storage from{};
        socklen_t length = sizeof from;
        auto const descriptor = accept4(acceptor.native_handle(), reinterpret_cast<sockaddr*>(&from), &length,
                                        SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor >= 0) {
            take(PlainSocket(descriptor), addressOf(from));
            return {};
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) return asio::error::would_block;
        // That one gave up before its turn came (accept(2)).
        if (errno == ECONNABORTED || errno == EINTR || errno == EPROTO) return {};
        return {errno, boost::system::system_category()};
    }

    /// Out of descriptors, most likely: without a pause this would spin.
    void pauseAccepting(error_code error) {
        if (auto const count = failures.hit(context->deps.clock.monotonicMs()))
            common::log::warn("listener", "accept failed", {{"error", error.message()}, {"times", *count}});
        pause.expires_after(kAcceptPause);
        pause.async_wait([self = shared_from_this()](error_code cancelled) {
            if (!cancelled && self->acceptor.is_open()) self->accept();
        });
    }

    void take(PlainSocket socket, common::IpAddress const& peer) {
        if (connections.size() >= context->options.connectionsMax) return turnAway(socket);
        auto share = Connection::Share::Exempt;
        if (!peer.isLoopback() && !common::contains(context->options.proxies.trusted, peer)) {
            if (context->counter.flooding(peer)) return;
            share = context->counter.enter(peer) ? Connection::Share::Within : Connection::Share::Over;
        }
        context->deps.metrics.accepted.add();
        auto connection = std::make_shared<Connection>(context, std::move(socket), peer, share);
        auto* const made = connection.get();
        connections.emplace(made, std::move(connection));
        made->start();
    }

    /// Full: as few bytes and as little work as an honest answer takes. It fits into any socket's buffer.
    void turnAway(PlainSocket& socket) {
        if (auto const count = refusals.hit(context->deps.clock.monotonicMs()))
            common::log::warn("listener", "full", {{"connections", connections.size()}, {"times", *count}});
        if (context->options.tls) return;
        std::array const answer{asio::const_buffer(asio::buffer(kFullAnswer))};
        socket.send(answer);
        socket.endSending();
        // What the client has sent by now would turn closing into a reset that destroys the answer.
        std::array<char, kDrainBytes> waste{};
        socket.receive(asio::buffer(waste));
    }

    void drop(Connection& gone) {
        connections.erase(&gone);
        if (connections.empty() && stopped) finishStop();
    }

    void finishStop() {
        stopTimer.cancel();
        if (auto const done = std::exchange(stopped, {})) done();
    }

    std::vector<std::shared_ptr<Connection>> all() const {
        std::vector<std::shared_ptr<Connection>> list;
        list.reserve(connections.size());
        for (auto const& [pointer, connection] : connections)
            list.push_back(connection);
        return list;
    }

    std::shared_ptr<ServerContext> context;
    Acceptor acceptor;
    Timer pause;
    Timer stopTimer;
    common::log::RateLimited failures;
    common::log::RateLimited refusals;
    std::unordered_map<Connection*, std::shared_ptr<Connection>> connections;
    std::function<void()> stopped;
};

Server::Server(asio::io_context& io, ServerOptions options, SessionDeps deps, HttpHandler http)
    : impl_(std::make_shared<Impl>(io, std::move(options), deps, std::move(http))) {
    impl_->context->gone = [weak = std::weak_ptr(impl_)](Connection& gone) {
        if (auto const impl = weak.lock()) impl->drop(gone);
    };
}

Server::~Server() {
    error_code ignored;
    impl_->acceptor.close(ignored);
    impl_->pause.cancel();
    impl_->stopTimer.cancel();
    for (auto const& connection : impl_->all())
        connection->abort();
}

std::expected<std::uint16_t, std::string> Server::listen(common::HostPort const& where) {
    error_code error;
    asio::ip::tcp::resolver resolver(impl_->context->io);
    auto const found =
        resolver.resolve(where.host, std::to_string(where.port),
                         asio::ip::tcp::resolver::passive | asio::ip::tcp::resolver::numeric_service, error);
    if (error || found.empty()) return std::unexpected("cannot resolve " + where.host + ": " + error.message());
    auto const endpoint = found.begin()->endpoint();
    auto& acceptor = impl_->acceptor;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    // Connections inherit these from their listener (tcp(7)), without a call for each.
    if (!error) acceptor.set_option(asio::ip::tcp::no_delay(true), error);
    if (!error) acceptor.set_option(asio::socket_base::send_buffer_size(kSendBufferBytes), error);
    if (!error) acceptor.native_non_blocking(true, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return std::unexpected("cannot listen on " + where.text() + ": " + error.message());
    impl_->accept();
    return acceptor.local_endpoint().port();
}

void Server::replaceTls(common::net::TlsContext tls) {
    impl_->context->options.tls = std::move(tls);
}

bool Server::listening() const {
    return impl_->acceptor.is_open();
}

void Server::stop(common::DurationMs withinMs, std::function<void()> done) {
    error_code ignored;
    impl_->acceptor.close(ignored);
    impl_->pause.cancel();
    impl_->stopped = std::move(done);
    impl_->context->stopping = true;
    // Spread, so that they do not all come back in the same instant.
    std::mt19937_64 random{std::random_device{}()};
    std::uniform_int_distribution<common::DurationMs> spread(0, kReconnectSpreadMs);
    for (auto const& connection : impl_->all())
        connection->stop(spread(random), withinMs);
    if (impl_->connections.empty()) return impl_->finishStop();
    impl_->stopTimer.expires_after(std::chrono::milliseconds(withinMs + kAcceptPause.count()));
    impl_->stopTimer.async_wait([impl = impl_](error_code cancelled) {
        if (cancelled) return;
        for (auto const& connection : impl->all())
            connection->abort();
    });
}

void Server::writeOut() {
    impl_->context->writeOut();
}

void Server::closeSessions(std::function<bool(Client const&)> const& applies, common::CloseCode code) {
    for (auto const& connection : impl_->all())
        if (auto const* const listener = connection->listener(); listener && applies(*listener))
            connection->close(code);
}

std::size_t Server::connections() const {
    return impl_->connections.size();
}

std::size_t Server::outboxBytes() const {
    std::size_t bytes = 0;
    for (auto const& [pointer, connection] : impl_->connections)
        if (auto* const session = connection->session()) bytes += session->outbox().bytes();
    return bytes;
}

}  // namespace notifier
