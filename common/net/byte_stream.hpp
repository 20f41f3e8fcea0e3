#pragma once

#include "common/net/asio_types.hpp"
#include "common/net/tls.hpp"

#include <boost/asio/ssl/stream.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace common::net {

/// A TCP connection, with or without TLS on top, as one type: what is written over it is compiled once. Meets Asio's
/// AsyncReadStream and AsyncWriteStream; one read and one write may be under way together.
class ByteStream {
public:
    using executor_type = Executor;

    explicit ByteStream(asio::io_context& io) : socket_(io.get_executor()) {}
    /// An accepted connection; `tls` null = plain.
    ByteStream(TcpSocket socket, TlsContext tls);
    ByteStream(ByteStream const&) = delete;
    ByteStream& operator=(ByteStream const&) = delete;

    executor_type get_executor() { return socket_.get_executor(); }
    TcpSocket& socket() { return socket_; }

    bool isTls() const { return tls_ != nullptr; }
    /// The client's half of a handshake with `host` is to follow: sets SNI and the name or address to verify.
    /// False when OpenSSL refuses the name.
    bool prepareTls(TlsContext context, std::string const& host);
    template <class Token>
    auto async_handshake(Token&& token) {
        return tls_->async_handshake(side_, std::forward<Token>(token));
    }
    /// Why the last handshake failed: the certificate's fault where there is one.
    std::string handshakeProblem(boost::system::error_code error) const;

    template <class Buffers, class Token>
    auto async_read_some(Buffers const& buffers, Token&& token) {
        if (tls_) return tls_->async_read_some(buffers, std::forward<Token>(token));
        return socket_.async_read_some(buffers, std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_write_some(Buffers const& buffers, Token&& token) {
        if (tls_) return tls_->async_write_some(buffers, std::forward<Token>(token));
        return socket_.async_write_some(buffers, std::forward<Token>(token));
    }

    /// Decrypts TLS records that have arrived already, without asking the socket: Asio delivers one record per
    /// operation, and each costs a turn of the loop. 0 when there is none, or for plain TCP. Not during a read.
    std::size_t readBuffered(asio::mutable_buffer into);

    /// Whether the peer has neither closed nor sent anything since the last read; asks the kernel, never waits.
    bool isQuiet();
    /// Ends both directions at once; whatever is under way ends with operation_aborted.
    void close();

private:
    TcpSocket socket_;
    TlsContext context_;
    asio::ssl::stream_base::handshake_type side_ = asio::ssl::stream_base::client;
    std::unique_ptr<asio::ssl::stream<TcpSocket&>> tls_;
};

}  // namespace common::net
