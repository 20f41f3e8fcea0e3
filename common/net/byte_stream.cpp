#include "common/net/byte_stream.hpp"

#include "common/runtime/address.hpp"

#include <cerrno>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

namespace common::net {

ByteStream::ByteStream(TcpSocket socket, TlsContext tls)
    : socket_(std::move(socket)), context_(std::move(tls)), side_(asio::ssl::stream_base::server) {
    if (context_) tls_ = std::make_unique<asio::ssl::stream<TcpSocket&>>(socket_, *context_);
}

bool ByteStream::prepareTls(TlsContext context, std::string const& host) {
    context_ = std::move(context);
    tls_ = std::make_unique<asio::ssl::stream<TcpSocket&>>(socket_, *context_);
    auto* const ssl = tls_->native_handle();
    auto* const verify = SSL_get0_param(ssl);
    if (IpAddress::parse(host)) return X509_VERIFY_PARAM_set1_ip_asc(verify, host.c_str()) == 1;
    X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

std::string ByteStream::handshakeProblem(boost::system::error_code error) const {
    auto const verdict = SSL_get_verify_result(const_cast<asio::ssl::stream<TcpSocket&>&>(*tls_).native_handle());
    return verdict == X509_V_OK ? error.message() : X509_verify_cert_error_string(verdict);
}

std::size_t ByteStream::readBuffered(asio::mutable_buffer into) {
    if (!tls_) return 0;
    auto* const ssl = tls_->native_handle();
    if (BIO_ctrl_pending(SSL_get_rbio(ssl)) == 0 && SSL_pending(ssl) == 0) return 0;
    // Touches OpenSSL's memory buffers only. A failure is left to the next asynchronous read, which meets it again and
    // reports it; an answer that TLS itself wants to give goes out with the next write.
    ERR_clear_error();
    std::size_t got = 0;
    bool const read = SSL_read_ex(ssl, into.data(), into.size(), &got) == 1;
    ERR_clear_error();
    return read ? got : 0;
}

bool ByteStream::isQuiet() {
    char byte = 0;
    auto const got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void ByteStream::close() {
    boost::system::error_code ignored;
    socket_.shutdown(asio::socket_base::shutdown_both, ignored);
    socket_.close(ignored);
}

}  // namespace common::net
