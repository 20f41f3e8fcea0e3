#pragma once

#include "ingestion/evaluate/bucket.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>

namespace ingestion {

/// What `volatility` compares: the sample deviation, in percent, of the log returns between the closes of the N full
/// minutes before a trade's minute. One per symbol and N, for all alerts on it. Pure. Always computed afresh from the
/// closes, so that a restart finds the same bits.
class VolatilityWindow {
public:
    explicit VolatilityWindow(std::int64_t minutes) : count_(minutes) {}

    /// Minutes must reach back to here for a value at `tau`.
    common::TimeMs historyFrom(common::TimeMs tau) const;

    /// The past in minutes, ascending, the running one included; before the first add().
    void loadBuckets(std::span<Bucket const> minutes);
    /// Takes a trade; event time must not go back. True at the first trade of a minute: the value is a new one.
    bool add(common::TimeMs tau, common::Decimal price);
    /// For the minute of the last trade taken; nothing while the N minutes are not known.
    std::optional<double> percent() const { return percent_; }

private:
    void rollTo(std::int64_t minute);
    void compute();

    std::int64_t count_;
    std::optional<std::int64_t> minute_;  ///< the running one
    common::Decimal close_;               ///< of the running minute so far
    std::deque<double> closes_;           ///< of the last N full minutes, in units
    std::optional<double> percent_;
};

}  // namespace ingestion
