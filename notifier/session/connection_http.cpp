// The HTTP half of a connection: everything that is no session yet and does not become one at once.
#include "common/runtime/log.hpp"
#include "notifier/session/connection.hpp"
#include "notifier/session/request_reader.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/read.hpp>

#include <array>
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

std::string chunk(std::string_view piece) {
    return fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
}

std::string headText(HttpResponse const& response, bool keep, bool chunked) {
    std::string head = fmt::format("HTTP/1.1 {} {}\r\n", response.status, statusText(response.status));
    head += headerLines(response.headers);
    // An answer without content says nothing about it (RFC 9110 section 8.6).
    if (response.status != 204 && response.status != 304) {
        head += fmt::format("Content-Type: {}\r\n", response.contentType);
        if (chunked)
            head += "Transfer-Encoding: chunked\r\n";
        else if (!response.rest)
            head += fmt::format("Content-Length: {}\r\n", response.body.size());
    }
    head += fmt::format("X-Content-Type-Options: nosniff\r\nServer: tickbell\r\nConnection: {}\r\n\r\n",
                        keep ? "keep-alive" : "close");
    return head;
}

}  // namespace

void Connection::serveHttp(std::string_view read, std::optional<HttpResponse> answer) {
    context_->poll.remove(socket_.descriptor(), *this);
    common::net::TcpSocket socket(context_->io.get_executor());
    auto const protocol = peer_.isV4() ? asio::ip::tcp::v4() : asio::ip::tcp::v6();
    error_code error;
    socket.assign(protocol, socket_.descriptor(), error);
    if (error) return finish(true);
    socket_.release();
    stream_ = std::make_unique<common::net::ByteStream>(std::move(socket), context_->options.tls);
    auto const& options = context_->options;
    input_ = std::make_unique<beast::flat_buffer>(options.headBytesMax + options.bodyBytesMax);
    input_->commit(asio::buffer_copy(input_->prepare(read.size()), asio::buffer(read)));
    asio::co_spawn(
        context_->io,
        [self = shared_from_this(), answer = std::move(answer)]() mutable -> Task<> {
            co_await self->serve(std::move(answer));
        },
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

Connection::Task<> Connection::serve(std::optional<HttpResponse> answer) {
    if (stream_->isTls()) {
        auto const [failed] = co_await stream_->async_handshake(kNoThrow);
        if (failed) {
            finish(false);
            co_return;
        }
    }
    if (answer) {
        within(context_->options.answerMs);
        bool const sent = co_await write(std::move(*answer), false, false, false);
        if (sent) co_await drain();
    } else {
        co_await serveRequests();
    }
    if (!session_) finish(false);
}

Connection::Task<> Connection::serveRequests() {
    for (std::size_t served = 1; served <= context_->options.requestsMax && !finished_; ++served) {
        std::optional<HttpResponse> answer;
        auto request = co_await readRequest(answer);
        if (!request && !answer) co_return;
        bool const broken = answer.has_value();
        bool const head = request && request->method == "HEAD";
        bool const chunks = request && request->version >= 11;
        bool keep =
            !broken && served < context_->options.requestsMax && chunks && !request->hasToken("Connection", "close");
        busy_ = true;
        if (!broken) answer = refuse(*request);
        if (answer) {
            keep = false;
        } else if (request->path() == kWebSocketPath && request->query().empty()) {
            answer = co_await await<std::optional<HttpResponse>>(
                context_->io, [&](auto done) { upgrade(*request, std::move(done)); });
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
        bool const chunked = chunks && answer->rest;
        bool const sent = co_await write(std::move(*answer), head, keep, chunked);
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
    RequestReader parser;
    parser.header_limit(static_cast<std::uint32_t>(context_->options.headBytesMax));
    parser.body_limit(context_->options.bodyBytesMax);
    auto [error, bytes] = co_await http::async_read_header(*stream_, *input_, parser, kNoThrow);
    if (!error && !parser.is_done()) {
        // Whoever announces a body this way sends it only when asked to (RFC 9110 section 10.1.1).
        if (beast::iequals(parser.request().header("Expect"), "100-continue"))
            co_await asio::async_write(*stream_, asio::buffer(kContinue), kNoThrow);
        std::tie(error, bytes) = co_await http::async_read(*stream_, *input_, parser, kNoThrow);
    }
    if (!error) {
        complete(parser.request());
        co_return std::move(parser.request());
    }
    if (isAnswerable(error)) refusal = refusalFor(error);
    co_return std::nullopt;
}

Connection::Task<bool> Connection::write(HttpResponse response, bool head, bool keep, bool chunked) {
    auto const text = headText(response, keep, chunked);
    if (chunked) response.body = chunk(response.body);
    std::array<asio::const_buffer, 2> const buffers{asio::buffer(text),
                                                    head ? asio::const_buffer() : asio::buffer(response.body)};
    auto const [error, bytes] = co_await asio::async_write(*stream_, buffers, kNoThrow);
    if (error || head || !response.rest) co_return !error;
    response.body = {};
    co_return co_await writeRest(std::move(response.rest), chunked);
}

Connection::Task<bool> Connection::writeRest(std::shared_ptr<BodyPieces> rest, bool chunked) {
    for (bool more = true; more;) {
        auto const piece =
            co_await await<std::optional<std::string>>(context_->io, [&](auto done) { rest->next(std::move(done)); });
        if (finished_) co_return false;
        if (!piece) {
            finish(true);  // nobody shall take what came so far for all of it
            co_return false;
        }
        more = !piece->empty();
        // A planned stop has set the last deadline.
        if (!context_->stopping) within(context_->options.answerMs);
        auto const text = chunked ? chunk(*piece) : *piece;
        auto const [error, bytes] = co_await asio::async_write(*stream_, asio::buffer(text), kNoThrow);
        if (error) co_return false;
    }
    co_return true;
}

Connection::Task<bool> Connection::writeText(std::string const& text) {
    within(context_->options.answerMs);
    auto const [error, bytes] = co_await asio::async_write(*stream_, asio::buffer(text), kNoThrow);
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

/// Reads what the client still sends, so that closing does not turn into a reset that destroys the answer on its way.
Connection::Task<> Connection::drain() {
    within(kDrainMs);
    error_code ignored;
    stream_->socket().shutdown(asio::socket_base::shutdown_send, ignored);
    std::array<char, kWasteBytes> waste{};
    for (std::size_t drained = 0; drained < kDrainBytesMax;) {
        auto const [error, bytes] = co_await stream_->async_read_some(asio::buffer(waste), kNoThrow);
        if (error) co_return;
        drained += bytes;
    }
}

}  // namespace notifier
