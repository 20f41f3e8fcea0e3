#pragma once

#include "common/core/time.hpp"
#include "ingestion/evaluate/bucket.hpp"
#include "ingestion/exchange/feed.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace ingestion {

/// Sums up the exchange's aggregates from the start of a minute up to a trade that is known: what candles cannot tell
/// of a minute that still runs, since they do not say up to which trade they go. Pure.
class RunningSums {
public:
    enum class Next : std::uint8_t {
        Done,   ///< buckets() go up to upTo()
        More,   ///< ask for the next page
        Again,  ///< the source has not seen the trade yet: ask again, a little later
    };

    /// `from`: start of a minute. `upTo`: the trade's id; the cut is at the end of its aggregate.
    RunningSums(common::TimeMs from, std::int64_t upTo) : from_(from), upTo_(upTo) {}

    common::TimeMs from() const { return from_; }
    /// Last id that is summed up, or older than all of it.
    std::int64_t upTo() const { return upTo_; }
    std::vector<Bucket> const& buckets() const { return buckets_; }
    /// Where the next question goes on; nothing = at from().
    std::optional<std::int64_t> nextAggregate() const { return nextAggregate_; }
    Next take(ExchangeRest::Aggregates const& page, bool full);

private:
    void add(common::Trade const& row);

    common::TimeMs from_;
    std::int64_t upTo_;
    std::vector<Bucket> buckets_;
    std::optional<std::int64_t> nextAggregate_;
    common::TimeMs tau_ = 0;
    int empty_ = 0;  ///< answers in a row without anything
};

}  // namespace ingestion
