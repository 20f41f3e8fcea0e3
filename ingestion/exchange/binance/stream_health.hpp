#pragma once

#include "common/core/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace ingestion::binance {

struct HealthLimits {
    common::DurationMs lagGrowthMs = 5'000;    ///< over the connection's own smallest lag (spec section 7.5)
    common::DurationMs lagLastsMs = 2'000;     ///< a backlog that drains faster needs no new connection
    common::DurationMs silenceMinMs = 3'000;   ///< a busy connection is suspected after so much silence
    common::DurationMs silenceMaxMs = 30'000;  ///< a quiet one after so much
    double missedTradesMin = 20;               ///< by so many expected trades silence becomes unlikely
    common::DurationMs rateWindowMs = 60'000;
};

/// Whether a connection's data is fresh, from the trades it delivers alone. Lag is compared with the connection's own
/// minimum, since the two clocks may differ by anything. Silence is judged by the rate seen so far and only makes a
/// suspect: quiet markets are quiet, and REST has to say otherwise. Pure; `nowMs` is monotonic.
class StreamHealth {
public:
    StreamHealth(HealthLimits limits, std::int64_t nowMs)
        : limits_(limits), beganMs_(nowMs), lastTradeMs_(nowMs), tickMs_(nowMs) {}

    /// Trades that arrived together; `lagMs` = our wall clock minus the last one's trade time, may be negative.
    void onTrades(std::size_t count, common::DurationMs lagMs, std::int64_t nowMs) {
        pending_ += static_cast<double>(count);
        lastTradeMs_ = nowMs;
        suspicionMs_ = 0;
        lagMs_ = lagMs;
        lagMinMs_ = std::min(lagMinMs_, lagMs);
        if (lagMs - lagMinMs_ <= limits_.lagGrowthMs)
            lagSinceMs_ = kNotLagging;
        else if (lagSinceMs_ == kNotLagging)
            lagSinceMs_ = nowMs;
        lagSeenMs_ = nowMs;
    }
    /// Once a second or so: keeps the rate.
    void tick(std::int64_t nowMs) {
        auto const passedMs = static_cast<double>(nowMs - tickMs_);
        if (passedMs <= 0) return;
        // While young, the plain mean: starting at zero would take a busy connection for a quiet one for minutes.
        auto const share = passedMs / static_cast<double>(std::min(limits_.rateWindowMs, nowMs - beganMs_));
        ratePerMs_ += (pending_ / passedMs - ratePerMs_) * std::min(1.0, share);
        pending_ = 0;
        tickMs_ = nowMs;
    }

    bool isLagging() const { return lagSinceMs_ != kNotLagging && lagSeenMs_ - lagSinceMs_ >= limits_.lagLastsMs; }
    /// Nothing came for longer than the rate makes likely. After suspect() the patience doubles, up to a minute more,
    /// until a trade comes.
    bool isSilent(std::int64_t nowMs) const { return nowMs - lastTradeMs_ >= std::max(suspicionMs_, silenceLimitMs()); }
    void suspect(std::int64_t nowMs) {
        auto const silenceMs = nowMs - lastTradeMs_;
        suspicionMs_ = silenceMs + std::min(silenceMs, limits_.rateWindowMs);
    }
    /// A suspicion was raised and not lifted by a trade since.
    bool isSuspected() const { return suspicionMs_ > 0; }

    common::DurationMs lagMs() const { return lagMs_; }

private:
    static constexpr std::int64_t kNotLagging = std::numeric_limits<std::int64_t>::min();

    common::DurationMs silenceLimitMs() const {
        if (ratePerMs_ <= 0) return limits_.silenceMaxMs;
        auto const expected = std::min(limits_.missedTradesMin / ratePerMs_, static_cast<double>(limits_.silenceMaxMs));
        return std::max(limits_.silenceMinMs, static_cast<common::DurationMs>(expected));
    }

    HealthLimits limits_;
    std::int64_t beganMs_;
    std::int64_t lastTradeMs_;
    std::int64_t tickMs_;
    double pending_ = 0;
    double ratePerMs_ = 0;
    common::DurationMs suspicionMs_ = 0;
    common::DurationMs lagMs_ = 0;
    common::DurationMs lagMinMs_ = std::numeric_limits<common::DurationMs>::max();
    std::int64_t lagSinceMs_ = kNotLagging;
    std::int64_t lagSeenMs_ = 0;
};

}  // namespace ingestion::binance
