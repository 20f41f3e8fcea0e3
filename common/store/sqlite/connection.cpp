#include "common/store/sqlite/connection.hpp"

#include "common/store/sqlite/location.hpp"
#include "common/store/sqlite/log_vfs.hpp"

#include <ctime>
#include <utility>

#include <SQLiteCpp/Column.h>
#include <fmt/format.h>
#include <sqlite3.h>

namespace common::sqlite {
namespace {

StoreFailure failureOf(int code) {
    switch (code & 0xff) {  // the low byte is the primary code
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return StoreFailure::Busy;
        case SQLITE_FULL:
            return StoreFailure::Full;
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
            return StoreFailure::Io;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return StoreFailure::Corrupt;
        case SQLITE_CONSTRAINT:
            return StoreFailure::Conflict;
        default:
            return StoreFailure::Other;
    }
}

/// Per connection, once: a pragma inside a transaction fails, and a prepared one acts when it is prepared.
constexpr char const* kSetUp =
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA cell_size_check = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -32768;"  // KiB
    // What a stuck reader made the log grow to is given back as soon as the log begins anew, also under load.
    "PRAGMA journal_size_limit = 67108864;";
constexpr std::int64_t kSynchronousFull = 2;

}  // namespace

StoreError toStoreError(SQLite::Exception const& error) {
    int const code = error.getExtendedErrorCode() > 0 ? error.getExtendedErrorCode() : error.getErrorCode();
    return {failureOf(code), fmt::format("{} (SQLite {})", error.what(), code)};
}

void checkLibrary(int version) {
    if (version < kLibraryVersionMin)
        throw StoreError(StoreFailure::Other,
                         fmt::format("SQLite {}.{}.{} is linked, which can damage a database that two programs share; "
                                     "build with -DTICKBELL_SQLITE=bundled or install SQLite 3.51.3 or newer",
                                     version / 1'000'000, version / 1'000 % 1'000, version % 1'000));
}

int Connection::BusyWait::nap(void* context, int naps) {
    auto& self = *static_cast<BusyWait*>(context);
    auto const now = std::chrono::steady_clock::now();
    if (naps == 0) self.until = now + self.limit;
    if (now >= self.until) return 0;
    timespec const pause{.tv_sec = 0, .tv_nsec = 100'000};
    ::nanosleep(&pause, nullptr);
    return 1;
}

// A bare name has no folder that could be examined.
Connection::Connection(std::filesystem::path const& file, Options options)
    : file_(std::filesystem::absolute(file)), options_(options) {
    checkLibrary(sqlite3_libversion_number());
    busyWait_.limit = std::chrono::milliseconds(options_.busyTimeoutMs);
    checkFileSystem(file_.parent_path());
    open();
}

Connection::~Connection() = default;

void Connection::open() {
    try {
        database_ = std::make_unique<SQLite::Database>(
            file_.string(), options_.readOnly ? SQLite::OPEN_READONLY : SQLite::OPEN_READWRITE, 0, logVfs());
        sqlite3_busy_handler(database_->getHandle(), &BusyWait::nap, &busyWait_);
        database_->exec(kSetUp);
    } catch (SQLite::Exception const& error) {
        database_.reset();
        auto const failure = toStoreError(error);
        auto const* const hint = failure.failure() == StoreFailure::Corrupt
                                     ? ": restore a backup with `tickbell-notifier restore FILE`"
                                     : "";
        throw StoreError(failure.failure(), fmt::format("cannot open {}: {}{}", file_.string(), failure.what(), hint));
    }
    if (!options_.readOnly) enterWal();
    if (integer("PRAGMA synchronous") != kSynchronousFull)
        throw StoreError(StoreFailure::Other, "SQLite does not accept synchronous=FULL");
}

void Connection::enterWal() {
    // Two programs that open a new database at once meet here; SQLite does not ask the busy handler then.
    for (int naps = 0;; ++naps) {
        try {
            auto const mode = text("PRAGMA journal_mode = WAL");
            if (mode == "wal") return;
            throw StoreError(StoreFailure::Other,
                             fmt::format("{} cannot use a write-ahead log (journal mode {}): put the database on a "
                                         "local disk",
                                         file_.string(), mode));
        } catch (StoreError const& error) {
            if (error.failure() != StoreFailure::Busy || BusyWait::nap(&busyWait_, naps) == 0) throw;
        }
    }
}

void Connection::reopen() {
    statements_.clear();
    database_.reset();
    open();
}

bool Connection::inTransaction() const {
    return database_ && sqlite3_get_autocommit(database_->getHandle()) == 0;
}

SQLite::Database& Connection::raw() {
    if (!database_) throw StoreError(StoreFailure::Io, fmt::format("{} is not open", file_.string()));
    return *database_;
}

void Connection::execute(std::string const& sql) {
    try {
        raw().exec(sql);
    } catch (SQLite::Exception const& error) {
        throw toStoreError(error);
    }
}

std::int64_t Connection::integer(std::string const& sql) {
    try {
        return raw().execAndGet(sql).getInt64();
    } catch (SQLite::Exception const& error) {
        throw toStoreError(error);
    }
}

std::string Connection::text(std::string const& sql) {
    try {
        return raw().execAndGet(sql).getString();
    } catch (SQLite::Exception const& error) {
        throw toStoreError(error);
    }
}

SQLite::Statement& Connection::prepared(Sql sql) {
    auto& statement = statements_[sql.text];
    if (!statement) {
        try {
            statement = std::make_unique<SQLite::Statement>(raw(), sql.text);
        } catch (SQLite::Exception const& error) {
            throw toStoreError(error);
        }
    }
    return *statement;
}

}  // namespace common::sqlite
