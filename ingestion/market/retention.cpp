#include "ingestion/market/retention.hpp"

#include <utility>

namespace ingestion {
namespace {

constexpr int kSymbolsMax = 50;  // looked at in one reading

}  // namespace

std::optional<MergeTask> RetentionRound::next(common::CandleStore& candles, common::TimeMs now) {
    for (int i = 0; i < kSymbolsMax; ++i) {
        auto const symbol = candles.symbolAfter(at_);
        if (!symbol) {
            at_.clear();
            over_ = true;
            return {};
        }
        // The same symbol again until nothing of it is due.
        if (auto task = dueOf(candles, *symbol, now)) return task;
        at_ = *symbol;
    }
    return {};
}

std::optional<MergeTask> RetentionRound::dueOf(common::CandleStore& candles, common::Symbol const& symbol,
                                               common::TimeMs now) const {
    auto const due = [&](common::DurationMs finer, common::DurationMs coarser,
                         common::DurationMs kept) -> std::optional<MergeTask> {
        auto const before = common::floorTo(now - kept, coarser);
        auto const oldest = candles.oldestOf(symbol, finer, before);
        if (!oldest) return {};
        return MergeTask{.symbol = symbol, .openTime = common::floorTo(*oldest, coarser), .length = coarser};
    };
    if (auto task = due(common::kMinuteMs, common::kHourMs, retention_.minutes)) return task;
    return due(common::kHourMs, common::kDayMs, retention_.hours);
}

bool RetentionRound::takeRoundOver() {
    return std::exchange(over_, false);
}

}  // namespace ingestion
