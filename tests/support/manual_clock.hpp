#pragma once

#include "common/runtime/clock.hpp"

namespace support {

/// A clock that moves when told to.
class ManualClock final : public common::Clock {
public:
    common::TimeMs wallMs() const override { return wallMs_; }
    std::int64_t monotonicUs() const override { return monotonicUs_; }

    void advance(common::DurationMs by) {
        wallMs_ += by;
        monotonicUs_ += by * 1000;
    }
    /// Somebody set the system's time; timers must not notice.
    void jumpWall(common::DurationMs by) { wallMs_ += by; }

private:
    common::TimeMs wallMs_ = 1'760'000'000'000;
    std::int64_t monotonicUs_ = 0;
};

}  // namespace support
