#include "tests/simulation/sim_database.hpp"

#include <algorithm>
#include <utility>

namespace simulation {

constexpr std::size_t kPageRows = 5;  // small, so that much changes between two

using common::AlertId;
using common::AlertStatus;

std::optional<std::int64_t> SimDatabase::positionOf(common::Symbol const& symbol) const {
    auto const found = positions_.find(symbol);
    if (found == positions_.end()) return {};
    return found->second.tradeId;
}

void SimDatabase::crash() {
    ++incarnation_;
    readyAtUs_ = 0;
    bell_ = {};
}

// --- clients --------------------------------------------------------------------------------------------------------

void SimDatabase::changed(AlertId alert) {
    if (world_.chance(faults_.lostChangePercent)) return;
    changes_.push_back({.id = ++lastChange_, .alert = alert});
    if (bell_)
        world_.in(world_.random(30, 2'000), [this, incarnation = incarnation_] {
            if (incarnation == incarnation_ && bell_) bell_();
        });
}

AlertId SimDatabase::create(common::AlertDefinition definition) {
    auto const id = AlertId{++lastAlert_};
    definition.id = id;
    definition.publicId = "al_" + std::to_string(id.value);
    history_[id].push_back({.definition = definition, .from = {}, .boundary = {}});
    alerts_[id] = {.definition = std::move(definition), .state = {}};
    changed(id);
    return id;
}

void SimDatabase::remove(AlertId alert) {
    auto const found = alerts_.find(alert);
    if (found == alerts_.end()) return;
    if (!found->second.definition.paused()) current(alert).boundary = positionOf(found->second.definition.symbol);
    alerts_.erase(found);
    changed(alert);
}

void SimDatabase::pause(AlertId alert) {
    auto const found = alerts_.find(alert);
    if (found == alerts_.end() || found->second.definition.paused()) return;
    auto& definition = found->second.definition;
    current(alert).boundary = positionOf(definition.symbol);
    definition.liveFromRev = definition.rev + 1;
    changed(alert);
}

void SimDatabase::renew(AlertId alert, common::Condition condition) {
    auto const found = alerts_.find(alert);
    if (found == alerts_.end()) return;
    auto& definition = found->second.definition;
    definition.condition = std::move(condition);
    ++definition.rev;
    history_[alert].push_back({.definition = definition, .from = {}, .boundary = {}});
    changed(alert);
}

void SimDatabase::extend(AlertId alert, common::DurationMs by) {
    auto const found = alerts_.find(alert);
    if (found == alerts_.end()) return;
    auto& [definition, state] = found->second;
    if (!definition.expires || common::isEnded(common::shownStatus(found->second, 0))) return;
    *definition.expires += by;
    // What judges, or will, goes by the new one.
    for (auto& entry : history_.at(alert))
        if (entry.definition.rev > state.rev || (entry.definition.rev == state.rev && !common::isEnded(state.status)))
            entry.definition.expires = definition.expires;
    changed(alert);
}

// --- channel --------------------------------------------------------------------------------------------------------

void SimDatabase::enqueue(std::function<void()> work) {
    auto const nowUs = world_.monotonicUs();
    readyAtUs_ = std::max(readyAtUs_, nowUs) + world_.random(50, faults_.commitDelayMaxUs);
    world_.in(readyAtUs_ - nowUs, [this, work = std::move(work), incarnation = incarnation_] {
        if (incarnation == incarnation_) work();
    });
}

void SimDatabase::loadStart(Done<Start> done) {
    enqueue([this, done] {
        Start start;
        start.changeId = lastChange_;
        for (auto const& [symbol, position] : positions_)
            start.positions.push_back(position);
        for (auto const& [symbol, rows] : candles_)
            if (!rows.empty())
                start.candles.push_back({.symbol = symbol, .candle = rows.rbegin()->second, .correction = false});
        for (auto const& [symbol, kinds] : pasts_)
            for (auto& past : pastsOf(symbol))
                start.pasts.push_back(std::move(past));
        done(std::move(start));
    });
}

std::vector<common::AlertRecord> SimDatabase::livePage(AlertId after) const {
    std::vector<common::AlertRecord> page;
    for (auto row = alerts_.upper_bound(after); row != alerts_.end() && page.size() < kPageRows; ++row)
        if (!common::isEnded(common::shownStatus(row->second, 0))) page.push_back(row->second);
    return page;
}

void SimDatabase::loadAlerts(AlertId after, Done<Page<common::AlertRecord>> done) {
    enqueue([this, after, done] {
        auto page = livePage(after);
        bool const more = page.size() == kPageRows;
        for (auto const& record : page)
            noteRestart(record);
        done(Page<common::AlertRecord>{std::move(page), more});
    });
}

void SimDatabase::loadDemand(AlertId after, Done<Page<common::DemandRow>> done) {
    // Another thread reads: what is answered may be older than what was asked before and is answered after it.
    world_.in(world_.random(50, faults_.commitDelayMaxUs), [this, after, done, incarnation = incarnation_] {
        Page<common::DemandRow> page;
        for (auto const& [definition, state] : livePage(after))
            page.rows.push_back({definition.id, definition.rev, definition.expires, definition.paused()});
        page.more = page.rows.size() == kPageRows;
        world_.in(world_.random(10, 5'000), [this, page, done, incarnation] {
            if (incarnation == incarnation_) done(page);
        });
    });
}

void SimDatabase::loadMissed(std::vector<AlertId> alerts, std::int64_t changeId, Done<std::vector<Change>> done) {
    enqueue([this, alerts, changeId, done] {
        std::vector<Change> missed;
        for (auto const alert : alerts) {
            if (std::ranges::any_of(changes_, [&](auto const& row) { return row.id > changeId && row.alert == alert; }))
                continue;
            auto const found = alerts_.find(alert);
            missed.push_back(
                {{.id = 0, .alert = alert}, found == alerts_.end() ? std::nullopt : std::optional(found->second)});
        }
        done(std::move(missed));
    });
}

void SimDatabase::loadPositions(Done<std::vector<common::Position>> done) {
    enqueue([this, done] {
        std::vector<common::Position> positions;
        for (auto const& [symbol, position] : positions_)
            positions.push_back(position);
        done(std::move(positions));
    });
}

void SimDatabase::loadChanges(std::int64_t afterId, Done<Changes> done) {
    enqueue([this, afterId, done] {
        Changes changes;
        for (auto const& change : changes_) {
            if (change.id <= afterId) continue;
            auto const found = alerts_.find(*change.alert);
            changes.changes.push_back({change, found == alerts_.end() ? std::nullopt : std::optional(found->second)});
        }
        done(std::move(changes));
    });
}

void SimDatabase::loadSymbol(common::Symbol symbol, Done<SymbolStart> done) {
    enqueue([this, symbol, done] {
        SymbolStart start;
        if (auto const found = positions_.find(symbol); found != positions_.end()) start.position = found->second;
        if (auto const& rows = candles_[symbol]; !rows.empty()) start.candle = rows.rbegin()->second;
        for (auto const& [id, record] : alerts_)
            if (record.definition.symbol == symbol && !common::isEnded(common::shownStatus(record, 0))) {
                noteRestart(record);
                start.alerts.push_back(record);
            }
        start.pasts = pastsOf(symbol);
        done(std::move(start));
    });
}

void SimDatabase::commit(common::Step step, Done<common::StepOutcome> done) {
    enqueue([this, step = std::move(step), done] {
        bool const fails = world_.chance(faults_.commitFailPercent);
        if (fails && world_.chance(50)) return done(std::unexpected(common::StoreFailure::Busy));
        auto const outcome = apply(step);
        if (!outcome) return done(std::unexpected(common::StoreFailure::Conflict));
        if (fails) return done(std::unexpected(common::StoreFailure::Io));
        ++commits_;
        // The completion comes back through the event loop: a crash may fall in between.
        world_.in(world_.random(10, 500), [this, done, outcome, incarnation = incarnation_] {
            if (incarnation == incarnation_) done(*outcome);
        });
    });
}

void SimDatabase::keepHouse(common::TimeMs, std::int64_t upTo, Done<bool> done) {
    enqueue([this, upTo, done] {
        std::erase_if(changes_, [&](auto const& change) { return change.id <= upTo; });
        done(true);
    });
}

void SimDatabase::setFeeds(std::vector<common::FeedRecord>, std::vector<common::Symbol>, Done<bool> done) {
    enqueue([done] { done(true); });
}

void SimDatabase::replaceSymbols(std::vector<common::SymbolInfo>, Done<bool> done) {
    enqueue([done] { done(true); });
}

void SimDatabase::loadCoverage(common::Symbol symbol, Done<Coverage> done) {
    enqueue([this, symbol, done] {
        Coverage coverage;
        auto const& rows = candles_[symbol];
        if (!rows.empty()) {
            // A market is as old as its first trade: the day before it has no rows to miss.
            coverage.newestEnd = rows.rbegin()->second.endTime();
            auto expected = rows.begin()->first;
            for (auto const& [open, row] : rows) {
                if (open == rows.rbegin()->first) break;
                if (open != expected || !row.complete()) break;
                expected += 60'000;
            }
            if (expected < rows.rbegin()->first) coverage.holeFrom = expected;
        }
        done(coverage);
    });
}

void SimDatabase::loadMinutes(common::Symbol symbol, common::TimeMs from, common::TimeMs to,
                              Done<std::vector<common::Candle>> done) {
    enqueue([this, symbol, from, to, done] {
        std::vector<common::Candle> rows;
        auto const& stored = candles_[symbol];
        for (auto open = from; open < to; open += common::kMinuteMs) {
            auto const row = stored.find(open);
            if (row == stored.end() || !row->second.complete()) break;
            rows.push_back(row->second);
        }
        done(std::move(rows));
    });
}

std::vector<common::StoredPast> SimDatabase::pastsOf(common::Symbol const& symbol) const {
    std::vector<common::StoredPast> pasts;
    auto const found = pasts_.find(symbol);
    if (found == pasts_.end()) return pasts;
    for (auto const& [kind, rows] : found->second) {
        if (rows.empty()) continue;
        auto& past = pasts.emplace_back();
        past.symbol = symbol;
        past.kind = kind;
        past.from = rows.rbegin()->second.from;
        for (auto const& [start, row] : rows)
            past.chunks.push_back({.start = start, .text = row.text});
    }
    return pasts;
}

SimDatabase::Revision& SimDatabase::revision(AlertId alert, std::int64_t rev) {
    auto const& entries = history_.at(alert);
    auto const found = std::ranges::find_if(entries.rbegin(), entries.rend(),
                                            [&](auto const& entry) { return entry.definition.rev == rev; });
    return history_.at(alert).at(static_cast<std::size_t>(entries.rend() - found - 1));
}

void SimDatabase::noteArm(common::Step const& step, common::StateWrite const& write) {
    auto& entry = revision(write.alert, write.rev);
    if (write.status == AlertStatus::Armed) {
        entry.from = write.fromTradeId;
        return;
    }
    if (!entry.from) return;
    // It has judged up to the gap of this step; without one, up to what was stored when it was restored.
    auto const& symbol = entry.definition.symbol;
    auto boundary = positionOf(symbol);
    for (auto const& move : step.positions)
        if (move.symbol == symbol) boundary = move.expected;
    for (auto const& gap : step.gaps)
        if (gap.gap.symbol == symbol) boundary = gap.gap.fromId - 1;
    entry.boundary = boundary;
    auto again = entry;
    again.from.reset();
    again.boundary.reset();
    auto& entries = history_.at(write.alert);
    auto const place =
        std::ranges::find_if(entries, [&](auto const& other) { return other.definition.rev > write.rev; });
    entries.insert(place, std::move(again));
}

void SimDatabase::noteGap(AlertId alert, std::int64_t fromId) {
    auto const found = alerts_.find(alert);
    if (found == alerts_.end()) return;
    auto const& [definition, state] = found->second;
    if (state.rev == 0 || state.rev >= definition.rev) return;
    auto& entry = revision(alert, state.rev);
    if (entry.from && !entry.boundary && common::isWindowed(entry.definition.condition.kind))
        entry.boundary = fromId - 1;
}

void SimDatabase::noteRestart(common::AlertRecord const& record) {
    auto const& [definition, state] = record;
    if (state.rev == 0 || state.rev >= definition.rev || !common::isWindowed(definition.condition.kind)) return;
    auto& entry = revision(definition.id, state.rev);
    if (entry.from && !entry.boundary) entry.boundary = positionOf(definition.symbol);
}

void SimDatabase::fillCandles(common::Symbol symbol, std::vector<common::Candle> candles, Done<bool> done) {
    enqueue([this, symbol, candles, done] {
        for (auto const& candle : candles)
            if (auto const row = candles_[symbol].find(candle.openTime);
                row == candles_[symbol].end() || !row->second.complete())
                storeCandle(symbol, candle, false);
        done(true);
    });
}

void SimDatabase::storeCandle(common::Symbol const& symbol, common::Candle const& candle, bool correction) {
    auto& row = candles_[symbol][candle.openTime];
    if (!row.complete() || candle.complete() || correction) row = candle;
}

std::optional<common::StepOutcome> SimDatabase::apply(common::Step const& step) {
    auto moved = positions_;
    for (auto const& move : step.positions) {
        auto const found = moved.find(move.symbol);
        auto const stored = found == moved.end() ? std::nullopt : std::optional(found->second.tradeId);
        if (stored != move.expected) return {};
        if (move.next)
            moved[move.symbol] = *move.next;
        else
            moved.erase(move.symbol);
    }
    for (auto const& write : step.states) {
        auto const found = alerts_.find(write.alert);
        if (write.status != AlertStatus::Expired || found == alerts_.end()) continue;
        auto const& [definition, state] = found->second;
        bool const current = definition.rev >= write.rev && definition.liveFromRev <= write.rev &&
                             !common::isEnded(common::shownStatus(found->second, 0));
        if (current && definition.expires != write.expires) return {};
    }
    positions_ = std::move(moved);
    for (auto const& move : step.positions)
        if (!move.next) pasts_.erase(move.symbol);
    for (auto const& write : step.pasts) {
        auto& rows = pasts_[write.symbol][write.kind];
        if (write.anew) rows.clear();
        std::erase_if(rows, [&](auto const& row) { return row.first < write.keepFrom; });
        for (auto const& chunk : write.chunks)
            rows[chunk.start] = {.from = write.from, .text = chunk.text};
    }
    for (auto const& write : step.candles)
        storeCandle(write.symbol, write.candle, write.correction);
    common::StepOutcome outcome;
    auto const count = [&](bool applied) { applied ? ++outcome.fired : ++outcome.dropped; };
    auto const armBefore = [&](std::size_t fires, auto& arm) {
        for (; arm != step.arms.end() && arm->firesBefore <= fires; ++arm)
            if (applyState(*arm)) noteArm(step, *arm);
    };
    auto arm = step.arms.begin();
    for (std::size_t i = 0; i < step.fires.size(); ++i) {
        armBefore(i, arm);
        count(applyFire(step.fires[i], step.now));
    }
    armBefore(step.fires.size(), arm);
    for (auto const& write : step.states)
        applyState(write);
    for (auto const& gap : step.gaps) {
        common::Event event{.id = static_cast<std::int64_t>(events_.size()) + 1, .account = {}, .body = gap.gap};
        for (auto const alert : gap.alerts)
            std::get<common::Gap>(event.body).alertPublicIds.push_back("al_" + std::to_string(alert.value));
        for (auto const alert : gap.alerts)
            noteGap(alert, gap.gap.fromId);
        events_.push_back(std::move(event));
    }
    return outcome;
}

bool SimDatabase::applyState(common::StateWrite const& write) {
    auto const found = alerts_.find(write.alert);
    if (found == alerts_.end()) return false;
    auto& [definition, state] = found->second;
    if (definition.rev < write.rev || write.rev < definition.liveFromRev || write.rev < state.rev) return false;
    if (state.rev == definition.rev && common::isEnded(state.status)) return false;
    state.rev = write.rev;
    state.status = write.status;
    if (write.fromTradeId) state.fromTradeId = write.fromTradeId;
    state.suppressed = write.suppressed;
    state.cooldownFrom = write.cooldownFrom;
    state.engine = write.engine;
    return true;
}

bool SimDatabase::applyFire(common::Fire const& fire, common::TimeMs now) {
    auto const found = alerts_.find(fire.alert);
    if (found == alerts_.end()) return false;
    auto& [definition, state] = found->second;
    if (fire.rev < definition.liveFromRev || fire.rev != state.rev || common::isEnded(state.status)) return false;
    common::Notification row;
    row.alertPublicId = definition.publicId;
    row.rev = fire.rev;
    row.fire = ++state.fires;
    row.symbol = definition.symbol;
    row.level = fire.level;
    row.trade = fire.trade;
    row.prev = fire.prev;
    row.suppressed = fire.suppressed;
    row.source = fire.source;
    row.late = fire.late;
    row.extra = fire.extra;
    auto const seq = ++seqs_[definition.account];
    events_.push_back({.id = static_cast<std::int64_t>(events_.size()) + 1,
                       .account = definition.account,
                       .seq = seq,
                       .committed = now,
                       .body = std::move(row)});
    state.suppressed = 0;
    state.cooldownFrom = fire.eventTime;
    if (fire.ends && definition.rev == fire.rev) state.status = AlertStatus::Done;
    return true;
}

}  // namespace simulation
