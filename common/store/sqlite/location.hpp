#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace common::sqlite {

/// The file behind `sqlite:PATH`, absolute and free of symbolic links, so that two programs that name it differently
/// meet at the same lock and bell. Missing parent directories are made (mode 0700). Throws StoreError for another
/// scheme, an empty path and databases in memory, which two processes cannot share.
std::filesystem::path locateDatabase(std::string_view databaseUrl);

/// Refuses directories on network and FUSE file systems: the log's shared memory does not work there and the database
/// would be damaged. Throws StoreError with what to change.
void checkFileSystem(std::filesystem::path const& directory);
/// The same decision for a `statfs` type: its name if it is refused, else empty.
std::string_view refusedFileSystem(unsigned long statfsType);

/// Makes an empty file readable by its owner only unless there is one.
void createPrivately(std::filesystem::path const& file);

/// `PATH.notifier.bell` and the like: a file beside the database.
std::filesystem::path beside(std::filesystem::path const& database, std::string_view suffix);

}  // namespace common::sqlite
