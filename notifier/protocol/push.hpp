#pragma once

#include "common/core/event.hpp"
#include "common/core/time.hpp"
#include "common/store/delivery_records.hpp"
#include "common/store/records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Frames that the server sends unasked. Each function gives the whole JSON text. Pure.

namespace notifier {

/// How a client proved who it is (spec section 3, `auth` of the welcome).
enum class AuthKind : std::uint8_t { Anonymous, Session, Key, Required };
std::string_view authText(AuthKind kind);

/// What the welcome says about the server; the same for every client.
struct ServerFacts {
    std::string epoch;
    common::DurationMs heartbeatMs = 15'000;
    std::int64_t alertsMax = 1'000;
    std::int64_t commandsPerS = 20;
    std::int64_t frameBytesMax = 65'536;
};

/// What the welcome says about the client.
struct Greeting {
    AuthKind auth = AuthKind::Anonymous;
    std::string accountPublicId;  ///< empty = null (Required)
    std::string sessionSecret;    ///< empty = null (Required, Key)
    std::int64_t seq = 0;
    std::int64_t acked = 0;
};

std::string renderWelcome(Greeting const& greeting, ServerFacts const& facts, common::TimeMs now);
/// The same members without `type`: result of `auth`.
std::string renderAuthResult(Greeting const& greeting, ServerFacts const& facts, common::TimeMs now);

/// A durable event rendered once. What differs by receiver (`times.sent`, `replay`) is added when it is queued.
class EventFrame {
public:
    EventFrame(common::Event const& event, std::string_view epoch);

    std::int64_t seq() const { return seq_; }
    common::AccountId account() const { return account_; }
    /// False for a firing whose `channels` leave out "push": it takes a seq but is not sent.
    bool pushed() const { return pushed_; }
    /// Public id of the alert that fired; empty for a gap.
    std::string const& alertId() const { return alertId_; }

    /// The push, queued to a socket at `sent`.
    std::string push(common::TimeMs sent, bool replay) const;
    /// As history and webhooks show it: without `times.sent`.
    std::string stored() const;

private:
    common::AccountId account_;
    std::int64_t seq_ = 0;
    bool pushed_ = true;
    bool hasSent_ = false;
    std::string alertId_;
    std::string head_;  ///< up to where `sent` goes, or all but the last brace
};

/// One line for people: `BTCUSDT went above 70000: 70000.01`.
std::string notificationMessage(common::Notification const& notification);

std::string renderAlertState(common::AlertStateChange const& change);
/// The alert is gone; `change.status` is not looked at.
std::string renderAlertRemoved(common::AlertStateChange const& change);
/// Of a webhook that the server gave up.
std::string renderWebhookDisabled(common::Webhook const& webhook, common::TimeMs now);
std::string renderPrice(common::PriceRecord const& price);
std::string_view feedStateText(common::FeedState state);
/// An empty symbol stands for all (`"symbol":null`), an empty reason for none.
std::string renderFeed(common::FeedRecord const& feed);
/// `seq`: the last one already queued on this connection.
std::string renderHeartbeat(common::TimeMs now, std::int64_t seq);
std::string renderGoodbye(std::string_view reason, common::DurationMs reconnectInMs);

}  // namespace notifier
