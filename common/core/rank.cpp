#include "common/core/rank.hpp"

#include <algorithm>

namespace common {

std::string_view rankMetricText(RankMetric metric) {
    switch (metric) {
        case RankMetric::Volatility:
            return "volatility";
        case RankMetric::Stdev:
            return "stdev";
        case RankMetric::RangePct:
            return "range_pct";
        case RankMetric::Volume:
            return "volume";
        case RankMetric::ChangePct:
            break;
    }
    return "change_pct";
}

std::optional<RankMetric> parseRankMetric(std::string_view text) {
    auto const* const found = std::ranges::find(kRankMetrics, text, rankMetricText);
    if (found == kRankMetrics.end()) return {};
    return *found;
}

}  // namespace common
