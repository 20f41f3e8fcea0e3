#pragma once

#include "common/store/delivery_records.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace common {

// Roles of the notifier's way out besides the WebSocket. As in common/store/stores.hpp: on the connection's thread,
// writing methods inside a transaction, failures are StoreErrors.

/// Endpoints of accounts. Writer and reader: notifier.
class WebhookStore {
public:
    virtual ~WebhookStore() = default;
    /// It gets the events that are committed from now on.
    virtual WebhookId insert(Webhook const& webhook) = 0;
    /// Stores everything but identity, owner and creation.
    virtual void update(Webhook const& webhook) = 0;
    /// With its deliveries.
    virtual void remove(WebhookId webhook) = 0;
    virtual std::optional<Webhook> find(WebhookId webhook) = 0;
    virtual std::optional<Webhook> find(AccountId account, std::string_view publicId) = 0;
    /// By age.
    virtual std::vector<Webhook> list(AccountId account) = 0;
    /// How many have an open circuit, of all accounts.
    virtual std::int64_t openCircuits() = 0;
};

/// Events on their way to endpoints. Writer and reader: notifier. The events are the outbox: what stands in the
/// deliveries is what lies before the stored cursor.
class DeliveryStore {
public:
    virtual ~DeliveryStore() = default;
    /// Takes up to `limit` events behind the cursor, writes a delivery for each enabled webhook and a queued mail for
    /// each verified address that the event is meant for, and moves the cursor: all in the caller's transaction.
    /// Deliveries are due at `now`.
    virtual Expansion expand(TimeMs now, std::int64_t limit) = 0;
    /// Stores a notice, and with it a delivery for each enabled webhook and a queued mail for each verified address of
    /// its account: all in the caller's transaction.
    virtual NoticeId announce(Notice const& notice) = 0;
    virtual std::optional<Notice> notice(NoticeId notice) = 0;
    /// Accounts with a webhook or an address: events of others need no expansion.
    virtual std::vector<AccountId> receivers() = 0;
    /// The first webhook behind this one that has pending deliveries.
    virtual std::optional<WebhookId> pendingAfter(WebhookId webhook) = 0;
    /// This webhook's pending deliveries whose next try has come, the longest due first.
    virtual std::vector<Delivery> due(WebhookId webhook, TimeMs now, std::int64_t limit) = 0;
    /// The earliest next try behind `now`.
    virtual std::optional<TimeMs> nextTryAfter(TimeMs now) = 0;
    /// Stores attempt, state, status, latency, error, nextTry and expires. False when the row is gone.
    virtual bool update(Delivery const& delivery) = 0;
    virtual std::optional<Delivery> find(DeliveryId delivery) = 0;
    virtual std::optional<Delivery> find(AccountId account, std::string_view publicId) = 0;
    /// The newest first, those older than `before`.
    virtual std::vector<Delivery> list(WebhookId webhook, DeliveryId before, std::int64_t limit) = 0;
    /// Pending ones whose time is over become Expired; how many.
    virtual std::int64_t expire(TimeMs now, std::int64_t limit) = 0;
    /// Deletes those made before this, and as old notices; how many.
    virtual std::int64_t removeBefore(TimeMs created, std::int64_t limit) = 0;
};

/// Addresses of accounts and what waits to be mailed. Writer and reader: notifier.
class EmailStore {
public:
    virtual ~EmailStore() = default;
    /// It gets the events that are committed from now on, once it is verified.
    virtual EmailId insert(Email const& email) = 0;
    /// Stores everything but identity, owner, address and creation. One that becomes verified gets the events from now
    /// on.
    virtual void update(Email const& email) = 0;
    /// With what waits for it.
    virtual void remove(EmailId email) = 0;
    virtual std::optional<Email> find(EmailId email) = 0;
    virtual std::optional<Email> find(AccountId account, std::string_view publicId) = 0;
    /// Whoever owns it.
    virtual std::optional<Email> find(std::string_view publicId) = 0;
    virtual std::optional<Email> findByAddress(AccountId account, std::string_view address) = 0;
    /// By age.
    virtual std::vector<Email> list(AccountId account) = 0;
    /// When the last mail went to this address, whoever asked for it; 0 = never.
    virtual TimeMs lastMailTo(std::string_view address) = 0;
    /// Addresses that something waits for since `now`, the longest waiting first.
    virtual std::vector<Email> due(TimeMs now, std::int64_t limit) = 0;
    /// The earliest time behind `now` at which something is to be mailed.
    virtual std::optional<TimeMs> nextMailAfter(TimeMs now) = 0;
    /// What waits for it, in order.
    virtual std::vector<QueuedMail> queued(EmailId email, std::int64_t limit) = 0;
    virtual std::int64_t queuedCount(EmailId email) = 0;
    /// Drops what waits for it up to this row.
    virtual void removeQueued(EmailId email, std::int64_t upToId) = 0;
    /// The secret of this database that signs the links in mails.
    virtual std::string linkKey() = 0;
};

}  // namespace common
