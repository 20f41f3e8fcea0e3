#pragma once

#include "common/core/utf8.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace common::net {

enum class WsOpcode : std::uint8_t { Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };

/// Whose frames are read: a client's must be masked, a server's must not (RFC 6455 section 5.1).
enum class WsSender : std::uint8_t { Server, Client };

/// Reads one side's frames (RFC 6455 section 5) from bytes as they arrive: pure, no socket. Text messages come out
/// whole, a server's of one frame without being copied; one that can no longer become UTF-8 is refused before it is
/// whole. Binary messages are refused, since no peer of ours sends them.
class WsFrameReader {
public:
    enum class Kind : std::uint8_t {
        NeedMore,  ///< no complete frame; frameBytes() tells how many bytes it takes in all
        Text,
        Ping,
        Pong,
        Close,   ///< `code` 1005 when the frame carried none; `payload` is the reason
        Broken,  ///< `code` is what to close with; `payload` says why. Nothing can be read any more.
    };
    struct Event {
        Kind kind;
        std::string_view payload = {};  ///< valid until the next call or until the bytes read from move
        std::uint16_t code = 0;
    };

    explicit WsFrameReader(std::size_t messageBytesMax, WsSender sender = WsSender::Server)
        : messageBytesMax_(messageBytesMax), sender_(sender) {}

    /// The next event at the front of `unread`, which is shortened by what was used. Fragments that complete no message
    /// are used up silently.
    Event next(std::string_view& unread);
    /// After NeedMore: the whole size of the frame at the front, as far as its header is known.
    std::size_t frameBytes() const { return frameBytes_; }

private:
    struct Header {
        bool final;
        WsOpcode opcode;
        std::size_t headerBytes;
        std::uint64_t payloadBytes;
    };
    static Event broken(std::uint16_t code, std::string_view why) { return {Kind::Broken, why, code}; }
    Event readHeader(std::string_view unread, Header& header);
    Event dataFrame(Header const& header, std::string_view payload);
    static Event closeFrame(std::string_view payload);
    bool checkArrived(Header const& header, std::string_view unread);

    std::string_view unmask(std::string_view payload, std::string_view key, std::size_t offset = 0);

    std::size_t messageBytesMax_;
    WsSender sender_;
    std::size_t frameBytes_ = 2;
    bool inMessage_ = false;  ///< fragments of a text came, its end did not
    bool told_ = false;       ///< fragments_ was handed out and belongs to the past
    std::string fragments_;
    std::string unmasked_;     ///< payload of a client's frame
    Utf8Checker utf8_;         ///< of a text that is not judged in one piece
    std::size_t checked_ = 0;  ///< payload bytes of a frame that is not whole yet, given to utf8_
};

/// RFC 6455 section 4.2.2: Sec-WebSocket-Accept, which proves that the server understood this very request.
std::string wsAcceptText(std::string_view key);

/// Appends one unfragmented frame without mask as a server must send it.
void appendServerFrame(std::string& out, WsOpcode opcode, std::string_view payload);
/// Appends one unfragmented, masked frame as a client must send it.
void appendClientFrame(std::string& out, WsOpcode opcode, std::string_view payload,
                       std::array<std::uint8_t, 4> const& mask);

/// The payload of a close frame: code and as much of the reason as fits. 1005 stands for none at all.
std::string closePayload(std::uint16_t code, std::string_view reason);

}  // namespace common::net
