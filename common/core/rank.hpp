#pragma once

#include "common/core/symbol.hpp"
#include "common/core/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace common {

/// By what symbols are ranked (spec section 5); the largest value has rank 1. Stored by number, append only.
enum class RankMetric : std::uint8_t {
    Volatility,  ///< sample deviation of 1-minute log returns
    Stdev,       ///< sample deviation of 1-minute closes
    RangePct,    ///< 100 x (highest - lowest) / lowest
    Volume,      ///< base asset
    ChangePct,   ///< 100 x (last close / first open - 1)
};
inline constexpr std::array kRankMetrics{RankMetric::Volatility, RankMetric::Stdev, RankMetric::RangePct,
                                         RankMetric::Volume, RankMetric::ChangePct};

std::string_view rankMetricText(RankMetric metric);  ///< `volatility stdev range_pct volume change_pct`
std::optional<RankMetric> parseRankMetric(std::string_view text);

/// The windows that ranks are computed for each minute.
inline constexpr std::array<DurationMs, 4> kRankWindows{900'000, 3'600'000, 14'400'000, 86'400'000};

/// One ranking: of all symbols whose window is fully covered.
struct RankRun {
    RankMetric metric = RankMetric::Volatility;
    DurationMs window = 0;
    std::int64_t run = 0;  ///< grows; names the rows
    TimeMs asOf = 0;       ///< end of the window
    std::int64_t of = 0;   ///< how many symbols are ranked
    bool operator==(RankRun const&) const = default;
};

struct RankRow {
    Symbol symbol;
    std::int64_t rank = 0;  ///< from 1; equal values share the smallest: 1, 2, 2, 4
    double value = 0;
    std::int64_t ties = 0;  ///< how many others share the value
    bool operator==(RankRow const&) const = default;
};

}  // namespace common
