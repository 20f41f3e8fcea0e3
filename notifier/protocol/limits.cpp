#include "notifier/protocol/limits.hpp"

#include <algorithm>

namespace notifier {
namespace {

// Tokens are counted in thousandths, so that one millisecond of refill is a whole number: `perSecond` of them.
constexpr std::int64_t kToken = 1'000;

}  // namespace

CommandBucket::CommandBucket(Limits limits, std::int64_t nowMs)
    : limits_(limits), milliTokens_(limits.burst * kToken), lastMs_(nowMs) {}

std::optional<common::DurationMs> CommandBucket::take(std::int64_t nowMs) {
    auto const full = limits_.burst * kToken;
    // More time than fills the bucket is not multiplied: a long silence must not overflow.
    auto const refillMs = std::min(nowMs - lastMs_, full / limits_.perSecond + 1);
    milliTokens_ = std::min(full, milliTokens_ + refillMs * limits_.perSecond);
    lastMs_ = nowMs;
    if (milliTokens_ >= kToken) {
        milliTokens_ -= kToken;
        return {};
    }
    return (kToken - milliTokens_ + limits_.perSecond - 1) / limits_.perSecond;
}

bool WindowCounter::add(std::int64_t nowMs) {
    std::erase_if(times_, [&](std::int64_t time) { return nowMs - time >= windowMs_; });
    times_.push_back(nowMs);
    if (times_.size() < limit_) return false;
    if (times_.size() > limit_) times_.erase(times_.begin());
    return true;
}

std::optional<common::CloseCode> MisusePolicy::onErrorReply(common::ErrorCode code, std::int64_t nowMs) {
    if (code == common::ErrorCode::RateLimited) {
        if (refusals_.add(nowMs)) return common::CloseCode::TooManyRefusals;
        return {};
    }
    if (errors_.add(nowMs)) return common::CloseCode::TooManyErrors;
    return {};
}

}  // namespace notifier
