#include "common/runtime/log.hpp"
#include "ingestion/engine/engine.hpp"

#include <algorithm>
#include <utility>

// What the engine holds against what the tables say, each minute: a change that was missed, for whatever reason, is
// made good as if it had been seen. Off the hot path: a page at a time, with room for everything else in between.

namespace ingestion {
namespace {

namespace log = common::log;

/// Between two pages: a million alerts take 20 s of the minute.
constexpr common::DurationMs kPagePauseMs = 20;

common::DemandRow demandOf(common::AlertRecord const& record) {
    auto const& definition = record.definition;
    return {.alert = definition.id,
            .rev = definition.rev,
            .expires = definition.expires,
            .paused = definition.paused() || common::isEnded(common::shownStatus(record, 0))};
}

}  // namespace

void Engine::reconcile(common::TimeMs mono) {
    if (mono < reconcileAt_ || std::exchange(reconciling_, true)) return;
    if (reconcileAfter_ == common::AlertId{}) {
        reconcileBegan_ = mono;
        reconcilePositions();
    }
    deps_.channel.loadDemand(reconcileAfter_, [this](auto page) {
        reconciling_ = false;
        reconcileAt_ = deps_.clock.monotonicMs() + kPagePauseMs;
        if (stopping_ || !page) return;
        reconcileAlerts(std::move(*page));
    });
}

void Engine::reconcileAlerts(Channel::Page<common::DemandRow> page) {
    std::vector<common::AlertId> suspects, forgotten;
    auto const last = page.more ? static_cast<std::uint64_t>(page.rows.back().alert.value) + 1 : OrderedPlaces::kNever;
    auto row = page.rows.begin();
    // Rows and places in step, both by alert; a place without a row is of an alert that ended or is gone.
    alerts_.forRange(static_cast<std::uint64_t>(reconcileAfter_.value) + 1, last, [&](Place const& place) {
        common::AlertId const alert{static_cast<std::int64_t>(place.key)};
        for (; row != page.rows.end() && row->alert < alert; ++row)
            if (!row->paused) suspects.push_back(row->alert);
        auto const& symbol = *symbols_[place.slot];
        bool const wanted = row != page.rows.end() && row->alert == alert && !row->paused;
        if (wanted ? !symbol.agrees(*row) : symbol.holds(alert)) suspects.push_back(alert);
        if (!wanted && symbol.phase() == FollowedSymbol::Phase::Following && !symbol.holds(alert))
            forgotten.push_back(alert);
        if (row != page.rows.end() && row->alert == alert) ++row;
    });
    for (; row != page.rows.end(); ++row)
        if (!row->paused) suspects.push_back(row->alert);
    for (auto const alert : forgotten)
        dropAlert(alert);
    reconcileAfter_ = page.more ? page.rows.back().alert : common::AlertId{};
    if (!page.more) reconcileAt_ = reconcileBegan_ + options_.reconcileEveryMs;
    if (suspects.empty()) return;
    // The page may be older or newer than what is held. The row as it is now decides, unless its change is on its way.
    deps_.channel.loadMissed(std::move(suspects), changeId_, [this](auto missed) {
        if (missed && !stopping_) makeGood(std::move(*missed));
    });
}

void Engine::makeGood(std::vector<Channel::Change> missed) {
    std::int64_t repairs = 0;
    for (auto& [change, record] : missed) {
        auto const alert = *change.alert;
        auto const index = symbolOf(alert);
        bool const held = index && symbols_[*index]->holds(alert);
        auto const wanted = record ? demandOf(*record) : common::DemandRow{.alert = alert, .rev = 0, .expires = {}, .paused = true};
        bool const good = wanted.paused ? !held : index && symbols_[*index]->agrees(wanted);
        if (good) continue;
        ++repairs;
        applyAlert(alert, std::move(record));
    }
    counters_.reconciled += repairs;
    if (repairs == 0) return;
    log::warn("engine", "missed changes made good", {{"alerts", repairs}});
    flush();
}

void Engine::reconcilePositions() {
    struct Held {
        SymbolIndex symbol;
        std::uint32_t generation;
        std::optional<std::int64_t> position;
    };
    // What is being committed proves itself: a position that is not as expected fails.
    std::vector<Held> held;
    for (auto const& symbol : symbols_)
        if (symbol->phase() == FollowedSymbol::Phase::Following && symbol->settled())
            held.push_back({symbol->index(), symbol->generation(), symbol->committedId()});
    deps_.channel.loadPositions([this, held = std::move(held)](auto positions) {
        if (!positions || stopping_) return;
        std::unordered_map<common::Symbol, std::int64_t> stored;
        for (auto const& position : *positions)
            stored.emplace(position.symbol, position.tradeId);
        for (auto const& [index, generation, expected] : held) {
            auto& symbol = *symbols_[index];
            if (symbol.generation() != generation || symbol.committedId() != expected) continue;
            auto const found = stored.find(symbol.symbol());
            auto const position = found == stored.end() ? std::nullopt : std::optional(found->second);
            if (position == expected) continue;
            log::warn("engine", "the stored position was changed", {{"symbol", symbol.symbol()}});
            ++counters_.reconciled;
            recover(symbol);
        }
    });
}

}  // namespace ingestion
