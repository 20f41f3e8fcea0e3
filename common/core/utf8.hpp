#pragma once

#include <cstddef>
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

}  // namespace common
