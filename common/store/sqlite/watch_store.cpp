#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/stores.hpp"

namespace common::sqlite {
namespace {

void logChange(Connection& connection) {
    Query(connection, "INSERT INTO demand_changes (alert_id) VALUES (NULL)").run();
}

}  // namespace

void SqliteWatchStore::renew(std::span<Symbol const> symbols, TimeMs until) {
    for (auto const& symbol : symbols)
        Query(connection_,
              "INSERT INTO watches (symbol, until) VALUES (?, ?) "
              "ON CONFLICT (symbol) DO UPDATE SET until = max(until, excluded.until)",
              symbol, until)
            .run();
    logChange(connection_);
}

void SqliteWatchStore::release(std::span<Symbol const> symbols) {
    for (auto const& symbol : symbols)
        Query(connection_, "DELETE FROM watches WHERE symbol = ?", symbol).run();
    logChange(connection_);
}

std::vector<Symbol> SqliteWatchStore::watched(TimeMs now) {
    std::vector<Symbol> symbols;
    Query query(connection_, "SELECT symbol FROM watches WHERE until > ? ORDER BY symbol", now);
    while (query.next())
        symbols.push_back(query.text(0));
    return symbols;
}

void SqliteWatchStore::removeLapsed(TimeMs now) {
    Query(connection_, "DELETE FROM watches WHERE until <= ?", now).run();
}

}  // namespace common::sqlite
