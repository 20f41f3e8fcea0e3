#include "notifier/delivery/rules/retry.hpp"

#include "notifier/delivery/rules/circuit_breaker.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include <fmt/format.h>

namespace notifier {
namespace {

using common::DeliveryState;

constexpr common::DurationMs kSecondMs = 1'000;
constexpr common::DurationMs kMinuteMs = 60 * kSecondMs;
constexpr common::DurationMs kHourMs = 60 * kMinuteMs;
constexpr common::DurationMs kDayMs = 24 * kHourMs;

/// After the first, second, … failure (spec section 6).
constexpr std::array<common::DurationMs, 7> kWaits{5 * kSecondMs, 5 * kMinuteMs, 30 * kMinuteMs, 2 * kHourMs,
                                                   5 * kHourMs,   10 * kHourMs,  10 * kHourMs};
constexpr double kJitterShare = 0.2;
constexpr common::DurationMs kGiveUpMs = 5 * kDayMs;
constexpr std::int64_t kGone = 410;

// Indexed by the enumerator's number.
constexpr std::array<std::string_view, 4> kStateTexts{"pending", "delivered", "expired", "failed"};

void end(common::Delivery& delivery, DeliveryState state) {
    delivery.state = state;
    delivery.nextTry.reset();
}

void disable(common::Webhook& webhook, std::string reason) {
    webhook.enabled = false;
    webhook.reason = std::move(reason);
    webhook.circuit = {};
}

void planNextTry(common::Delivery& delivery, Attempt const& attempt, double jitter) {
    auto const failures = static_cast<std::size_t>(delivery.attempt);
    if (failures > kWaits.size()) return end(delivery, DeliveryState::Failed);
    auto const wait = withJitter(kWaits[failures - 1], jitter);
    auto const next = attempt.endedAt + std::max(wait, attempt.retryAfter.value_or(0));
    if (next > delivery.expires) return end(delivery, DeliveryState::Expired);
    delivery.nextTry = next;
}

}  // namespace

common::DurationMs withJitter(common::DurationMs wait, double jitter) {
    return static_cast<common::DurationMs>(static_cast<double>(wait) * (1 + kJitterShare * jitter));
}

void judgeAttempt(common::Delivery& delivery, common::Webhook& webhook, Attempt const& attempt, double jitter) {
    ++delivery.attempt;
    delivery.status = attempt.status;
    delivery.latency = attempt.latency;
    delivery.error = attempt.error;
    CircuitBreaker circuit(webhook.circuit);
    attempt.succeeded() ? circuit.succeeded() : circuit.failed(attempt.endedAt, jitter, attempt.retryAfter.value_or(0));
    webhook.circuit = circuit.state();
    if (attempt.succeeded()) {
        webhook.failingSince.reset();
        return end(delivery, DeliveryState::Delivered);
    }
    if (delivery.error.empty() && attempt.status) delivery.error = fmt::format("answered {}", *attempt.status);
    if (!webhook.failingSince) webhook.failingSince = attempt.endedAt;
    if (attempt.status == kGone) {
        disable(webhook, "the endpoint answered 410 Gone");
        return end(delivery, DeliveryState::Failed);
    }
    if (webhook.enabled && attempt.endedAt - *webhook.failingSince >= kGiveUpMs)
        disable(webhook, "every try of five days failed");
    // Ended meanwhile (expired): a late failure starts nothing again.
    if (delivery.state == DeliveryState::Pending) planNextTry(delivery, attempt, jitter);
}

void startAgain(common::Delivery& delivery, common::Webhook const& webhook, common::TimeMs now) {
    delivery.state = DeliveryState::Pending;
    delivery.attempt = 0;
    delivery.nextTry = now;
    delivery.expires = now + webhook.maxAge;
}

void enable(common::Webhook& webhook) {
    webhook.enabled = true;
    webhook.reason.clear();
    webhook.failingSince.reset();
    webhook.circuit = {};
}

std::optional<common::DurationMs> retryAfterOf(std::string_view header, common::TimeMs now) {
    std::int64_t seconds = 0;
    auto const* const stop = header.data() + header.size();
    auto const [read, error] = std::from_chars(header.data(), stop, seconds);
    if (error == std::errc{} && read == stop && seconds >= 0) return std::min(seconds, kDayMs / kSecondMs) * kSecondMs;
    std::tm parts{};
    std::string const text(header);
    auto const* const parsed = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (parsed == nullptr || *parsed != '\0') return {};
    auto const at = static_cast<common::TimeMs>(timegm(&parts)) * kSecondMs;
    return std::clamp<common::DurationMs>(at - now, 0, kDayMs);
}

std::string_view deliveryStateText(common::DeliveryState state) {
    return kStateTexts[static_cast<std::size_t>(state)];
}

}  // namespace notifier
