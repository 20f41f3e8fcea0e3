#pragma once

#include "common/core/error.hpp"

#include <string>
#include <string_view>

// Rules for single values that the JSON form and the text form share. Lengths count characters, not bytes.

namespace notifier {

/// 1 to 64 characters without control characters. 1102 otherwise, field `key`.
common::Result<std::string> checkKey(std::string_view text);
/// At most 1,000 characters, no control characters but tab and line feed. 1102 otherwise, field `note`.
common::Result<std::string> checkNote(std::string_view text);

}  // namespace notifier
