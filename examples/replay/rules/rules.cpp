#include "examples/replay/rules/rules.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace replay {
namespace {

constexpr DurationMs kMinute = 60'000;
constexpr DurationMs kConnectSpanMs = 5 * kMinute;
constexpr DurationMs kBanMs = 2 * kMinute;
/// Requests after a 429 that are still only refused; the next one is banned.
constexpr int kRefusalsBeforeBan = 10;
constexpr std::size_t kAddressesMax = 10'000;

}  // namespace

std::uint64_t Violations::total() const {
    std::uint64_t sum = 0;
    for (auto const& [kind, count] : kinds_)
        sum += count;
    return sum;
}

std::string KeepAlive::ping(TimeMs now) {
    if (now < nextPingAt_) return {};
    nextPingAt_ = now + limits_.pingIntervalMs;
    payload_ = fmt::format("{}", now);
    if (waitingSince_ == 0) waitingSince_ = now;
    return payload_;
}

std::string_view KeepAlive::pong(std::string_view payload) {
    if (!payload.empty() && payload == payload_) {
        waitingSince_ = 0;
        return {};
    }
    return payload.empty() ? std::string_view{} : "wrong_pong_payload";
}

WeightMeter::Verdict WeightMeter::take(std::string const& address, std::int64_t weight, TimeMs now) {
    if (usage_.size() >= kAddressesMax && !usage_.contains(address)) usage_.clear();
    auto& usage = usage_[address];
    if (usage.minute != now / kMinute) {
        usage.minute = now / kMinute;
        usage.used = 0;
        usage.refused = 0;
    }
    usage.used += weight;
    Verdict verdict;
    verdict.used = usage.used;
    if (usage.used > limits_.weightPerMinute && ++usage.refused > kRefusalsBeforeBan && usage.bannedUntil <= now)
        usage.bannedUntil = now + kBanMs;
    if (usage.bannedUntil > now) {
        verdict.status = 418;
        verdict.bannedUntil = usage.bannedUntil;
        verdict.retryAfterSeconds = (usage.bannedUntil - now + 999) / 1'000;
    } else if (usage.used > limits_.weightPerMinute) {
        verdict.status = 429;
        verdict.retryAfterSeconds = ((usage.minute + 1) * kMinute - now + 999) / 1'000;
    }
    return verdict;
}

bool ConnectMeter::take(std::string const& address, TimeMs now) {
    if (attempts_.size() >= kAddressesMax)
        std::erase_if(attempts_, [&](auto const& entry) { return entry.second.isIdle(now); });
    return attempts_.try_emplace(address, limits_.connectsMax, kConnectSpanMs).first->second.take(now);
}

}  // namespace replay
