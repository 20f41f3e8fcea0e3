#pragma once

#include "common/core/time.hpp"

#include <cstdint>

namespace common {

/// Where the time comes from, one of the four edges that tests replace. Only thin shells ask it; code that decides
/// takes the time as an argument. Safe to call from any thread.
class Clock {
public:
    virtual ~Clock() = default;
    /// For records and the wire; may jump in both directions.
    virtual TimeMs wallMs() const = 0;
    /// For deadlines, rates and latencies; never goes back. Microseconds since an arbitrary start.
    virtual std::int64_t monotonicUs() const = 0;
    std::int64_t monotonicMs() const { return monotonicUs() / 1000; }
};

class SystemClock final : public Clock {
public:
    TimeMs wallMs() const override;
    std::int64_t monotonicUs() const override;
};

}  // namespace common
