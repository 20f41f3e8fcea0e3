#include "common/store/sqlite/location.hpp"
#include "common/store/sqlite/sqlite_store.hpp"
#include "common/store/store_error.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace common::sqlite {
namespace {

/// An flock on a file beside the database. The kernel drops it with the process, however that ends; the file stays,
/// since removing it would let two processes lock two files of one name.
class FileRoleLock final : public RoleLock {
public:
    explicit FileRoleLock(std::filesystem::path const& file)
        : file_(file), descriptor_(::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
        if (descriptor_ < 0)
            throw StoreError(StoreFailure::Io, fmt::format("cannot open {}: {}", file.string(), std::strerror(errno)));
    }
    ~FileRoleLock() override { ::close(descriptor_); }
    FileRoleLock(FileRoleLock const&) = delete;
    FileRoleLock& operator=(FileRoleLock const&) = delete;

    bool tryAcquire() override {
        if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return true;
        if (errno == EWOULDBLOCK || errno == EINTR) return false;
        throw StoreError(StoreFailure::Io, fmt::format("cannot lock {}: {}", file_.string(), std::strerror(errno)));
    }

private:
    std::filesystem::path file_;
    int descriptor_;
};

}  // namespace

std::unique_ptr<RoleLock> openRoleLock(std::string_view databaseUrl, Role self) {
    return std::make_unique<FileRoleLock>(
        beside(locateDatabase(databaseUrl), self == Role::Ingestion ? ".ingestion.lock" : ".notifier.lock"));
}

}  // namespace common::sqlite
