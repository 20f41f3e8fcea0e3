#include "common/net/http_client.hpp"

#include "common/net/connector.hpp"
#include "common/net/http_text.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <deque>
#include <limits>
#include <set>

namespace common::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using Request = http::request<http::string_body>;

struct Connection {
    std::shared_ptr<ByteStream> stream;
    beast::flat_buffer buffer;
    std::chrono::steady_clock::time_point idleSince;
};

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
    for (auto const& [key, value] : headers)
        if (beast::iequals({key.data(), key.size()}, {name.data(), name.size()})) return value;
    return {};
}

class HttpClient::Impl {
public:
    Impl(asio::io_context& io, TlsContext tls, Url base, HttpClientOptions options)
        : io_(io),
          peer_{base.host, base.port, base.isTls() ? std::move(tls) : nullptr, options.connectTo},
          base_(std::move(base)),
          options_(std::move(options)) {}

    static asio::awaitable<HttpResult> request(std::shared_ptr<Impl> self, Request request, HttpHeaders headers);
    void close();

private:
    using ConnectionPtr = std::shared_ptr<Connection>;

    static asio::awaitable<HttpResult> perform(std::shared_ptr<Impl> self, Request const& request,
                                               std::shared_ptr<Cutoff> cutoff);
    /// One request on one connection. `reusable`: whether another may follow.
    static asio::awaitable<HttpResult> exchange(std::shared_ptr<Impl> self, ConnectionPtr connection,
                                                Request const& request, std::shared_ptr<Cutoff> cutoff, bool& reusable);
    /// Waits for one of the connectionsMax places; false when the cutoff fired first.
    static asio::awaitable<bool> takePlace(std::shared_ptr<Impl> self, std::shared_ptr<Cutoff> cutoff);
    void givePlace();
    ConnectionPtr takeIdle();

    asio::io_context& io_;
    Peer peer_;
    Url base_;
    HttpClientOptions options_;
    bool closed_ = false;
    std::size_t placesTaken_ = 0;
    std::deque<std::shared_ptr<Timer>> waiting_;  ///< oldest first; cancelled when its turn has come
    std::deque<ConnectionPtr> idle_;              ///< most recently used last
    std::set<std::shared_ptr<Cutoff>> running_;
};

asio::awaitable<HttpResult> HttpClient::Impl::request(std::shared_ptr<Impl> self, Request request,
                                                      HttpHeaders headers) {
    auto const cutoff = Cutoff::start(self->io_, self->options_.deadlineMs);
    if (self->closed_) cutoff->abort();
    if (self->base_.isTls() && !self->peer_.tls) co_return cutoff->failure(NetErrorKind::Tls, "no TLS context");
    auto const target = request.target();
    if (!isTarget({target.data(), target.size()}))
        co_return cutoff->failure(NetErrorKind::Protocol, "target that cannot be sent");
    request.set(http::field::host, self->base_.authority());
    request.set(http::field::user_agent, kUserAgent);
    for (auto const* const list : {&self->options_.headers, &headers}) {
        for (auto const& [name, value] : *list) {
            if (!isHeader(name, value)) co_return cutoff->failure(NetErrorKind::Protocol, "header that cannot be sent");
            request.set(name, value);
        }
    }
    if (request.method() == http::verb::post) request.prepare_payload();

    self->running_.insert(cutoff);
    HttpResult result = cutoff->failure(NetErrorKind::Aborted, "");
    bool const placed = co_await takePlace(self, cutoff);
    if (placed) {
        result = co_await perform(self, request, cutoff);
        self->givePlace();
    } else {
        result = cutoff->failure(NetErrorKind::Aborted, "");
    }
    cutoff->finish();
    self->running_.erase(cutoff);
    co_return result;
}

asio::awaitable<HttpResult> HttpClient::Impl::perform(std::shared_ptr<Impl> self, Request const& request,
                                                      std::shared_ptr<Cutoff> cutoff) {
    bool mayRepeat = request.method() == http::verb::get;
    while (true) {
        auto connection = self->takeIdle();
        bool const kept = connection != nullptr;
        if (!kept) {
            auto stream = co_await connect(self->io_, self->peer_, cutoff);
            if (!stream) co_return std::unexpected(std::move(stream.error()));
            connection = std::make_shared<Connection>(Connection{std::move(*stream), {}, {}});
        }
        bool reusable = false;
        auto result = co_await exchange(self, connection, request, cutoff, reusable);
        if (reusable && !self->closed_) {
            connection->idleSince = std::chrono::steady_clock::now();
            self->idle_.push_back(connection);
        } else {
            connection->stream->close();
        }
        bool const stale = !result && kept && result.error().kind == NetErrorKind::Closed;
        if (!stale || !mayRepeat) co_return result;
        mayRepeat = false;
        self->idle_.clear();  // the peer dropped one; the others are as old
    }
}

asio::awaitable<HttpResult> HttpClient::Impl::exchange(std::shared_ptr<Impl> self, ConnectionPtr connection,
                                                       Request const& request, std::shared_ptr<Cutoff> cutoff,
                                                       bool& reusable) {
    auto const stream = connection->stream;
    cutoff->onFire([stream] { stream->close(); });
    if (cutoff->fired()) co_return cutoff->failure(NetErrorKind::Aborted, "");
    auto const [writeError, written] = co_await http::async_write(*stream, request, kNoThrow);
    if (writeError) co_return cutoff->failure(NetErrorKind::Closed, writeError.message());

    http::response_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(
        std::min<std::size_t>(self->options_.headBytesMax, std::numeric_limits<std::uint32_t>::max())));
    parser.body_limit(self->options_.bodyBytesMax);
    auto const [readError, got] = co_await http::async_read(*stream, connection->buffer, parser, kNoThrow);
    bool const dropped =
        self->options_.longBodyIsDropped && readError == http::error::body_limit && parser.is_header_done();
    if (readError && !dropped) co_return cutoff->failure(readErrorKind(readError), readError.message());
    if (cutoff->fired()) co_return cutoff->failure(NetErrorKind::Aborted, "");
    cutoff->onFire({});

    auto answer = parser.release();
    // Bytes beyond the answer belong to no request of ours.
    reusable = !dropped && answer.keep_alive() && !answer.need_eof() && connection->buffer.size() == 0;
    HttpResponse response;
    response.status = static_cast<int>(answer.result_int());
    if (response.status < 200) {
        reusable = false;
        co_return cutoff->failure(NetErrorKind::Protocol, "informational answer");
    }
    for (auto const& header : answer)
        response.headers.emplace_back(std::string(header.name_string()), std::string(header.value()));
    if (!dropped) response.body = std::move(answer.body());
    co_return response;
}

asio::awaitable<bool> HttpClient::Impl::takePlace(std::shared_ptr<Impl> self, std::shared_ptr<Cutoff> cutoff) {
    if (cutoff->fired()) co_return false;
    if (self->placesTaken_ < self->options_.connectionsMax) {
        ++self->placesTaken_;
        co_return true;
    }
    auto const turn = std::make_shared<Timer>(self->io_.get_executor(), Timer::time_point::max());
    self->waiting_.push_back(turn);
    cutoff->onFire([turn] { turn->cancel(); });
    co_await turn->async_wait(kNoThrow);
    // Whoever left handed the place over by taking this turn off the queue.
    bool const mine = std::erase(self->waiting_, turn) == 0;
    if (mine && cutoff->fired()) self->givePlace();
    co_return mine && !cutoff->fired();
}

void HttpClient::Impl::givePlace() {
    if (waiting_.empty()) {
        --placesTaken_;
        return;
    }
    auto const turn = waiting_.front();
    waiting_.pop_front();
    turn->cancel();
}

HttpClient::Impl::ConnectionPtr HttpClient::Impl::takeIdle() {
    auto const oldest = std::chrono::steady_clock::now() - std::chrono::milliseconds(options_.idleMs);
    while (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        if (connection->idleSince >= oldest && connection->stream->isQuiet()) return connection;
    }
    return nullptr;
}

void HttpClient::Impl::close() {
    closed_ = true;
    idle_.clear();
    auto const running = running_;
    for (auto const& cutoff : running)
        cutoff->abort();
}

namespace {

Request makeRequest(http::verb method, std::string target) {
    // An unsendable target is refused by request(); Beast itself would write it as it stands.
    return Request{method, target, 11};
}

}  // namespace

HttpClient::HttpClient(boost::asio::io_context& io, TlsContext tls, Url base, HttpClientOptions options)
    : impl_(std::make_shared<Impl>(io, std::move(tls), std::move(base), std::move(options))) {}

HttpClient::~HttpClient() {
    close();
}

boost::asio::awaitable<HttpResult> HttpClient::get(std::string target, HttpHeaders headers) {
    return Impl::request(impl_, makeRequest(http::verb::get, std::move(target)), std::move(headers));
}

boost::asio::awaitable<HttpResult> HttpClient::post(std::string target, std::string body, std::string contentType,
                                                    HttpHeaders headers) {
    auto request = makeRequest(http::verb::post, std::move(target));
    request.body() = std::move(body);
    headers.emplace_back("Content-Type", std::move(contentType));
    return Impl::request(impl_, std::move(request), std::move(headers));
}

void HttpClient::close() {
    impl_->close();
}

}  // namespace common::net
