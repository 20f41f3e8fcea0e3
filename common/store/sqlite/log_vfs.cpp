#include "common/store/sqlite/log_vfs.hpp"

#include <cstddef>
#include <new>
#include <vector>

#include <sqlite3.h>

namespace common::sqlite {
namespace {

constexpr char kName[] = "tickbell";
/// SQLite's Unix layer writes at most 131,071 bytes at once.
constexpr std::size_t kGatheredBytesMax = 120 * 1024;

/// The file as SQLite sees it. What SQLite's own layer opened lies behind it in the same memory.
struct LogFile {
    sqlite3_file base;
    std::vector<std::byte>* gathered;  ///< not yet written; begins at `at`
    sqlite3_int64 at;

    static LogFile& of(sqlite3_file* file) { return *reinterpret_cast<LogFile*>(file); }
    sqlite3_file* inner() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    sqlite3_io_methods const& methods() { return *inner()->pMethods; }
    sqlite3_int64 end() const { return at + static_cast<sqlite3_int64>(gathered->size()); }

    int flush() {
        if (gathered->empty()) return SQLITE_OK;
        int const result = methods().xWrite(inner(), gathered->data(), static_cast<int>(gathered->size()), at);
        // What failed is not tried again by itself: SQLite rolls the commit back and writes its frames anew.
        gathered->clear();
        return result;
    }
};

int closeLog(sqlite3_file* file) {
    auto& log = LogFile::of(file);
    int const written = log.flush();
    int const closed = log.methods().xClose(log.inner());
    delete log.gathered;
    return written != SQLITE_OK ? written : closed;
}

int readLog(sqlite3_file* file, void* bytes, int count, sqlite3_int64 offset) {
    auto& log = LogFile::of(file);
    if (int const result = log.flush(); result != SQLITE_OK) return result;
    return log.methods().xRead(log.inner(), bytes, count, offset);
}

int writeLog(sqlite3_file* file, void const* bytes, int count, sqlite3_int64 offset) {
    auto& log = LogFile::of(file);
    auto const size = static_cast<std::size_t>(count);
    if (offset != log.end() || log.gathered->size() + size > kGatheredBytesMax)
        if (int const result = log.flush(); result != SQLITE_OK) return result;
    if (log.gathered->empty()) log.at = offset;
    try {
        auto const* const from = static_cast<std::byte const*>(bytes);
        log.gathered->insert(log.gathered->end(), from, from + size);
    } catch (std::bad_alloc const&) {
        return SQLITE_IOERR_NOMEM;
    }
    return SQLITE_OK;
}

int truncateLog(sqlite3_file* file, sqlite3_int64 size) {
    auto& log = LogFile::of(file);
    if (int const result = log.flush(); result != SQLITE_OK) return result;
    return log.methods().xTruncate(log.inner(), size);
}

int syncLog(sqlite3_file* file, int flags) {
    auto& log = LogFile::of(file);
    if (int const result = log.flush(); result != SQLITE_OK) return result;
    return log.methods().xSync(log.inner(), flags);
}

int logSize(sqlite3_file* file, sqlite3_int64* size) {
    auto& log = LogFile::of(file);
    if (int const result = log.flush(); result != SQLITE_OK) return result;
    return log.methods().xFileSize(log.inner(), size);
}

int lockLog(sqlite3_file* file, int level) {
    auto& log = LogFile::of(file);
    return log.methods().xLock(log.inner(), level);
}

int unlockLog(sqlite3_file* file, int level) {
    auto& log = LogFile::of(file);
    return log.methods().xUnlock(log.inner(), level);
}

int isLogReserved(sqlite3_file* file, int* reserved) {
    auto& log = LogFile::of(file);
    return log.methods().xCheckReservedLock(log.inner(), reserved);
}

int controlLog(sqlite3_file* file, int operation, void* argument) {
    auto& log = LogFile::of(file);
    return log.methods().xFileControl(log.inner(), operation, argument);
}

int logSectorSize(sqlite3_file* file) {
    auto& log = LogFile::of(file);
    return log.methods().xSectorSize(log.inner());
}

int logDevice(sqlite3_file* file) {
    auto& log = LogFile::of(file);
    return log.methods().xDeviceCharacteristics(log.inner());
}

/// Version 1: shared memory and mapped pages belong to the database file, not to the log.
sqlite3_io_methods const kLogMethods{
    1,          closeLog,      readLog,   writeLog, truncateLog, syncLog, logSize, lockLog, unlockLog, isLogReserved,
    controlLog, logSectorSize, logDevice, nullptr,  nullptr,     nullptr, nullptr, nullptr, nullptr,
};

sqlite3_vfs* stock() {
    static sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    return vfs;
}

int open(sqlite3_vfs* /*self*/, char const* name, sqlite3_file* file, int flags, int* flagsOut) {
    if ((flags & SQLITE_OPEN_WAL) == 0) return stock()->xOpen(stock(), name, file, flags, flagsOut);
    auto& log = LogFile::of(file);
    log.base.pMethods = nullptr;  // SQLite closes only what has methods
    int const result = stock()->xOpen(stock(), name, log.inner(), flags, flagsOut);
    if (result != SQLITE_OK) {
        if (log.inner()->pMethods != nullptr) log.methods().xClose(log.inner());
        return result;
    }
    log.gathered = new (std::nothrow) std::vector<std::byte>;
    if (log.gathered == nullptr) {
        log.methods().xClose(log.inner());
        return SQLITE_NOMEM;
    }
    log.at = 0;
    log.base.pMethods = &kLogMethods;
    return SQLITE_OK;
}

}  // namespace

char const* logVfs() {
    // Everything but opening is the stock layer's; it takes its own data from the first argument's pAppData, so a copy
    // with the same pAppData serves it.
    static bool const registered = [] {
        static sqlite3_vfs vfs = *stock();
        vfs.zName = kName;
        vfs.pNext = nullptr;
        vfs.szOsFile = static_cast<int>(sizeof(LogFile)) + stock()->szOsFile;
        vfs.xOpen = open;
        return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
    }();
    return registered ? kName : nullptr;
}

}  // namespace common::sqlite
