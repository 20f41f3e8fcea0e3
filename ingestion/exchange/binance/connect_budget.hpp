#pragma once

#include "common/core/time.hpp"
#include "ingestion/exchange/binance/stream_session.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace ingestion::binance {

/// Counts connection attempts in a rolling window: the exchange bans an address after 300 in five minutes, and other
/// programs may share the address. Pure; times are monotonic milliseconds.
class ConnectBudget {
public:
    struct Limits {
        std::size_t attemptsMax = 100;
        common::DurationMs windowMs = 300'000;
    };
    explicit ConnectBudget(Limits limits) : limits_(limits) {}

    /// When the next attempt may be made; now or in the past: at once.
    std::int64_t dueMs() const {
        bool const full = attempts_.size() >= limits_.attemptsMax;
        return full ? std::max(heldUntilMs_, attempts_.front() + limits_.windowMs) : heldUntilMs_;
    }
    void attempted(std::int64_t nowMs) {
        attempts_.push_back(nowMs);
        if (attempts_.size() > limits_.attemptsMax) attempts_.pop_front();
    }
    /// The exchange asked this address to stay away.
    void hold(std::int64_t untilMs) { heldUntilMs_ = std::max(heldUntilMs_, untilMs); }

private:
    Limits limits_;
    std::deque<std::int64_t> attempts_;
    std::int64_t heldUntilMs_ = 0;
};

}  // namespace ingestion::binance
