#pragma once

#include "common/store/delivery_records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace notifier {

/// Spares an endpoint that fails and fails. After so many failures in a row it opens: from then on one try at a time
/// goes out, as a probe, and the next one not before the shortest wait of the plan has passed since the last failure.
/// What else is due waits untried, so that its own plan begins when the endpoint is there. The first success closes it.
/// The wait does not grow: a price alert is worth little if it comes long after its endpoint is back. Pure; works on
/// the state that is stored with one webhook.
class CircuitBreaker {
public:
    struct Limits {
        std::int64_t failures = 10;              ///< in a row that open it: more than a burst of few notifications has
        common::DurationMs waitMs = 5'000;       ///< from a failure to the next probe, moved by the jitter
        common::DurationMs waitMaxMs = 300'000;  ///< of what the endpoint asks for by Retry-After
    };

    explicit CircuitBreaker(common::Circuit state) : CircuitBreaker(state, Limits{}) {}
    CircuitBreaker(common::Circuit state, Limits limits) : state_(state), limits_(limits) {}

    bool isOpen() const { return state_.probeFrom.has_value(); }
    /// How many tries may begin now, of `places` that are free, beside `running` ones.
    std::size_t admits(std::size_t places, std::size_t running, common::TimeMs now) const;
    /// When the next probe may go, if that is still to come.
    std::optional<common::TimeMs> probeAfter(common::TimeMs now) const;

    void succeeded() { state_ = {}; }
    /// `jitter` from -1 to 1 moves the wait by up to 20 %, as the plan's.
    void failed(common::TimeMs endedAt, double jitter, common::DurationMs retryAfter);

    common::Circuit const& state() const { return state_; }

private:
    common::Circuit state_;
    Limits limits_;
};

}  // namespace notifier
