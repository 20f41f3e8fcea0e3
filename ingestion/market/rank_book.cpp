#include "ingestion/market/rank_book.hpp"

#include "common/core/statistics.hpp"

#include <algorithm>
#include <functional>
#include <ranges>

namespace ingestion {
namespace {

using common::Decimal;
using common::kMinuteMs;
using common::RankMetric;
using common::RankRow;

constexpr double kOne = Decimal::kUnitsPerOne;

double percent(std::int64_t from, std::int64_t to) {
    return 100 * static_cast<double>(to - from) / static_cast<double>(from);
}

}  // namespace

bool RankBook::holds(common::TimeMs minute) const {
    return minute < end_ && minute >= end_ - static_cast<common::TimeMs>(kSlots) * kMinuteMs;
}

void RankBook::advance(common::TimeMs end) {
    auto const slots = static_cast<common::TimeMs>(kSlots);
    auto const from = end < end_ ? end - slots * kMinuteMs : std::max(end_, end - slots * kMinuteMs);
    end_ = end;
    for (auto& [symbol, track] : tracks_)
        for (auto minute = from; minute < end; minute += kMinuteMs) {
            track.closes[slotOf(minute)] = 0;
            if (!track.own.empty()) track.own[slotOf(minute)] = {};
        }
    std::erase_if(tracks_, [](auto const& entry) {
        return std::ranges::all_of(entry.second.closes, [](auto close) { return close == 0; });
    });
}

void RankBook::setClose(Track& track, common::TimeMs minute, std::int64_t units) {
    auto const slot = slotOf(minute);
    track.closes[slot] = units;
    auto const link = [&](common::TimeMs later) {
        auto const before = track.closes[slotOf(later - kMinuteMs)];
        auto const after = track.closes[slotOf(later)];
        if (before != 0 && after != 0)
            track.returns[slotOf(later)] = common::logReturn(Decimal::fromUnits(before), Decimal::fromUnits(after));
    };
    if (holds(minute - kMinuteMs)) link(minute);
    if (holds(minute + kMinuteMs)) link(minute + kMinuteMs);
}

void RankBook::add(common::Symbol const& symbol, common::Candle const& candle) {
    if (!candle.complete() || candle.length != kMinuteMs || !holds(candle.openTime)) return;
    auto& track = tracks_[symbol];
    setClose(track, candle.openTime, candle.close.units());
    if (track.own.empty()) track.own.resize(kSlots);
    track.own[slotOf(candle.openTime)] = {.open = candle.open.units(),
                                          .high = candle.high.units(),
                                          .low = candle.low.units(),
                                          .volume = static_cast<double>(candle.volume) / kOne};
}

void RankBook::addClose(common::MinuteClose const& close) {
    if (!holds(close.minute) || close.close.isZero()) return;
    auto& track = tracks_[close.symbol];
    if (track.closes[slotOf(close.minute)] == 0) setClose(track, close.minute, close.close.units());
}

common::TimeMs RankBook::missingFrom(common::Symbol const& symbol) const {
    auto const found = tracks_.find(symbol);
    auto minute = end_ - common::kDayMs;
    if (found == tracks_.end()) return minute;
    auto const& track = found->second;
    while (minute < end_ && !track.own.empty() && track.own[slotOf(minute)].high != 0)
        minute += kMinuteMs;
    return minute;
}

template <class T>
void RankBook::gather(std::vector<T> const& slots, common::TimeMs from, std::vector<T>& out) const {
    auto const first = slots.begin() + static_cast<std::ptrdiff_t>(slotOf(from));
    auto const count = (end_ - from) / kMinuteMs;
    auto const untilWrap = std::min<std::ptrdiff_t>(count, slots.end() - first);
    out.assign(first, first + untilWrap);
    out.insert(out.end(), slots.begin(), slots.begin() + (count - untilWrap));
}

std::optional<double> RankBook::measure(Track const& track, RankMetric metric, common::DurationMs window) const {
    auto const from = end_ - window;
    gather(track.closes, from, closes_);
    if (std::ranges::find(closes_, 0) != closes_.end()) return {};
    if (metric == RankMetric::Volatility) {
        gather(track.returns, from, returns_);
        return common::sampleDeviation(std::span(returns_).subspan(1));
    }
    if (metric == RankMetric::Stdev) {
        returns_.clear();
        // From the first close, so that what hardly moves loses no digits.
        for (auto const close : closes_)
            returns_.push_back(static_cast<double>(close - closes_.front()) / kOne);
        return common::sampleDeviation(returns_);
    }
    own_.clear();
    if (!track.own.empty()) gather(track.own, from, own_);
    bool const owned = !own_.empty() && std::ranges::all_of(own_, [](auto const& own) { return own.high != 0; });
    if (metric == RankMetric::ChangePct) {
        auto const before = track.closes[slotOf(from - kMinuteMs)];
        auto const first = owned ? own_.front().open : before != 0 ? before : closes_.front();
        return percent(first, closes_.back());
    }
    if (!owned) return {};
    if (metric == RankMetric::RangePct)
        return percent(std::ranges::min_element(own_, {}, &Own::low)->low,
                       std::ranges::max_element(own_, {}, &Own::high)->high);
    double volume = 0;
    for (auto const& own : own_)
        volume += own.volume;
    return volume;
}

std::vector<RankRow> RankBook::rank(RankMetric metric, common::DurationMs window) const {
    std::vector<RankRow> rows;
    for (auto const& [symbol, track] : tracks_)
        if (auto const value = measure(track, metric, window))
            rows.push_back({.symbol = symbol, .rank = 0, .value = *value, .ties = 0});
    std::ranges::sort(rows, [](auto const& a, auto const& b) {
        return a.value != b.value ? a.value > b.value : a.symbol < b.symbol;
    });
    for (auto first = rows.begin(); first != rows.end();) {
        auto const next = std::find_if(first, rows.end(), [&](auto const& row) { return row.value != first->value; });
        auto const rank = first - rows.begin() + 1;
        auto const ties = next - first - 1;
        for (; first != next; ++first) {
            first->rank = rank;
            first->ties = ties;
        }
    }
    return rows;
}

}  // namespace ingestion
