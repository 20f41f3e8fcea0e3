#include "common/net/ws_client.hpp"

#include "common/net/connector.hpp"
#include "common/net/ws_frames.hpp"
#include "common/net/ws_upgrade.hpp"
#include "common/runtime/crypto.hpp"

#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace common::net {
namespace {

constexpr std::size_t kReadBytesMin = 65'536;
constexpr std::size_t kFrameOverheadMax = 14;

std::array<std::uint8_t, 4> freshMask() {
    std::array<std::uint8_t, 4> mask{};
    auto const random = randomBytes(mask.size());
    std::memcpy(mask.data(), random.data(), mask.size());
    return mask;
}

}  // namespace

class WsClient::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(asio::io_context& io, TlsContext tls, WsOptions options)
        : io_(io),
          tls_(std::move(tls)),
          options_(std::move(options)),
          reader_(options_.messageBytesMax),
          closeTimer_(io.get_executor()) {}

    static asio::awaitable<NetResult<void>> open(std::shared_ptr<Impl> self, Url url);
    static asio::awaitable<WsEnd> run(std::shared_ptr<Impl> self, WsHandler& handler);
    bool send(std::string_view text);
    void close(std::uint16_t code, std::string_view reason);
    void abort();

private:
    /// Open: frames pass. Closing: our close frame is queued, only the peer's is awaited. Ended: end_ is final.
    enum class State : std::uint8_t { New, Open, Closing, Ended };

    void tellFrames(WsHandler& handler);
    void tell(WsHandler& handler, WsFrameReader::Event const& event);
    void onCloseFrame(WsFrameReader::Event const& event);
    void end(WsEnd::Cause cause, std::uint16_t code, std::string_view reason);
    void queue(WsOpcode opcode, std::string_view payload);
    void write();
    asio::mutable_buffer space();
    void took(std::size_t bytes) { unreadEnd_ += bytes; }

    asio::io_context& io_;
    TlsContext tls_;
    WsOptions options_;
    State state_ = State::New;
    WsEnd end_{WsEnd::Cause::Aborted, 1006, {}};
    std::shared_ptr<Cutoff> opening_;
    std::shared_ptr<ByteStream> stream_;

    WsFrameReader reader_;
    std::string in_;  ///< received bytes; unread ones from unreadBegin_ to unreadEnd_
    std::size_t unreadBegin_ = 0;
    std::size_t unreadEnd_ = 0;

    std::string queued_;   ///< frames that wait for the write under way
    std::string writing_;  ///< frames that the socket is taking
    Timer closeTimer_;
};

asio::awaitable<NetResult<void>> WsClient::Impl::open(std::shared_ptr<Impl> self, Url url) {
    auto const cutoff = Cutoff::start(self->io_, self->options_.openTimeoutMs);
    self->opening_ = cutoff;
    if (self->state_ == State::Ended) cutoff->abort();
    Peer peer{url.host, url.port, url.isTls() ? self->tls_ : nullptr, self->options_.connectTo};
    if (url.isTls() && !peer.tls) co_return cutoff->failure(NetErrorKind::Tls, "no TLS context for a wss URL");
    auto connected = co_await connect(self->io_, std::move(peer), cutoff);
    if (!connected) {
        cutoff->finish();
        co_return std::unexpected(std::move(connected.error()));
    }
    auto const stream = *connected;
    auto first = co_await upgrade(stream, std::move(url), self->options_.headers, cutoff);
    cutoff->finish();
    self->opening_.reset();
    if (!first) {
        stream->close();
        co_return std::unexpected(std::move(first.error()));
    }
    self->stream_ = stream;
    self->in_ = std::move(*first);
    self->unreadEnd_ = self->in_.size();
    self->state_ = State::Open;
    co_return NetResult<void>{};
}

asio::awaitable<WsEnd> WsClient::Impl::run(std::shared_ptr<Impl> self, WsHandler& handler) {
    while (self->state_ != State::New) {
        self->tellFrames(handler);
        if (self->state_ == State::Ended) break;
        auto const room = self->space();
        if (auto const bytes = self->stream_->readBuffered(room); bytes > 0) {
            self->took(bytes);
            continue;
        }
        if (self->state_ == State::Open) handler.onDrained();
        if (self->state_ == State::Ended) break;
        auto const [error, bytes] = co_await self->stream_->async_read_some(room, kNoThrow);
        self->took(bytes);
        if (!error) continue;
        if (error == asio::error::operation_aborted) {
            self->end(WsEnd::Cause::Aborted, 1006, "aborted");
        } else if (self->state_ == State::Closing) {
            self->end(WsEnd::Cause::WeClosed, 1006, "the peer did not answer the close frame");
        } else {
            self->end(WsEnd::Cause::Lost, 1006, error.message());
        }
    }
    // A close frame of ours may still be on its way; the timer ends the wait where the peer does not read.
    bool const saysGoodbye = self->end_.cause != WsEnd::Cause::Aborted && self->end_.cause != WsEnd::Cause::Lost;
    if (saysGoodbye && !self->writing_.empty()) {
        self->closeTimer_.expires_after(std::chrono::milliseconds(self->options_.closeTimeoutMs));
        while (!self->writing_.empty() && self->stream_->socket().is_open()) {
            auto const [error] = co_await self->closeTimer_.async_wait(kNoThrow);
            if (!error) break;
        }
    }
    self->closeTimer_.cancel();
    if (self->stream_) self->stream_->close();
    self->state_ = State::Ended;
    co_return self->end_;
}

void WsClient::Impl::tellFrames(WsHandler& handler) {
    std::string_view unread(in_.data() + unreadBegin_, unreadEnd_ - unreadBegin_);
    while (state_ == State::Open || state_ == State::Closing) {
        auto const event = reader_.next(unread);
        if (event.kind == WsFrameReader::Kind::NeedMore) break;
        tell(handler, event);
    }
    unreadBegin_ = unreadEnd_ - unread.size();
}

void WsClient::Impl::tell(WsHandler& handler, WsFrameReader::Event const& event) {
    using enum WsFrameReader::Kind;
    switch (event.kind) {
        case Text:
            if (state_ == State::Open) handler.onText(event.payload);
            break;
        case Ping:
            if (state_ != State::Open) break;
            if (queued_.size() > options_.sendBytesMax) {
                end(WsEnd::Cause::BadPeer, 1008, "pings without reading the pongs");
                break;
            }
            queue(WsOpcode::Pong, event.payload);
            handler.onPing();
            break;
        case Close:
            onCloseFrame(event);
            break;
        case Broken:
            if (state_ == State::Open) queue(WsOpcode::Close, closePayload(event.code, event.payload));
            end(WsEnd::Cause::BadPeer, event.code, event.payload);
            break;
        case Pong:  // unasked for: RFC 6455 section 5.5.3 allows it
        case NeedMore:
            break;
    }
}

void WsClient::Impl::onCloseFrame(WsFrameReader::Event const& event) {
    if (state_ == State::Closing) {
        end(WsEnd::Cause::WeClosed, event.code, event.payload);
        return;
    }
    queue(WsOpcode::Close, closePayload(event.code, {}));
    end(WsEnd::Cause::PeerClosed, event.code, event.payload);
}

/// The first cause stays.
void WsClient::Impl::end(WsEnd::Cause cause, std::uint16_t code, std::string_view reason) {
    if (state_ == State::Ended) return;
    state_ = State::Ended;
    end_ = {cause, code, std::string(reason)};
}

/// Room for what the next read brings: at least the frame that has begun, in whole.
asio::mutable_buffer WsClient::Impl::space() {
    auto const unread = unreadEnd_ - unreadBegin_;
    auto const needed = std::max(reader_.frameBytes(), kReadBytesMin);
    if (unreadBegin_ > 0 && (unread == 0 || in_.size() - unreadBegin_ < needed)) {
        std::memmove(in_.data(), in_.data() + unreadBegin_, unread);
        unreadBegin_ = 0;
        unreadEnd_ = unread;
    }
    if (in_.size() - unreadBegin_ < needed) in_.resize(unreadBegin_ + needed + kFrameOverheadMax);
    return asio::buffer(in_.data() + unreadEnd_, in_.size() - unreadEnd_);
}

bool WsClient::Impl::send(std::string_view text) {
    if (state_ != State::Open) return false;
    if (queued_.size() + writing_.size() + text.size() > options_.sendBytesMax) return false;
    queue(WsOpcode::Text, text);
    return true;
}

void WsClient::Impl::queue(WsOpcode opcode, std::string_view payload) {
    appendClientFrame(queued_, opcode, payload, freshMask());
    write();
}

void WsClient::Impl::write() {
    if (!writing_.empty() || queued_.empty()) return;
    std::swap(queued_, writing_);
    auto const onWritten = [self = shared_from_this()](boost::system::error_code error, std::size_t) {
        self->writing_.clear();
        if (!error) self->write();
        if (self->state_ == State::Ended && self->writing_.empty()) self->closeTimer_.cancel();
        // A failed write is left to the read, which meets the same end and knows more about it.
    };
    asio::async_write(*stream_, asio::buffer(writing_), onWritten);
}

void WsClient::Impl::close(std::uint16_t code, std::string_view reason) {
    if (state_ != State::Open) {
        if (state_ == State::New) abort();
        return;
    }
    queue(WsOpcode::Close, closePayload(code, reason));
    state_ = State::Closing;
    closeTimer_.expires_after(std::chrono::milliseconds(options_.closeTimeoutMs));
    closeTimer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        auto const self = weak.lock();
        if (error || !self || self->state_ != State::Closing) return;
        self->end(WsEnd::Cause::WeClosed, 1006, "the peer did not answer the close frame");
        self->stream_->close();
    });
}

void WsClient::Impl::abort() {
    end(WsEnd::Cause::Aborted, 1006, "aborted");
    if (opening_) opening_->abort();
    if (stream_) stream_->close();
    closeTimer_.cancel();
}

WsClient::WsClient(asio::io_context& io, TlsContext tls, WsOptions options)
    : impl_(std::make_shared<Impl>(io, std::move(tls), std::move(options))) {}

WsClient::~WsClient() {
    impl_->abort();
}

boost::asio::awaitable<NetResult<void>> WsClient::open(Url url) {
    return Impl::open(impl_, std::move(url));
}

boost::asio::awaitable<WsEnd> WsClient::run(WsHandler& handler) {
    return Impl::run(impl_, handler);
}

bool WsClient::send(std::string_view text) {
    return impl_->send(text);
}

void WsClient::close(std::uint16_t code, std::string_view reason) {
    impl_->close(code, reason);
}

void WsClient::abort() {
    impl_->abort();
}

}  // namespace common::net
