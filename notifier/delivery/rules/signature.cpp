#include "notifier/delivery/rules/signature.hpp"

#include "common/runtime/crypto.hpp"

#include <utility>

#include <fmt/format.h>

namespace notifier {
namespace {

constexpr common::DurationMs kOldSecretMs = 86'400'000;

}  // namespace

std::string webhookSecretText(std::string_view secret) {
    return "whsec_" + common::base64(secret);
}

std::string webhookSignature(std::string_view secret, std::string_view id, std::int64_t timestampS,
                             std::string_view body) {
    auto const digest = common::hmacSha256(secret, fmt::format("{}.{}.{}", id, timestampS, body));
    return "v1," + common::base64(common::bytesOf(digest));
}

std::string webhookSignatures(common::Webhook const& webhook, std::string_view id, common::TimeMs now,
                              std::string_view body) {
    auto signatures = webhookSignature(webhook.secret, id, now / 1000, body);
    if (webhook.oldSecret && webhook.oldSecretUntil && now < *webhook.oldSecretUntil)
        signatures += " " + webhookSignature(*webhook.oldSecret, id, now / 1000, body);
    return signatures;
}

void rotateSecret(common::Webhook& webhook, std::string secret, common::TimeMs now) {
    webhook.oldSecret = std::exchange(webhook.secret, std::move(secret));
    webhook.oldSecretUntil = now + kOldSecretMs;
}

}  // namespace notifier
