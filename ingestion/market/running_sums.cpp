#include "ingestion/market/running_sums.hpp"

#include "common/core/candle.hpp"

#include <algorithm>

namespace ingestion {
namespace {

/// So often nothing since the minute's start: then the trade is older, and not only late at the source.
constexpr int kEmptyAnswers = 3;

}  // namespace

RunningSums::Next RunningSums::take(ExchangeRest::Aggregates const& page, bool full) {
    for (auto const& row : page.rows) {
        if (row.id > upTo_) return Next::Done;
        add(row);
        if (row.lastId() < upTo_) continue;
        upTo_ = row.lastId();
        return Next::Done;
    }
    if (!page.aggregateIds.empty()) nextAggregate_ = page.aggregateIds.back() + 1;
    if (full) return Next::More;
    return buckets_.empty() && ++empty_ == kEmptyAnswers ? Next::Done : Next::Again;
}

void RunningSums::add(common::Trade const& row) {
    auto const price = row.price.value;
    if (price.isZero()) return;
    tau_ = std::max(tau_, row.time);
    auto const open = common::floorTo(tau_, common::kMinuteMs);
    if (buckets_.empty() || buckets_.back().open != open) buckets_.push_back({.open = open});
    auto& bucket = buckets_.back();
    bucket.close = price;
    bucket.volume += row.qty.value.units();
    bucket.quoteVolume += Wide{price.units()} * row.qty.value.units();
    bucket.trades += row.lastId() - row.id + 1;
}

}  // namespace ingestion
