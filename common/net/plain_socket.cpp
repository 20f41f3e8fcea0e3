#include "common/net/plain_socket.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace common::net {
namespace {

PlainSocket::Done failure() {
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {asio::error::would_block};
    return {boost::system::error_code(errno, boost::system::system_category())};
}

}  // namespace

PlainSocket::~PlainSocket() {
    if (descriptor_ != kNone) ::close(descriptor_);
}

PlainSocket::Done PlainSocket::receive(asio::mutable_buffer into) {
    auto const got = ::recv(descriptor_, into.data(), into.size(), 0);
    if (got < 0) return failure();
    if (got == 0) return {asio::error::eof};
    return {{}, static_cast<std::size_t>(got)};
}

PlainSocket::Done PlainSocket::send(std::span<asio::const_buffer const> parts) {
    ssize_t sent = 0;
    // One part, by far the most common case, needs no vector for the kernel to copy and check.
    if (parts.size() == 1) {
        sent = ::send(descriptor_, parts.front().data(), parts.front().size(), MSG_NOSIGNAL);
    } else {
        std::array<iovec, kPartsMax> vectors;
        auto const count = std::min(parts.size(), kPartsMax);
        for (std::size_t i = 0; i < count; ++i)
            vectors[i] = {const_cast<void*>(parts[i].data()), parts[i].size()};
        msghdr message{};
        message.msg_iov = vectors.data();
        message.msg_iovlen = count;
        sent = ::sendmsg(descriptor_, &message, MSG_NOSIGNAL);
    }
    if (sent < 0) return failure();
    return {{}, static_cast<std::size_t>(sent)};
}

void PlainSocket::endSending() {
    ::shutdown(descriptor_, SHUT_WR);
}

void PlainSocket::close() {
    if (descriptor_ == kNone) return;
    ::shutdown(descriptor_, SHUT_RDWR);
    ::close(release());
}

void PlainSocket::reset() {
    if (descriptor_ == kNone) return;
    linger const atOnce{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &atOnce, sizeof atOnce);
    ::close(release());
}

}  // namespace common::net
