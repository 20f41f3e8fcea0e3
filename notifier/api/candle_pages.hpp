#pragma once

#include "common/core/candle.hpp"
#include "common/core/candle_coverage.hpp"
#include "common/core/json_writer.hpp"
#include "common/core/statistics.hpp"
#include "common/store/stores.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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
/// `{"symbol","interval","items","next_cursor","coverage"}`; the cursor is the open time to go on from. Read at once,
/// so that it shows one moment, and written piece by piece: 160 KB for a page of 1,000. One thread at a time.
class CandlePage {
public:
    /// Reads it.
    CandlePage(common::Database& database, CandleRequest request, common::TimeMs now);

    /// Tells this content from any other; nothing for a page that reaches into the minute that runs, or further.
    std::optional<std::string> digest() const;
    /// The next piece of the text, about 32 KB; empty at the end.
    std::string next();

private:
    CandleRequest request_;
    common::TimeMs end_;
    std::vector<common::Candle> candles_;
    std::optional<common::TimeMs> nextOpen_;  ///< of the page that follows
    common::CandleCoverage coverage_;
    bool over_ = false;  ///< all of its time is
    common::json::Writer out_;
    std::size_t written_ = 0;
    bool ended_ = false;
};

struct StatsRequest {
    common::Symbol symbol;
    common::TimeMs from = 0, to = 0;  ///< whole minutes; with a window `to` is where the newest closed minute ends
    std::optional<common::DurationMs> window;
};
/// Figures over closed 1-minute candles.
std::string statsPage(common::Database& database, StatsRequest const& request, common::TimeMs now);

}  // namespace notifier
