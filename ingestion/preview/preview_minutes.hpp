#pragma once

#include "common/core/candle.hpp"

#include <optional>
#include <span>
#include <vector>

namespace ingestion {

/// Minutes from <= open time < to.
struct MinuteSpan {
    common::TimeMs from = 0;
    common::TimeMs to = 0;
    bool operator==(MinuteSpan const&) const = default;
};

/// From the first to the last minute of the span that stands in no whole minute row; nothing when all are there. `rows`
/// in order of time, of any length. The minute that runs at `now` may be missing: a followed symbol has no row of it
/// before its first trade.
std::optional<MinuteSpan> missingMinutes(std::span<common::Candle const> rows, MinuteSpan span, common::TimeMs now);

/// One row for each minute that is known, in order of time: the stored one where it is whole, else the fetched one,
/// else the stored one as it is.
std::vector<common::Candle> mergeMinutes(std::span<common::Candle const> stored,
                                         std::span<common::Candle const> fetched);

}  // namespace ingestion
