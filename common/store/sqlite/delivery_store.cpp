#include "common/store/sqlite/delivery_stores.hpp"
#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/stores.hpp"

#include <algorithm>
#include <unordered_map>

namespace common::sqlite {
namespace {

constexpr char kDeliverySelect[] =
    "SELECT d.id, d.public_id, d.webhook_id, d.event_id, d.notice_id, d.notification_id, d.state, d.attempt, d.status, "
    "d.latency, "
    "d.error, d.next_try, d.expires, d.created FROM deliveries d ";
constexpr auto kDue = joinSql(kDeliverySelect,
                              "WHERE d.webhook_id = ? AND d.state = 0 AND d.next_try <= ?2 AND d.expires > ?2 "
                              "ORDER BY d.next_try LIMIT ?");
constexpr auto kById = joinSql(kDeliverySelect, "WHERE d.id = ?");
constexpr auto kOwn =
    joinSql(kDeliverySelect, "JOIN webhooks w ON w.id = d.webhook_id WHERE d.public_id = ? AND w.account_id = ?");
constexpr auto kLog = joinSql(kDeliverySelect, "WHERE d.webhook_id = ? AND d.id < ? ORDER BY d.id DESC LIMIT ?");
/// A notice is worth telling longer than a price alert.
constexpr DurationMs kNoticeAgeMinMs = 24 * 3'600'000;

Delivery readDelivery(Query const& row) {
    return {.id = DeliveryId{row.integer(0)},
            .publicId = row.text(1),
            .webhook = WebhookId{row.integer(2)},
            .eventId = row.integer(3),
            .notice = NoticeId{row.integer(4)},
            .notificationId = row.text(5),
            .state = row.enumerator<DeliveryState>(6),
            .attempt = row.integer(7),
            .status = row.maybeInteger(8),
            .latency = row.maybeInteger(9),
            .error = row.text(10),
            .nextTry = row.maybeInteger(11),
            .expires = row.integer(12),
            .created = row.integer(13)};
}

std::optional<Delivery> readOne(Query query) {
    if (!query.next()) return {};
    return readDelivery(query);
}

std::vector<Delivery> readAll(Query query) {
    std::vector<Delivery> deliveries;
    while (query.next())
        deliveries.push_back(readDelivery(query));
    return deliveries;
}

/// Where an account's events go.
struct Receivers {
    struct Place {
        std::int64_t id = 0;
        std::string publicId;
        std::int64_t fromEvent = 0;
        DurationMs maxAge = 0;  ///< of webhooks
    };
    std::string account;  ///< its public id
    std::vector<Place> webhooks;
    std::vector<Place> emails;
};

Receivers readReceivers(Connection& connection, AccountId account) {
    Receivers receivers;
    Query name(connection, "SELECT public_id FROM accounts WHERE id = ?", account);
    if (name.next()) receivers.account = name.text(0);
    Query webhooks(connection,
                   "SELECT id, public_id, from_event, max_age FROM webhooks WHERE account_id = ? AND enabled", account);
    while (webhooks.next())
        receivers.webhooks.push_back({webhooks.integer(0), webhooks.text(1), webhooks.integer(2), webhooks.integer(3)});
    Query emails(connection, "SELECT id, public_id, from_event FROM emails WHERE account_id = ? AND verified", account);
    while (emails.next())
        receivers.emails.push_back({emails.integer(0), emails.text(1), emails.integer(2), 0});
    return receivers;
}

bool isMeantFor(Receivers::Place const& place, Event const& event) {
    if (event.id <= place.fromEvent) return false;
    auto const* const notification = std::get_if<Notification>(&event.body);
    if (notification == nullptr || !notification->channels) return true;
    return std::ranges::find(*notification->channels, place.publicId) != notification->channels->end();
}

/// One event's rows; how many were new.
std::int64_t queueEvent(Connection& connection, Receivers const& receivers, Event const& event, TimeMs now) {
    std::int64_t queued = 0;
    auto const* const notification = std::get_if<Notification>(&event.body);
    for (auto const& webhook : receivers.webhooks) {
        if (!isMeantFor(webhook, event)) continue;
        queued +=
            Query(connection,
                  "INSERT INTO deliveries (public_id, webhook_id, event_id, notification_id, state, attempt, "
                  "error, next_try, expires, created) "
                  "VALUES ('dl_' || lower(hex(randomblob(13))), ?, ?, ?, 0, 0, '', ?4, ?, ?4) ON CONFLICT DO NOTHING",
                  webhook.id, event.id,
                  notification ? notificationId(*notification) : gapId(receivers.account, event.seq), now,
                  event.committed + webhook.maxAge)
                .run();
    }
    if (notification == nullptr) return queued;
    for (auto const& email : receivers.emails) {
        if (!isMeantFor(email, event)) continue;
        queued += Query(connection, "INSERT INTO mail_queue (email_id, event_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                        email.id, event.id)
                      .run();
        Query(connection, "UPDATE emails SET next_mail = coalesce(next_mail, ?) WHERE id = ?", now, email.id).run();
    }
    return queued;
}

}  // namespace

Expansion SqliteDeliveryStore::expand(TimeMs now, std::int64_t limit) {
    std::int64_t cursor = 0;
    if (Query query(connection_, "SELECT expanded_event FROM notifier_meta"); query.next()) cursor = query.integer(0);
    auto const events = SqliteEventStore(connection_).tail(cursor, limit);
    if (events.empty()) return {};
    Expansion expansion{.more = static_cast<std::int64_t>(events.size()) == limit, .queued = 0};
    std::unordered_map<AccountId, Receivers> known;
    for (auto const& event : events) {
        auto found = known.find(event.account);
        if (found == known.end()) found = known.emplace(event.account, readReceivers(connection_, event.account)).first;
        expansion.queued += queueEvent(connection_, found->second, event, now);
    }
    Query(connection_, "UPDATE notifier_meta SET expanded_event = ?", events.back().id).run();
    return expansion;
}

NoticeId SqliteDeliveryStore::announce(Notice const& notice) {
    Query insert(connection_,
                 "INSERT INTO notices (public_id, account_id, webhook_public_id, host, reason, at) "
                 "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                 notice.publicId, notice.account, notice.webhook, notice.host, notice.reason, notice.at);
    insert.next();
    NoticeId const id{insert.integer(0)};
    insert.run();
    Query(connection_,
          "INSERT INTO deliveries (public_id, webhook_id, event_id, notice_id, notification_id, state, attempt, error, "
          "next_try, expires, created) SELECT 'dl_' || lower(hex(randomblob(13))), id, 0, ?1, ?2, 0, 0, '', ?3, "
          "?3 + max(max_age, ?4), ?3 FROM webhooks WHERE account_id = ?5 AND enabled",
          id, notice.publicId, notice.at, kNoticeAgeMinMs, notice.account)
        .run();
    Query(connection_,
          "INSERT INTO mail_queue (email_id, event_id, notice_id) "
          "SELECT id, 0, ? FROM emails WHERE account_id = ? AND verified",
          id, notice.account)
        .run();
    Query(connection_, "UPDATE emails SET next_mail = coalesce(next_mail, ?) WHERE account_id = ? AND verified",
          notice.at, notice.account)
        .run();
    return id;
}

std::optional<Notice> SqliteDeliveryStore::notice(NoticeId notice) {
    Query row(connection_,
              "SELECT id, public_id, account_id, webhook_public_id, host, reason, at FROM notices WHERE id = ?",
              notice);
    if (!row.next()) return {};
    return Notice{.id = NoticeId{row.integer(0)},
                  .publicId = row.text(1),
                  .account = AccountId{row.integer(2)},
                  .webhook = row.text(3),
                  .host = row.text(4),
                  .reason = row.text(5),
                  .at = row.integer(6)};
}

std::vector<AccountId> SqliteDeliveryStore::receivers() {
    std::vector<AccountId> accounts;
    Query query(connection_, "SELECT account_id FROM webhooks UNION SELECT account_id FROM emails");
    while (query.next())
        accounts.push_back(AccountId{query.integer(0)});
    return accounts;
}

std::optional<WebhookId> SqliteDeliveryStore::pendingAfter(WebhookId webhook) {
    Query query(connection_, "SELECT min(webhook_id) FROM deliveries WHERE state = 0 AND webhook_id > ?", webhook);
    if (!query.next() || query.isNull(0)) return {};
    return WebhookId{query.integer(0)};
}

std::vector<Delivery> SqliteDeliveryStore::due(WebhookId webhook, TimeMs now, std::int64_t limit) {
    return readAll(Query(connection_, kDue.text, webhook, now, limit));
}

std::optional<TimeMs> SqliteDeliveryStore::nextTryAfter(TimeMs now) {
    Query query(connection_, "SELECT min(next_try) FROM deliveries WHERE state = 0 AND next_try > ?", now);
    return query.next() ? query.maybeInteger(0) : std::nullopt;
}

bool SqliteDeliveryStore::update(Delivery const& delivery) {
    return Query(connection_,
                 "UPDATE deliveries SET state = ?, attempt = ?, status = ?, latency = ?, error = ?, next_try = ?, "
                 "expires = ? WHERE id = ?",
                 delivery.state, delivery.attempt, delivery.status, delivery.latency, delivery.error, delivery.nextTry,
                 delivery.expires, delivery.id)
               .run() == 1;
}

std::optional<Delivery> SqliteDeliveryStore::find(DeliveryId delivery) {
    return readOne(Query(connection_, kById.text, delivery));
}

std::optional<Delivery> SqliteDeliveryStore::find(AccountId account, std::string_view publicId) {
    return readOne(Query(connection_, kOwn.text, publicId, account));
}

std::vector<Delivery> SqliteDeliveryStore::list(WebhookId webhook, DeliveryId before, std::int64_t limit) {
    return readAll(Query(connection_, kLog.text, webhook, before, limit));
}

std::int64_t SqliteDeliveryStore::expire(TimeMs now, std::int64_t limit) {
    return Query(connection_,
                 "UPDATE deliveries SET state = ?, next_try = NULL WHERE id IN "
                 "(SELECT id FROM deliveries WHERE state = 0 AND expires <= ? ORDER BY expires LIMIT ?)",
                 DeliveryState::Expired, now, limit)
        .run();
}

std::int64_t SqliteDeliveryStore::removeBefore(TimeMs created, std::int64_t limit) {
    auto const notices =
        Query(connection_, "DELETE FROM notices WHERE id IN (SELECT id FROM notices WHERE at < ? ORDER BY at LIMIT ?)",
              created, limit)
            .run();
    auto const deliveries = Query(connection_,
                                  "DELETE FROM deliveries WHERE id IN "
                                  "(SELECT id FROM deliveries WHERE created < ? ORDER BY created LIMIT ?)",
                                  created, limit)
                                .run();
    return std::max<std::int64_t>(notices, deliveries);
}

}  // namespace common::sqlite
