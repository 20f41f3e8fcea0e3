#include "common/net/ws_frames.hpp"

#include "common/core/utf8.hpp"
#include "common/runtime/crypto.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <openssl/evp.h>

namespace common::net {
namespace {

constexpr std::uint16_t kCloseNone = 1005;
constexpr std::uint16_t kProtocolError = 1002;
constexpr std::uint16_t kUnsupportedData = 1003;
constexpr std::uint16_t kBadPayload = 1007;
constexpr std::uint16_t kTooBig = 1009;
constexpr std::size_t kControlBytesMax = 125;
constexpr std::size_t kMaskBytes = 4;
constexpr std::size_t kKeptBytes = 1'024;

std::uint8_t byteAt(std::string_view text, std::size_t i) {
    return static_cast<std::uint8_t>(text[i]);
}

std::uint64_t bigEndian(std::string_view bytes) {
    std::uint64_t value = 0;
    for (char const c : bytes)
        value = (value << 8) | static_cast<std::uint8_t>(c);
    return value;
}

void appendHeader(std::string& out, WsOpcode opcode, std::size_t payloadBytes, bool masked) {
    auto const append = [&out](std::uint64_t byte) { out += static_cast<char>(byte & 0xFF); };
    unsigned const maskBit = masked ? 0x80 : 0;
    append(0x80U | static_cast<unsigned>(opcode));
    std::size_t lengthBytes = 0;
    if (payloadBytes < 126) {
        append(maskBit | payloadBytes);
    } else {
        lengthBytes = payloadBytes < 65'536 ? 2 : 8;
        append(maskBit | (lengthBytes == 2 ? 126U : 127U));
    }
    for (auto left = lengthBytes; left > 0; --left)
        append(payloadBytes >> (8 * (left - 1)));
}

/// RFC 6455 section 7.4 and the codes registered since; 1004-1006 and 1015 never travel.
bool mayTravel(std::uint64_t code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace

WsFrameReader::Event WsFrameReader::next(std::string_view& unread) {
    while (true) {
        if (told_) {
            fragments_.clear();
            told_ = false;
        }
        // Whoever once sent much does not hold much.
        if (unmasked_.capacity() > kKeptBytes) std::string().swap(unmasked_);
        if (fragments_.empty() && fragments_.capacity() > kKeptBytes) std::string().swap(fragments_);
        Header header{};
        auto const problem = readHeader(unread, header);
        if (problem.kind == Kind::Broken) return problem;
        if (unread.size() < frameBytes_) {
            if (!checkArrived(header, unread)) return broken(kBadPayload, "text is not UTF-8");
            return {Kind::NeedMore};
        }
        auto payload = unread.substr(header.headerBytes, static_cast<std::size_t>(header.payloadBytes));
        if (sender_ == WsSender::Client) payload = unmask(payload, unread.substr(header.headerBytes - kMaskBytes));
        unread.remove_prefix(frameBytes_);
        switch (header.opcode) {
            case WsOpcode::Ping:
                return {Kind::Ping, payload};
            case WsOpcode::Pong:
                return {Kind::Pong, payload};
            case WsOpcode::Close:
                return closeFrame(payload);
            default:
                break;
        }
        auto const event = dataFrame(header, payload);
        if (event.kind != Kind::NeedMore) return event;
    }
}

/// NeedMore as far as nothing is wrong; frameBytes_ says whether the frame is there.
WsFrameReader::Event WsFrameReader::readHeader(std::string_view unread, Header& header) {
    frameBytes_ = 2;
    if (unread.size() < frameBytes_) return {Kind::NeedMore};
    auto const first = byteAt(unread, 0);
    auto const second = byteAt(unread, 1);
    if ((first & 0x70) != 0) return broken(kProtocolError, "reserved bits set");
    bool const isMasked = (second & 0x80) != 0;
    if (isMasked != (sender_ == WsSender::Client))
        return broken(kProtocolError, isMasked ? "masked frame from a server" : "unmasked frame from a client");
    auto const opcode = first & 0x0F;
    header.final = (first & 0x80) != 0;
    header.opcode = static_cast<WsOpcode>(opcode);
    bool const isControl = opcode >= 8;
    if ((opcode > 2 && !isControl) || opcode > 10) return broken(kProtocolError, "reserved opcode");
    if (isControl && !header.final) return broken(kProtocolError, "fragmented control frame");
    header.payloadBytes = second & 0x7F;
    if (isControl && header.payloadBytes > kControlBytesMax) return broken(kProtocolError, "control frame too long");
    if (header.opcode == WsOpcode::Binary) return broken(kUnsupportedData, "binary frame");
    if (!isControl && (header.opcode == WsOpcode::Continuation) != inMessage_)
        return broken(kProtocolError, inMessage_ ? "new message inside another" : "continuation of nothing");

    std::size_t const lengthBytes = header.payloadBytes == 126 ? 2 : header.payloadBytes == 127 ? 8 : 0;
    header.headerBytes = 2 + lengthBytes + (isMasked ? kMaskBytes : 0);
    frameBytes_ = header.headerBytes;
    if (unread.size() < header.headerBytes) return {Kind::NeedMore};
    if (lengthBytes > 0) {
        header.payloadBytes = bigEndian(unread.substr(2, lengthBytes));
        auto const least = lengthBytes == 2 ? 126U : 65'536U;
        if (header.payloadBytes < least) return broken(kProtocolError, "length not in its shortest form");
    }
    // Before a byte of it is waited for: the limit is on the message, so fragments count together.
    if (!isControl && header.payloadBytes > messageBytesMax_ - fragments_.size())
        return broken(kTooBig, "message over the limit");
    frameBytes_ = header.headerBytes + static_cast<std::size_t>(header.payloadBytes);
    return {Kind::NeedMore};
}

std::string_view WsFrameReader::unmask(std::string_view payload, std::string_view key, std::size_t offset) {
    unmasked_.assign(payload);
    for (std::size_t i = 0; i < unmasked_.size(); ++i)
        unmasked_[i] = static_cast<char>(unmasked_[i] ^ key[(offset + i) % kMaskBytes]);
    return unmasked_;
}

/// A text frame of which only a part is here: what has come since the last look.
bool WsFrameReader::checkArrived(Header const& header, std::string_view unread) {
    bool const isText = header.opcode == WsOpcode::Text || header.opcode == WsOpcode::Continuation;
    if (header.headerBytes == 0 || unread.size() <= header.headerBytes + checked_ || !isText) return true;
    auto arrived = unread.substr(header.headerBytes + checked_);
    auto const offset = std::exchange(checked_, checked_ + arrived.size());
    if (sender_ == WsSender::Client)
        arrived = unmask(arrived, unread.substr(header.headerBytes - kMaskBytes, kMaskBytes), offset);
    return utf8_.feed(arrived);
}

WsFrameReader::Event WsFrameReader::dataFrame(Header const& header, std::string_view payload) {
    bool const isAlone = header.final && !inMessage_ && checked_ == 0;
    bool const isWellFormed =
        isAlone ? isUtf8(payload)
                : utf8_.feed(payload.substr(std::exchange(checked_, 0))) && (!header.final || utf8_.atBoundary());
    if (!isWellFormed) return broken(kBadPayload, "text is not UTF-8");
    auto message = payload;
    if (inMessage_ || !header.final) {
        fragments_ += payload;
        inMessage_ = !header.final;
        if (inMessage_) return {Kind::NeedMore};
        message = fragments_;
        told_ = true;
    }
    return {Kind::Text, message};
}

WsFrameReader::Event WsFrameReader::closeFrame(std::string_view payload) {
    if (payload.empty()) return {Kind::Close, {}, kCloseNone};
    if (payload.size() == 1) return broken(kProtocolError, "close frame of one byte");
    auto const code = bigEndian(payload.substr(0, 2));
    if (!mayTravel(code)) return broken(kProtocolError, "close code that must not travel");
    auto const reason = payload.substr(2);
    if (!isUtf8(reason)) return broken(kBadPayload, "close reason is not UTF-8");
    return {Kind::Close, reason, static_cast<std::uint16_t>(code)};
}

std::string wsAcceptText(std::string_view key) {
    auto const joined = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<char, 20> digest{};
    // Looked up once: the look-up takes locks and costs more than the digest of these few bytes.
    static std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> const sha1(EVP_MD_fetch(nullptr, "SHA1", nullptr),
                                                                      EVP_MD_free);
    EVP_Digest(joined.data(), joined.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, sha1.get(),
               nullptr);
    return base64({digest.data(), digest.size()});
}

void appendServerFrame(std::string& out, WsOpcode opcode, std::string_view payload) {
    appendHeader(out, opcode, payload.size(), false);
    out += payload;
}

void appendClientFrame(std::string& out, WsOpcode opcode, std::string_view payload,
                       std::array<std::uint8_t, 4> const& mask) {
    appendHeader(out, opcode, payload.size(), true);
    for (auto const byte : mask)
        out += static_cast<char>(byte);
    for (std::size_t i = 0; i < payload.size(); ++i)
        out += static_cast<char>(byteAt(payload, i) ^ mask[i % mask.size()]);
}

std::string closePayload(std::uint16_t code, std::string_view reason) {
    if (code == kCloseNone) return {};
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    auto const fits = reason.substr(0, kControlBytesMax - 2);
    payload += fits.substr(0, utf8PrefixBytes(fits));
    return payload;
}

}  // namespace common::net
