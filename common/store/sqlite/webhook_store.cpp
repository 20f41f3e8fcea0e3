#include "common/store/sqlite/delivery_stores.hpp"
#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/stores.hpp"

namespace common::sqlite {
namespace {

constexpr char kWebhookSelect[] =
    "SELECT id, public_id, account_id, url, format, max_age, secret, old_secret, old_secret_until, enabled, reason, "
    "failing_since, failures, probe_from, created FROM webhooks ";
constexpr auto kById = joinSql(kWebhookSelect, "WHERE id = ?");
constexpr auto kByPublicId = joinSql(kWebhookSelect, "WHERE public_id = ? AND account_id = ?");
constexpr auto kOfAccount = joinSql(kWebhookSelect, "WHERE account_id = ? ORDER BY id");

Webhook readWebhook(Query const& row) {
    return {.id = WebhookId{row.integer(0)},
            .publicId = row.text(1),
            .account = AccountId{row.integer(2)},
            .url = row.text(3),
            .format = row.enumerator<WebhookFormat>(4),
            .maxAge = row.integer(5),
            .secret = row.text(6),
            .oldSecret = row.maybeText(7),
            .oldSecretUntil = row.maybeInteger(8),
            .enabled = row.flag(9),
            .reason = row.text(10),
            .failingSince = row.maybeInteger(11),
            .circuit = {.failures = row.integer(12), .probeFrom = row.maybeInteger(13)},
            .created = row.integer(14)};
}

std::optional<Webhook> readOne(Query query) {
    if (!query.next()) return {};
    return readWebhook(query);
}

std::optional<Blob> maybeBlob(std::optional<std::string> const& bytes) {
    return bytes ? std::optional(Blob{*bytes}) : std::nullopt;
}

}  // namespace

void startExpandingHere(Connection& connection) {
    Query(connection,
          "UPDATE notifier_meta SET expanded_event = max(expanded_event, ?) "
          "WHERE (SELECT min(id) FROM webhooks) IS NULL AND (SELECT min(id) FROM emails) IS NULL",
          newestRowId(connection, "events"))
        .run();
}

void removeReceivers(Connection& connection, AccountId account) {
    Query(connection, "DELETE FROM deliveries WHERE webhook_id IN (SELECT id FROM webhooks WHERE account_id = ?)",
          account)
        .run();
    Query(connection, "DELETE FROM webhooks WHERE account_id = ?", account).run();
    Query(connection, "DELETE FROM mail_queue WHERE email_id IN (SELECT id FROM emails WHERE account_id = ?)", account)
        .run();
    Query(connection, "DELETE FROM emails WHERE account_id = ?", account).run();
    Query(connection, "DELETE FROM notices WHERE account_id = ?", account).run();
}

WebhookId SqliteWebhookStore::insert(Webhook const& webhook) {
    startExpandingHere(connection_);
    Query query(connection_,
                "INSERT INTO webhooks (public_id, account_id, url, format, max_age, secret, old_secret, "
                "old_secret_until, enabled, reason, failing_since, failures, probe_from, from_event, created) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                webhook.publicId, webhook.account, webhook.url, webhook.format, webhook.maxAge, Blob{webhook.secret},
                maybeBlob(webhook.oldSecret), webhook.oldSecretUntil, webhook.enabled, webhook.reason,
                webhook.failingSince, webhook.circuit.failures, webhook.circuit.probeFrom,
                newestRowId(connection_, "events"), webhook.created);
    query.next();
    WebhookId const id{query.integer(0)};
    query.run();
    return id;
}

void SqliteWebhookStore::update(Webhook const& webhook) {
    Query(connection_,
          "UPDATE webhooks SET url = ?, format = ?, max_age = ?, secret = ?, old_secret = ?, old_secret_until = ?, "
          "enabled = ?, reason = ?, failing_since = ?, failures = ?, probe_from = ? WHERE id = ?",
          webhook.url, webhook.format, webhook.maxAge, Blob{webhook.secret}, maybeBlob(webhook.oldSecret),
          webhook.oldSecretUntil, webhook.enabled, webhook.reason, webhook.failingSince, webhook.circuit.failures,
          webhook.circuit.probeFrom, webhook.id)
        .run();
}

void SqliteWebhookStore::remove(WebhookId webhook) {
    Query(connection_, "DELETE FROM deliveries WHERE webhook_id = ?", webhook).run();
    Query(connection_, "DELETE FROM webhooks WHERE id = ?", webhook).run();
}

std::optional<Webhook> SqliteWebhookStore::find(WebhookId webhook) {
    return readOne(Query(connection_, kById.text, webhook));
}

std::optional<Webhook> SqliteWebhookStore::find(AccountId account, std::string_view publicId) {
    return readOne(Query(connection_, kByPublicId.text, publicId, account));
}

std::vector<Webhook> SqliteWebhookStore::list(AccountId account) {
    std::vector<Webhook> webhooks;
    Query query(connection_, kOfAccount.text, account);
    while (query.next())
        webhooks.push_back(readWebhook(query));
    return webhooks;
}

std::int64_t SqliteWebhookStore::openCircuits() {
    Query query(connection_, "SELECT count(*) FROM webhooks WHERE probe_from > 0");
    return query.next() ? query.integer(0) : 0;
}

}  // namespace common::sqlite
