#pragma once

#include "common/store/delivery_stores.hpp"
#include "common/store/sqlite/connection.hpp"

namespace common::sqlite {

// The delivery roles over one connection; see common/store/delivery_stores.hpp for what they promise.

class SqliteWebhookStore final : public WebhookStore {
public:
    explicit SqliteWebhookStore(Connection& connection) : connection_(connection) {}
    WebhookId insert(Webhook const& webhook) override;
    void update(Webhook const& webhook) override;
    void remove(WebhookId webhook) override;
    std::optional<Webhook> find(WebhookId webhook) override;
    std::optional<Webhook> find(AccountId account, std::string_view publicId) override;
    std::vector<Webhook> list(AccountId account) override;
    std::int64_t openCircuits() override;

private:
    Connection& connection_;
};

class SqliteDeliveryStore final : public DeliveryStore {
public:
    explicit SqliteDeliveryStore(Connection& connection) : connection_(connection) {}
    Expansion expand(TimeMs now, std::int64_t limit) override;
    NoticeId announce(Notice const& notice) override;
    std::optional<Notice> notice(NoticeId notice) override;
    std::vector<AccountId> receivers() override;
    std::optional<WebhookId> pendingAfter(WebhookId webhook) override;
    std::vector<Delivery> due(WebhookId webhook, TimeMs now, std::int64_t limit) override;
    std::optional<TimeMs> nextTryAfter(TimeMs now) override;
    bool update(Delivery const& delivery) override;
    std::optional<Delivery> find(DeliveryId delivery) override;
    std::optional<Delivery> find(AccountId account, std::string_view publicId) override;
    std::vector<Delivery> list(WebhookId webhook, DeliveryId before, std::int64_t limit) override;
    std::int64_t expire(TimeMs now, std::int64_t limit) override;
    std::int64_t removeBefore(TimeMs created, std::int64_t limit) override;

private:
    Connection& connection_;
};

class SqliteEmailStore final : public EmailStore {
public:
    explicit SqliteEmailStore(Connection& connection) : connection_(connection) {}
    EmailId insert(Email const& email) override;
    void update(Email const& email) override;
    void remove(EmailId email) override;
    std::optional<Email> find(EmailId email) override;
    std::optional<Email> find(AccountId account, std::string_view publicId) override;
    std::optional<Email> find(std::string_view publicId) override;
    std::optional<Email> findByAddress(AccountId account, std::string_view address) override;
    std::vector<Email> list(AccountId account) override;
    TimeMs lastMailTo(std::string_view address) override;
    std::vector<Email> due(TimeMs now, std::int64_t limit) override;
    std::optional<TimeMs> nextMailAfter(TimeMs now) override;
    std::vector<QueuedMail> queued(EmailId email, std::int64_t limit) override;
    std::int64_t queuedCount(EmailId email) override;
    void removeQueued(EmailId email, std::int64_t upToId) override;
    std::string linkKey() override;

private:
    Connection& connection_;
};

/// The first receiver starts at the end of the events: there is no need to look at what was before it.
void startExpandingHere(Connection& connection);
/// All that an account has of these roles.
void removeReceivers(Connection& connection, AccountId account);

}  // namespace common::sqlite
