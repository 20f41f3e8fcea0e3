#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace common {

/// The word a typing mistake most likely meant: fewest insertions, deletions, changes and swaps of neighbours, in
/// bytes; nothing when even the best needs more than a third of the word's length (at least 1). The earlier of equals.
std::optional<std::string> nearest(std::string_view word, std::span<std::string const> known);

}  // namespace common
