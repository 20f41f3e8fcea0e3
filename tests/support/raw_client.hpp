#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace support {

/// A bare TCP connection for rude tests: bytes out, bytes in, each with a deadline.
class RawClient {
public:
    /// Connects to 127.0.0.1; throws when nobody listens.
    explicit RawClient(std::uint16_t port);
    ~RawClient();
    RawClient(RawClient const&) = delete;
    RawClient& operator=(RawClient const&) = delete;

    /// Sends all of it, or as much as the peer takes before it closes.
    void send(std::string_view bytes);
    /// Everything up to and with `marker`; what had come when the connection ended or the limit passed.
    std::string readUntil(std::string_view marker, std::chrono::milliseconds limit = std::chrono::seconds(5));
    /// So many bytes; what had come when the connection ended or the limit passed.
    std::string read(std::size_t bytes, std::chrono::milliseconds limit = std::chrono::seconds(5));
    /// Everything until the peer closes; check closed() for whether it did.
    std::string readAll(std::chrono::milliseconds limit = std::chrono::seconds(5));
    /// The peer has closed or reset the connection.
    bool closed() const { return closed_; }
    bool wasReset() const { return reset_; }

private:
    bool readSome(std::chrono::steady_clock::time_point end);

    int socket_;
    std::string unread_;
    bool closed_ = false;
    bool reset_ = false;
};

/// One masked frame as a client sends it; `first` is the byte of flags and opcode.
std::string clientFrame(unsigned first, std::string_view payload);
/// A correct opening handshake up to and with the blank line.
std::string upgradeRequest(std::string_view target = "/ws", std::string_view extraHeaders = {});

}  // namespace support
