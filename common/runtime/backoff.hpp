#pragma once

#include "common/core/time.hpp"

#include <random>

namespace common {

/// Capped exponential back-off with full jitter: try n waits a random time in [0, min(cap, first * 2^n)], so that many
/// clients of one dead peer do not come back together. Pure; the owner holds the generator and its seed.
class Backoff {
public:
    struct Limits {
        DurationMs firstMs = 1'000;
        DurationMs capMs = 30'000;
    };

    explicit Backoff(Limits limits) : limits_(limits), ceilingMs_(limits.firstMs) {}

    /// How long to wait before the next try, in milliseconds.
    DurationMs next(std::mt19937_64& random);
    /// After a success: the next wait is a first one again.
    void reset() { ceilingMs_ = limits_.firstMs; }

private:
    Limits limits_;
    DurationMs ceilingMs_;
};

}  // namespace common
