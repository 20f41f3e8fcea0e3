#include "examples/replay/server/connection.hpp"

#include "examples/replay/server/handshake.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <array>
#include <exception>

#include <fmt/format.h>

namespace replay {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kReadBytes = 16U << 10U;
constexpr std::size_t kKeyCharacters = 24;
constexpr std::uint16_t kPolicyViolation = 1008;
constexpr std::uint16_t kNormalClosure = 1000;

std::string renderReply(HttpReply const& reply, bool keepAlive) {
    auto const reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(reply.status)));
    auto head =
        fmt::format("HTTP/1.1 {} {}\r\nServer: tickbell-replay\r\nContent-Type: {}\r\nContent-Length: {}\r\n",
                    reply.status, std::string_view(reason.data(), reason.size()), reply.contentType, reply.body.size());
    for (auto const& [name, value] : reply.headers)
        head += fmt::format("{}: {}\r\n", name, value);
    head += keepAlive ? "\r\n" : "Connection: close\r\n\r\n";
    return head + reply.body;
}

void logEnd(std::exception_ptr const& failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (std::exception const& e) {
        spdlog::error("connection_failed reason=\"{}\"", e.what());
    }
}

bool isEqualIgnoringCase(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

}  // namespace

Connection::Connection(ConnectionHost& host, std::unique_ptr<Transport> transport, Executor executor, std::uint64_t id,
                       std::string address, Outbox::Limits outbox)
    : host_(host),
      transport_(std::move(transport)),
      executor_(executor),
      id_(id),
      address_(std::move(address)),
      control_({host.rules().streamsMax, ControlSession::Limits{}.requestBytesMax}),
      outbox_(outbox),
      reader_(FrameReader::Limits{}),
      frameRate_(host.rules().framesPerSecond, 1'000),
      wakeTimer_(executor, Timer::time_point::max()),
      openedAt_(host.now()),
      lastRequestAt_(openedAt_) {}

Task<void> Connection::run() {
    auto const ec = co_await transport_->handshake();
    if (!ec) co_await serve();
    isOpen_ = false;
    for (auto const& stream : control_.streams())
        host_.hub().remove(stream, *this);
    transport_->close(false);
    wake();
}

Task<void> Connection::serve() {
    while (isOpen_) {
        auto const request = co_await readRequest();
        if (!request) co_return;
        if (request->isUpgrade) {
            bool const upgraded = co_await upgrade(*request);
            if (upgraded) co_await readFrames();
            co_return;
        }
        isAnswering_ = true;
        co_await pause(host_.replyDelay(*request));
        auto const reply = renderReply(host_.answer(*request, address_), request->keepAlive);
        auto const ec = co_await transport_->write(asio::buffer(reply));
        isAnswering_ = false;
        lastRequestAt_ = host_.now();
        if (ec) co_return;
        if (!request->keepAlive) {
            co_await transport_->finish();
            co_return;
        }
    }
}

Task<std::optional<HttpRequest>> Connection::readRequest() {
    http::request_parser<http::string_body> parser;
    parser.eager(true);
    parser.header_limit(static_cast<std::uint32_t>(limits_.headBytesMax));
    parser.body_limit(limits_.bodyBytesMax);
    std::array<char, kReadBytes> buffer{};
    while (!parser.is_done()) {
        error_code ec;
        if (!input_.empty()) {
            auto const used = parser.put(asio::buffer(input_), ec);
            input_.erase(0, used);
            if (ec && ec != http::error::need_more) {
                auto const reply =
                    renderReply({400, "<html><body>400 Bad request</body></html>\n", "text/html"}, false);
                co_await transport_->write(asio::buffer(reply));
                co_return std::nullopt;
            }
            if (parser.is_done()) break;
        }
        auto const [readError, size] = co_await transport_->readSome(asio::buffer(buffer));
        if (readError) co_return std::nullopt;
        input_.append(buffer.data(), size);
    }
    auto const message = parser.release();
    auto const field = [&](std::string_view name) {
        auto const value = message[boost::beast::string_view(name.data(), name.size())];
        return std::string(value.data(), value.size());
    };
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.body = message.body();
    request.microseconds = isEqualIgnoringCase(field("X-MBX-TIME-UNIT"), "MICROSECOND");
    request.isUpgrade = isEqualIgnoringCase(field("Upgrade"), "websocket");
    request.webSocketKey = field("Sec-WebSocket-Key");
    request.keepAlive = message.keep_alive();
    co_return request;
}

Task<bool> Connection::upgrade(HttpRequest const& request) {
    auto const admission = host_.admit(address_);
    if (admission == ConnectionHost::Admission::Reset) {
        transport_->close(true);
        co_return false;
    }
    HttpReply refusal{400, "Bad handshake\n", "text/plain"};
    if (admission == ConnectionHost::Admission::TooMany) {
        refusal = {403, "<html><body>403 Forbidden</body></html>\n", "text/html"};
    } else if (request.method == "GET" && request.webSocketKey.size() == kKeyCharacters) {
        if (control_.open(request.target))
            refusal.status = 101;
        else
            refusal = {404, "Not found\n", "text/plain"};
    }
    // permessage-deflate is declined by not naming it.
    auto const reply = refusal.status != 101
                           ? renderReply(refusal, false)
                           : fmt::format(
                                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                 "Sec-WebSocket-Accept: {}\r\nServer: tickbell-replay\r\n\r\n",
                                 acceptKey(request.webSocketKey));
    auto const ec = co_await transport_->write(asio::buffer(reply));
    if (ec || refusal.status != 101) co_return false;
    isWebSocket_ = true;
    openedAt_ = host_.now();
    keepAlive_.emplace(host_.rules(), openedAt_);
    for (auto const& stream : control_.streams())
        host_.hub().add(stream, *this);
    spdlog::info("client_open connection={} address={} streams={}", id_, address_, streamCount());
    asio::co_spawn(executor_, writeLoop(), [self = shared_from_this()](std::exception_ptr const& e) { logEnd(e); });
    co_return true;
}

Task<void> Connection::readFrames() {
    std::array<char, kReadBytes> buffer{};
    reader_.feed(input_);
    input_.clear();
    while (isOpen_) {
        while (auto message = reader_.next()) {
            framesReceived_ = reader_.frames();
            co_await handle(std::move(*message));
        }
        if (reader_.failure() != 0 && closingSince_ == 0) {
            host_.violations().count("broken_frame");
            closeWith(reader_.failure(), "");
        }
        auto const [ec, size] = co_await transport_->readSome(asio::buffer(buffer));
        if (ec) break;
        if (closingSince_ == 0 || reader_.failure() == 0) reader_.feed({buffer.data(), size});
    }
    spdlog::info("client_closed connection={} framesReceived={} framesSent={}", id_, framesReceived_, framesSent_);
}

bool Connection::takeFrame() {
    if (frameRate_.take(host_.now())) return true;
    host_.violations().count("frame_rate");
    if (!host_.rules().enforced) return true;
    closeWith(kPolicyViolation, "Too many requests");
    return false;
}

Task<void> Connection::handle(FrameReader::Message message) {
    if (message.opcode == Opcode::Close) {
        if (closingSince_ == 0) closeWith(kNormalClosure, "");
        co_return;
    }
    if (closingSince_ != 0 || !takeFrame()) co_return;
    if (message.opcode == Opcode::Ping) {
        queue(Opcode::Pong, message.payload);
    } else if (message.opcode == Opcode::Pong) {
        if (auto const violation = keepAlive_->pong(message.payload); !violation.empty())
            host_.violations().count(violation);
    } else if (message.opcode == Opcode::Text) {
        auto const answer = control_.request(message.payload);
        if (!answer.violation.empty()) host_.violations().count(answer.violation);
        for (auto const& stream : answer.unsubscribed)
            host_.hub().remove(stream, *this);
        if (!answer.fatal)
            for (auto const& stream : answer.subscribed)
                host_.hub().add(stream, *this);
        if (!answer.subscribed.empty()) co_await pause(host_.ackDelay());
        if (!answer.text.empty()) queue(Opcode::Text, answer.text);
        if (answer.fatal && host_.rules().enforced) closeWith(kPolicyViolation, "Invalid request");
    }
}

Task<void> Connection::pause(DurationMs ms) {
    if (ms <= 0) co_return;
    Timer timer(executor_, std::chrono::milliseconds(ms));
    co_await timer.async_wait(kNoThrow);
}

Task<void> Connection::writeLoop() {
    while (isOpen_) {
        if (outbox_.isEmpty()) {
            if (closingSince_ != 0) {
                co_await transport_->finish();
                co_return;
            }
            co_await wakeTimer_.async_wait(kNoThrow);
            wakeTimer_.expires_at(Timer::time_point::max());
            continue;
        }
        auto const bytes = outbox_.take();
        auto const ec = co_await transport_->write(asio::buffer(bytes));
        if (ec) co_return;
        host_.drained();
    }
}

void Connection::wake() {
    wakeTimer_.cancel();
}

void Connection::queue(Opcode opcode, std::string_view payload) {
    if (!isOpen_ || closingSince_ != 0) return;
    if (outbox_.bytes() > limits_.queueBytesMax) {
        host_.violations().count("slow_reader");
        reset();
        return;
    }
    bool const wasEmpty = outbox_.isEmpty();
    outbox_.frame(opcode, payload);
    ++framesSent_;
    if (wasEmpty) wake();
}

void Connection::deliver(std::string_view symbol, std::string_view payload) {
    if (!stalls_.empty())
        for (auto const& name : {std::string_view{}, symbol})
            if (auto const stall = stalls_.find(name); stall != stalls_.end() && host_.now() < stall->second) return;
    queue(Opcode::Text, payload);
}

void Connection::notice(std::string_view text) {
    queue(Opcode::Text, text);
}

void Connection::rawBytes(std::string_view bytes) {
    outbox_.raw(bytes);
    wake();
}

void Connection::closeWith(std::uint16_t code, std::string_view reason) {
    if (!isWebSocket_ || closingSince_ != 0) return;
    queue(Opcode::Close, closePayload(code, reason));
    closingSince_ = host_.now();
    wake();
}

void Connection::reset() {
    isOpen_ = false;
    transport_->close(true);
    wake();
}

void Connection::stall(std::string const& symbol, TimeMs until) {
    stalls_[symbol] = until;
}

void Connection::tick(TimeMs now) {
    if (!isOpen_) return;
    if (!isWebSocket_) {
        if (!isAnswering_ && now - lastRequestAt_ >= limits_.idleMs) reset();
        return;
    }
    if (closingSince_ != 0) {
        if (now - closingSince_ >= limits_.closeMs) reset();
        return;
    }
    if (auto const payload = keepAlive_->ping(now); !payload.empty()) queue(Opcode::Ping, payload);
    if (keepAlive_->isDead(now)) {
        host_.violations().count("pong_deadline");
        if (host_.rules().enforced) closeWith(kPolicyViolation, "Pong timeout");
    } else if (now - openedAt_ >= host_.rules().lifeMs) {
        closeWith(kNormalClosure, "");
    }
}

}  // namespace replay
