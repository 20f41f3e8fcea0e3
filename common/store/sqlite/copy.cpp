#include "common/store/sqlite/copy.hpp"

#include "common/store/sqlite/connection.hpp"
#include "common/store/sqlite/location.hpp"

#include <cerrno>
#include <cstring>

#include <SQLiteCpp/Backup.h>
#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

namespace common::sqlite {
namespace {

namespace fs = std::filesystem;

void syncPath(fs::path const& path) {
    int const descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    bool const synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    int const error = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (!synced)
        throw StoreError(StoreFailure::Io, fmt::format("cannot sync {}: {}", path.string(), std::strerror(error)));
}

}  // namespace

void renameDurably(fs::path const& from, fs::path const& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error)
        throw StoreError(StoreFailure::Io,
                         fmt::format("cannot rename {} to {}: {}", from.string(), to.string(), error.message()));
    syncPath(fs::absolute(to).parent_path());
}

void copyDatabase(fs::path const& from, fs::path const& to) {
    auto const partial = beside(to, ".partial");
    fs::remove(partial);
    createPrivately(partial);
    try {
        SQLite::Database source(from.string(), SQLite::OPEN_READONLY);
        SQLite::Database target(partial.string(), SQLite::OPEN_READWRITE);
        // In one go, from one snapshot: a copy in pieces starts again whenever another process writes.
        SQLite::Backup(target, source).executeStep(-1);
        // The copy says it has a log, as its source does; alone it is one file.
        target.exec("PRAGMA journal_mode = DELETE");
    } catch (SQLite::Exception const& error) {
        fs::remove(partial);
        auto const failure = toStoreError(error);
        throw StoreError(failure.failure(),
                         fmt::format("cannot copy {} to {}: {}", from.string(), to.string(), failure.what()));
    }
    syncPath(partial);
    renameDurably(partial, to);
}

}  // namespace common::sqlite
