#include "common/store/sqlite/sqlite_database.hpp"

#include "common/store/sqlite/location.hpp"
#include "common/store/sqlite/migrate.hpp"
#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/sqlite_store.hpp"

#include <fmt/format.h>

#include <sqlite3.h>

namespace common::sqlite {
namespace {

/// Checking reads the whole file, about a second for this size; larger ones are checked by `verify`.
constexpr std::uintmax_t kQuickCheckBytesMax = std::uintmax_t{1} << 30;

std::filesystem::path const& made(std::filesystem::path const& file, OpenOptions const& options) {
    if (!options.readOnly && options.migrate) createPrivately(file);
    return file;
}

}  // namespace

SqliteDatabase::SqliteDatabase(std::filesystem::path const& file, OpenOptions const& options)
    : connection_(made(file, options), {.readOnly = options.readOnly, .busyTimeoutMs = options.busyTimeoutMs}) {
    auto const known = schema::sqliteMigrations();
    bool const migrates = !options.readOnly && options.migrate;
    if (auto const version = checkIdentity(connection_, known); version != known.back().version && !migrates)
        throw StoreError(StoreFailure::Other,
                         fmt::format("{} has schema version {}, this program needs {}: start tickbell-ingestion or "
                                     "tickbell-notifier of this release once",
                                     file.string(), version, known.back().version));
    if (!migrates) return;
    if (std::filesystem::file_size(file) <= kQuickCheckBytesMax) quickCheck(connection_);
    sqlite::migrate(connection_, known);
}

std::unique_ptr<Database> openDatabase(std::string_view databaseUrl, OpenOptions const& options) {
    return std::make_unique<SqliteDatabase>(locateDatabase(databaseUrl), options);
}

DatabasePlace databasePlace(std::string const& url) {
    return {locateDatabase(url), std::string("SQLite ") + sqlite3_libversion()};
}

std::string SqliteDatabase::epoch() {
    Query query(connection_, "SELECT epoch FROM meta");
    return query.next() ? query.text(0) : std::string();
}

void SqliteDatabase::beginRead() {
    Query(connection_, "BEGIN").run();
}
std::int64_t SqliteDatabase::dataVersion() {
    Query query(connection_, "PRAGMA data_version");
    return query.next() ? query.integer(0) : 0;
}
void SqliteDatabase::begin() {
    Query(connection_, "BEGIN IMMEDIATE").run();
}
void SqliteDatabase::commit() {
    Query(connection_, "COMMIT").run();
}
void SqliteDatabase::rollback() {
    if (inTransaction()) Query(connection_, "ROLLBACK").run();
}
void SqliteDatabase::savepoint() {
    Query(connection_, "SAVEPOINT job").run();
}
void SqliteDatabase::releaseSavepoint() {
    Query(connection_, "RELEASE job").run();
}
void SqliteDatabase::rollbackToSavepoint() {
    Query(connection_, "ROLLBACK TO job").run();
    Query(connection_, "RELEASE job").run();
}
bool SqliteDatabase::inTransaction() {
    return connection_.inTransaction();
}
void SqliteDatabase::reopen() {
    connection_.reopen();
}
void SqliteDatabase::checkpoint(bool truncate) {
    connection_.integer(truncate ? "PRAGMA wal_checkpoint(TRUNCATE)" : "PRAGMA wal_checkpoint(PASSIVE)");
}

}  // namespace common::sqlite
