#include "common/store/sqlite/alert_row.hpp"
#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/stores.hpp"

namespace common::sqlite {
namespace {

constexpr auto kLoad = joinSql(kAlertSelect, "WHERE a.id = ?");
/// By age, which is how the rows lie in the file: by symbol, every page of a large table would be read once per symbol.
/// The + keeps the index of ended alerts out of it.
constexpr auto kLivePage = joinSql(kAlertSelect, "WHERE +a.ended_at IS NULL AND a.id > ? ORDER BY a.id LIMIT ?");
constexpr char kDemandPage[] =
    "SELECT id, rev, expires, live_from_rev > rev FROM alerts WHERE +ended_at IS NULL AND id > ? ORDER BY id LIMIT ?";
constexpr auto kLivePageOfSymbol = joinSql(kAlertSelect,
                                           "WHERE a.ended_at IS NULL AND a.symbol = ? AND a.id > ? ORDER BY a.id "
                                           "LIMIT ?");

/// One read transaction each: a million alerts take seconds, and a read that long keeps the log from being reused.
/// What changes between two pages stands in the change log, which the reader follows.
constexpr std::int64_t kPageRows = 1'000;

constexpr char kPositionSelect[] =
    "SELECT symbol, exchange, trade_id, judged_id, price, price_decimals, trade_time, event_time, other_trade_id, "
    "other_price "
    "FROM positions ";
constexpr auto kPositions = joinSql(kPositionSelect, "ORDER BY symbol");
constexpr auto kPositionOf = joinSql(kPositionSelect, "WHERE symbol = ?");

std::vector<AlertRecord> readPage(Query query) {
    std::vector<AlertRecord> page;
    while (query.next())
        page.push_back(readRecord(query));
    return page;
}

Position readPosition(Query const& row) {
    return {.symbol = row.text(0),
            .exchange = row.text(1),
            .tradeId = row.integer(2),
            .judgedId = row.integer(3),
            .price = row.exact(4),
            .tradeTime = row.integer(6),
            .eventTime = row.integer(7),
            .otherTradeId = row.integer(8),
            .otherPrice = row.decimal(9)};
}

/// Hands out pages until one is not full. `read` is given where the last page ended.
template <class Read>
void forEachPage(Read read, std::function<void(AlertRecord&&)> const& visit) {
    AlertId alert;
    for (bool more = true; more;) {
        auto page = read(alert);
        more = page.size() == static_cast<std::size_t>(kPageRows);
        if (more) alert = page.back().definition.id;
        for (auto& record : page)
            visit(std::move(record));
    }
}

}  // namespace

std::vector<DemandChange> SqliteDemandStore::changesAfter(std::int64_t id, std::int64_t limit) {
    std::vector<DemandChange> changes;
    Query query(connection_, "SELECT id, alert_id FROM demand_changes WHERE id > ? ORDER BY id LIMIT ?", id, limit);
    while (query.next()) {
        auto& change = changes.emplace_back();
        change.id = query.integer(0);
        if (!query.isNull(1)) change.alert = AlertId{query.integer(1)};
    }
    return changes;
}

std::int64_t SqliteDemandStore::newestChangeId() {
    return newestRowId(connection_, "demand_changes");
}

void SqliteDemandStore::removeChangesUpTo(std::int64_t id) {
    Query(connection_, "DELETE FROM demand_changes WHERE id <= ?", id).run();
}

std::optional<AlertRecord> SqliteDemandStore::load(AlertId alert) {
    Query query(connection_, kLoad.text, alert);
    return readOne(query);
}

std::vector<AlertRecord> SqliteDemandStore::livePage(AlertId after, std::int64_t limit) {
    return readPage(Query(connection_, kLivePage.text, after, limit));
}

std::vector<DemandRow> SqliteDemandStore::demandPage(AlertId after, std::int64_t limit) {
    std::vector<DemandRow> page;
    Query query(connection_, kDemandPage, after, limit);
    while (query.next())
        page.push_back({.alert = AlertId{query.integer(0)},
                        .rev = query.integer(1),
                        .expires = query.maybeInteger(2),
                        .paused = query.flag(3)});
    return page;
}

void SqliteDemandStore::forEachLive(std::function<void(AlertRecord&&)> const& visit) {
    forEachPage([this](AlertId alert) { return livePage(alert, kPageRows); }, visit);
}

void SqliteDemandStore::forEachLiveOf(std::string_view symbol, std::function<void(AlertRecord&&)> const& visit) {
    forEachPage(
        [this, symbol](AlertId alert) {
            return readPage(Query(connection_, kLivePageOfSymbol.text, symbol, alert, kPageRows));
        },
        visit);
}

std::vector<Position> SqliteDemandStore::positions() {
    std::vector<Position> positions;
    Query query(connection_, kPositions.text);
    while (query.next())
        positions.push_back(readPosition(query));
    return positions;
}

std::vector<StoredPast> SqliteDemandStore::pasts(std::optional<std::string_view> symbol) {
    std::vector<StoredPast> pasts;
    Query query(connection_,
                "SELECT symbol, kind, known_from, start, buckets FROM pasts WHERE ?1 IS NULL OR symbol = ?1 "
                "ORDER BY symbol, kind, start",
                symbol);
    while (query.next()) {
        auto const name = query.text(0);
        auto const kind = query.enumerator<PastKind>(1);
        if (pasts.empty() || pasts.back().symbol != name || pasts.back().kind != kind)
            pasts.push_back({.symbol = name, .kind = kind, .from = 0, .chunks = {}});
        // The newest row is the one that was written last.
        pasts.back().from = query.integer(2);
        pasts.back().chunks.push_back({.start = query.integer(3), .text = query.text(4)});
    }
    return pasts;
}

std::optional<Position> SqliteDemandStore::position(std::string_view symbol) {
    Query query(connection_, kPositionOf.text, symbol);
    if (!query.next()) return {};
    return readPosition(query);
}

}  // namespace common::sqlite
