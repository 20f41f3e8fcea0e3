#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace bench {

/// Thousands of WebSocket clients on one thread, as cheap as a client can be, so that what is measured is the server.
/// Pings are answered. Not thread-safe.
class Swarm {
public:
    /// A text frame has come to a member.
    using OnText = std::function<void(std::size_t member, std::string_view text)>;

    explicit Swarm(OnText onText);
    ~Swarm();
    Swarm(Swarm const&) = delete;
    Swarm& operator=(Swarm const&) = delete;

    /// Connects members to 127.0.0.1, some at a time; returns when the last one's upgrade was answered. Throws when one
    /// is refused or it takes over two minutes.
    void connect(std::uint16_t port, std::size_t members);
    void disconnect();
    void send(std::size_t member, std::string_view text);
    /// Reads until `done`, asked after every turn; throws when it takes longer or a member loses its connection.
    void runUntil(std::function<bool()> const& done, std::chrono::milliseconds limit, char const* what);
    std::size_t size() const;

private:
    struct Member;

    void open(std::size_t member, std::uint16_t port);
    void turn(int waitMs);
    void onReady(std::size_t member, bool writable);
    void onBytes(std::size_t member);
    void sendFrame(Member& member, std::uint8_t opcode, std::string_view payload);

    OnText onText_;
    int poll_;
    std::vector<std::unique_ptr<Member>> members_;
    std::size_t open_ = 0;
    std::vector<char> space_;
};

}  // namespace bench
