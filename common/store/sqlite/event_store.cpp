#include "common/store/sqlite/alert_row.hpp"
#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/stores.hpp"

namespace common::sqlite {
namespace {

constexpr char kEventSelect[] =
    "SELECT id, account_id, seq, committed, symbol, gap_reason, "
    "alert_public_id, rev, fire, key, kind, level, trade_id, trade_agg_last_id, trade_price, trade_decimals, "
    "trade_qty, trade_qty_decimals, trade_time, trade_received, trade_buyer_maker, prev_id, prev_price, prev_decimals, "
    "suppressed, source, late, extra, note, channels, gap_from_id, gap_to_id, gap_alerts FROM events ";
constexpr auto kTail = joinSql(kEventSelect, "WHERE id > ? ORDER BY id LIMIT ?");
constexpr auto kReplay = joinSql(kEventSelect, "WHERE account_id = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?");

constexpr auto kFires = joinSql(kEventSelect, "WHERE alert_id = ? AND fire > ? ORDER BY fire LIMIT ?");

Notification readNotification(Query const& row) {
    Notification notification{
        .alertPublicId = row.text(6),
        .rev = row.integer(7),
        .fire = row.integer(8),
        .key = row.maybeText(9),
        .symbol = row.text(4),
        .kind = row.enumerator<ConditionKind>(10),
        .level = row.maybeDecimal(11),
        .trade = {.id = row.integer(12),
                  .aggLastId = row.integer(13),
                  .price = row.exact(14),
                  .qty = row.exact(16),
                  .time = row.integer(18),
                  .received = row.integer(19),
                  .buyerMaker = row.flag(20)},
        .prev = {},
        .suppressed = row.integer(24),
        .source = row.enumerator<TradeSource>(25),
        .late = row.flag(26),
        .extra = row.text(27),
        .note = row.maybeText(28),
        .channels = parseChannels(row.maybeText(29)),
    };
    if (!row.isNull(21)) notification.prev = {.id = row.integer(21), .price = row.exact(22)};
    return notification;
}

std::vector<Event> readEvents(Query query) {
    std::vector<Event> events;
    while (query.next()) {
        auto& event = events.emplace_back();
        event.id = query.integer(0);
        event.account = AccountId{query.integer(1)};
        event.seq = query.integer(2);
        event.committed = query.integer(3);
        if (query.isNull(5))
            event.body = readNotification(query);
        else
            event.body = Gap{.symbol = query.text(4),
                             .fromId = query.integer(30),
                             .toId = query.integer(31),
                             .reason = query.enumerator<GapReason>(5),
                             .alertPublicIds = parseTextList(query.text(32))};
    }
    return events;
}

}  // namespace

std::int64_t newestRowId(Connection& connection, std::string_view table) {
    Query query(connection, "SELECT seq FROM sqlite_sequence WHERE name = ?", table);
    return query.next() ? query.integer(0) : 0;
}

std::vector<Event> SqliteEventStore::tail(std::int64_t afterId, std::int64_t limit) {
    return readEvents(Query(connection_, kTail.text, afterId, limit));
}

std::int64_t SqliteEventStore::newestId() {
    return newestRowId(connection_, "events");
}

std::vector<Event> SqliteEventStore::replay(AccountId account, std::int64_t after, std::int64_t upTo,
                                            std::int64_t limit) {
    return readEvents(Query(connection_, kReplay.text, account, after, upTo, limit));
}

std::vector<Event> SqliteEventStore::fires(AlertId alert, std::int64_t after, std::int64_t limit) {
    return readEvents(Query(connection_, kFires.text, alert, after, limit));
}

std::int64_t SqliteEventStore::countPushed(AccountId account, std::int64_t after, std::int64_t upTo) {
    // Nearly all are pushed: both counts come from the indexes alone, no row is read.
    Query query(connection_,
                "SELECT (SELECT count(*) FROM events WHERE account_id = ?1 AND seq > ?2 AND seq <= ?3) - "
                "(SELECT count(*) FROM events WHERE account_id = ?1 AND seq > ?2 AND seq <= ?3 AND pushed = 0)",
                account, after, upTo);
    return query.next() ? query.integer(0) : 0;
}

std::optional<std::int64_t> SqliteEventStore::oldestSeq(AccountId account) {
    Query query(connection_, "SELECT min(seq) FROM events WHERE account_id = ?", account);
    return query.next() ? query.maybeInteger(0) : std::nullopt;
}

std::int64_t SqliteEventStore::removeBefore(TimeMs before, std::int64_t limit) {
    // A prefix in order of commit, so that what stays has no holes even where the wall clock has jumped.
    std::int64_t last = 0;
    {
        Query query(connection_, "SELECT id, committed FROM events ORDER BY id LIMIT ?", limit);
        while (query.next() && query.integer(1) < before)
            last = query.integer(0);
    }
    if (last == 0) return 0;
    return Query(connection_, "DELETE FROM events WHERE id <= ?", last).run();
}

std::vector<AlertStateChange> SqliteEventStore::stateTail(std::int64_t afterId, std::int64_t limit) {
    std::vector<AlertStateChange> changes;
    Query query(connection_,
                "SELECT id, account_id, alert_public_id, rev, symbol, status, from_trade_id, at FROM alert_state_log "
                "WHERE id > ? ORDER BY id LIMIT ?",
                afterId, limit);
    while (query.next())
        changes.push_back({.id = query.integer(0),
                           .account = AccountId{query.integer(1)},
                           .alertPublicId = query.text(2),
                           .rev = query.integer(3),
                           .symbol = query.text(4),
                           .status = query.enumerator<AlertStatus>(5),
                           .fromTradeId = query.maybeInteger(6),
                           .at = query.integer(7)});
    return changes;
}

std::int64_t SqliteEventStore::newestStateId() {
    return newestRowId(connection_, "alert_state_log");
}

void SqliteEventStore::removeStatesUpTo(std::int64_t id) {
    Query(connection_, "DELETE FROM alert_state_log WHERE id <= ?", id).run();
}

}  // namespace common::sqlite
