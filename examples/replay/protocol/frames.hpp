#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace replay {

/// RFC 6455 frames, server side. Own code instead of Beast's stream because a stand-in must do what that stream hides:
/// count every frame with its control frames, put many frames into one write, and write broken ones on purpose.
enum class Opcode : std::uint8_t { Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };

/// Appends one unmasked, final frame.
void appendFrame(std::string& out, Opcode opcode, std::string_view payload);
/// Payload of a close frame.
std::string closePayload(std::uint16_t code, std::string_view reason);

/// Cuts a client's bytes into messages and control frames. Pure; the limits bound what it buffers.
class FrameReader {
public:
    struct Limits {
        std::size_t messageBytesMax = 1U << 20U;
    };
    struct Message {
        Opcode opcode = Opcode::Text;
        std::string payload;
    };

    explicit FrameReader(Limits limits) : limits_(limits) {}

    void feed(std::string_view bytes) { buffer_.append(bytes); }
    /// The next complete message or control frame; nothing when more bytes are needed or after a failure.
    std::optional<Message> next();
    /// Close code of the rule that the peer broke, 0 while none.
    std::uint16_t failure() const { return failure_; }
    /// Frames read so far, control frames and fragments included: what the exchange's rate limit counts.
    std::uint64_t frames() const { return frames_; }

private:
    std::optional<Message> fail(std::uint16_t code);

    Limits limits_;
    std::string buffer_;
    std::size_t at_ = 0;
    std::optional<Message> partial_;
    std::uint64_t frames_ = 0;
    std::uint16_t failure_ = 0;
};

}  // namespace replay
