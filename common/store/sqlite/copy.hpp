#pragma once

#include <filesystem>

namespace common::sqlite {

/// Copies what is committed in `from` to the new file `to` (mode 0600, one file without a log, synced), also while
/// others write. An existing `to` is replaced in one step; a copy that fails leaves it as it was. Throws StoreError.
void copyDatabase(std::filesystem::path const& from, std::filesystem::path const& to);

/// Renames and makes the new name durable.
void renameDurably(std::filesystem::path const& from, std::filesystem::path const& to);

}  // namespace common::sqlite
