#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace common {

/// How many leading bytes are well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF).
/// Costs little for ASCII, which nearly all of our text is.
std::size_t utf8PrefixBytes(std::string_view text);

/// The length of the one character that `text` begins with; 0 when it is empty or begins with a malformed one.
std::size_t utf8CharacterBytes(std::string_view text);

inline bool isUtf8(std::string_view text) {
    return utf8PrefixBytes(text) == text.size();
}

/// The same judgement of a text that arrives in pieces, which may end anywhere: a malformed byte is told at once, not
/// at the end of its character.
class Utf8Checker {
public:
    /// False as soon as no continuation could make the text well-formed; then nothing further may be fed.
    bool feed(std::string_view piece);
    /// The text so far does not end within a character.
    bool atBoundary() const { return missing_ == 0; }

private:
    bool feedByte(std::uint8_t byte);

    int missing_ = 0;  ///< bytes of the character begun
    std::uint8_t low_ = 0x80;
    std::uint8_t high_ = 0xBF;  ///< with low_, what the next one of them may be
};

}  // namespace common
