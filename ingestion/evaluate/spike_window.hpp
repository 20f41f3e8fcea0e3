#pragma once

#include "common/core/condition.hpp"
#include "ingestion/evaluate/bucket.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>

namespace ingestion {

/// What `spike` compares: the running bucket with the N full ones before it. One per symbol, metric, bucket and N, for
/// all alerts on it. Pure.
///
/// Quote volume is summed exactly inside a minute and rounded half up to 8 decimals once per minute, as candles are: a
/// window filled from candles agrees with one that saw the trades.
class SpikeWindow {
public:
    SpikeWindow(common::SpikeMetric metric, common::DurationMs bucket, std::int64_t count)
        : metric_(metric), bucket_(bucket), count_(count) {}

    /// Buckets must reach back to here for a judgement at `tau`: N buckets, and for `price` one more for its close.
    common::TimeMs historyFrom(common::TimeMs tau) const {
        auto const extra = metric_ == common::SpikeMetric::Price ? 1 : 0;
        return (tau / bucket_ - count_ - extra) * bucket_;
    }

    /// The past in minutes, ascending, the running minute included; those left out had no trade. Before the first
    /// add().
    void loadBuckets(std::span<Bucket const> minutes);
    /// Takes a trade, or an aggregate of `trades`; event time must not go back. True at the first of a bucket: what it
    /// is compared with is new.
    bool add(common::TimeMs tau, common::Decimal price, common::Decimal qty, std::int64_t trades = 1);

    /// The N full buckets are known.
    bool isCovered() const { return static_cast<std::int64_t>(full_.size()) == count_; }
    /// N·v > factor·S and S > 0, at the last trade taken. False while not covered.
    bool isOver(common::Decimal factor) const { return value() >= overFrom(factor); }
    /// v, in the metric's own unit.
    Wide value() const;
    /// The smallest v that is over, until the next bucket; kNever when none is.
    Wide overFrom(common::Decimal factor) const;
    static constexpr Wide kNever = ~(Wide{1} << 127);
    /// v and S/N as decimals, rounded half up to 8 digits.
    std::string valueText() const;
    std::string meanText() const;

private:
    Wide valueOf(Bucket const& minute) const;
    void rollTo(common::TimeMs time);
    void closeMinute();
    void closeBucket();

    common::SpikeMetric metric_;
    common::DurationMs bucket_;
    std::int64_t count_;

    bool begun_ = false;
    std::int64_t minuteIndex_ = 0;  ///< of the running minute
    std::int64_t bucketIndex_ = 0;  ///< of the running bucket
    bool partial_ = false;          ///< the running bucket began before what is known of it
    Wide minute_ = 0;               ///< running minute, exact
    Wide minutes_ = 0;              ///< full minutes of the running bucket
    std::optional<common::Decimal> close_;
    std::deque<Wide> full_;  ///< the last N full buckets
    Wide sum_ = 0;           ///< of full_
};

}  // namespace ingestion
