#include "common/core/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace common {
namespace {

/// RFC 3629 from the other end: what the encoder makes of a code point is the only form that is well-formed.
std::string encode(char32_t point) {
    auto const byte = [](char32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
    if (point < 0x80) return {byte(point)};
    if (point < 0x800) return {byte(0xC0 | point >> 6), byte(0x80 | (point & 63))};
    if (point < 0x10000) return {byte(0xE0 | point >> 12), byte(0x80 | (point >> 6 & 63)), byte(0x80 | (point & 63))};
    return {byte(0xF0 | point >> 18), byte(0x80 | (point >> 12 & 63)), byte(0x80 | (point >> 6 & 63)),
            byte(0x80 | (point & 63))};
}

TEST(Utf8, Check_EveryCodePoint_TakesAllButSurrogates) {
    for (char32_t point = 0; point <= 0x10FFFF; ++point) {
        auto const text = encode(point);
        bool const isSurrogate = point >= 0xD800 && point <= 0xDFFF;
        ASSERT_EQ(isUtf8(text), !isSurrogate) << std::hex << static_cast<std::uint32_t>(point);
        ASSERT_EQ(utf8CharacterBytes(text), isSurrogate ? 0 : text.size());
    }
    EXPECT_FALSE(isUtf8(encode(0x110000)));
}

TEST(Utf8, Check_EveryPairOfBytes_TakesOnlyEncodedOnes) {
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            std::string const text{static_cast<char>(first), static_cast<char>(second)};
            bool const twoAscii = first < 0x80 && second < 0x80;
            bool const oneCharacter = first >= 0xC2 && first <= 0xDF && second >= 0x80 && second <= 0xBF;
            ASSERT_EQ(isUtf8(text), twoAscii || oneCharacter) << first << ' ' << second;
        }
    }
}

TEST(Utf8, Prefix_FaultAtAnyPlace_EndsThere) {
    for (std::size_t place = 0; place < 40; ++place) {
        std::string text(40, 'a');
        text[place] = '\xFF';
        EXPECT_EQ(utf8PrefixBytes(text), place);
        EXPECT_FALSE(isUtf8(text));
    }
    EXPECT_EQ(utf8PrefixBytes("aaaaaaa\xE2\x82\xBF"), 10U);
    EXPECT_EQ(utf8PrefixBytes("aaaaaaa\xE2\x82"), 7U) << "cut in the middle";
    EXPECT_TRUE(isUtf8(""));
    EXPECT_EQ(utf8CharacterBytes(""), 0U);
}

}  // namespace
}  // namespace common
