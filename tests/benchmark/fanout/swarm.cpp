#include "tests/benchmark/fanout/swarm.hpp"

#include "common/net/ws_frames.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace bench {
namespace {

using common::net::WsFrameReader;
using common::net::WsOpcode;

constexpr std::size_t kConnectingMax = 256;
constexpr std::size_t kSpaceBytes = 256 * 1024;
constexpr std::size_t kMessageBytesMax = 1'048'576;
constexpr auto kConnectLimit = std::chrono::minutes(2);

}  // namespace

struct Swarm::Member {
    enum class State : std::uint8_t { Connecting, Upgrading, Open };

    int socket = -1;
    State state = State::Connecting;
    std::string rest;  ///< bytes that make no whole frame yet
    WsFrameReader reader{kMessageBytesMax};
};

Swarm::Swarm(OnText onText) : onText_(std::move(onText)), poll_(epoll_create1(EPOLL_CLOEXEC)), space_(kSpaceBytes) {}

Swarm::~Swarm() {
    disconnect();
    close(poll_);
}

void Swarm::disconnect() {
    for (auto const& member : members_)
        close(member->socket);
    members_.clear();
    open_ = 0;
}

std::size_t Swarm::size() const {
    return members_.size();
}

void Swarm::open(std::size_t number, std::uint16_t port) {
    auto& member = *members_[number];
    member.socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (member.socket < 0) throw std::runtime_error("no socket: raise the limit of open files");
    int const on = 1;
    setsockopt(member.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(member.socket, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS)
        throw std::runtime_error("cannot connect");
    epoll_event event{.events = EPOLLOUT, .data = {.u64 = number}};
    epoll_ctl(poll_, EPOLL_CTL_ADD, member.socket, &event);
}

void Swarm::connect(std::uint16_t port, std::size_t members) {
    auto const limit = std::chrono::steady_clock::now() + kConnectLimit;
    while (open_ < members) {
        while (members_.size() < members && members_.size() - open_ < kConnectingMax) {
            members_.push_back(std::make_unique<Member>());
            open(members_.size() - 1, port);
        }
        turn(100);
        if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("the clients do not get connected");
    }
}

void Swarm::runUntil(std::function<bool()> const& done, std::chrono::milliseconds limit, char const* what) {
    auto const end = std::chrono::steady_clock::now() + limit;
    while (!done()) {
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0) throw std::runtime_error(fmt::format("{}: not in time", what));
        turn(static_cast<int>(std::min<std::int64_t>(left.count(), 20)));
    }
}

void Swarm::turn(int waitMs) {
    std::array<epoll_event, 512> events{};
    auto const count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), waitMs);
    for (int i = 0; i < count; ++i) {
        auto const& event = events[static_cast<std::size_t>(i)];
        onReady(event.data.u64, (event.events & EPOLLOUT) != 0);
    }
}

void Swarm::onReady(std::size_t number, bool writable) {
    auto& member = *members_[number];
    if (member.state == Member::State::Connecting && writable) {
        constexpr std::string_view kRequest =
            "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        if (::send(member.socket, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(kRequest.size()))
            throw std::runtime_error("a client was not let in");
        member.state = Member::State::Upgrading;
        epoll_event event{.events = EPOLLIN, .data = {.u64 = number}};
        epoll_ctl(poll_, EPOLL_CTL_MOD, member.socket, &event);
        return;
    }
    onBytes(number);
}

void Swarm::onBytes(std::size_t number) {
    auto& member = *members_[number];
    auto const got = recv(member.socket, space_.data(), space_.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) throw std::runtime_error(fmt::format("client {} lost its connection", number));
    std::string_view unread(space_.data(), static_cast<std::size_t>(got));
    std::string joined;
    if (!member.rest.empty()) {
        joined = std::move(member.rest);
        joined += unread;
        unread = joined;
        member.rest.clear();
    }
    if (member.state == Member::State::Upgrading) {
        auto const end = unread.find("\r\n\r\n");
        if (end != unread.npos) {
            if (!unread.starts_with("HTTP/1.1 101")) throw std::runtime_error("a client was refused");
            unread.remove_prefix(end + 4);
            member.state = Member::State::Open;
            ++open_;
        }
    }
    while (member.state == Member::State::Open) {
        auto const event = member.reader.next(unread);
        using enum WsFrameReader::Kind;
        if (event.kind == NeedMore) break;
        if (event.kind == Text) onText_(number, event.payload);
        if (event.kind == Ping) sendFrame(member, static_cast<std::uint8_t>(WsOpcode::Pong), event.payload);
        if (event.kind == Close || event.kind == Broken)
            throw std::runtime_error(fmt::format("client {} was closed with {}", number, event.code));
    }
    member.rest = unread;
}

void Swarm::send(std::size_t member, std::string_view text) {
    sendFrame(*members_[member], static_cast<std::uint8_t>(WsOpcode::Text), text);
}

void Swarm::sendFrame(Member& member, std::uint8_t opcode, std::string_view payload) {
    std::string wire;
    common::net::appendClientFrame(wire, static_cast<WsOpcode>(opcode), payload, {1, 2, 3, 4});
    // A few hundred bytes always fit into an idle socket.
    if (::send(member.socket, wire.data(), wire.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(wire.size()))
        throw std::runtime_error("a client cannot send");
}

}  // namespace bench
