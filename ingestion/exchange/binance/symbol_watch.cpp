#include "ingestion/exchange/binance/symbol_watch.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace ingestion::binance {

bool SymbolWatch::add(common::Symbol const& symbol, SymbolIndex index) {
    auto const [at, isNew] = entries_.try_emplace(symbol);
    if (!isNew) return false;
    at->second.symbol = symbol;
    at->second.index = index;
    return true;
}

void SymbolWatch::remove(common::Symbol const& symbol) {
    entries_.erase(symbol);
}

void SymbolWatch::acknowledged(Entry& entry, std::int64_t nowMs) {
    // What was traded while nobody listened never comes on the stream, so comparing starts anew.
    entry.live = true;
    entry.newestId = entry.missingId = -1;
    entry.agreed = 0;
    entry.lastMs = nowMs;
    if (entry.beganMs == 0) entry.beganMs = nowMs;
}

void SymbolWatch::hurry(std::vector<common::Symbol> const& symbols) {
    std::vector<Entry*> busiest;
    for (auto const& symbol : symbols)
        if (auto* const entry = find(symbol); entry != nullptr && entry->live) busiest.push_back(entry);
    auto const count = std::min(busiest.size(), limits_.questionMax);
    std::ranges::partial_sort(busiest, busiest.begin() + static_cast<std::ptrdiff_t>(count), std::greater{},
                              &Entry::ratePerMs);
    for (auto* const entry : busiest | std::views::take(count))
        entry->hurried = true;
}

void SymbolWatch::tick(std::int64_t nowMs) {
    auto const passedMs = static_cast<double>(nowMs - std::exchange(tickMs_, nowMs).value_or(nowMs));
    if (passedMs <= 0) return;
    for (auto& entry : entries_ | std::views::values) {
        // While young, the plain mean: starting at zero would take a busy symbol for a quiet one for minutes.
        auto const windowMs = std::clamp<std::int64_t>(nowMs - entry.beganMs, 1, limits_.rateWindowMs);
        auto const share = std::min(1.0, passedMs / static_cast<double>(windowMs));
        entry.ratePerMs += (entry.pending / passedMs - entry.ratePerMs) * share;
        if (entry.pending > 0) entry.agreed = entry.verdicts = 0;
        entry.pending = 0;
    }
}

common::DurationMs SymbolWatch::patienceMs(Entry const& entry) const {
    auto const capMs = static_cast<double>(limits_.silenceMaxMs);
    auto patience = entry.ratePerMs > 0 ? std::min(capMs, limits_.missedTradesMin / entry.ratePerMs) : capMs;
    if (entry.newestId < 0) patience = std::min(patience, static_cast<double>(limits_.firstCheckMs));
    patience = std::max(patience, static_cast<double>(limits_.silenceMinMs));
    for (int i = 0; i < entry.agreed && patience < capMs; ++i)
        patience *= 2;
    return static_cast<common::DurationMs>(std::min(patience, capMs));
}

std::vector<common::Symbol> SymbolWatch::takeQuestion(std::int64_t nowMs) {
    std::vector<common::Symbol> question;
    // Where a connection is suspected its symbols come first: the answer decides about all of it.
    for (bool const hurried : {true, false}) {
        for (auto& entry : entries_ | std::views::values) {
            if (question.size() == limits_.questionMax) return question;
            if (!entry.live || entry.asked || entry.missingId >= 0 || entry.hurried != hurried) continue;
            if (!hurried && nowMs - entry.lastMs < patienceMs(entry)) continue;
            entry.asked = true;
            entry.hurried = false;
            question.push_back(entry.symbol);
        }
    }
    return question;
}

void SymbolWatch::answered(std::vector<common::Symbol> const& question, std::vector<NewestTrade> const& answer,
                           std::int64_t nowMs) {
    for (auto const& newest : answer)
        if (auto* const entry = find(newest.symbol); entry != nullptr && entry->asked)
            compare(*entry, newest.tradeId, nowMs);
    unanswered(question, nowMs);
}

void SymbolWatch::unanswered(std::vector<common::Symbol> const& question, std::int64_t nowMs) {
    for (auto const& symbol : question) {
        auto* const entry = find(symbol);
        if (entry == nullptr) continue;
        entry->asked = false;
        if (entry->missingId < 0) entry->lastMs = nowMs;
    }
}

void SymbolWatch::compare(Entry& entry, std::int64_t restId, std::int64_t nowMs) {
    if (!entry.live) return;
    if (entry.newestId >= 0 && restId > entry.newestId) {
        entry.missingId = restId;
        entry.missingDueMs = nowMs + limits_.graceMs;
        return;
    }
    ++entry.agreed;
    entry.newestId = std::max(entry.newestId, restId);
}

std::vector<common::Symbol> SymbolWatch::takeStalled(std::int64_t nowMs) {
    std::vector<common::Symbol> stalled;
    for (auto& entry : entries_ | std::views::values) {
        if (entry.missingId < 0 || nowMs < entry.missingDueMs) continue;
        bool const arrived = entry.newestId >= entry.missingId;
        entry.newestId = std::max(entry.newestId, entry.missingId);
        entry.missingId = -1;
        entry.lastMs = nowMs;
        if (arrived || !entry.live || nowMs < entry.mutedUntilMs) continue;
        // An exchange whose REST names ids that it never streams must not make us reconnect without end.
        constexpr int kDoublingsMax = 6;
        entry.mutedUntilMs = nowMs + (limits_.verdictPauseMs << std::min(entry.verdicts++, kDoublingsMax));
        stalled.push_back(entry.symbol);
    }
    return stalled;
}

}  // namespace ingestion::binance
