#include "tests/support/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace support {

using Clock = std::chrono::steady_clock;

RawClient::RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        ::close(socket_);
        throw std::runtime_error("cannot connect");
    }
}

RawClient::~RawClient() {
    ::close(socket_);
}

void RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        auto const sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool RawClient::readSome(Clock::time_point end) {
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd waiting{socket_, POLLIN, 0};
    if (closed_ || ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left, 0))) <= 0) return false;
    std::array<char, 65'536> chunk{};
    auto const got = ::recv(socket_, chunk.data(), chunk.size(), 0);
    if (got <= 0) {
        closed_ = true;
        reset_ = got < 0 && errno == ECONNRESET;
        return false;
    }
    unread_.append(chunk.data(), static_cast<std::size_t>(got));
    return true;
}

std::string RawClient::readUntil(std::string_view marker, std::chrono::milliseconds limit) {
    auto const end = Clock::now() + limit;
    while (unread_.find(marker) == std::string::npos && readSome(end)) {
    }
    auto const found = unread_.find(marker);
    auto const size = found == std::string::npos ? unread_.size() : found + marker.size();
    auto text = unread_.substr(0, size);
    unread_.erase(0, size);
    return text;
}

std::string RawClient::read(std::size_t bytes, std::chrono::milliseconds limit) {
    auto const end = Clock::now() + limit;
    while (unread_.size() < bytes && readSome(end)) {
    }
    auto text = unread_.substr(0, bytes);
    unread_.erase(0, bytes);
    return text;
}

std::string RawClient::readAll(std::chrono::milliseconds limit) {
    auto const end = Clock::now() + limit;
    while (readSome(end)) {
    }
    return std::exchange(unread_, {});
}

std::string clientFrame(unsigned first, std::string_view payload) {
    constexpr std::array<unsigned char, 4> kMask{0x12, 0x34, 0x56, 0x78};
    std::string frame(1, static_cast<char>(first));
    auto const append = [&](std::size_t value, int bytes) {
        for (int i = bytes - 1; i >= 0; --i)
            frame += static_cast<char>(value >> (8 * i) & 0xFF);
    };
    if (payload.size() < 126) {
        append(0x80 | payload.size(), 1);
    } else if (payload.size() <= 0xFFFF) {
        append(0xFE, 1);
        append(payload.size(), 2);
    } else {
        append(0xFF, 1);
        append(payload.size(), 8);
    }
    for (auto const byte : kMask)
        frame += static_cast<char>(byte);
    for (std::size_t i = 0; i < payload.size(); ++i)
        frame += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ kMask[i % kMask.size()]);
    return frame;
}

std::string upgradeRequest(std::string_view target, std::string_view extraHeaders) {
    return "GET " + std::string(target) +
           " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
           std::string(extraHeaders) + "\r\n";
}

}  // namespace support
