#include "examples/replay/protocol/frames.hpp"

namespace replay {
namespace {

constexpr std::size_t kControlBytesMax = 125;
constexpr std::uint16_t kProtocolError = 1002;
constexpr std::uint16_t kTooBig = 1009;

std::uint8_t byteAt(std::string_view text, std::size_t i) {
    return static_cast<std::uint8_t>(text[i]);
}

}  // namespace

void appendFrame(std::string& out, Opcode opcode, std::string_view payload) {
    out.push_back(static_cast<char>(0x80U | static_cast<unsigned>(opcode)));
    std::size_t const size = payload.size();
    int lengthBytes = 0;
    if (size < 126) {
        out.push_back(static_cast<char>(size));
    } else if (size <= 0xFFFF) {
        out.push_back(126);
        lengthBytes = 2;
    } else {
        out.push_back(127);
        lengthBytes = 8;
    }
    for (int i = lengthBytes - 1; i >= 0; --i)
        out.push_back(static_cast<char>(size >> (8U * static_cast<unsigned>(i))));
    out.append(payload);
}

std::string closePayload(std::uint16_t code, std::string_view reason) {
    std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
    return payload.append(reason.substr(0, kControlBytesMax - 2));
}

std::optional<FrameReader::Message> FrameReader::fail(std::uint16_t code) {
    failure_ = code;
    return {};
}

std::optional<FrameReader::Message> FrameReader::next() {
    while (failure_ == 0) {
        std::string_view const rest = std::string_view(buffer_).substr(at_);
        if (rest.size() < 2) break;
        unsigned const head = byteAt(rest, 0);
        unsigned const second = byteAt(rest, 1);
        bool const isFinal = (head & 0x80U) != 0;
        auto const opcode = static_cast<Opcode>(head & 0x0FU);
        bool const isControl = (head & 0x08U) != 0;
        bool const isKnown = opcode <= Opcode::Binary || (opcode >= Opcode::Close && opcode <= Opcode::Pong);
        if ((head & 0x70U) != 0 || !isKnown || (second & 0x80U) == 0) return fail(kProtocolError);
        std::uint64_t size = second & 0x7FU;
        std::size_t header = 2;
        if (isControl && (!isFinal || size > kControlBytesMax)) return fail(kProtocolError);
        if (size >= 126) {
            std::size_t const lengthBytes = size == 126 ? 2 : 8;
            if (rest.size() < header + lengthBytes) break;
            size = 0;
            for (std::size_t i = 0; i < lengthBytes; ++i)
                size = size << 8U | byteAt(rest, header + i);
            header += lengthBytes;
        }
        std::size_t const before = partial_ ? partial_->payload.size() : 0;
        if (!isControl && size > limits_.messageBytesMax - before) return fail(kTooBig);
        if (rest.size() < header + 4 + size) break;

        ++frames_;
        std::string payload(rest.substr(header + 4, size));
        for (std::size_t i = 0; i < payload.size(); ++i)
            payload[i] = static_cast<char>(byteAt(payload, i) ^ byteAt(rest, header + i % 4));
        at_ += header + 4 + size;
        if (isControl) return Message{opcode, std::move(payload)};
        if ((opcode == Opcode::Continuation) != partial_.has_value()) return fail(kProtocolError);
        if (!partial_) partial_ = Message{opcode, {}};
        partial_->payload += payload;
        if (!isFinal) continue;
        auto message = std::move(*partial_);
        partial_.reset();
        return message;
    }
    buffer_.erase(0, at_);
    at_ = 0;
    return {};
}

}  // namespace replay
