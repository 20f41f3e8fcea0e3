#pragma once

#include "common/store/delivery_records.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// When a delivery is tried again, and when an endpoint is given up. Pure.

namespace notifier {

/// One try that has ended.
struct Attempt {
    common::TimeMs endedAt = 0;
    common::DurationMs latency = 0;
    std::optional<std::int64_t> status;  ///< nothing when no whole answer came
    std::string error;                   ///< why not
    std::optional<common::DurationMs> retryAfter;

    bool succeeded() const { return status && *status >= 200 && *status < 300; }
};

/// Enters what came of a try: delivered, the next try, expired (the next one would be past `expires`), failed (410, or
/// no try left). 410 and five days without a success disable the webhook; its circuit hears of the try. `jitter` from
/// -1 to 1 moves the next try by up to 20 % of its wait.
void judgeAttempt(common::Delivery& delivery, common::Webhook& webhook, Attempt const& attempt, double jitter);

/// A wait of the plan, moved by up to 20 %.
common::DurationMs withJitter(common::DurationMs wait, double jitter);

/// Starts the tries of a delivery anew, the first one at once.
void startAgain(common::Delivery& delivery, common::Webhook const& webhook, common::TimeMs now);
/// Gives a disabled webhook another chance.
void enable(common::Webhook& webhook);

/// A Retry-After header: seconds, or a date of RFC 9110 (the preferred form), as time from `now`, at most a day.
/// Nothing when it is neither.
std::optional<common::DurationMs> retryAfterOf(std::string_view header, common::TimeMs now);

/// `pending`, `delivered`, `expired`, `failed`.
std::string_view deliveryStateText(common::DeliveryState state);

}  // namespace notifier
