// The floor: the least a program can do to upgrade WebSocket clients and send them frames. One epoll loop, one plain
// send() a client for all that is pending for it, no limits, no care for anything. Speaks what fanout_bench asks for.
#include "common/net/ws_frames.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace common::net;

constexpr std::string_view kKey = "Sec-WebSocket-Key: ";
constexpr std::size_t kSpaceBytes = 4'096;

std::string message(std::size_t bytes) {
    std::string text = R"({"type":"bench","pad":")";
    text.resize(bytes - 2, 'x');
    return text + "\"}";
}

struct Bare {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    std::vector<int> open;

    void watch(int socket) const {
        epoll_event event{.events = EPOLLIN, .data = {.fd = socket}};
        epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event);
    }

    void listen() const {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        if (bind(listener, reinterpret_cast<sockaddr const*>(&address), length) != 0 ||
            ::listen(listener, 4'096) != 0 ||
            getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0)
            std::exit(1);
        std::fprintf(stderr, "listening port=%d\n", ntohs(address.sin_port));
        watch(listener);
    }

    void broadcast(int pending, std::size_t bytes) const {
        std::string wire;
        for (int i = 0; i < pending; ++i)
            appendServerFrame(wire, WsOpcode::Text, message(bytes));
        for (int const socket : open)
            if (send(socket, wire.data(), wire.size(), MSG_NOSIGNAL | MSG_DONTWAIT) !=
                static_cast<ssize_t>(wire.size()))
                std::exit(2);
    }

    void onBytes(int socket) {
        std::array<char, kSpaceBytes> space{};
        auto const got = recv(socket, space.data(), space.size(), 0);
        if (got <= 0) {
            close(socket);
            return;
        }
        std::string_view text(space.data(), static_cast<std::size_t>(got));
        if (auto const at = text.find(kKey); at != text.npos) {
            auto const key = text.substr(at + kKey.size(), 24);
            auto const answer =
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Accept: " +
                wsAcceptText(key) + "\r\n\r\n";
            if (send(socket, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) std::exit(2);
            open.push_back(socket);
            return;
        }
        WsFrameReader reader(kSpaceBytes, WsSender::Client);
        auto const event = reader.next(text);
        if (event.kind != WsFrameReader::Kind::Text) return;
        int pending = 0;
        std::size_t bytes = 0;
        if (std::sscanf(std::string(event.payload).c_str(), R"({"method":"ping","id":"%d %zu"})", &pending, &bytes) ==
            2)
            broadcast(pending, bytes);
    }
};

}  // namespace

int main() {
    Bare bare;
    bare.listen();
    std::array<epoll_event, 512> events{};
    while (true) {
        auto const count = epoll_wait(bare.poll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            auto const socket = events[static_cast<std::size_t>(i)].data.fd;
            if (socket != bare.listener) {
                bare.onBytes(socket);
                continue;
            }
            auto const accepted = accept4(bare.listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (accepted < 0) return 1;
            int const on = 1;
            setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            bare.watch(accepted);
        }
    }
}
