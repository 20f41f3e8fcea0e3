#pragma once

#include "common/core/time.hpp"

#include <algorithm>
#include <optional>

namespace ingestion {

/// What time it is at the exchange, told by the trades it sends: our wall clock may be wrong, and a played tape has
/// times of its own. The newest trade of the last one to two minutes counts; while none comes, time goes on with our
/// monotonic clock, some seconds behind, since a stream may be held up. Pure.
class MarketClock {
public:
    void observe(common::TimeMs exchangeTime, common::TimeMs monoMs) {
        if (monoMs >= bucketEnd_) roll(monoMs);
        if (current_.newest == 0 || exchangeTime > current_.newest) current_.newest = exchangeTime;
        current_.offset = std::max(current_.offset, std::optional(exchangeTime - monoMs));
    }
    /// Nothing before the first observation.
    std::optional<common::TimeMs> now(common::TimeMs monoMs) const {
        auto const sure = atLeast(monoMs);
        if (!sure) return {};
        return std::max({current_.newest, previous_.newest, *sure - kHeldUpMs});
    }
    /// It is no earlier there: a trade was made before it came, and as much time has passed since. Right to within the
    /// shortest way of a trade.
    std::optional<common::TimeMs> atLeast(common::TimeMs monoMs) const {
        auto const offset = std::max(current_.offset, previous_.offset);
        if (!offset) return {};
        return monoMs + *offset;
    }

private:
    static constexpr common::DurationMs kBucketMs = 60'000;
    static constexpr common::DurationMs kHeldUpMs = 10'000;

    struct Bucket {
        common::TimeMs newest = 0;
        std::optional<common::DurationMs> offset;  ///< exchange minus monotonic
    };

    void roll(common::TimeMs monoMs) {
        // Without any trade for a while the old figures stay the best there are.
        if (current_.offset) previous_ = current_;
        current_ = {};
        bucketEnd_ = monoMs + kBucketMs;
    }

    Bucket current_, previous_;
    common::TimeMs bucketEnd_ = 0;
};

}  // namespace ingestion
