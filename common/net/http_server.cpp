#include "common/net/http_server.hpp"

#include "common/net/asio_types.hpp"
#include "common/net/cutoff.hpp"
#include "common/net/http_text.hpp"
#include "common/runtime/log.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <exception>
#include <set>

namespace common::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using SocketPtr = std::shared_ptr<TcpSocket>;
using Reply = http::response<http::string_body>;

constexpr auto kAcceptPause = std::chrono::milliseconds(100);

Reply makeReply(HttpReply content, unsigned version, bool keepAlive) {
    Reply reply{static_cast<http::status>(content.status), version};
    reply.set(http::field::content_type, content.contentType);
    reply.set(http::field::cache_control, "no-store");
    if (content.status == 405) reply.set(http::field::allow, "GET, HEAD");
    reply.keep_alive(keepAlive);
    reply.body() = std::move(content.body);
    reply.prepare_payload();
    return reply;
}

void logFailure(std::exception_ptr failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (std::exception const& error) {
        log::error("http_server", "failed", {{"detail", error.what()}});
    }
}

}  // namespace

class HttpServer::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(asio::io_context& io, Handler handler, HttpServerLimits limits)
        : io_(io),
          handler_(std::move(handler)),
          limits_(limits),
          acceptor_(io.get_executor()),
          acceptPause_(io.get_executor()) {}

    std::expected<std::uint16_t, std::string> listen(HostPort const& where);
    void stop();

private:
    static asio::awaitable<void> acceptLoop(std::shared_ptr<Impl> self);
    static asio::awaitable<void> serve(std::shared_ptr<Impl> self, SocketPtr socket);
    /// False when the connection is not to be used again.
    static asio::awaitable<bool> serveOne(std::shared_ptr<Impl> self, SocketPtr socket, beast::flat_buffer& buffer);
    HttpReply answer(http::request<http::empty_body> const& request);

    asio::io_context& io_;
    Handler handler_;
    HttpServerLimits limits_;
    Acceptor acceptor_;
    Timer acceptPause_;
    std::set<SocketPtr> connections_;
};

std::expected<std::uint16_t, std::string> HttpServer::Impl::listen(HostPort const& where) {
    boost::system::error_code error;
    asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(io_.get_executor());
    auto const found = resolver.resolve(where.host, std::to_string(where.port), error);
    if (error || found.empty()) return std::unexpected(where.text() + ": " + error.message());
    auto const endpoint = found.begin()->endpoint();
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return std::unexpected(where.text() + ": " + error.message());
    auto const port = acceptor_.local_endpoint(error).port();
    asio::co_spawn(io_, acceptLoop(shared_from_this()), logFailure);
    return port;
}

asio::awaitable<void> HttpServer::Impl::acceptLoop(std::shared_ptr<Impl> self) {
    while (self->acceptor_.is_open()) {
        auto socket = std::make_shared<TcpSocket>(self->io_.get_executor());
        auto const [error] = co_await self->acceptor_.async_accept(*socket, kNoThrow);
        if (!self->acceptor_.is_open()) break;
        if (error) {
            // Out of descriptors, most likely: without a pause the loop would spin.
            self->acceptPause_.expires_after(kAcceptPause);
            co_await self->acceptPause_.async_wait(kNoThrow);
            continue;
        }
        if (self->connections_.size() >= self->limits_.connectionsMax) continue;
        self->connections_.insert(socket);
        asio::co_spawn(self->io_, serve(self, socket), [self, socket](std::exception_ptr failure) {
            self->connections_.erase(socket);
            logFailure(failure);
        });
    }
}

asio::awaitable<void> HttpServer::Impl::serve(std::shared_ptr<Impl> self, SocketPtr socket) {
    beast::flat_buffer buffer;
    while (true) {
        bool const again = co_await serveOne(self, socket, buffer);
        if (!again) break;
    }
    boost::system::error_code ignored;
    socket->shutdown(asio::socket_base::shutdown_both, ignored);
}

asio::awaitable<bool> HttpServer::Impl::serveOne(std::shared_ptr<Impl> self, SocketPtr socket,
                                                 beast::flat_buffer& buffer) {
    auto const cutoff = Cutoff::start(self->io_, self->limits_.requestMs);
    cutoff->onFire([socket] {
        boost::system::error_code ignored;
        socket->close(ignored);
    });
    http::request_parser<http::empty_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(self->limits_.headBytesMax));
    parser.body_limit(0);
    auto const [readError, got] = co_await http::async_read(*socket, buffer, parser, kNoThrow);
    bool keepAlive = false;
    Reply reply;
    if (!readError) {
        auto const& request = parser.get();
        keepAlive = request.keep_alive();
        reply = makeReply(self->answer(request), request.version(), keepAlive);
        // HEAD: the length that GET would have, without the body.
        if (request.method() == http::verb::head) reply.body().clear();
    } else if (readErrorKind(readError) == NetErrorKind::TooBig) {
        reply = makeReply({431, "text/plain; charset=utf-8", "request too big\n"}, 11, false);
    } else if (readErrorKind(readError) == NetErrorKind::Protocol) {
        reply = makeReply({400, "text/plain; charset=utf-8", "not a request this server takes\n"}, 11, false);
    } else {
        cutoff->finish();
        co_return false;
    }
    auto const [writeError, written] = co_await http::async_write(*socket, reply, kNoThrow);
    cutoff->finish();
    co_return keepAlive && !writeError && !cutoff->fired();
}

HttpReply HttpServer::Impl::answer(http::request<http::empty_body> const& request) {
    if (request.method() != http::verb::get && request.method() != http::verb::head)
        return {405, "text/plain; charset=utf-8", "only GET and HEAD\n"};
    try {
        return handler_(std::string(request.method_string()), std::string(request.target()));
    } catch (std::exception const& error) {
        log::error("http_server", "handler failed", {{"detail", error.what()}});
        return {500, "text/plain; charset=utf-8", "internal error\n"};
    }
}

void HttpServer::Impl::stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    acceptPause_.cancel();
    for (auto const& socket : connections_)
        socket->close(ignored);
}

HttpServer::HttpServer(boost::asio::io_context& io, Handler handler, HttpServerLimits limits)
    : impl_(std::make_shared<Impl>(io, std::move(handler), limits)) {}

HttpServer::~HttpServer() {
    stop();
}

std::expected<std::uint16_t, std::string> HttpServer::listen(HostPort where) {
    return impl_->listen(where);
}

void HttpServer::stop() {
    impl_->stop();
}

}  // namespace common::net
