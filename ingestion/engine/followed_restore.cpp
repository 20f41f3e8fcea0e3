#include "ingestion/engine/followed_symbol.hpp"

#include <utility>

// How a symbol goes on from what the database has of it.

namespace ingestion {
namespace {

/// Judging goes on from the stored state; a run in progress shows as holding.
bool isJudging(common::AlertState const& state) {
    return state.fromTradeId &&
           (state.status == common::AlertStatus::Armed || state.status == common::AlertStatus::Holding);
}

}  // namespace

void FollowedSymbol::restore(std::optional<common::Position> const& position,
                             std::optional<common::Candle> const& candle, std::vector<common::StoredPast> const& pasts,
                             std::vector<common::AlertRecord> alerts) {
    beginRestore(position, candle, pasts);
    for (auto& record : alerts)
        restoreAlert(std::move(record));
    endRestore();
}

void FollowedSymbol::beginRestore(std::optional<common::Position> const& position,
                                  std::optional<common::Candle> const& candle,
                                  std::vector<common::StoredPast> const& pasts) {
    phase_ = Phase::Loading;
    restoring_ = true;
    candlesRestored_ = position && candle;
    if (candlesRestored_) candles_.restore(*candle);
    if (position) {
        committedId_ = position->tradeId;
        tape_.restore(position->tradeId, position->tradeTime);
        evaluator_.setPosition(*position);
        for (auto const& past : pasts)
            windows_.restore(past);
    }
}

void FollowedSymbol::restoreAlert(common::AlertRecord record) {
    auto const& [definition, state] = record;
    if (definition.paused() || common::isEnded(common::shownStatus(record, 0))) return;
    bool const armed = isJudging(state) && committedId_;
    bool const sameRev = armed && state.rev == definition.rev;
    // What was armed looks back on what was stored with it, whatever time it is by now.
    if (sameRev && !windows_.keeps(definition.condition)) {
        warm(std::move(record));
    } else if (!sameRev && !ready(definition.condition)) {
        pending_.push_back(std::move(record));
    } else if (sameRev) {
        evaluator_.add(record, windows_.past());
        if (common::isWindowed(definition.condition.kind)) windowed_[definition.id] = record;
    } else if (armed && state.rev >= definition.liveFromRev) {
        armAt(std::move(record), *committedId_ + 1);  // the old revision has judged up to the position
    } else {
        pending_.push_back(std::move(record));
    }
}

void FollowedSymbol::endRestore() {
    restoring_ = false;
    phase_ = Phase::Following;
    keepWindows();
}

void FollowedSymbol::restoreReset(std::int64_t newest, std::optional<common::Position> const& position,
                                  std::vector<common::AlertRecord> alerts) {
    phase_ = Phase::Following;
    if (position) committedId_ = position->tradeId;
    tape_.reset(newest);
    evaluator_.setPosition(unpriced(newest));
    moved_ = true;
    windows_.forgetStored();
    common::GapWrite gap{.gap = {.symbol = symbol_,
                                 .fromId = position ? position->tradeId + 1 : 0,
                                 .toId = newest,
                                 .reason = common::GapReason::TapeReset,
                                 .alertPublicIds = {}},
                         .alerts = {}};
    for (auto& record : alerts) {
        auto const& [definition, state] = record;
        if (definition.paused() || common::isEnded(common::shownStatus(record, 0))) continue;
        if (state.status == common::AlertStatus::Armed && state.rev == definition.rev)
            gap.alerts.push_back(definition.id);
        if (ready(definition.condition))
            armAt(std::move(record), newest + 1);
        else
            warm(std::move(record));
    }
    if (!gap.alerts.empty()) gaps_.push_back(std::move(gap));
}

}  // namespace ingestion
