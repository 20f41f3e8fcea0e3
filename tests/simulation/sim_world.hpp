#pragma once

#include "common/core/time.hpp"
#include "common/runtime/clock.hpp"

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

namespace simulation {

/// Virtual time: events run in order of their instant, then of their making. One seed decides everything.
class World final : public common::Clock {
public:
    explicit World(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}

    common::TimeMs wallMs() const override { return 1'760'000'000'000 + nowUs_ / 1000 + wallSkewMs_; }
    std::int64_t monotonicUs() const override { return nowUs_ + 1'000'000; }
    common::TimeMs nowMs() const { return nowUs_ / 1000; }
    void jumpWall(common::DurationMs by) { wallSkewMs_ += by; }

    void in(std::int64_t delayUs, std::function<void()> what) {
        queue_.push({nowUs_ + delayUs, ++made_, std::move(what)});
    }
    void inMs(std::int64_t delayMs, std::function<void()> what) { in(delayMs * 1000, std::move(what)); }
    /// Runs events up to this instant (milliseconds since the start).
    void runUntil(common::TimeMs ms) {
        while (!queue_.empty() && queue_.top().atUs <= ms * 1000) {
            auto what = std::move(const_cast<Event&>(queue_.top()).what);
            nowUs_ = queue_.top().atUs;
            queue_.pop();
            what();
        }
        nowUs_ = ms * 1000;
    }

    std::uint64_t random() {  // splitmix64
        state_ += 0x9E3779B97F4A7C15ULL;
        auto z = state_;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31);
    }
    /// Even over [low, high].
    std::int64_t random(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
    }
    bool chance(int percent) { return random(1, 100) <= percent; }

private:
    struct Event {
        std::int64_t atUs;
        std::uint64_t order;
        std::function<void()> what;
        bool operator<(Event const& other) const {
            return atUs != other.atUs ? atUs > other.atUs : order > other.order;
        }
    };
    std::priority_queue<Event> queue_;
    std::int64_t nowUs_ = 0;
    std::int64_t wallSkewMs_ = 0;
    std::uint64_t made_ = 0;
    std::uint64_t state_;
};

}  // namespace simulation
