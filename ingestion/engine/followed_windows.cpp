#include "ingestion/engine/followed_symbol.hpp"

#include <algorithm>
#include <utility>

// How alerts that look back are warmed (spec section 4) and begin anew after a gap.

namespace ingestion {

bool FollowedSymbol::ready(common::Condition const& condition) const {
    return !common::isWindowed(condition.kind) || evaluator_.hasWindow(condition) ||
           windows_.covers(condition, windowTime());
}

bool FollowedSymbol::waitsForWindows() const {
    return std::ranges::any_of(pending_, [&](auto const& waiting) { return !ready(waiting.definition.condition); });
}

bool FollowedSymbol::judgedLast() const {
    auto const& position = evaluator_.position();
    return !position.price.value.isZero() && position.judgedId == tape_.last();
}

common::TimeMs FollowedSymbol::windowTime() const {
    return judgedLast() ? evaluator_.position().eventTime : marketMs_;
}

void FollowedSymbol::armReady(std::int64_t fromTradeId) {
    if (pending_.empty()) return;
    for (auto& record : std::exchange(pending_, {})) {
        auto const judging = evaluator_.revision(record.definition.id);
        if (ready(record.definition.condition))
            armAt(std::move(record), judging ? tape_.last() + 1 : fromTradeId);
        else if (judging)
            pending_.push_back(std::move(record));
        else
            warm(std::move(record));
    }
    keepWindows();
}

void FollowedSymbol::warm(common::AlertRecord record) {
    auto const& definition = record.definition;
    auto& state = record.state;
    if (state.status != common::AlertStatus::Warming || state.rev != definition.rev) {
        state.rev = definition.rev;
        state.status = common::AlertStatus::Warming;
        armed_.push_back({.alert = definition.id,
                          .rev = definition.rev,
                          .status = common::AlertStatus::Warming,
                          .fromTradeId = {},
                          .suppressed = 0,
                          .cooldownFrom = {},
                          .engine = {},
                          .announce = false,
                          .firesBefore = judgement_.fires.size()});
    }
    pending_.push_back(std::move(record));
}

void FollowedSymbol::keepWindows() {
    if (!windows_.keeps()) return;
    std::vector<common::Condition> conditions;
    for (auto const& [id, record] : windowed_)
        if (evaluator_.contains(id)) conditions.push_back(record.definition.condition);
    for (auto const& waiting : pending_)
        if (common::isWindowed(waiting.definition.condition.kind)) conditions.push_back(waiting.definition.condition);
    windows_.keepFor(conditions);
}

void FollowedSymbol::dropWindows() {
    windows_.drop();
    for (auto& [id, record] : std::exchange(windowed_, {})) {
        if (evaluator_.revision(id) != record.definition.rev) continue;  // it has ended
        evaluator_.remove(id);
        // A newer revision that waits takes over by itself.
        if (std::ranges::any_of(pending_, [&](auto const& waiting) { return waiting.definition.id == id; })) continue;
        warm(std::move(record));
    }
}

std::optional<WindowKeeper::Wish> FollowedSymbol::takeWindowWish(common::TimeMs marketMs) {
    if (pending_.empty() || !current()) return {};
    marketMs_ = marketMs;
    // Time alone may have made a window known: it ends where the time is.
    arm();
    std::vector<common::Condition> wanted;
    for (auto const& waiting : pending_)
        if (!ready(waiting.definition.condition)) wanted.push_back(waiting.definition.condition);
    if (wanted.empty()) return {};
    auto const& position = evaluator_.position();
    return windows_.takeWish(wanted, windowTime(), judgedLast() ? position.price.value : common::Decimal(),
                             tape_.last());
}

void FollowedSymbol::onWindowsLoaded(std::uint32_t number, WindowKeeper::Loaded loaded) {
    if (windows_.onLoaded(number, std::move(loaded))) arm();
}

}  // namespace ingestion
