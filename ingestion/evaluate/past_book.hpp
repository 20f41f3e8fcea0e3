#pragma once

#include "common/core/candle.hpp"
#include "common/core/trade.hpp"
#include "common/store/records.hpp"
#include "ingestion/evaluate/bucket.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace ingestion {

/// One symbol's past in buckets of one kind, as far as its windowed alerts look back: what new windows are made of, and
/// what is stored in the transaction of the position, so that after a crash the same windows stand there again. Buckets
/// are those of event time; ones without a trade are left out. Pure.
class PastBook {
public:
    /// Covers what happens from `from` on.
    PastBook(common::PastKind kind, common::TimeMs from) : kind_(kind), from_(from) {}

    /// Length of a bucket.
    static constexpr common::DurationMs grainOf(common::PastKind kind) {
        return kind == common::PastKind::SecondCloses ? 1'000 : common::kMinuteMs;
    }
    /// Nothing that a window may look at is missing from here on.
    common::TimeMs from() const { return from_; }
    std::span<Bucket const> buckets() const { return std::span(buckets_).subspan(dropped_); }

    /// The running bucket as far as it is known; before the first add().
    void begin(Bucket running) { buckets_ = {running}; }
    void add(common::Trade const& trade, common::TimeMs tau);
    /// Puts what an older source says before own buckets. Without own ones its newest is the running one.
    void prepend(std::vector<Bucket> const& older);
    /// Buckets that end before this are not needed any more, but for the newest: its close is carried on.
    void forgetBefore(common::TimeMs time);

    /// What has changed since the last call; everything, in place of what is stored, after storeAnew().
    std::optional<common::PastWrite> collect(common::Symbol const& symbol);
    void storeAnew() { anew_ = true; }
    /// A stored row; ascending. False when it cannot be read.
    bool load(common::PastChunk const& chunk);

private:
    /// Time that one stored row covers.
    common::DurationMs chunkMs() const { return (kind_ == common::PastKind::SecondCloses ? 60 : 10) * grain(); }
    common::DurationMs grain() const { return grainOf(kind_); }
    bool sums() const { return kind_ == common::PastKind::MinuteSums; }

    common::PastKind kind_;
    common::TimeMs from_;
    std::vector<Bucket> buckets_;
    std::size_t dropped_ = 0;  ///< at the front: forgotten, erased in bulk
    std::optional<common::TimeMs> changedFrom_;
    bool anew_ = false;
};

}  // namespace ingestion
