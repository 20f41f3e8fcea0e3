#include "common/store/open.hpp"

#include "common/store/backup.hpp"
#include "common/store/change_bell.hpp"
#include "common/store/checkpointer.hpp"
#include "common/store/sqlite/sqlite_store.hpp"
#include "common/store/store_error.hpp"

#include <fmt/format.h>

namespace common {
namespace {

/// Throws unless an adapter for this URL is built in.
void requireSqlite(std::string_view databaseUrl) {
    if (auto const fault = databaseUrlFault(databaseUrl)) throw StoreError(StoreFailure::Other, *fault);
}

}  // namespace

std::optional<std::string> databaseUrlFault(std::string_view url) {
    if (sqlite::isSqliteUrl(url)) return {};
    if (url.starts_with("postgresql://") || url.starts_with("postgres://"))
        return "PostgreSQL is not built into this program; use --database sqlite:PATH";
    return fmt::format("\"{}\" is no database: give sqlite:PATH or postgresql://…", url);
}

std::unique_ptr<Database> openDatabase(std::string const& url, OpenOptions const& options) {
    requireSqlite(url);
    return sqlite::openDatabase(url, options);
}

DatabasePlace databasePlace(std::string const& url) {
    requireSqlite(url);
    return sqlite::databasePlace(url);
}

std::unique_ptr<ChangeBell> openBell(std::string_view databaseUrl, Role self) {
    requireSqlite(databaseUrl);
    return sqlite::openBell(databaseUrl, self);
}

std::unique_ptr<RoleLock> openRoleLock(std::string_view databaseUrl, Role self) {
    requireSqlite(databaseUrl);
    return sqlite::openRoleLock(databaseUrl, self);
}

std::unique_ptr<Checkpointer> startCheckpointer(std::string const& databaseUrl, CheckpointerOptions options) {
    requireSqlite(databaseUrl);
    return sqlite::startCheckpointer(databaseUrl, options);
}

void backupDatabase(std::string const& databaseUrl, std::filesystem::path const& file) {
    requireSqlite(databaseUrl);
    sqlite::backupDatabase(databaseUrl, file);
}

void restoreDatabase(std::string const& databaseUrl, std::filesystem::path const& file) {
    requireSqlite(databaseUrl);
    sqlite::restoreDatabase(databaseUrl, file);
}

VerifyReport verifyDatabase(std::string const& databaseUrl) {
    requireSqlite(databaseUrl);
    return sqlite::verifyDatabase(databaseUrl);
}

}  // namespace common
