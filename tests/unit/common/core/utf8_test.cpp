#include "common/core/utf8.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

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

TEST(Utf8Checker, AnyPieces_AgreeWithTheWhole) {
    std::mt19937 random(1);
    std::uniform_int_distribution<unsigned> byte(0, 255), length(1, 5);
    for (int i = 0; i < 20'000; ++i) {
        // Mostly what a character may be made of, or hardly anything would be well-formed.
        std::string text = encode(static_cast<char32_t>(random() % 0x11'0000)) + std::string(random() % 9, 'a') +
                           encode(static_cast<char32_t>(random() % 0x900));
        if (i % 2 == 0) text[random() % text.size()] = static_cast<char>(byte(random));
        Utf8Checker checker;
        bool fine = true;
        for (std::size_t at = 0; fine && at < text.size();) {
            auto const piece = text.substr(at, length(random));
            fine = checker.feed(piece);
            at += piece.size();
        }
        ASSERT_EQ(fine && checker.atBoundary(), isUtf8(text)) << i;
    }
}

TEST(Utf8Checker, ByteThatCannotFollow_IsToldAtOnce) {
    for (std::string_view const hopeless : {"\xF4\x90", "\xED\xA0", "\xE0\x80", "\xF0\x80", "\xC0", "\xF5", "\x80"})
        EXPECT_FALSE(Utf8Checker().feed(hopeless));
    Utf8Checker open;
    EXPECT_TRUE(open.feed("\xE2\x82"));
    EXPECT_FALSE(open.atBoundary());
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
