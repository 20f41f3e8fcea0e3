#pragma once

#include "common/store/stores.hpp"

#include <optional>

namespace ingestion {

/// How long candles are kept by minute, then by hour; after that by day (spec section 5).
struct Retention {
    common::DurationMs minutes = 7 * common::kDayMs;
    common::DurationMs hours = 90 * common::kDayMs;
};

/// Rows of a symbol that are due to become one: an hour of minutes or a day of hours.
struct MergeTask {
    common::Symbol symbol;
    common::TimeMs openTime = 0;
    common::DurationMs length = 0;
    bool operator==(MergeTask const&) const = default;
};

/// Goes round all symbols and finds what is due, one small merge after the other. Decides only.
class RetentionRound {
public:
    explicit RetentionRound(Retention retention) : retention_(retention) {}

    /// The next merge; nothing when some symbols were looked at in vain or the round is over. `now`: exchange time.
    std::optional<MergeTask> next(common::CandleStore& candles, common::TimeMs now);
    /// All symbols were looked at since the last time this was true.
    bool takeRoundOver();

private:
    std::optional<MergeTask> dueOf(common::CandleStore& candles, common::Symbol const& symbol,
                                   common::TimeMs now) const;

    Retention retention_;
    common::Symbol at_;  ///< looked at already
    bool over_ = false;
};

}  // namespace ingestion
