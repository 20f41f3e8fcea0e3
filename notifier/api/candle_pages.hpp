#pragma once

#include "common/core/candle.hpp"
#include "common/core/statistics.hpp"
#include "common/store/stores.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

// `/candles` and `/stats` out of stored rows. On the thread of the connection given.

namespace notifier {

struct CandleRequest {
    common::Symbol symbol;
    std::string intervalText;
    common::DurationMs interval = common::kMinuteMs;
    common::TimeMs from = 0;  ///< first open time, a multiple of the interval
    common::TimeMs to = 0;    ///< open times below this
    std::int64_t limit = 1;
};
/// `{"symbol","interval","items","next_cursor","coverage"}`; the cursor is the open time to go on from.
std::string candlePage(common::Database& database, CandleRequest const& request, common::TimeMs now);

struct StatsRequest {
    common::Symbol symbol;
    common::TimeMs from = 0, to = 0;  ///< whole minutes; with a window `to` is where the newest closed minute ends
    std::optional<common::DurationMs> window;
};
/// Figures over closed 1-minute candles.
std::string statsPage(common::Database& database, StatsRequest const& request, common::TimeMs now);

}  // namespace notifier
