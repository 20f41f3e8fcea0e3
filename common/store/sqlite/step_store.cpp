#include "common/store/sqlite/alert_row.hpp"
#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/stores.hpp"

#include <map>
#include <unordered_map>

#include <fmt/format.h>

namespace common::sqlite {
namespace {

/// The alert's row and state as a fire meets them.
struct Target {
    AccountId account;
    std::string publicId;
    std::int64_t rev = 0;
    std::int64_t liveFromRev = 0;
    std::int64_t stateRev = 0;
    bool ended = false;
    std::optional<std::string> key;
    Symbol symbol;
    ConditionKind kind = ConditionKind::Above;
    std::optional<std::string> note;
    std::optional<std::string> channels;
    bool pushed = true;
    std::int64_t fires = 0;
};

constexpr char kTarget[] =
    "SELECT a.account_id, a.public_id, a.rev, a.live_from_rev, s.rev, a.ended_at IS NOT NULL, a.key, a.symbol, a.kind, "
    "a.note, a.channels, a.pushed, s.fires "
    "FROM alerts a JOIN alert_states s ON s.alert_id = a.id WHERE a.id = ?";

std::optional<Target> readTarget(Connection& connection, AlertId alert) {
    Query row(connection, kTarget, alert);
    if (!row.next()) return {};
    return Target{.account = AccountId{row.integer(0)},
                  .publicId = row.text(1),
                  .rev = row.integer(2),
                  .liveFromRev = row.integer(3),
                  .stateRev = row.integer(4),
                  .ended = row.flag(5),
                  .key = row.maybeText(6),
                  .symbol = row.text(7),
                  .kind = row.enumerator<ConditionKind>(8),
                  .note = row.maybeText(9),
                  .channels = row.maybeText(10),
                  .pushed = row.flag(11),
                  .fires = row.integer(12)};
}

/// One step on its way into the transaction.
class Applier {
public:
    Applier(Connection& connection, Step const& step) : connection_(connection), step_(step) {}

    StepOutcome apply() {
        for (auto const& move : step_.positions)
            applyMove(move);
        auto arm = step_.arms.begin();
        for (std::size_t fired = 0; fired <= step_.fires.size(); ++fired) {
            for (; arm != step_.arms.end() && arm->firesBefore <= fired; ++arm)
                applyState(*arm);
            if (fired < step_.fires.size()) applyFire(step_.fires[fired]);
        }
        for (auto const& state : step_.states)
            applyState(state);
        for (auto const& gap : step_.gaps)
            applyGap(gap);
        writeSeqs();
        applyPrices();
        for (auto const& write : step_.candles)
            storeCandle(connection_, write.symbol, write.candle, write.correction);
        for (auto const& write : step_.pasts)
            applyPast(write);
        return outcome_;
    }

private:
    void applyMove(PositionMove const& move);
    void applyState(StateWrite const& state);
    void expectExpires(StateWrite const& end);
    void applyFire(Fire const& fire);
    void insertNotification(Fire const& fire, Target const& target);
    void end(AlertId alert, std::int64_t rev);
    void announce(AlertId alert, std::int64_t rev, AlertStatus status);
    void applyGap(GapWrite const& write);
    std::int64_t nextSeq(AccountId account);
    void writeSeqs();
    void applyPrices();
    void applyPast(PastWrite const& write);

    Connection& connection_;
    Step const& step_;
    StepOutcome outcome_;
    /// Read once and written once per account and step: a trade often fires many alerts of one account.
    std::unordered_map<AccountId, std::int64_t> seqs_;
};

void Applier::applyMove(PositionMove const& move) {
    std::int64_t changed = 0;
    if (move.next && move.expected) {
        auto const& next = *move.next;
        changed =
            Query(connection_,
                  "UPDATE positions SET exchange = ?, trade_id = ?, judged_id = ?, price = ?, price_decimals = ?, "
                  "trade_time = ?, event_time = ?, other_trade_id = ?, other_price = ? "
                  "WHERE symbol = ? AND trade_id = ?",
                  next.exchange, next.tradeId, next.judgedId, next.price.value, next.price.decimals, next.tradeTime,
                  next.eventTime, next.otherTradeId, next.otherPrice, move.symbol, *move.expected)
                .run();
    } else if (move.next) {
        auto const& next = *move.next;
        changed = Query(connection_,
                        "INSERT INTO positions (symbol, exchange, trade_id, judged_id, price, price_decimals, "
                        "trade_time, event_time, other_trade_id, other_price) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                        "ON CONFLICT (symbol) DO NOTHING",
                        move.symbol, next.exchange, next.tradeId, next.judgedId, next.price.value, next.price.decimals,
                        next.tradeTime, next.eventTime, next.otherTradeId, next.otherPrice)
                      .run();
    } else {
        changed =
            Query(connection_, "DELETE FROM positions WHERE symbol = ? AND trade_id = ?", move.symbol, move.expected)
                .run();
        Query(connection_, "DELETE FROM pasts WHERE symbol = ?", move.symbol).run();
    }
    if (changed != 1)
        throw StoreError(StoreFailure::Conflict, fmt::format("the stored position of {} is not the expected {}",
                                                             move.symbol, move.expected.value_or(0)));
}

void Applier::expectExpires(StateWrite const& end) {
    Query other(connection_,
                "SELECT 1 FROM alerts WHERE id = ?1 AND rev >= ?2 AND live_from_rev <= ?2 AND ended_at IS NULL "
                "AND expires IS NOT ?3",
                end.alert, end.rev, end.expires);
    if (other.next())
        throw StoreError(StoreFailure::Conflict,
                         fmt::format("alert {} no longer expires at {}", end.alert.value, end.expires.value_or(0)));
}

void Applier::applyState(StateWrite const& state) {
    if (state.status == AlertStatus::Expired) expectExpires(state);
    // A revision that was renewed meanwhile still takes its turn: the newer one goes on where it stops.
    auto const applied =
        Query(connection_,
              "INSERT INTO alert_states (alert_id, rev, status, from_trade_id, suppressed, cooldown_from, engine) "
              "SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM alerts "
              "WHERE id = ?1 AND rev >= ?2 AND live_from_rev <= ?2 AND ended_at IS NULL "
              "ON CONFLICT (alert_id) DO UPDATE SET rev = excluded.rev, status = excluded.status, "
              "from_trade_id = excluded.from_trade_id, suppressed = excluded.suppressed, "
              "cooldown_from = excluded.cooldown_from, engine = excluded.engine WHERE rev <= excluded.rev",
              state.alert, state.rev, state.status, state.fromTradeId, state.suppressed, state.cooldownFrom,
              state.engine)
            .run();
    if (applied == 0) {
        ++outcome_.dropped;
        return;
    }
    if (isEnded(state.status)) end(state.alert, state.rev);
    if (state.announce) announce(state.alert, state.rev, state.status);
}

void Applier::applyFire(Fire const& fire) {
    auto const target = readTarget(connection_, fire.alert);
    // A revision that was renewed before it was ever armed here has no say.
    if (!target || fire.rev < target->liveFromRev || fire.rev != target->stateRev || target->ended) {
        ++outcome_.dropped;
        return;
    }
    insertNotification(fire, *target);
    bool const ends = fire.ends && target->rev == fire.rev;
    Query(connection_,
          "UPDATE alert_states SET fires = ?, suppressed = 0, last_fired = ?, cooldown_from = ?, "
          "status = iif(?, ?, status) WHERE alert_id = ?",
          target->fires + 1, fire.trade.time, fire.eventTime, ends, AlertStatus::Done, fire.alert)
        .run();
    if (ends) {
        end(fire.alert, fire.rev);
        announce(fire.alert, fire.rev, AlertStatus::Done);
    }
    ++outcome_.fired;
}

void Applier::insertNotification(Fire const& fire, Target const& target) {
    std::optional<std::int64_t> prevId;
    std::optional<Decimal> prevPrice;
    std::optional<std::uint8_t> prevDecimals;
    if (fire.prev) prevId = fire.prev->id, prevPrice = fire.prev->price.value, prevDecimals = fire.prev->price.decimals;
    auto const& trade = fire.trade;
    Query(
        connection_,
        "INSERT INTO events (account_id, seq, committed, pushed, symbol, alert_id, fire, alert_public_id, rev, key, "
        "kind, level, trade_id, trade_agg_last_id, trade_price, trade_decimals, trade_qty, trade_qty_decimals, "
        "trade_time, trade_received, trade_buyer_maker, prev_id, prev_price, prev_decimals, suppressed, source, late, "
        "extra, note, channels) VALUES "
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        target.account, nextSeq(target.account), step_.now, target.pushed, target.symbol, fire.alert, target.fires + 1,
        target.publicId, fire.rev, target.key, target.kind, fire.level, trade.id, trade.aggLastId, trade.price.value,
        trade.price.decimals, trade.qty.value, trade.qty.decimals, trade.time, trade.received, trade.buyerMaker, prevId,
        prevPrice, prevDecimals, fire.suppressed, fire.source, fire.late, fire.extra, target.note, target.channels)
        .run();
}

void Applier::end(AlertId alert, std::int64_t rev) {
    Query(connection_, "UPDATE alerts SET ended_at = ? WHERE id = ? AND rev = ?", step_.now, alert, rev).run();
}

void Applier::announce(AlertId alert, std::int64_t rev, AlertStatus status) {
    Query(connection_,
          "INSERT INTO alert_state_log (account_id, alert_public_id, rev, symbol, status, from_trade_id, at) "
          "SELECT a.account_id, a.public_id, ?, a.symbol, ?, s.from_trade_id, ? "
          "FROM alerts a JOIN alert_states s ON s.alert_id = a.id WHERE a.id = ?",
          rev, status, step_.now, alert)
        .run();
}

void Applier::applyGap(GapWrite const& write) {
    std::map<AccountId, std::vector<std::string>> alertsByAccount;
    for (auto const alert : write.alerts) {
        Query row(connection_, "SELECT account_id, public_id FROM alerts WHERE id = ? AND live_from_rev <= rev", alert);
        if (row.next()) alertsByAccount[AccountId{row.integer(0)}].push_back(row.text(1));
    }
    for (auto const& [account, alerts] : alertsByAccount)
        Query(connection_,
              "INSERT INTO events (account_id, seq, committed, pushed, symbol, gap_from_id, gap_to_id, gap_reason, "
              "gap_alerts) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?)",
              account, nextSeq(account), step_.now, write.gap.symbol, write.gap.fromId, write.gap.toId,
              write.gap.reason, textListJson(alerts))
            .run();
}

std::int64_t Applier::nextSeq(AccountId account) {
    auto const [entry, isNew] = seqs_.try_emplace(account, 0);
    if (isNew) {
        Query row(connection_, "SELECT seq FROM account_seqs WHERE account_id = ?", account);
        if (row.next()) entry->second = row.integer(0);
    }
    return ++entry->second;
}

void Applier::writeSeqs() {
    for (auto const& [account, seq] : seqs_)
        Query(connection_,
              "INSERT INTO account_seqs (account_id, seq) VALUES (?, ?) "
              "ON CONFLICT (account_id) DO UPDATE SET seq = excluded.seq",
              account, seq)
            .run();
}

void Applier::applyPast(PastWrite const& write) {
    if (write.anew)
        Query(connection_, "DELETE FROM pasts WHERE symbol = ? AND kind = ?", write.symbol, write.kind).run();
    else
        Query(connection_, "DELETE FROM pasts WHERE symbol = ? AND kind = ? AND start < ?", write.symbol, write.kind,
              write.keepFrom)
            .run();
    for (auto const& chunk : write.chunks)
        Query(connection_,
              "INSERT INTO pasts (symbol, kind, start, known_from, buckets) VALUES (?, ?, ?, ?, ?) "
              "ON CONFLICT (symbol, kind, start) DO UPDATE SET known_from = excluded.known_from, "
              "buckets = excluded.buckets",
              write.symbol, write.kind, chunk.start, write.from, chunk.text)
            .run();
}

void Applier::applyPrices() {
    if (step_.prices.empty()) return;
    std::int64_t version = 0;
    {
        Query query(connection_,
                    "UPDATE ingestion_meta SET prices_version = prices_version + 1 RETURNING prices_version");
        if (query.next()) version = query.integer(0);
        query.run();
    }
    for (auto const& price : step_.prices)
        Query(connection_,
              "INSERT INTO prices (symbol, price, price_decimals, trade_id, time, version) VALUES (?, ?, ?, ?, ?, ?) "
              "ON CONFLICT (symbol) DO UPDATE SET price = excluded.price, price_decimals = excluded.price_decimals, "
              "trade_id = excluded.trade_id, time = excluded.time, version = excluded.version",
              price.symbol, price.price.value, price.price.decimals, price.tradeId, price.time, version)
            .run();
}

}  // namespace

StepOutcome SqliteStepStore::apply(Step const& step) {
    return Applier(connection_, step).apply();
}

}  // namespace common::sqlite
