#include "notifier/protocol/fields.hpp"

#include <algorithm>
#include <cstddef>

namespace notifier {
namespace {

using common::ErrorCode;
using common::fail;

constexpr std::size_t kKeyCharactersMax = 64;
constexpr std::size_t kNoteCharactersMax = 1'000;

std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}

bool isControl(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

}  // namespace

common::Result<std::string> checkKey(std::string_view text) {
    auto const length = characters(text);
    if (length == 0 || length > kKeyCharactersMax || std::ranges::any_of(text, isControl))
        return fail(ErrorCode::BadValue, "\"key\" must be 1 to 64 characters without control characters", "key");
    return std::string(text);
}

common::Result<std::string> checkNote(std::string_view text) {
    auto const refused = [](char c) { return isControl(c) && c != '\n' && c != '\t'; };
    if (characters(text) > kNoteCharactersMax || std::ranges::any_of(text, refused))
        return fail(ErrorCode::BadValue, "\"note\" must be at most 1000 characters without control characters", "note");
    return std::string(text);
}

}  // namespace notifier
