#pragma once

#include "common/core/candle.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace common {

namespace json {
class Writer;
}

/// Which part of what was asked for is there (spec section 5): "no silent holes".
class CandleCoverage {
public:
    /// What was asked for; of that the minutes which have ended by now can be complete. Without a single candle it is
    /// incomplete, whatever was asked for: also a range in the future, or an empty one.
    CandleCoverage(TimeMs from, TimeMs to, TimeMs now)
        : wantedFrom_(from), wantedTo_(std::min(to, floorTo(now, kMinuteMs))), now_(now) {}

    /// In order of time. A candle that is not whole, or does not follow the one before, makes it incomplete.
    void add(Candle const& candle);
    /// As member `coverage`.
    void write(json::Writer& out) const;

private:
    TimeMs wantedFrom_, wantedTo_, now_;
    std::optional<TimeMs> from_, to_;
    bool gapless_ = true;
    bool idsKnown_ = true;
    std::optional<std::int64_t> firstId_, lastId_;
};

}  // namespace common
