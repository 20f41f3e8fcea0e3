#include "ingestion/preview/preview_minutes.hpp"

#include <map>

namespace ingestion {

using common::Candle;
using common::kMinuteMs;

std::optional<MinuteSpan> missingMinutes(std::span<Candle const> rows, MinuteSpan span, common::TimeMs now) {
    std::optional<MinuteSpan> missing;
    auto const miss = [&](common::TimeMs from, common::TimeMs to) {
        if (from >= to) return;
        missing = missing ? MinuteSpan{missing->from, to} : MinuteSpan{from, to};
    };
    auto at = span.from;
    for (auto const& row : rows) {
        if (row.length != kMinuteMs || !row.whole || row.openTime < at || row.openTime >= span.to) continue;
        miss(at, row.openTime);
        at = row.endTime();
    }
    bool const onlyRunning = at == span.to - kMinuteMs && at == common::floorTo(now, kMinuteMs) && !rows.empty();
    if (!onlyRunning) miss(at, span.to);
    return missing;
}

std::vector<Candle> mergeMinutes(std::span<Candle const> stored, std::span<Candle const> fetched) {
    std::map<common::TimeMs, Candle> minutes;
    for (auto const& candle : fetched)
        minutes.insert_or_assign(candle.openTime, candle);
    for (auto const& candle : stored)
        if (candle.length == kMinuteMs && (candle.whole || !minutes.contains(candle.openTime)))
            minutes.insert_or_assign(candle.openTime, candle);
    std::vector<Candle> merged;
    merged.reserve(minutes.size());
    for (auto const& [openTime, candle] : minutes)
        merged.push_back(candle);
    return merged;
}

}  // namespace ingestion
