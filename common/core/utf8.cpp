#include "common/core/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace common {
namespace {

constexpr std::size_t kWordBytes = sizeof(std::uint64_t);

}  // namespace

std::size_t utf8CharacterBytes(std::string_view text) {
    if (text.empty()) return 0;
    auto const at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    auto const lead = at(0);
    if (lead < 0x80) return 1;
    // The second byte's range is what excludes overlong forms, surrogates and values over U+10FFFF.
    std::size_t bytes = 0;
    std::uint8_t low = 0x80;
    std::uint8_t high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        bytes = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        bytes = 3;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        bytes = 4;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
    }
    if (bytes == 0 || text.size() < bytes || at(1) < low || at(1) > high) return 0;
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

}  // namespace common
