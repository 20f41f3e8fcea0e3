#pragma once

#include "common/core/error.hpp"
#include "common/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace notifier {

/// Token bucket of one connection: every frame takes one, unparsable ones too. `nowMs` is monotonic and never falls.
class CommandBucket {
public:
    struct Limits {
        std::int64_t burst = 100;
        std::int64_t perSecond = 20;
    };
    CommandBucket(Limits limits, std::int64_t nowMs);

    /// Takes one; when there is none, says in how many milliseconds there will be.
    std::optional<common::DurationMs> take(std::int64_t nowMs);

private:
    Limits limits_;
    std::int64_t milliTokens_;
    std::int64_t lastMs_;
};

/// A bucket each for many owners. Pure.
template <class Owner>
class Pace {
public:
    /// More owners than this within a moment begin with full buckets again; memory stays bounded.
    static constexpr std::size_t kOwnersMax = 10'000;

    explicit Pace(CommandBucket::Limits limits) : limits_(limits) {}

    /// As CommandBucket::take.
    std::optional<common::DurationMs> take(Owner const& owner, std::int64_t nowMs) {
        if (buckets_.size() >= kOwnersMax) buckets_.clear();
        return buckets_.try_emplace(owner, limits_, nowMs).first->second.take(nowMs);
    }

private:
    CommandBucket::Limits limits_;
    std::map<Owner, CommandBucket> buckets_;
};

/// Counts what happened within the last `windowMs`, up to `limit`.
class WindowCounter {
public:
    WindowCounter(std::size_t limit, common::DurationMs windowMs) : limit_(limit), windowMs_(windowMs) {}
    /// True when this is the limit-th within the window.
    bool add(std::int64_t nowMs);

private:
    std::size_t limit_;
    common::DurationMs windowMs_;
    std::vector<std::int64_t> times_;  ///< oldest first; empty for all who behave
};

/// Decides when a client that does everything wrong is shown the door (spec section 3, close codes).
class MisusePolicy {
public:
    struct Limits {
        std::size_t refusals = 200;            ///< 1301 replies: close 4029
        std::size_t errors = 100;              ///< other error replies: close 4503
        common::DurationMs windowMs = 60'000;  ///< for both
    };
    explicit MisusePolicy(Limits limits)
        : refusals_(limits.refusals, limits.windowMs), errors_(limits.errors, limits.windowMs) {}
    MisusePolicy() : MisusePolicy(Limits()) {}

    /// Call for every error reply; a code means: send this reply, then close so.
    std::optional<common::CloseCode> onErrorReply(common::ErrorCode code, std::int64_t nowMs);

private:
    WindowCounter refusals_;
    WindowCounter errors_;
};

}  // namespace notifier
