#include "notifier/session/connection.hpp"

#include "common/core/error.hpp"
#include "common/runtime/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <limits>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace notifier {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using common::net::kNoThrow;

constexpr std::size_t kWasteBytes = 4'096;
constexpr common::DurationMs kDrainMs = 1'000;
constexpr std::size_t kDrainBytesMax = 1'048'576;
constexpr std::int64_t kStreamPageEvents = 256;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// A server has to take a whole URL as well (RFC 9112 section 3.2.2); whose it is, Host says.
std::string originForm(std::string_view target) {
    if (!target.starts_with("http://") && !target.starts_with("https://")) return std::string(target);
    auto const path = target.find('/', target.find("//") + 2);
    return path == target.npos ? "/" : std::string(target.substr(path));
}

/// Only what every proxy on the way reads alike: where they differ on where a body ends, one client's bytes become
/// another's request.
bool isPlainlyFramed(HttpRequest const& request) {
    constexpr std::string_view kName = "Transfer-Encoding";
    if (request.headerCount(kName) == 0) return true;
    return request.version >= 11 && request.headerCount(kName) == 1 && beast::iequals(request.header(kName), "chunked");
}

HttpRequest toRequest(http::request<http::string_body>&& parsed, common::IpAddress const& peer,
                      ProxyRule const& proxies) {
    HttpRequest request;
    request.method = std::string(parsed.method_string());
    request.target = originForm(parsed.target());
    request.version = static_cast<int>(parsed.version());
    for (auto const& field : parsed)
        request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    request.body = std::move(parsed.body());
    std::string forwarded;
    for (auto const& [name, value] : request.headers)
        if (beast::iequals(name, "X-Forwarded-For")) forwarded += (forwarded.empty() ? "" : ",") + value;
    request.viaProxy = !forwarded.empty() || request.headerCount("Forwarded") > 0;
    request.client = proxies.client(peer, forwarded);
    return request;
}

HttpResponse refusalFor(error_code error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow)
        return problem(431, statusText(431), "the request's head is too long");
    if (error == http::error::body_limit) return problem(413, statusText(413), "the request's body is too long");
    return problem(400, statusText(400), "this is no well-formed HTTP request");
}

/// True for what a peer did wrong and can be told; false for a connection that is gone.
bool isAnswerable(error_code error) {
    return error.category() == http::make_error_code(http::error::bad_value).category() &&
           error != http::error::end_of_stream && error != http::error::partial_message;
}

/// Runs `start(done)` and resumes the coroutine, on its own turn of the loop, with what `done` was given.
template <class T, class Start>
asio::awaitable<T> await(asio::io_context& io, Start start) {
    co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(T)>(
        [&io, &start](auto handler) {
            auto shared = std::make_shared<decltype(handler)>(std::move(handler));
            start([&io, shared](T value) {
                asio::post(io, [shared, value = std::move(value)]() mutable { (*shared)(std::move(value)); });
            });
        },
        asio::use_awaitable);
}

std::string headerLines(HttpHeaders const& headers) {
    std::string lines;
    for (auto const& [name, value] : headers)
        lines += fmt::format("{}: {}\r\n", name, value);
    return lines;
}

std::string headText(HttpResponse const& response, bool keep) {
    std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, statusText(response.status));
    head += headerLines(response.headers);
    // An answer without content says nothing about it (RFC 9110 section 8.6).
    if (response.status != 204 && response.status != 304)
        head += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", response.contentType, response.body.size());
    head += fmt::format("X-Content-Type-Options: nosniff\r\nServer: tickbell\r\nConnection: {}\r\n\r\n",
                        keep ? "keep-alive" : "close");
    return head;
}

}  // namespace

Connection::Connection(std::shared_ptr<ServerContext> context, common::net::TcpSocket socket, common::IpAddress peer,
                       bool overShare)
    : context_(std::move(context)),
      stream_(std::move(socket), context_->options.tls),
      peer_(peer),
      overShare_(overShare),
      input_(std::make_unique<beast::flat_buffer>(context_->options.headBytesMax + context_->options.bodyBytesMax)),
      reader_(static_cast<std::size_t>(context_->deps.facts.frameBytesMax), common::net::WsSender::Client) {}

Connection::~Connection() {
    context_->cancelDeadline(*this);
}

void Connection::start(std::function<void(Connection&)> gone) {
    gone_ = std::move(gone);
    asio::co_spawn(
        context_->io, [self = shared_from_this()]() -> Task<> { co_await self->serve(); },
        [self = shared_from_this()](std::exception_ptr const& failure) {
            if (!failure) return;
            try {
                std::rethrow_exception(failure);
            } catch (std::exception const& error) {
                common::log::error("connection", "failed", {{"error", error.what()}});
            }
            self->finish(true);
        });
}

void Connection::within(common::DurationMs limitMs) {
    context_->setDeadline(*this, context_->deps.clock.monotonicMs() + limitMs);
}

Connection::Task<> Connection::serve() {
    within(context_->options.handshakeMs);
    if (stream_.isTls()) {
        auto const [failed] = co_await stream_.async_handshake(kNoThrow);
        if (failed) {
            finish(false);
            co_return;
        }
    }
    co_await serveRequests();
    if (!session_) finish(false);
}

Connection::Task<> Connection::serveRequests() {
    for (std::size_t served = 1; served <= context_->options.requestsMax && !finished_; ++served) {
        std::optional<HttpResponse> answer;
        auto request = co_await readRequest(answer);
        if (!request && !answer) co_return;
        bool const broken = answer.has_value();
        bool const head = request && request->method == "HEAD";
        bool keep = !broken && served < context_->options.requestsMax && request->version >= 11 &&
                    !request->hasToken("Connection", "close");
        busy_ = true;
        if (!broken) answer = refuse(*request);
        if (answer) {
            keep = false;
        } else if (request->path() == kWebSocketPath && request->query().empty()) {
            answer = co_await upgrade(*request);
            if (!answer) co_return;
            keep = false;
        } else {
            context_->cancelDeadline(*this);
            auto const& handler = context_->http;
            answer = co_await await<HttpResponse>(context_->io,
                                                  [&](auto done) { handler(std::move(*request), std::move(done)); });
        }
        within(context_->options.answerMs);
        if (answer->events && !head) co_return co_await streamEvents(std::move(*answer));
        keep = keep && !context_->stopping;
        bool const sent = co_await write(std::move(*answer), head, keep);
        busy_ = false;
        if (!sent) co_return;
        if (!keep) {
            co_await drain();
            co_return;
        }
        within(context_->options.idleMs);
    }
}

Connection::Task<std::optional<HttpRequest>> Connection::readRequest(std::optional<HttpResponse>& refusal) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(context_->options.headBytesMax));
    parser.body_limit(context_->options.bodyBytesMax);
    auto [error, bytes] = co_await http::async_read_header(stream_, *input_, parser, kNoThrow);
    if (!error && !parser.is_done()) {
        // Whoever announces a body this way sends it only when asked to (RFC 9110 section 10.1.1).
        if (beast::iequals(parser.get()[http::field::expect], "100-continue"))
            co_await asio::async_write(stream_, asio::buffer(kContinue), kNoThrow);
        std::tie(error, bytes) = co_await http::async_read(stream_, *input_, parser, kNoThrow);
    }
    if (!error) co_return toRequest(parser.release(), peer_, context_->options.proxies);
    if (isAnswerable(error)) refusal = refusalFor(error);
    co_return std::nullopt;
}

Connection::Task<bool> Connection::write(HttpResponse response, bool head, bool keep) {
    auto const text = headText(response, keep);
    std::array<asio::const_buffer, 2> const buffers{asio::buffer(text),
                                                    head ? asio::const_buffer() : asio::buffer(response.body)};
    auto const [error, bytes] = co_await asio::async_write(stream_, buffers, kNoThrow);
    co_return !error;
}

Connection::Task<bool> Connection::writeText(std::string const& text) {
    within(context_->options.answerMs);
    auto const [error, bytes] = co_await asio::async_write(stream_, asio::buffer(text), kNoThrow);
    context_->cancelDeadline(*this);
    co_return !error && !finished_;
}

/// Pulls the account's events from the store, a page at a time, and writes them before it looks for more: a slow reader
/// costs one page of memory, and none is missed. Ends with the connection.
Connection::Task<> Connection::streamEvents(HttpResponse answer) {
    auto const stream = std::move(*answer.events);
    auto const& deps = context_->deps;
    auto const account = *stream.client->account;
    streamed_ = stream.client;
    std::string text =
        fmt::format("HTTP/1.1 200 OK\r\n{}Content-Type: {}\r\nServer: tickbell\r\nConnection: close\r\n\r\n",
                    headerLines(answer.headers), answer.contentType) +
        stream.greeting;
    auto after = stream.after;
    bool sent = co_await writeText(text);
    while (sent) {
        // The wait begins before the look into the store, so that no event falls between the two.
        struct Signal {
            bool rung = false;
            std::function<void()> resume;
        };
        auto const signal = std::make_shared<Signal>();
        auto const ring = [signal] {
            signal->rung = true;
            if (auto const resume = std::exchange(signal->resume, nullptr)) resume();
        };
        wakeStream_ = ring;
        auto const waiting = context_->waits.begin(account, deps.facts.heartbeatMs, [ring](WaitEnd) { ring(); });
        auto const page = co_await await<std::optional<std::vector<common::Event>>>(context_->io, [&](auto done) {
            deps.readEvents(account, {after, std::numeric_limits<std::int64_t>::max()}, kStreamPageEvents, done);
        });
        if (!page) co_return;
        if (page->empty()) {
            if (!signal->rung)
                co_await await<bool>(context_->io, [&](auto done) { signal->resume = [done] { done(true); }; });
            if (finished_) co_return;
            // Also tells whether the client is still there.
            sent = co_await writeText(": \n\n");
            continue;
        }
        text.clear();
        for (auto const& event : *page) {
            EventFrame const frame(event, deps.facts.epoch);
            after = frame.seq();
            if (!frame.pushed()) continue;
            text += fmt::format("id: {}\nevent: {}\ndata: {}\n\n", frame.seq(),
                                std::holds_alternative<common::Gap>(event.body) ? "gap" : "notification",
                                frame.push(deps.clock.wallMs(), false));
        }
        sent = co_await writeText(text);
    }
}

/// What is wrong whatever is asked for.
std::optional<HttpResponse> Connection::refuse(HttpRequest const& request) const {
    if (overShare_)
        return problem(429, statusText(429), "too many connections from this address", {{"Retry-After", "10"}});
    if (request.version >= 11 && request.headerCount("Host") != 1)
        return problem(400, statusText(400), "exactly one Host header is needed");
    if (!isPlainlyFramed(request)) return problem(400, statusText(400), "the only Transfer-Encoding taken is chunked");
    return std::nullopt;
}

/// Reads what the client still sends, so that closing does not turn into a reset that destroys the answer on its way.
Connection::Task<> Connection::drain() {
    within(kDrainMs);
    error_code ignored;
    stream_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
    std::array<char, kWasteBytes> waste{};
    for (std::size_t drained = 0; drained < kDrainBytesMax;) {
        auto const [error, bytes] = co_await stream_.async_read_some(asio::buffer(waste), kNoThrow);
        if (error) co_return;
        drained += bytes;
    }
}

Connection::Task<std::optional<HttpResponse>> Connection::upgrade(HttpRequest const& request) {
    auto checked = checkUpgrade(request, context_->options.origins);
    if (!checked) co_return std::move(checked.error());
    auto const& proxies = context_->options.proxies;
    if (common::contains(proxies.trusted, peer_) && request.client != peer_ && !request.client.isLoopback()) {
        countedAs_ = request.client;
        overShare_ = !context_->counter.enter(request.client);
    }
    if (auto refusal = refuse(request)) co_return std::move(*refusal);
    auto& handler = context_->deps.handler;
    auto admission = co_await await<common::Result<Admission>>(
        context_->io, [&](auto done) { handler.admit(std::move(checked->secret), std::move(done)); });
    if (!admission) co_return problem(admission.error());
    if (finished_) co_return std::nullopt;
    beginSession(std::move(*admission), checked->accept);
    co_return std::nullopt;
}

void Connection::stop(common::DurationMs reconnectInMs, common::DurationMs closeMs) {
    if (session_) {
        session_->goodbye("shutdown", reconnectInMs, closeMs);
    } else if (!busy_ || streamed_) {
        finish(false);  // a stream goes on elsewhere, by its Last-Event-ID
    } else {
        within(closeMs);
    }
}

void Connection::close(common::CloseCode code) {
    if (session_)
        session_->close(code);
    else
        finish(false);
}

}  // namespace notifier
