#pragma once

#include "common/store/delivery_records.hpp"

#include <cstddef>
#include <string>
#include <string_view>

// Signatures as Standard Webhooks describes them (standardwebhooks.com, symmetric keys). Pure.

namespace notifier {

/// The standard asks for 24 to 64.
inline constexpr std::size_t kWebhookSecretBytes = 32;

/// `whsec_` and the key in base64: what the owner is shown, once.
std::string webhookSecretText(std::string_view secret);

/// `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64. `timestampS`: seconds since 1970, as in the header.
std::string webhookSignature(std::string_view secret, std::string_view id, std::int64_t timestampS,
                             std::string_view body);

/// The header's value at `now`: the signature of the key, and of the one before while that is valid.
std::string webhookSignatures(common::Webhook const& webhook, std::string_view id, common::TimeMs now,
                              std::string_view body);

/// A new key. The one before stays valid for a day.
void rotateSecret(common::Webhook& webhook, std::string secret, common::TimeMs now);

}  // namespace notifier
