#pragma once

#include "common/core/ids.hpp"
#include "common/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace common {

using WebhookId = RowId<struct WebhookTag>;
using DeliveryId = RowId<struct DeliveryTag>;
using NoticeId = RowId<struct NoticeTag>;
using EmailId = RowId<struct EmailTag>;

/// What a receiver understands (spec section 6). The numbers are stored; append only.
enum class WebhookFormat : std::uint8_t { Standard, Discord, Slack, Telegram, Ntfy };

/// What a webhook's circuit breaker remembers.
struct Circuit {
    std::int64_t failures = 0;        ///< in a row
    std::optional<TimeMs> probeFrom;  ///< open: no try before this; nothing = closed
};

/// An account's endpoint that notifications are posted to.
struct Webhook {
    WebhookId id;
    std::string publicId;  ///< `wh_…`
    AccountId account;
    std::string url;
    WebhookFormat format = WebhookFormat::Standard;
    DurationMs maxAge = 0;                 ///< a notification older than this is not tried again
    std::string secret;                    ///< bytes of the signing key
    std::optional<std::string> oldSecret;  ///< signs too until `oldSecretUntil`
    std::optional<TimeMs> oldSecretUntil;
    bool enabled = true;
    std::string reason;                  ///< why it is disabled; else empty
    std::optional<TimeMs> failingSince;  ///< first failure since the last success
    Circuit circuit;
    TimeMs created = 0;
};

/// Pending ones have a next try; the others are over. The numbers are stored; append only.
enum class DeliveryState : std::uint8_t { Pending, Delivered, Expired, Failed };

/// Tells an account that one of its webhooks was given up. Goes to its other webhooks and its addresses.
struct Notice {
    NoticeId id = {};
    std::string publicId;  ///< `no_…`
    AccountId account = {};
    std::string webhook;  ///< `wh_…`
    std::string host;     ///< of its URL; the rest may hold a receiver's token
    std::string reason;
    TimeMs at = 0;
};

/// One event or notice on its way to one webhook, with its last attempt: a row of the delivery log.
struct Delivery {
    DeliveryId id;
    std::string publicId;  ///< `dl_…`
    WebhookId webhook;
    std::int64_t eventId = 0;  ///< 0 = a notice
    NoticeId notice;
    std::string notificationId;  ///< the `webhook-id` of every try
    DeliveryState state = DeliveryState::Pending;
    std::int64_t attempt = 0;  ///< tries so far; a redelivery starts again
    // Of the last try.
    std::optional<std::int64_t> status;  ///< HTTP status; nothing when no answer came
    std::optional<DurationMs> latency;
    std::string error;  ///< why there was no answer, or not the right one; else empty
    std::optional<TimeMs> nextTry;
    TimeMs expires = 0;  ///< no try after this
    TimeMs created = 0;
};

/// An account's address that notifications are mailed to once it is verified.
struct Email {
    EmailId id;
    std::string publicId;  ///< `em_…`
    AccountId account;
    std::string address;
    bool verified = false;
    std::string code;  ///< what its owner must send back; empty once verified
    TimeMs codeExpires = 0;
    std::int64_t codeTries = 0;      ///< wrong codes so far
    bool codeUnsent = false;         ///< the mail with the code is still to go
    std::optional<TimeMs> nextMail;  ///< something waits to be mailed from then on
    TimeMs lastMail = 0;             ///< when the last one went; 0 = none yet
    std::int64_t failures = 0;       ///< of the relay since the last mail that went
    TimeMs created = 0;
};

/// One event or notice that waits to be mailed to one address.
struct QueuedMail {
    std::int64_t id = 0;
    std::int64_t eventId = 0;  ///< 0 = a notice
    NoticeId notice;
};

/// What one turn of expanding events did.
struct Expansion {
    bool more = false;        ///< events are left
    std::int64_t queued = 0;  ///< deliveries and mails that now wait
};

}  // namespace common
