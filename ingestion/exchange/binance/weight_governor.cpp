#include "ingestion/exchange/binance/weight_governor.hpp"

#include <algorithm>

namespace ingestion::binance {

void WeightGovernor::forget(std::int64_t nowMs) {
    while (!sent_.empty() && sent_.front().atMs + limits_.windowMs <= nowMs) {
        sum_ -= sent_.front().weight;
        sent_.pop_front();
    }
    if (nowMs >= othersUntilMs_) others_ = 0;
}

int WeightGovernor::used(std::int64_t nowMs) {
    forget(nowMs);
    return sum_;
}

std::int64_t WeightGovernor::dueMs(int weight, Priority priority, std::int64_t nowMs) {
    forget(nowMs);
    if (nowMs < heldUntilMs_) return heldUntilMs_;
    int const budget = limits_.weightPerMinute.at(static_cast<std::size_t>(priority));
    int excess = sum_ + others_ + weight - budget;
    // A question heavier than the whole budget is sent alone rather than never.
    if (excess <= 0 || (sum_ == 0 && others_ == 0)) return nowMs;
    for (auto const& one : sent_) {
        excess -= one.weight;
        if (excess <= 0) return one.atMs + limits_.windowMs;
    }
    return std::max(othersUntilMs_, sent_.empty() ? nowMs : sent_.back().atMs + limits_.windowMs);
}

void WeightGovernor::sent(int weight, std::int64_t nowMs) {
    sent_.push_back({nowMs, weight});
    sum_ += weight;
}

void WeightGovernor::answered(int status, std::optional<int> usedWeight, std::optional<common::DurationMs> retryAfterMs,
                              std::int64_t nowMs) {
    forget(nowMs);
    if (usedWeight) {
        others_ = std::max(0, *usedWeight - sum_);
        othersUntilMs_ = nowMs + limits_.windowMs;
    }
    if (status != 429 && status != 418) return;
    auto const pauseMs = retryAfterMs.value_or(status == 418 ? limits_.banPauseMs : limits_.tooManyPauseMs);
    heldUntilMs_ = std::max(heldUntilMs_, nowMs + pauseMs);
}

}  // namespace ingestion::binance
