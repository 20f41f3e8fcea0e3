#include "common/store/sqlite/migrate.hpp"

#include "common/store/sqlite/copy.hpp"
#include "common/store/sqlite/location.hpp"

#include <fmt/format.h>

namespace common::sqlite {
namespace {

void apply(Connection& connection, std::span<schema::Migration const> known, int from) {
    for (auto const& migration : known) {
        if (migration.version <= from) continue;
        connection.execute(std::string(migration.sql));
        connection.execute(fmt::format("PRAGMA user_version = {}", migration.version));
    }
    connection.execute(fmt::format("PRAGMA application_id = {}", kApplicationId));
}

}  // namespace

int checkIdentity(Connection& connection, std::span<schema::Migration const> known) {
    // In this order: another process may commit its migration, which sets both, between the two reads.
    auto const empty = connection.integer("SELECT count(*) FROM sqlite_schema") == 0;
    auto const application = connection.integer("PRAGMA application_id");
    if (application != kApplicationId && !(application == 0 && empty))
        throw StoreError(StoreFailure::Other,
                         fmt::format("{} is a database of another program; give a new file or tickbell's own",
                                     connection.file().string()));
    auto const version = static_cast<int>(connection.integer("PRAGMA user_version"));
    if (version > known.back().version)
        throw StoreError(StoreFailure::Other,
                         fmt::format("{} has schema version {}, this program knows versions up to {}: "
                                     "start the newer release of tickbell that upgraded it",
                                     connection.file().string(), version, known.back().version));
    return version;
}

void migrate(Connection& connection, std::span<schema::Migration const> known) {
    if (checkIdentity(connection, known) == known.back().version) return;
    connection.execute("BEGIN IMMEDIATE");
    try {
        // Again, now that nobody else can be at it.
        auto const from = checkIdentity(connection, known);
        if (from > 0)
            copyDatabase(connection.file(),
                         beside(connection.file(), fmt::format(".before-v{}", known.back().version)));
        apply(connection, known, from);
        connection.execute("COMMIT");
    } catch (StoreError const&) {
        if (connection.inTransaction()) connection.execute("ROLLBACK");
        throw;
    }
}

void quickCheck(Connection& connection) {
    auto const verdict = connection.text("PRAGMA quick_check(1)");
    if (verdict != "ok")
        throw StoreError(StoreFailure::Corrupt,
                         fmt::format("{} is damaged ({}): restore a backup with `tickbell-notifier restore FILE`",
                                     connection.file().string(), verdict));
}

}  // namespace common::sqlite
