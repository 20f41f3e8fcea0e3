#include "ingestion/app/store_channel.hpp"

#include "common/runtime/log.hpp"
#include "common/runtime/program_metrics.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

namespace ingestion {
namespace {

constexpr std::int64_t kChangesMax = 10'000;  // rows in one reading; more are read at once afterwards
/// A page of a million alerts: few milliseconds of the thread that reads it, and little memory.
constexpr std::int64_t kPageRows = 1'000;

/// Logs what the engine need not know and hands the rest on.
template <class T>
auto answer(Channel::Done<T> done, char const* what) {
    return [done = std::move(done), what](common::StoreThread::Outcome<T> outcome) {
        if (outcome) return done(std::move(*outcome));
        common::log::warn("store", "failed", {{"work", what}, {"reason", outcome.error().what}});
        done(std::unexpected(outcome.error().failure));
    };
}

std::optional<common::Candle> newestCandle(common::Database& database, common::Symbol const& symbol) {
    return database.candles().lastBefore(symbol, std::numeric_limits<common::TimeMs>::max());
}

CandleChannel::Coverage coverageOf(common::Database& database, common::Symbol const& symbol) {
    auto const newest = newestCandle(database, symbol);
    if (!newest) return {};
    CandleChannel::Coverage coverage{.newestEnd = newest->endTime(), .holeFrom = {}};
    auto at = newest->openTime - common::kDayMs;
    for (auto const& row : database.candles().range(symbol, at, newest->openTime, common::kDayMs / common::kMinuteMs)) {
        if (row.openTime != at || !row.complete()) break;
        at = row.endTime();
    }
    if (at < newest->openTime) coverage.holeFrom = at;
    return coverage;
}

}  // namespace

StoreChannel::StoreChannel(common::StoreThread& store, common::StoreThread& reader, common::Clock const& clock,
                           common::Metrics& metrics)
    : store_(store),
      reader_(reader),
      clock_(clock),
      tradeToReceived_(common::latencyHistogram(metrics, "trade_to_received")),
      receivedToCommitted_(common::latencyHistogram(metrics, "received_to_committed")) {}

/// Of live fires only: what was caught up says nothing about the way, and a trade that fires nothing costs nothing.
void StoreChannel::measure(common::Step const& step) {
    auto const now = clock_.wallMs();
    for (auto const& fire : step.fires) {
        if (fire.source != common::TradeSource::Live) continue;
        tradeToReceived_.observe(static_cast<double>(fire.trade.received - fire.trade.time) / 1000);
        receivedToCommitted_.observe(static_cast<double>(now - fire.trade.received) / 1000);
    }
}

void StoreChannel::loadStart(Done<Start> done) {
    store_.read(
        [](common::Database& database) {
            Start start;
            // The change cursor first: what changes while the rows are read is applied once more, which does no harm.
            start.changeId = database.demand().newestChangeId();
            start.positions = database.demand().positions();
            for (auto const& position : start.positions)
                if (auto candle = newestCandle(database, position.symbol))
                    start.candles.push_back({.symbol = position.symbol, .candle = *candle, .correction = false});
            start.pasts = database.demand().pasts({});
            return start;
        },
        answer(std::move(done), "start"));
}

void StoreChannel::loadAlerts(common::AlertId after, Done<Page<common::AlertRecord>> done) {
    store_.read(
        [after](common::Database& database) {
            Page<common::AlertRecord> page{.rows = database.demand().livePage(after, kPageRows)};
            page.more = page.rows.size() == kPageRows;
            return page;
        },
        answer(std::move(done), "alerts"));
}

void StoreChannel::loadChanges(std::int64_t afterId, Done<Changes> done) {
    store_.read(
        [afterId, &clock = clock_](common::Database& database) {
            Changes changes;
            for (auto& change : database.demand().changesAfter(afterId, kChangesMax)) {
                auto record = change.alert ? database.demand().load(*change.alert) : std::nullopt;
                changes.changes.push_back({change, std::move(record)});
            }
            changes.more = changes.changes.size() == kChangesMax;
            changes.watched = database.watches().watched(clock.wallMs());
            return changes;
        },
        answer(std::move(done), "changes"));
}

void StoreChannel::loadSymbol(common::Symbol symbol, Done<SymbolStart> done) {
    store_.read(
        [symbol = std::move(symbol)](common::Database& database) {
            SymbolStart start;
            start.position = database.demand().position(symbol);
            start.candle = newestCandle(database, symbol);
            start.pasts = database.demand().pasts(symbol);
            database.demand().forEachLiveOf(symbol, [&](auto&& record) { start.alerts.push_back(std::move(record)); });
            return start;
        },
        answer(std::move(done), "symbol"));
}

void StoreChannel::loadDemand(common::AlertId after, Done<Page<common::DemandRow>> done) {
    reader_.read(
        [after](common::Database& database) {
            Page<common::DemandRow> page{.rows = database.demand().demandPage(after, kPageRows)};
            page.more = page.rows.size() == kPageRows;
            return page;
        },
        answer(std::move(done), "demand"));
}

void StoreChannel::loadMissed(std::vector<common::AlertId> alerts, std::int64_t changeId,
                              Done<std::vector<Change>> done) {
    store_.read(
        [alerts = std::move(alerts), changeId](common::Database& database) {
            std::vector<Change> missed;
            for (auto const alert : alerts)
                missed.push_back({.change = {.id = 0, .alert = alert}, .record = database.demand().load(alert)});
            // After the rows: every change that they may show already is among these.
            auto const coming = database.demand().changesAfter(changeId, kChangesMax);
            if (coming.size() == kChangesMax) return std::vector<Change>{};
            std::erase_if(missed, [&](auto const& row) {
                return std::ranges::find(coming, row.change.alert, &common::DemandChange::alert) != coming.end();
            });
            return missed;
        },
        answer(std::move(done), "missed changes"));
}

void StoreChannel::loadPositions(Done<std::vector<common::Position>> done) {
    store_.read([](common::Database& database) { return database.demand().positions(); },
                answer(std::move(done), "positions"));
}

void StoreChannel::commit(common::Step step, Done<common::StepOutcome> done) {
    auto const shared = std::make_shared<common::Step const>(std::move(step));
    store_.write([shared](common::Database& database) { return database.steps().apply(*shared); },
                 answer<common::StepOutcome>(
                     [this, shared, done = std::move(done)](auto outcome) {
                         if (outcome) measure(*shared);
                         done(std::move(outcome));
                     },
                     "step"));
}

void StoreChannel::keepHouse(common::TimeMs now, std::int64_t changesAppliedUpTo, Done<bool> done) {
    store_.write(
        [now, changesAppliedUpTo](common::Database& database) {
            database.market().setLifeSign(now);
            database.watches().removeLapsed(now);
            database.demand().removeChangesUpTo(changesAppliedUpTo);
            return true;
        },
        answer(std::move(done), "housekeeping"));
}

void StoreChannel::setFeeds(std::vector<common::FeedRecord> feeds, std::vector<common::Symbol> left, Done<bool> done) {
    store_.write(
        [feeds = std::move(feeds), left = std::move(left)](common::Database& database) {
            for (auto const& feed : feeds)
                database.market().setFeed(feed);
            for (auto const& symbol : left)
                database.market().removeFeed(symbol);
            return true;
        },
        answer(std::move(done), "feeds"));
}

void StoreChannel::loadCoverage(common::Symbol symbol, Done<Coverage> done) {
    reader_.read([symbol = std::move(symbol)](common::Database& database) { return coverageOf(database, symbol); },
                 answer(std::move(done), "coverage"));
}

void StoreChannel::loadMinutes(common::Symbol symbol, common::TimeMs from, common::TimeMs to,
                               Done<std::vector<common::Candle>> done) {
    reader_.read(
        [symbol = std::move(symbol), from, to](common::Database& database) {
            auto rows = database.candles().range(symbol, from, to, (to - from) / common::kMinuteMs + 1);
            auto at = from;
            std::size_t complete = 0;
            for (; complete < rows.size(); ++complete, at += common::kMinuteMs) {
                auto const& row = rows[complete];
                if (row.openTime != at || row.length != common::kMinuteMs || !row.complete()) break;
            }
            rows.resize(complete);
            return rows;
        },
        answer(std::move(done), "minutes"));
}

void StoreChannel::fillCandles(common::Symbol symbol, std::vector<common::Candle> candles, Done<bool> done) {
    store_.write(
        [symbol = std::move(symbol), candles = std::move(candles)](common::Database& database) {
            database.candles().fill(symbol, candles);
            return true;
        },
        answer(std::move(done), "candles"));
}

void StoreChannel::replaceSymbols(std::vector<common::SymbolInfo> symbols, Done<bool> done) {
    store_.write(
        [symbols = std::move(symbols), now = clock_.wallMs()](common::Database& database) {
            database.market().replaceSymbols(symbols, now);
            return true;
        },
        answer(std::move(done), "symbols"));
}

}  // namespace ingestion
