#include "common/store/sqlite/alert_row.hpp"
#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/stores.hpp"

#include <algorithm>

namespace common::sqlite {
namespace {

bool isPushed(AlertDefinition const& alert) {
    return !alert.channels || std::ranges::find(*alert.channels, "push") != alert.channels->end();
}

constexpr auto kFindByPublicId = joinSql(kAlertSelect, "WHERE a.public_id = ? AND a.account_id = ?");
constexpr auto kFindByKey = joinSql(kAlertSelect, "WHERE a.account_id = ? AND a.key = ?");
constexpr auto kFindTwin = joinSql(kAlertSelect,
                                   "WHERE a.account_id = ? AND a.symbol = ? AND a.condition = ? AND a.key IS NULL "
                                   "AND a.ended_at IS NULL AND a.mode = ? AND a.cooldown = ? ORDER BY a.id LIMIT 1");
constexpr auto kList = joinSql(kAlertSelect, "WHERE a.account_id = ? AND a.id > ? ORDER BY a.id");
constexpr auto kListOfSymbol =
    joinSql(kAlertSelect, "WHERE a.account_id = ? AND a.symbol = ? AND a.id > ? ORDER BY a.id");

/// Steps through an account's alerts from the filter's cursor on; `visit` returns false to stop.
template <class Visit>
void scan(Connection& connection, AccountId account, AlertFilter const& filter, std::int64_t afterId, Visit visit) {
    auto const rows = [&](Query query) {
        while (query.next() && visit(query)) {
        }
    };
    if (filter.symbol)
        rows(Query(connection, kListOfSymbol.text, account, *filter.symbol, afterId));
    else
        rows(Query(connection, kList.text, account, afterId));
}

}  // namespace

void SqliteAlertStore::logChange(AlertId alert) {
    Query(connection_, "INSERT INTO demand_changes (alert_id) VALUES (?)", alert).run();
}

AlertId SqliteAlertStore::insert(AlertDefinition const& alert) {
    Query query(connection_,
                "INSERT INTO alerts (public_id, account_id, key, symbol, kind, condition, mode, cooldown, expires, "
                "note, channels, pushed, rev, live_from_rev, created) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                alert.publicId, alert.account, alert.key, alert.symbol, alert.condition.kind,
                conditionJson(alert.condition), alert.mode, alert.cooldown, alert.expires, alert.note,
                channelsJson(alert.channels), isPushed(alert), alert.rev, alert.liveFromRev, alert.created);
    query.next();
    AlertId const id{query.integer(0)};
    query.run();
    logChange(id);
    return id;
}

void SqliteAlertStore::update(AlertDefinition const& alert) {
    // A new revision of an alert that had ended lives again.
    Query(connection_,
          "UPDATE alerts SET kind = ?, condition = ?, mode = ?, cooldown = ?, expires = ?, note = ?, channels = ?, "
          "pushed = ?, ended_at = CASE WHEN rev = ?9 THEN ended_at END, rev = ?9, live_from_rev = ? WHERE id = ?",
          alert.condition.kind, conditionJson(alert.condition), alert.mode, alert.cooldown, alert.expires, alert.note,
          channelsJson(alert.channels), isPushed(alert), alert.rev, alert.liveFromRev, alert.id)
        .run();
    logChange(alert.id);
}

void SqliteAlertStore::remove(AlertId alert) {
    Query(connection_, "DELETE FROM alert_states WHERE alert_id = ?", alert).run();
    Query(connection_, "DELETE FROM alerts WHERE id = ?", alert).run();
    logChange(alert);
}

std::optional<AlertRecord> SqliteAlertStore::find(AccountId account, std::string_view publicId) {
    Query query(connection_, kFindByPublicId.text, publicId, account);
    return readOne(query);
}

std::optional<AlertRecord> SqliteAlertStore::findByKey(AccountId account, std::string_view key) {
    Query query(connection_, kFindByKey.text, account, key);
    return readOne(query);
}

std::optional<AlertRecord> SqliteAlertStore::findTwin(AlertDefinition const& alert) {
    Query query(connection_, kFindTwin.text, alert.account, alert.symbol, conditionJson(alert.condition), alert.mode,
                alert.cooldown);
    return readOne(query);
}

std::vector<AlertRecord> SqliteAlertStore::list(AccountId account, AlertFilter const& filter, TimeMs now) {
    std::vector<AlertRecord> records;
    auto const limit = static_cast<std::size_t>(std::max<std::int64_t>(filter.limit, 0));
    scan(connection_, account, filter, filter.afterId, [&](Query const& row) {
        if (records.size() >= limit) return false;
        if (!filter.status || shownStatus(readHead(row), now) == *filter.status) records.push_back(readRecord(row));
        return true;
    });
    return records;
}

std::int64_t SqliteAlertStore::count(AccountId account, AlertFilter const& filter, TimeMs now) {
    if (!filter.status && !filter.symbol) {
        Query query(connection_, "SELECT count(*) FROM alerts WHERE account_id = ?", account);
        return query.next() ? query.integer(0) : 0;
    }
    if (!filter.status) {
        Query query(connection_, "SELECT count(*) FROM alerts WHERE account_id = ? AND symbol = ?", account,
                    *filter.symbol);
        return query.next() ? query.integer(0) : 0;
    }
    std::int64_t matching = 0;
    scan(connection_, account, filter, 0, [&](Query const& row) {
        if (shownStatus(readHead(row), now) == *filter.status) ++matching;
        return true;
    });
    return matching;
}

std::int64_t SqliteAlertStore::countLive(AccountId account) {
    Query query(connection_, "SELECT count(*) FROM alerts WHERE account_id = ? AND ended_at IS NULL", account);
    return query.next() ? query.integer(0) : 0;
}

std::int64_t SqliteAlertStore::removeEndedBefore(TimeMs before, std::int64_t limit) {
    std::vector<AlertId> ended;
    {
        Query query(connection_,
                    "SELECT id FROM alerts WHERE ended_at IS NOT NULL AND ended_at < ? ORDER BY ended_at LIMIT ?",
                    before, limit);
        while (query.next())
            ended.push_back(AlertId{query.integer(0)});
    }
    for (auto const alert : ended)
        remove(alert);
    return static_cast<std::int64_t>(ended.size());
}

}  // namespace common::sqlite
