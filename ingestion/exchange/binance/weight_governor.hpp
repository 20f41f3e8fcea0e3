#pragma once

#include "common/core/time.hpp"
#include "ingestion/exchange/feed.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

namespace ingestion::binance {

/// Shares the exchange's REST weight among all questions: 6,000 a minute for the whole address, others included. Counts
/// what we send over a rolling minute, which no aligned minute of the exchange can exceed, adds what the exchange says
/// it counted beyond that, and stops everything when the exchange says so. Pure; times are monotonic milliseconds.
class WeightGovernor {
public:
    using Priority = ExchangeRest::Priority;
    struct Limits {
        /// By priority: the less urgent stop earlier, so that a repair always finds room.
        std::array<int, 3> weightPerMinute{5'400, 4'200, 3'000};
        common::DurationMs windowMs = 60'000;
        common::DurationMs tooManyPauseMs = 30'000;  ///< after 429 without Retry-After
        common::DurationMs banPauseMs = 120'000;     ///< after 418 without Retry-After
    };

    explicit WeightGovernor(Limits limits) : limits_(limits) {}

    /// When a question of this weight may be sent if nothing else happens; now or earlier: at once.
    std::int64_t dueMs(int weight, Priority priority, std::int64_t nowMs);
    void sent(int weight, std::int64_t nowMs);
    /// An answer came. `usedWeight`: what X-MBX-USED-WEIGHT-1M said.
    void answered(int status, std::optional<int> usedWeight, std::optional<common::DurationMs> retryAfterMs,
                  std::int64_t nowMs);

    /// Until when the exchange wants silence; in the past: it does not.
    std::int64_t heldUntilMs() const { return heldUntilMs_; }
    /// Our own weight of the last minute.
    int used(std::int64_t nowMs);

private:
    struct Sent {
        std::int64_t atMs;
        int weight;
    };
    void forget(std::int64_t nowMs);

    Limits limits_;
    std::deque<Sent> sent_;
    int sum_ = 0;
    int others_ = 0;  ///< used by others on this address, as of the last answer
    std::int64_t othersUntilMs_ = 0;
    std::int64_t heldUntilMs_ = 0;
};

}  // namespace ingestion::binance
