#pragma once

#include "common/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

namespace replay {

using common::DurationMs;
using common::TimeMs;

/// Counts events in a rolling span, exactly: true when one more would be over the limit. Not a token bucket: a bucket
/// lets a burst follow a burst inside one second, which the exchange punishes.
class RollingLimit {
public:
    RollingLimit(std::size_t max, DurationMs spanMs) : max_(max), spanMs_(spanMs) {}
    /// Counts an event at `now`; false when it is over the limit. Refused ones count as well.
    bool take(TimeMs now) {
        while (!taken_.empty() && taken_.front() <= now - spanMs_)
            taken_.pop_front();
        taken_.push_back(now);
        if (taken_.size() <= max_) return true;
        taken_.pop_front();
        return false;
    }
    bool isIdle(TimeMs now) const { return taken_.empty() || taken_.back() <= now - spanMs_; }

private:
    std::size_t max_;
    DurationMs spanMs_;
    std::deque<TimeMs> taken_;
};

/// Kinds of broken rules and how often: what `/control/violations` shows. Bounded by the kinds there are.
class Violations {
public:
    void count(std::string_view kind) { ++kinds_[std::string(kind)]; }
    std::uint64_t total() const;
    std::map<std::string, std::uint64_t> const& kinds() const { return kinds_; }
    void clear() { kinds_.clear(); }

private:
    std::map<std::string, std::uint64_t> kinds_;
};

struct RuleLimits {
    bool enforced = true;             ///< false: broken rules are counted only
    std::size_t framesPerSecond = 5;  ///< rolling, per connection; ping, pong and text each count
    std::size_t streamsMax = 1'024;   ///< per connection
    std::size_t connectsMax = 300;    ///< per address and 5 minutes
    std::int64_t weightPerMinute = 6'000;
    DurationMs pingIntervalMs = 20'000;
    DurationMs pongDeadlineMs = 60'000;
    DurationMs lifeMs = 24 * 3'600'000LL;
};

/// Pings and pongs of one connection. Pure: the shell sends what `ping` returns.
class KeepAlive {
public:
    KeepAlive(RuleLimits const& limits, TimeMs now) : limits_(limits), nextPingAt_(now + limits.pingIntervalMs) {}
    /// Payload of a ping that is due, empty when none is.
    std::string ping(TimeMs now);
    /// Empty when this pong answers or is a tolerated extra, else the violation's kind. Clients that answer twice
    /// (once with the payload, once empty) are tolerated; a wrong payload does not count as an answer.
    std::string_view pong(std::string_view payload);
    bool isDead(TimeMs now) const { return waitingSince_ != 0 && now - waitingSince_ >= limits_.pongDeadlineMs; }

private:
    RuleLimits limits_;
    TimeMs nextPingAt_;
    TimeMs waitingSince_ = 0;  ///< of the oldest unanswered ping, 0 when none
    std::string payload_;
};

/// Request weight per address and fixed minute, with 429 and, for those who go on, 418.
class WeightMeter {
public:
    struct Verdict {
        std::int64_t used = 0;
        int status = 200;  ///< 200, 429 or 418
        std::int64_t retryAfterSeconds = 0;
        TimeMs bannedUntil = 0;
    };
    explicit WeightMeter(RuleLimits const& limits) : limits_(limits) {}
    Verdict take(std::string const& address, std::int64_t weight, TimeMs now);

private:
    struct Usage {
        TimeMs minute = 0;
        std::int64_t used = 0;
        int refused = 0;
        TimeMs bannedUntil = 0;
    };
    RuleLimits limits_;
    std::unordered_map<std::string, Usage> usage_;
};

/// Connection attempts per address.
class ConnectMeter {
public:
    explicit ConnectMeter(RuleLimits const& limits) : limits_(limits) {}
    bool take(std::string const& address, TimeMs now);

private:
    RuleLimits limits_;
    std::unordered_map<std::string, RollingLimit> attempts_;
};

}  // namespace replay
