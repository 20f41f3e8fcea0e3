#include "ingestion/engine/engine.hpp"

#include "common/runtime/log.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

namespace ingestion {
namespace {

namespace log = common::log;

constexpr common::DurationMs kSweepEveryMs = 1'000;
/// A wall clock that is further from the exchange's is wrong: it was set, or is not set yet. The exchange's own is
/// known to within 10 s.
constexpr common::DurationMs kClockErrorMaxMs = 15'000;
/// For the exchange's first trades to tell the time after a start.
constexpr common::DurationMs kTrustWallAfterMs = 10'000;

template <class T>
std::optional<T> findIn(std::unordered_map<common::Symbol, T> const& map, common::Symbol const& symbol) {
    auto const found = map.find(symbol);
    if (found == map.end()) return {};
    return found->second;
}

}  // namespace

Engine::Engine(Deps deps, Options options)
    : deps_(deps),
      options_(std::move(options)),
      pinned_(options_.pinned.begin(), options_.pinned.end()),
      backfill_({deps.rest, deps.channel, deps.clock},
                [this](auto const& asker, auto const& lastClosed) { onBackfilled(asker, lastClosed); }),
      windows_({deps.rest, deps.channel, deps.clock},
               [this](auto const& asker, auto number, auto past) { onWindowsLoaded(asker, number, std::move(past)); }) {
}
Engine::~Engine() = default;

// --- start ----------------------------------------------------------------------------------------------------------

void Engine::start() {
    auto const mono = deps_.clock.monotonicMs();
    startAt_ = houseAt_ = sweepAt_ = mono;
    trustWallAt_ = mono + kTrustWallAfterMs;
    symbolsAt_ = std::numeric_limits<common::TimeMs>::max();
    askSymbols();
    loadStart();
}

void Engine::loadStart() {
    startAt_ = std::numeric_limits<common::TimeMs>::max();
    deps_.channel.loadStart([this](auto start) {
        if (!start) return startAgain(start.error());
        onStart(std::move(*start));
    });
}

void Engine::startAgain(common::StoreFailure failure) {
    log::error("engine", "database cannot be read", {{"failure", static_cast<int>(failure)}});
    startAt_ = deps_.clock.monotonicMs() + options_.recoverAfterMs;
    for (auto const& symbol : symbols_)
        symbol->beginLoading();
    alerts_ = {};
}

void Engine::onStart(Channel::Start start) {
    changeId_ = start.changeId;
    auto& from = restoring_.emplace();
    for (auto& position : start.positions) {
        // In a market at rest no trade tells the time; from the last one on it is at least known to go on.
        if (position.exchange == options_.exchangeUrl && position.tradeTime != 0)
            marketClock_.observe(position.tradeTime, deps_.clock.monotonicMs());
        from.positions.emplace(position.symbol, position);
    }
    for (auto const& stored : start.candles)
        from.candles.emplace(stored.symbol, stored.candle);
    for (auto& past : start.pasts)
        from.pasts[past.symbol].push_back(std::move(past));
    loadAlerts({});
}

void Engine::loadAlerts(common::AlertId after) {
    deps_.channel.loadAlerts(after, [this](auto page) {
        if (stopping_) return;
        if (!page) return startAgain(page.error());
        // The next page is read while this one is taken.
        if (page->more) loadAlerts(page->rows.back().definition.id);
        takeAlerts(std::move(page->rows));
        if (!page->more) onLoaded();
    });
}

void Engine::takeAlerts(std::vector<common::AlertRecord> records) {
    for (auto& record : records) {
        auto& symbol = restoring(record.definition.symbol);
        noteSymbol(record.definition.id, symbol.index());
        if (symbol.restoring()) symbol.restoreAlert(std::move(record));
    }
}

/// The exchange is asked for the symbol at once: until its alerts are here, it has been connected.
FollowedSymbol& Engine::restoring(common::Symbol const& symbol) {
    auto& followed = slot(symbol);
    if (followed.phase() != FollowedSymbol::Phase::Left) return followed;
    auto const stored = findIn(restoring_->positions, symbol);
    if (stored && stored->exchange != options_.exchangeUrl)
        followed.beginReset(*stored);
    else
        followed.beginRestore(stored, findIn(restoring_->candles, symbol), restoring_->pasts[symbol]);
    feed_->follow(followed.index(), symbol);
    touch(followed);
    return followed;
}

void Engine::onLoaded() {
    started_ = true;
    auto const mono = deps_.clock.monotonicMs();
    reconcileBegan_ = mono;
    reconcileAt_ = mono + options_.reconcileEveryMs;
    log::info("engine", "started",
              {{"alerts", alerts_.size()}, {"symbols", symbols_.size()}, {"positions", restoring_->positions.size()}});
    // What only a watch or nobody needed is not worth catching up: it begins anew when it is followed again.
    for (auto const& [symbol, position] : restoring_->positions)
        if (!indexes_.contains(symbol))
            abandoned_.push_back({.expected = position.tradeId, .next = {}, .symbol = symbol});
    restoring_.reset();
    for (auto const& symbol : symbols_)
        if (symbol->restoring()) {
            symbol->endRestore();
            touch(*symbol);
        }
    for (auto const& symbol : pinned_)
        follow(symbol).pinned = true;
    askRest(mono);
    flush();
    readChanges();
}

// --- demand ---------------------------------------------------------------------------------------------------------

void Engine::onBell() {
    if (started_) readChanges();
}

void Engine::readChanges() {
    if (stopping_) return;
    if (std::exchange(readingChanges_, true)) {
        changesAgain_ = true;
        return;
    }
    changesAgain_ = false;
    deps_.channel.loadChanges(changeId_, [this](auto changes) {
        readingChanges_ = false;
        if (changes) applyChanges(std::move(*changes));
        if (changesAgain_) readChanges();
    });
}

void Engine::applyChanges(Channel::Changes changes) {
    for (auto& [change, record] : changes.changes) {
        changeId_ = std::max(changeId_, change.id);
        if (change.alert) applyAlert(*change.alert, std::move(record));
    }
    applyWatched(changes.watched);
    changesAgain_ |= changes.more;
    flush();
}

void Engine::applyAlert(common::AlertId id, std::optional<common::AlertRecord> record) {
    if (!record || record->definition.paused() || common::isEnded(common::shownStatus(*record, 0)))
        return dropAlert(id);
    auto& symbol = follow(record->definition.symbol);
    noteSymbol(id, symbol.index());
    // While it loads, the database is read after this change: the row comes with it.
    if (symbol.phase() != FollowedSymbol::Phase::Following) return;
    symbol.applyAlert(std::move(*record));
    touch(symbol);
}

void Engine::dropAlert(common::AlertId id) {
    auto const symbol = symbolOf(id);
    if (!symbol) return;
    symbols_[*symbol]->removeAlert(id);
    alerts_.erase(static_cast<std::uint64_t>(id.value), *symbol);
}

std::optional<SymbolIndex> Engine::symbolOf(common::AlertId alert) const {
    auto const key = static_cast<std::uint64_t>(alert.value);
    auto const* const place = alerts_.atOrAfter(key);
    if (place == nullptr || place->key != key) return {};
    return place->slot;
}

void Engine::noteSymbol(common::AlertId alert, SymbolIndex symbol) {
    if (!symbolOf(alert)) alerts_.insert({static_cast<std::uint64_t>(alert.value), symbol, 0});
}

void Engine::applyWatched(std::vector<common::Symbol> const& watched) {
    for (auto const& symbol : symbols_)
        symbol->watched = false;
    for (auto const& name : watched)
        follow(name).watched = true;
}

FollowedSymbol& Engine::slot(common::Symbol const& symbol) {
    auto const [entry, fresh] = indexes_.try_emplace(symbol, static_cast<SymbolIndex>(symbols_.size()));
    if (fresh)
        symbols_.push_back(
            std::make_unique<FollowedSymbol>(entry->second, symbol, options_.exchangeUrl, options_.tape));
    return *symbols_[entry->second];
}

FollowedSymbol& Engine::follow(common::Symbol const& symbol) {
    auto& followed = slot(symbol);
    followed.idleSince.reset();
    if (followed.phase() == FollowedSymbol::Phase::Left) {
        followed.beginFollowing();
        feed_->follow(followed.index(), symbol);
    }
    return followed;
}

void Engine::leaveIdle(common::TimeMs mono) {
    std::vector<common::Symbol> left;
    for (auto const& symbol : symbols_) {
        if (symbol->phase() == FollowedSymbol::Phase::Left || symbol->needed()) {
            symbol->idleSince.reset();
            continue;
        }
        if (!symbol->idleSince) symbol->idleSince = mono;
        bool const due = mono - *symbol->idleSince >= options_.lingerMs;
        if (!due || !symbol->settled() || symbol->phase() != FollowedSymbol::Phase::Following) continue;
        feed_->leave(symbol->index());
        backfill_.leave(symbol->index());
        windows_.leave(symbol->index());
        if (auto const committed = symbol->committedId())
            abandoned_.push_back({.expected = committed, .next = {}, .symbol = symbol->symbol()});
        symbol->leave();
        left.push_back(symbol->symbol());
        log::info("engine", "symbol left", {{"symbol", symbol->symbol()}});
    }
    if (!left.empty()) deps_.channel.setFeeds({}, std::move(left), [](auto) {});
}

// --- commits --------------------------------------------------------------------------------------------------------

void Engine::touch(FollowedSymbol& symbol) {
    if (!std::exchange(symbol.touched, true)) touched_.push_back(symbol.index());
    if (!std::exchange(symbol.attention, true)) attention_.push_back(symbol.index());
}

void Engine::flush() {
    writeFeeds();
    if (committing_ || (touched_.empty() && abandoned_.empty())) return;
    bool const due = stopping_ || deps_.clock.monotonicMs() >= lastProgressAt_ + options_.commitEveryMs;
    if (!due && !std::ranges::any_of(touched_, [&](auto index) { return symbols_[index]->urgent(); })) return;
    commitStep(due);
}

/// Without plain progress: only symbols with something that cannot wait, and of these only that. A firing then writes
/// the fewest pages.
void Engine::commitStep(bool withProgress) {
    common::Step step;
    // Rows of symbols that were left go first: one that is followed again inserts its row anew.
    step.positions = std::exchange(abandoned_, {});
    std::vector<SymbolIndex> concerned;
    std::vector<SymbolIndex> waiting;
    for (auto const index : std::exchange(touched_, {})) {
        auto& symbol = *symbols_[index];
        if (!withProgress && !symbol.urgent()) {
            waiting.push_back(index);
            continue;
        }
        if (symbol.collect(step, withProgress)) concerned.push_back(index);
        symbol.touched = symbol.priceWaits();
        if (symbol.touched) waiting.push_back(index);
    }
    touched_ = std::move(waiting);
    if (withProgress) lastProgressAt_ = deps_.clock.monotonicMs();
    if (step.empty()) return;
    step.now = deps_.clock.wallMs();
    counters_.fires += static_cast<std::int64_t>(step.fires.size());
    counters_.armed += std::ranges::count(step.arms, common::AlertStatus::Armed, &common::StateWrite::status);
    counters_.gaps += static_cast<std::int64_t>(step.gaps.size());
    committing_ = true;
    deps_.channel.commit(std::move(step),
                         [this, concerned = std::move(concerned)](auto outcome) { onCommitted(concerned, outcome); });
}

void Engine::onCommitted(std::vector<SymbolIndex> const& concerned,
                         std::expected<common::StepOutcome, common::StoreFailure> const& outcome) {
    committing_ = false;
    if (outcome) {
        ++counters_.commits;
        counters_.dropped += outcome->dropped;
        for (auto const index : concerned)
            symbols_[index]->onCommitted();
    } else {
        ++counters_.failedCommits;
        log::error("engine", "commit failed",
                   {{"failure", static_cast<int>(outcome.error())}, {"symbols", concerned.size()}});
        // One recovery path: what memory holds beyond the database is forgotten and comes back by catching up.
        for (auto const index : concerned)
            recover(*symbols_[index]);
    }
    if (stopping_) {
        if (outcome && !touched_.empty()) return flush();
        if (stopped_) std::exchange(stopped_, {})();
        return;
    }
    flush();
}

void Engine::recover(FollowedSymbol& symbol) {
    symbol.beginLoading();
    recovering_.push_back({symbol.index(), deps_.clock.monotonicMs() + options_.recoverAfterMs});
}

void Engine::load(FollowedSymbol& symbol, std::optional<std::int64_t> resetTo) {
    symbol.beginLoading();
    deps_.channel.loadSymbol(
        symbol.symbol(), [this, index = symbol.index(), generation = symbol.generation(), resetTo](auto start) {
            auto& loaded = *symbols_[index];
            if (loaded.generation() != generation) return;
            if (!start) return recover(loaded);
            for (auto const& record : start->alerts)
                noteSymbol(record.definition.id, index);
            if (resetTo)
                loaded.restoreReset(*resetTo, start->position, std::move(start->alerts));
            else
                loaded.restore(start->position, start->candle, start->pasts, std::move(start->alerts));
            touch(loaded);
            askRest(deps_.clock.monotonicMs());
            flush();
        });
}

void Engine::writeFeeds() {
    std::vector<common::FeedRecord> feeds;
    for (auto const index : attention_)
        if (auto feed = symbols_[index]->takeFeedChange()) {
            if (feed->since == 0) feed->since = deps_.clock.wallMs();
            feeds.push_back(std::move(*feed));
        }
    if (!feeds.empty()) deps_.channel.setFeeds(std::move(feeds), {}, [](auto) {});
}

// --- time -----------------------------------------------------------------------------------------------------------

void Engine::onTimer() {
    auto const mono = deps_.clock.monotonicMs();
    if (stopping_) return;
    if (mono >= startAt_ && !started_) return loadStart();
    if (mono >= symbolsAt_) askSymbols();
    if (!started_) return;
    for (auto const index : attention_) {
        symbols_[index]->onTick(mono);
        if (symbols_[index]->urgent()) touch(*symbols_[index]);
    }
    askRest(mono);
    std::erase_if(recovering_, [&](auto const& waiting) {
        if (mono < waiting.at) return false;
        if (symbols_[waiting.symbol]->phase() == FollowedSymbol::Phase::Loading) load(*symbols_[waiting.symbol], {});
        return true;
    });
    if (mono >= houseAt_) {
        houseAt_ = mono + options_.houseEveryMs;
        deps_.channel.keepHouse(deps_.clock.wallMs(), changeId_, [](auto) {});
        readChanges();
    }
    if (mono >= sweepAt_) sweep(mono);
    reconcile(mono);
    closeMinutes(mono);
    backfill_.onTimer(mono);
    askWindows();
    windows_.onTimer(mono);
    flush();
    std::erase_if(attention_, [&](auto index) {
        auto& symbol = *symbols_[index];
        if (symbol.touched || symbol.deadline()) return false;
        symbol.attention = false;
        return true;
    });
}

common::TimeMs Engine::timeMs(common::TimeMs mono) const {
    auto const wall = deps_.clock.wallMs();
    auto const market = marketClock_.now(mono);
    return market && std::abs(wall - *market) > kClockErrorMaxMs ? *market : wall;
}

void Engine::sweep(common::TimeMs mono) {
    sweepAt_ = mono + kSweepEveryMs;
    leaveIdle(mono);
    keepCandles(mono);
    // Trades tell when an alert's time has come (spec section 4), ours of another symbol, too; a wall clock that is a
    // few seconds ahead would take the last ones from it.
    auto ended = marketClock_.atLeast(mono);
    if (!ended && mono >= trustWallAt_) ended = deps_.clock.wallMs();
    for (auto const& symbol : symbols_) {
        if (ended) symbol->expire(mono, *ended);
        if (symbol->urgent() || symbol->newestDue(mono) || symbol->waitsForWindows()) touch(*symbol);
    }
}

common::TimeMs Engine::nextWake() const {
    if (!started_) return std::min(startAt_, symbolsAt_);
    auto next = std::min({symbolsAt_, houseAt_, sweepAt_});
    if (!committing_ && !touched_.empty()) next = std::min(next, lastProgressAt_ + options_.commitEveryMs);
    for (auto const index : attention_)
        if (auto const deadline = symbols_[index]->deadline()) next = std::min(next, *deadline);
    if (auto const due = windows_.deadline()) next = std::min(next, *due);
    for (auto const& waiting : recovering_)
        next = std::min(next, waiting.at);
    return next;
}

bool Engine::ready() const {
    return started_ && symbolsLoaded_ && feed_->complete();
}

void Engine::stop(std::function<void()> done) {
    stopping_ = true;
    stopped_ = std::move(done);
    if (committing_) return;
    flush();
    if (!committing_ && stopped_) std::exchange(stopped_, {})();
}

std::vector<Engine::SymbolStatus> Engine::status() const {
    std::vector<SymbolStatus> rows;
    for (auto const& symbol : symbols_) {
        if (symbol->phase() == FollowedSymbol::Phase::Left) continue;
        rows.push_back({.symbol = symbol->symbol(),
                        .lastId = symbol->tape().last(),
                        .lastTradeTime = symbol->lastTradeTime(),
                        .alerts = symbol->alertCount(),
                        .live = symbol->live(),
                        .repairing = symbol->tape().repairing(),
                        .repaired = symbol->tape().repairedTotal()});
    }
    return rows;
}

std::vector<common::DurationMs> Engine::takeRepairs() {
    std::vector<common::DurationMs> all;
    for (auto const& symbol : symbols_)
        for (auto const took : symbol->takeRepairs())
            all.push_back(took);
    return all;
}

}  // namespace ingestion
