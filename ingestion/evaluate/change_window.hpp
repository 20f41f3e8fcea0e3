#pragma once

#include "ingestion/evaluate/bucket.hpp"

#include <deque>
#include <optional>
#include <span>

namespace ingestion {

/// What `change` compares with: the price one window ago. One per symbol and window, for all alerts on it. Pure.
///
/// R(n) is the price of the last trade with τ < g·floor((τ(n) - window) / g); g is a second for windows up to an hour,
/// else a minute. Only the last price of each g is kept, and of those before the window just one.
class ChangeWindow {
public:
    explicit ChangeWindow(common::DurationMs window) : window_(window), grain_(grainOf(window)) {}

    static common::DurationMs grainOf(common::DurationMs window);
    /// Buckets must reach back to here for a reference at `tau`.
    common::TimeMs historyFrom(common::TimeMs tau) const { return (cutAt(tau) - 1) * grain_; }

    /// The past, ascending, in buckets of the grain; before the first add().
    void loadBuckets(std::span<Bucket const> buckets);
    /// R for a trade at this event time, which must not go back; nothing when the past is not known so far back.
    /// Called before the trade itself is added.
    std::optional<common::Decimal> reference(common::TimeMs tau);
    void add(common::TimeMs tau, common::Decimal price);

private:
    struct Close {
        std::int64_t index = 0;  ///< number of its g since the epoch
        common::Decimal price;
    };
    std::int64_t cutAt(common::TimeMs tau) const { return (tau - window_) / grain_; }
    void put(std::int64_t index, common::Decimal price);

    common::DurationMs window_;
    common::DurationMs grain_;
    std::deque<Close> closes_;
};

}  // namespace ingestion
