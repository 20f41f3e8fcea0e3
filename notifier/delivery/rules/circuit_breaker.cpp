#include "notifier/delivery/rules/circuit_breaker.hpp"

#include "notifier/delivery/rules/retry.hpp"

#include <algorithm>

namespace notifier {

std::size_t CircuitBreaker::admits(std::size_t places, std::size_t running, common::TimeMs now) const {
    if (!isOpen()) return places;
    if (running > 0 || probeAfter(now)) return 0;
    return std::min<std::size_t>(places, 1);
}

std::optional<common::TimeMs> CircuitBreaker::probeAfter(common::TimeMs now) const {
    if (!isOpen() || *state_.probeFrom <= now) return {};
    // Further ahead than a wait can be: the clock was set back, and that must not silence an endpoint.
    auto const longest = std::max(withJitter(limits_.waitMs, 1), limits_.waitMaxMs);
    if (*state_.probeFrom - now > longest) return {};
    return state_.probeFrom;
}

void CircuitBreaker::failed(common::TimeMs endedAt, double jitter, common::DurationMs retryAfter) {
    ++state_.failures;
    if (state_.failures < limits_.failures) return;
    state_.probeFrom = endedAt + std::max(withJitter(limits_.waitMs, jitter), std::min(retryAfter, limits_.waitMaxMs));
}

}  // namespace notifier
