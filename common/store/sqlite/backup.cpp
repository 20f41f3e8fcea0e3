#include "common/store/backup.hpp"

#include "common/store/sqlite/copy.hpp"
#include "common/store/sqlite/location.hpp"
#include "common/store/sqlite/migrate.hpp"
#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/sqlite_store.hpp"

#include <array>

#include <fmt/format.h>

namespace common::sqlite {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(std::string const& what) {
    throw StoreError(StoreFailure::Other, what);
}

/// Ours, not newer than this program, and sound.
void checkFile(fs::path const& file) {
    Connection connection(file, {.readOnly = true});
    if (checkIdentity(connection, schema::sqliteMigrations()) == 0)
        refuse(fmt::format("{} holds no tickbell database", file.string()));
    quickCheck(connection);
}

struct Promise {
    char const* query;  ///< counts what breaks it
    std::string_view fault;
};
constexpr std::array kPromises{
    Promise{"SELECT count(*) FROM (SELECT account_id, count(*) AS n, max(seq) - min(seq) + 1 AS span FROM events "
            "GROUP BY account_id HAVING n <> span)",
            "accounts whose events have holes in seq"},
    Promise{"SELECT count(*) FROM (SELECT e.account_id, max(e.seq) AS newest FROM events e GROUP BY e.account_id) l "
            "LEFT JOIN account_seqs s ON s.account_id = l.account_id WHERE s.seq IS NULL OR s.seq <> l.newest",
            "accounts whose newest event is not their seq"},
    Promise{"SELECT count(*) FROM alert_states s JOIN (SELECT alert_id, max(fire) AS newest FROM events "
            "WHERE alert_id IS NOT NULL GROUP BY alert_id) e ON e.alert_id = s.alert_id WHERE s.fires <> e.newest",
            "alerts whose newest notification is not their last fire"},
};

void verifyConnection(Connection& connection, VerifyReport& report) {
    report.schemaVersion = checkIdentity(connection, schema::sqliteMigrations());
    Query structure(connection, "PRAGMA integrity_check(20)");
    while (structure.next())
        if (auto line = structure.text(0); line != "ok") report.faults.push_back(std::move(line));
    Query references(connection, "PRAGMA foreign_key_check");
    while (references.next())
        report.faults.push_back(fmt::format("row {} of {} refers to nothing in {}",
                                            references.maybeInteger(1).value_or(0), references.text(0),
                                            references.text(2)));
    if (report.schemaVersion != schema::sqliteMigrations().back().version) return;
    report.epoch = connection.text("SELECT epoch FROM meta");
    for (auto const& [query, fault] : kPromises)
        if (auto const count = connection.integer(query); count != 0)
            report.faults.push_back(fmt::format("{} {}", count, fault));
}

/// Out of the way, with its log: together they still are that database.
void setAside(fs::path const& file) {
    auto const kept = beside(file, ".before-restore");
    fs::remove(beside(kept, "-wal"));
    if (fs::exists(beside(file, "-wal"))) renameDurably(beside(file, "-wal"), beside(kept, "-wal"));
    fs::remove(beside(file, "-shm"));
    renameDurably(file, kept);
}

}  // namespace

void backupDatabase(std::string_view databaseUrl, fs::path const& file) {
    auto const database = locateDatabase(databaseUrl);
    if (fs::exists(file)) refuse(fmt::format("{} exists already; a backup overwrites nothing", file.string()));
    checkFile(database);
    auto const unchecked = beside(file, ".unchecked");
    copyDatabase(database, unchecked);
    checkFile(unchecked);
    renameDurably(unchecked, file);
}

void restoreDatabase(std::string_view databaseUrl, fs::path const& file) {
    auto const database = locateDatabase(databaseUrl);
    if (!fs::exists(file)) refuse(fmt::format("{} does not exist", file.string()));
    if (fs::exists(database) && fs::equivalent(database, file))
        refuse(fmt::format("{} is the database itself", file.string()));
    auto const ingestion = sqlite::openRoleLock(databaseUrl, Role::Ingestion);
    auto const notifier = sqlite::openRoleLock(databaseUrl, Role::Notifier);
    if (!ingestion->tryAcquire() || !notifier->tryAcquire())
        refuse("stop tickbell-ingestion and tickbell-notifier before you restore");
    auto const source = fs::canonical(file);
    checkFile(source);
    auto const restoring = beside(database, ".restoring");
    copyDatabase(source, restoring);
    {
        Connection fresh(restoring, {});
        fresh.execute("UPDATE meta SET epoch = lower(hex(randomblob(16)))");
        quickCheck(fresh);
        // One file again, so that one rename puts it in place.
        fresh.text("PRAGMA journal_mode = DELETE");
    }
    if (fs::exists(database)) setAside(database);
    renameDurably(restoring, database);
}

VerifyReport verifyDatabase(std::string_view databaseUrl) {
    VerifyReport report;
    try {
        Connection connection(locateDatabase(databaseUrl), {.readOnly = true});
        verifyConnection(connection, report);
    } catch (StoreError const& error) {
        if (error.failure() != StoreFailure::Corrupt) throw;
        report.faults.emplace_back(error.what());
    }
    return report;
}

}  // namespace common::sqlite
