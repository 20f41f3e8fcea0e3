// The WebSocket half of a connection: bytes to frames, frames to bytes. Plain TCP is read and written by calls that do
// not wait; with TLS operations of Asio's drive OpenSSL.
#include "common/runtime/log.hpp"
#include "notifier/session/connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace notifier {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using common::net::PlainSocket;

constexpr std::size_t kTlsReadBytes = 4'096;  // nearly every command fits

}  // namespace

void Connection::beginSession(Admission admission, std::string const& accept) {
    if (input_) {
        // What the client sent behind its request is the beginning of its frames.
        auto const early = input_->data();
        unread_.assign(static_cast<char const*>(early.data()), early.size());
        input_.reset();
    }
    if (stream_ && !stream_->isTls()) {
        error_code failed;
        socket_ = common::net::PlainSocket(stream_->socket().release(failed));
        stream_.reset();
        if (failed || !context_->poll.add(socket_.descriptor(), *this)) return finish(true);
    }
    session_ = std::make_shared<Session>(++context_->sessions, context_->deps, context_->options.session,
                                         std::move(admission.client), *this);
    session_->start(fmt::format("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Accept: {}\r\nServer: tickbell\r\n\r\n",
                                accept),
                    admission.greeting);
    reading_ = !stream_ && unread_.empty() && !readable_;
    wakeReader();
    if (context_->stopping) session_->goodbye("shutdown", 0, context_->options.handshakeMs);
}

void Connection::wakeReader() {
    // One that waits for bytes will hand them over when they come.
    if (reading_ || readPosted_ || finished_) return;
    readPosted_ = true;
    // Not at once: the session may be in the middle of something.
    asio::post(context_->io, [self = shared_from_this()] {
        self->readPosted_ = false;
        self->readMore();
    });
}

void Connection::readMore() {
    if (reading_ || finished_) return;
    if (!unread_.empty()) onBytes({});
    if (finished_ || !session_->wantsInput()) return;
    reading_ = true;
    if (stream_) return readTls();
    if (!readable_) return;
    reading_ = false;
    readPlain();
}

void Connection::readPlain() {
    auto& space = context_->readSpace;
    auto const [error, bytes] = socket_.receive(asio::buffer(space));
    if (error && error != asio::error::would_block) return lost();
    // A read that did not fill the space has emptied the socket: the next bytes are a new edge, but the end is not.
    readable_ = !error && (bytes == space.size() || ended_);
    if (!error) {
        session_->onHeard();
        onBytes({space.data(), bytes});
    }
    // More waits its turn: one client that sends without end is not all there is.
    if (readable_) return wakeReader();
    readMore();
}

void Connection::readTls() {
    tlsSpace_.resize(kTlsReadBytes);
    stream_->async_read_some(asio::buffer(tlsSpace_), [self = shared_from_this()](error_code error, std::size_t bytes) {
        self->reading_ = false;
        if (self->finished_) return;
        if (error) return self->lost();
        self->session_->onHeard();
        self->onBytes(std::string_view(self->tlsSpace_).substr(0, bytes));
        self->readMore();
    });
}

void Connection::onBytes(std::string_view bytes) {
    auto const kept = std::exchange(unread_, {});
    auto const joined = kept.empty() ? std::string() : kept + std::string(bytes);
    auto unread = kept.empty() ? bytes : std::string_view(joined);
    try {
        consume(unread);
    } catch (std::exception const& error) {
        // A fault of ours that one command met: it costs this connection, not the others.
        common::log::error("session", "failed", {{"error", error.what()}});
        session_->close(common::CloseCode::InternalError);
    }
    if (!broken_ && !unread.empty()) unread_ = unread;
}

void Connection::consume(std::string_view& unread) {
    while (!finished_ && session_->wantsInput() && !broken_ && handleFrame(unread)) {
    }
}

bool Connection::handleFrame(std::string_view& unread) {
    using Kind = common::net::WsFrameReader::Kind;
    auto const event = reader_.next(unread);
    switch (event.kind) {
        case Kind::NeedMore:
            return false;
        case Kind::Text:
            session_->onText(event.payload);
            return true;
        case Kind::Ping:
            session_->onPing(event.payload);
            return true;
        case Kind::Pong:
            return true;
        case Kind::Close:
            session_->onClose(event.code);
            return false;
        case Kind::Broken:
            broken_ = true;
            session_->close(static_cast<common::CloseCode>(event.code));
            return false;
    }
    return false;
}

void Connection::wakeWriter() {
    if (writing_ || flushPosted_ || finished_) return;
    flushPosted_ = true;
    context_->writeSoon(shared_from_this());
}

void Connection::flush() {
    if (writing_ || finished_) return;
    do {
        auto const batch = session_->outbox().take();
        if (batch.empty()) {
            // The peer broke the protocol and has our close frame: the end of the stream tells it to leave.
            if (broken_) endSending();
            return;
        }
        context_->framesWritten += batch.size();
        if (stream_) return writeTls();
    } while (sendTaken());
}

void Connection::endSending() {
    if (!stream_) return socket_.endSending();
    error_code ignored;
    stream_->socket().shutdown(asio::socket_base::shutdown_send, ignored);
}

/// A message by itself, by far the most common case, needs no list of parts.
PlainSocket::Done Connection::sendOne(std::string const& frame) {
    std::array const part{asio::const_buffer(asio::buffer(frame) + takenSent_)};
    return socket_.send(part);
}

PlainSocket::Done Connection::sendSeveral(std::span<Outbox::Entry const> frames) {
    std::array<asio::const_buffer, PlainSocket::kPartsMax> parts;
    std::size_t count = 0;
    auto skipped = takenSent_;
    for (auto const& frame : frames) {
        auto const part = asio::buffer(*frame) + skipped;
        skipped -= frame->size() - part.size();
        if (part.size() == 0) continue;
        parts[count++] = part;
        if (count == parts.size()) break;
    }
    return socket_.send({parts.data(), count});
}

/// Hands what the outbox gave to the kernel. False: the kernel has not taken all of it yet, or the connection is gone.
bool Connection::sendTaken() {
    auto const taken = session_->outbox().taken();
    std::size_t left = 0;
    for (auto const& frame : taken)
        left += frame->size();
    left -= takenSent_;
    auto const [error, bytes] = taken.size() == 1 ? sendOne(*taken.front()) : sendSeveral(taken);
    if (error && error != asio::error::would_block) {
        lost();
        return false;
    }
    context_->bytesWritten += bytes;
    takenSent_ += bytes;
    if (bytes < left) {
        writing_ = true;  // until the poll tells
        return false;
    }
    takenSent_ = 0;
    session_->onWritten();
    return !finished_;
}

void Connection::writeTls() {
    std::vector<asio::const_buffer> parts;
    for (auto const& frame : session_->outbox().taken())
        parts.push_back(asio::buffer(*frame));
    writing_ = true;
    asio::async_write(*stream_, std::move(parts), [self = shared_from_this()](error_code error, std::size_t bytes) {
        self->writing_ = false;
        if (self->finished_) return;
        self->context_->bytesWritten += bytes;
        if (error) return self->lost();
        self->session_->onWritten();
        self->flush();
    });
}

void Connection::wakeTimer() {
    if (session_ && (armedMs_ == 0 || session_->deadline() < armedMs_)) armDeadline();
}

void Connection::armDeadline() {
    if (finished_) return;
    armedMs_ = session_->deadline();
    context_->setDeadline(*this, armedMs_);
}

void Connection::onDue() {
    auto const self = shared_from_this();
    if (finished_) return;
    if (!session_) return finish(false);
    armedMs_ = 0;
    session_->onDeadline();
    if (armedMs_ == 0) armDeadline();
}

void Connection::lost() {
    session_->onLost();
}

void Connection::finish(bool reset) {
    if (std::exchange(finished_, true)) return;
    context_->cancelDeadline(*this);
    if (auto const wake = std::exchange(wakeStream_, nullptr)) wake();
    if (stream_) {
        error_code ignored;
        if (reset) stream_->socket().set_option(asio::socket_base::linger(true, 0), ignored);
        if (reset) stream_->socket().close(ignored);
        if (!reset) stream_->close();
    } else {
        context_->poll.forget(*this);
        reset ? socket_.reset() : socket_.close();
    }
    if (session_ && !session_->finished()) session_->onLost();
    if (countedAs_) context_->counter.leave(*countedAs_);
    asio::post(context_->io, [self = shared_from_this()] { self->context_->gone(*self); });
}

}  // namespace notifier
