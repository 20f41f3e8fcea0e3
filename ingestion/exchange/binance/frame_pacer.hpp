#pragma once

#include "common/core/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace ingestion::binance {

/// Says when the next message may be sent to the exchange, which closes with 1008 after five frames in a rolling
/// second, pongs counted. A bucket that saves up sends bursts and was seen to fail; even spacing was seen to hold
/// (binance-facts sections 0 and 6): one message per `pauseMs`, and never a fourth when pongs came between, so that
/// an unforeseen pong always has room. Pure; times are monotonic milliseconds.
class FramePacer {
public:
    explicit FramePacer(common::DurationMs pauseMs) : pauseMs_(pauseMs) {}

    /// A message or a pong left.
    void sent(std::int64_t nowMs) {
        for (std::size_t i = 1; i < last_.size(); ++i)
            last_[i - 1] = last_[i];
        last_.back() = nowMs;
    }
    /// The earliest moment for the next message.
    std::int64_t dueMs() const {
        auto const spaced = last_.back() + pauseMs_;
        auto const rolling = last_.front() + kFramesPerWindow * pauseMs_;
        return spaced > rolling ? spaced : rolling;
    }

private:
    static constexpr int kFramesPerWindow = 4;
    static constexpr std::int64_t kLongAgo = -1'000'000;

    common::DurationMs pauseMs_;
    std::array<std::int64_t, kFramesPerWindow> last_{kLongAgo, kLongAgo, kLongAgo, kLongAgo};
};

}  // namespace ingestion::binance
