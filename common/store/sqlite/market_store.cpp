#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/stores.hpp"

#include <algorithm>

#include <unordered_map>

namespace common::sqlite {
namespace {

constexpr char kPriceSelect[] = "SELECT symbol, price, price_decimals, trade_id, time, version FROM prices ";
constexpr auto kPricesAfter = joinSql(kPriceSelect, "WHERE version > ? ORDER BY version");
constexpr auto kPriceOf = joinSql(kPriceSelect, "WHERE symbol = ?");

PriceRecord readPrice(Query const& row) {
    return {.symbol = row.text(0),
            .price = row.exact(1),
            .tradeId = row.integer(3),
            .time = row.integer(4),
            .version = row.integer(5)};
}

void storeSymbol(Connection& connection, SymbolInfo const& info) {
    Query(connection,
          "INSERT INTO symbols (symbol, base, quote, status, tick_size, lot_size) VALUES (?, ?, ?, ?, ?, ?) "
          "ON CONFLICT (symbol) DO UPDATE SET base = excluded.base, quote = excluded.quote, status = excluded.status, "
          "tick_size = excluded.tick_size, lot_size = excluded.lot_size",
          info.symbol, info.base, info.quote, info.status, info.tickSize, info.lotSize)
        .run();
}

/// To the owners of what is judged on it. Pending and warming alerts say `armed` by themselves.
void announceHalt(Connection& connection, SymbolInfo const& info, TimeMs now) {
    Query(connection,
          "INSERT INTO alert_state_log (account_id, alert_public_id, rev, symbol, status, from_trade_id, at) "
          "SELECT a.account_id, a.public_id, a.rev, a.symbol, ?, s.from_trade_id, ? "
          "FROM alerts a JOIN alert_states s ON s.alert_id = a.id WHERE a.symbol = ? AND a.ended_at IS NULL "
          "AND a.live_from_rev <= a.rev AND s.rev = a.rev AND s.status IN (?, ?) ORDER BY a.id",
          isHalted(info.status) ? AlertStatus::Halted : AlertStatus::Armed, now, info.symbol, AlertStatus::Armed,
          AlertStatus::Holding)
        .run();
}

}  // namespace

void SqliteMarketStore::replaceSymbols(std::span<SymbolInfo const> symbols, TimeMs now) {
    // Of some 3,500 rows few change from one list to the next: only those are written.
    std::unordered_map<Symbol, SymbolInfo> stored;
    for (auto& info : this->symbols())
        stored.emplace(info.symbol, info);
    for (auto const& info : symbols) {
        auto const known = stored.find(info.symbol);
        if (known == stored.end() || known->second != info) storeSymbol(connection_, info);
        if (known == stored.end()) continue;
        if (isHalted(known->second.status) != isHalted(info.status)) announceHalt(connection_, info, now);
        stored.erase(known);
    }
    for (auto& [symbol, info] : stored) {
        if (info.status == SymbolStatus::Unlisted) continue;
        bool const halts = !isHalted(info.status);
        info.status = SymbolStatus::Unlisted;
        storeSymbol(connection_, info);
        if (halts) announceHalt(connection_, info, now);
    }
    Query(connection_, "UPDATE ingestion_meta SET symbols_version = symbols_version + 1").run();
}

std::vector<SymbolInfo> SqliteMarketStore::symbols() {
    std::vector<SymbolInfo> symbols;
    Query query(connection_, "SELECT symbol, base, quote, status, tick_size, lot_size FROM symbols ORDER BY symbol");
    while (query.next())
        symbols.push_back({.symbol = query.text(0),
                           .base = query.text(1),
                           .quote = query.text(2),
                           .status = query.enumerator<SymbolStatus>(3),
                           .tickSize = query.decimal(4),
                           .lotSize = query.decimal(5)});
    return symbols;
}

std::int64_t SqliteMarketStore::symbolsVersion() {
    Query query(connection_, "SELECT symbols_version FROM ingestion_meta");
    return query.next() ? query.integer(0) : 0;
}

std::vector<PriceRecord> SqliteMarketStore::pricesAfter(std::int64_t version) {
    std::vector<PriceRecord> prices;
    Query query(connection_, kPricesAfter.text, version);
    while (query.next())
        prices.push_back(readPrice(query));
    return prices;
}

std::optional<PriceRecord> SqliteMarketStore::price(std::string_view symbol) {
    Query query(connection_, kPriceOf.text, symbol);
    if (!query.next()) return {};
    return readPrice(query);
}

void SqliteMarketStore::setFeed(FeedRecord const& feed) {
    Query(connection_, "UPDATE ingestion_meta SET feeds_version = feeds_version + 1").run();
    Query(connection_,
          "INSERT INTO feeds (symbol, state, since, reason, version) "
          "SELECT ?, ?, ?, ?, feeds_version FROM ingestion_meta WHERE true "
          "ON CONFLICT (symbol) DO UPDATE SET state = excluded.state, since = excluded.since, "
          "reason = excluded.reason, version = excluded.version",
          feed.symbol, feed.state, feed.since, feed.reason)
        .run();
}

void SqliteMarketStore::removeFeed(std::string_view symbol) {
    Query(connection_, "UPDATE ingestion_meta SET feeds_version = feeds_version + 1").run();
    Query(connection_, "DELETE FROM feeds WHERE symbol = ?", symbol).run();
}

std::vector<FeedRecord> SqliteMarketStore::feeds() {
    std::vector<FeedRecord> feeds;
    Query query(connection_, "SELECT symbol, state, since, reason, version FROM feeds ORDER BY symbol");
    while (query.next())
        feeds.push_back({.symbol = query.text(0),
                         .state = query.enumerator<FeedState>(1),
                         .since = query.integer(2),
                         .reason = query.text(3),
                         .version = query.integer(4)});
    return feeds;
}

void SqliteMarketStore::setLifeSign(TimeMs now) {
    Query(connection_, "UPDATE ingestion_meta SET life_sign = ?", now).run();
}

TimeMs SqliteMarketStore::lifeSign() {
    Query query(connection_, "SELECT life_sign FROM ingestion_meta");
    return query.next() ? query.integer(0) : 0;
}

MarketVersions SqliteMarketStore::versions() {
    Query query(connection_, "SELECT life_sign, symbols_version, prices_version, feeds_version FROM ingestion_meta");
    if (!query.next()) return {};
    return {.lifeSign = query.integer(0),
            .symbols = query.integer(1),
            .prices = query.integer(2),
            .feeds = query.integer(3)};
}

void SqliteMarketStore::writeHealth(std::span<SymbolHealth const> rows, std::span<Symbol const> followed) {
    for (auto const& row : rows)
        Query(connection_, "INSERT OR REPLACE INTO symbol_health VALUES (?, ?, ?, ?, ?, ?, ?)", row.symbol, row.lastId,
              row.lastTradeTime, row.alerts, row.gapsOpen, row.repairedTrades, row.at)
            .run();
    for (auto const& row : health())
        if (std::ranges::find(followed, row.symbol) == followed.end())
            Query(connection_, "DELETE FROM symbol_health WHERE symbol = ?", row.symbol).run();
}

std::vector<SymbolHealth> SqliteMarketStore::health() {
    std::vector<SymbolHealth> rows;
    Query query(connection_,
                "SELECT symbol, last_id, last_trade_time, alerts, gaps_open, repaired_trades, at FROM symbol_health "
                "ORDER BY symbol");
    while (query.next())
        rows.push_back({.symbol = query.text(0),
                        .lastId = query.integer(1),
                        .lastTradeTime = query.integer(2),
                        .alerts = query.integer(3),
                        .gapsOpen = query.integer(4),
                        .repairedTrades = query.integer(5),
                        .at = query.integer(6)});
    return rows;
}

}  // namespace common::sqlite
