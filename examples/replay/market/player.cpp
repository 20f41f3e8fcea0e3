#include "examples/replay/market/player.hpp"

#include <algorithm>

namespace replay {

void Player::start(TimeMs now) {
    if (state_ != State::Held) return;
    source_.begin(now);
    auto const* const first = source_.peek();
    state_ = first == nullptr ? State::Finished : State::Playing;
    startedAt_ = finishedAt_ = now;
    if (first == nullptr) return;
    bool const endless = settings_.lastTime == 0;
    sourceStart_ = endless ? now : first->trade.time;
    lastTime_ = sourceStart_ - 1;
    if (endless) return;
    // Played faster than recorded, the last trade is the one that must not lie in the future; slower, the first.
    double const factor = settings_.speed.max ? 0 : 1 / settings_.speed.factor;
    auto const length = static_cast<double>(settings_.lastTime - settings_.firstTime);
    shift_ =
        factor >= 1 ? now - settings_.firstTime : now + static_cast<DurationMs>(length * factor) - settings_.lastTime;
}

TimeMs Player::dueAt(TimeMs sourceTime) const {
    if (settings_.speed.max) return startedAt_;
    return startedAt_ +
           static_cast<DurationMs>(static_cast<double>(sourceTime - sourceStart_) / settings_.speed.factor);
}

std::optional<TimeMs> Player::nextDue() {
    if (state_ != State::Playing) return {};
    auto const* const next = source_.peek();
    if (next == nullptr) return {};
    return dueAt(next->trade.time);
}

bool Player::step(TimeMs now, std::size_t budget, Sink const& sink) {
    if (state_ != State::Playing) return false;
    std::size_t count = 0;
    for (auto const* next = source_.peek(); next != nullptr; next = source_.peek()) {
        TimeMs const time = next->trade.time;
        if (dueAt(time) > now) return false;
        if (count >= budget && time != lastTime_) return true;
        Trade trade = next->trade;
        if (settings_.stamp == Stamp::Shifted) trade.time += shift_;
        if (settings_.stamp == Stamp::Now) trade.time = now;
        auto const symbol = next->symbol;
        source_.pop();
        lastTime_ = time;
        ++count;
        ++played_;
        sink(symbol, trade);
    }
    state_ = State::Finished;
    finishedAt_ = now;
    return false;
}

TimeMs Player::clock(TimeMs now) {
    if (settings_.stamp != Stamp::AsRecorded) return now;
    if (state_ == State::Held) return settings_.firstTime - 1;
    if (state_ == State::Finished) return lastTime_ + std::max<DurationMs>(0, now - finishedAt_);
    auto const* const next = source_.peek();
    if (settings_.speed.max || next == nullptr) return lastTime_;
    auto const elapsed = static_cast<double>(now - startedAt_) * settings_.speed.factor;
    // Between two trades the clock runs on, but never past a trade that is still to come.
    return std::clamp(sourceStart_ + static_cast<DurationMs>(elapsed), lastTime_,
                      std::max(lastTime_, next->trade.time - 1));
}

}  // namespace replay
