#include "common/core/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace common {
namespace {

constexpr std::size_t kWordBytes = sizeof(std::uint64_t);

/// What may follow a first byte. The second byte's range is what excludes overlong forms, surrogates and values over
/// U+10FFFF.
struct Lead {
    std::size_t bytes = 0;  ///< of the character; 0 = none begins so
    std::uint8_t low = 0x80;
    std::uint8_t high = 0xBF;
};

Lead leadOf(std::uint8_t byte) {
    if (byte < 0x80) return {.bytes = 1};
    if (byte >= 0xC2 && byte <= 0xDF) return {.bytes = 2};
    if (byte >= 0xE0 && byte <= 0xEF)
        return {.bytes = 3,
                .low = byte == 0xE0 ? std::uint8_t{0xA0} : std::uint8_t{0x80},
                .high = byte == 0xED ? std::uint8_t{0x9F} : std::uint8_t{0xBF}};
    if (byte >= 0xF0 && byte <= 0xF4)
        return {.bytes = 4,
                .low = byte == 0xF0 ? std::uint8_t{0x90} : std::uint8_t{0x80},
                .high = byte == 0xF4 ? std::uint8_t{0x8F} : std::uint8_t{0xBF}};
    return {};
}

}  // namespace

std::size_t utf8CharacterBytes(std::string_view text) {
    if (text.empty()) return 0;
    auto const at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    auto const lead = leadOf(at(0));
    auto const bytes = lead.bytes;
    if (bytes <= 1) return bytes;
    if (text.size() < bytes || at(1) < lead.low || at(1) > lead.high) return 0;
    for (std::size_t i = 2; i < bytes; ++i)
        if ((at(i) & 0xC0) != 0x80) return 0;
    return bytes;
}

std::size_t utf8PrefixBytes(std::string_view text) {
    std::size_t done = 0;
    while (done < text.size()) {
        if (text.size() - done >= kWordBytes) {
            std::uint64_t word = 0;
            std::memcpy(&word, text.data() + done, kWordBytes);
            if ((word & 0x8080'8080'8080'8080U) == 0) {
                done += kWordBytes;
                continue;
            }
        }
        auto const bytes = utf8CharacterBytes(text.substr(done));
        if (bytes == 0) return done;
        done += bytes;
    }
    return done;
}

bool Utf8Checker::feed(std::string_view piece) {
    while (!piece.empty()) {
        if (missing_ == 0) piece.remove_prefix(utf8PrefixBytes(piece));
        if (piece.empty()) break;
        if (!feedByte(static_cast<std::uint8_t>(piece.front()))) return false;
        piece.remove_prefix(1);
    }
    return true;
}

bool Utf8Checker::feedByte(std::uint8_t byte) {
    if (missing_ == 0) {
        auto const lead = leadOf(byte);
        if (lead.bytes == 0) return false;
        missing_ = static_cast<int>(lead.bytes) - 1;
        low_ = lead.low;
        high_ = lead.high;
        return true;
    }
    if (byte < low_ || byte > high_) return false;
    --missing_;
    low_ = 0x80;
    high_ = 0xBF;
    return true;
}

}  // namespace common
