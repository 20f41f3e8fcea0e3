#include "common/store/sqlite/delivery_stores.hpp"
#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/stores.hpp"

namespace common::sqlite {

AccountId SqliteAccountStore::insert(std::string_view publicId, bool anonymous) {
    Query query(connection_, "INSERT INTO accounts (public_id, anonymous) VALUES (?, ?) RETURNING id", publicId,
                anonymous);
    query.next();
    AccountId const id{query.integer(0)};
    query.run();
    return id;
}

Account SqliteAccountStore::createAnonymous(std::string_view publicId, std::string_view sessionHash, TimeMs now) {
    auto const id = insert(publicId, true);
    Query(connection_, "INSERT INTO sessions (hash, account_id, created) VALUES (?, ?, ?)", Blob{sessionHash}, id, now)
        .run();
    return {.id = id, .publicId = std::string(publicId), .anonymous = true, .admin = false, .seq = 0, .acked = 0};
}

std::optional<Account> SqliteAccountStore::findBySession(std::string_view sessionHash) {
    Query query(connection_, "SELECT account_id FROM sessions WHERE hash = ?", Blob{sessionHash});
    if (!query.next()) return {};
    return find(AccountId{query.integer(0)});
}

std::optional<Account> SqliteAccountStore::findByKey(std::string_view keyHash) {
    Query query(connection_, "SELECT account_id FROM api_keys WHERE key_hash = ? AND revoked IS NULL", Blob{keyHash});
    if (!query.next()) return {};
    return find(AccountId{query.integer(0)});
}

std::optional<Account> SqliteAccountStore::find(AccountId account) {
    Query query(connection_,
                "SELECT a.public_id, a.anonymous, "
                "EXISTS (SELECT 1 FROM api_keys k WHERE k.account_id = a.id AND k.admin AND k.revoked IS NULL), "
                "coalesce(s.seq, 0), a.acked "
                "FROM accounts a LEFT JOIN account_seqs s ON s.account_id = a.id WHERE a.id = ?",
                account);
    if (!query.next()) return {};
    return Account{.id = account,
                   .publicId = query.text(0),
                   .anonymous = query.flag(1),
                   .admin = query.flag(2),
                   .seq = query.integer(3),
                   .acked = query.integer(4)};
}

bool SqliteAccountStore::addKey(std::string_view name, std::string_view publicId, std::string_view keyHash, bool admin,
                                TimeMs now) {
    if (Query(connection_, "SELECT 1 FROM api_keys WHERE name = ? AND revoked IS NULL", name).next()) return false;
    auto const account = insert(publicId, false);
    Query(connection_, "INSERT INTO api_keys (name, key_hash, account_id, admin, created) VALUES (?, ?, ?, ?, ?)", name,
          Blob{keyHash}, account, admin, now)
        .run();
    return true;
}

std::vector<ApiKey> SqliteAccountStore::listKeys() {
    std::vector<ApiKey> keys;
    Query query(connection_, "SELECT name, account_id, admin, created, revoked FROM api_keys ORDER BY id");
    while (query.next())
        keys.push_back({.name = query.text(0),
                        .account = AccountId{query.integer(1)},
                        .admin = query.flag(2),
                        .created = query.integer(3),
                        .revoked = query.maybeInteger(4)});
    return keys;
}

std::optional<AccountId> SqliteAccountStore::revokeKey(std::string_view name, TimeMs now) {
    Query query(connection_, "UPDATE api_keys SET revoked = ? WHERE name = ? AND revoked IS NULL RETURNING account_id",
                now, name);
    if (!query.next()) return {};
    AccountId const account{query.integer(0)};
    query.run();
    return account;
}

std::int64_t SqliteAccountStore::ack(AccountId account, std::int64_t seq) {
    Query query(connection_,
                "UPDATE accounts SET acked = max(acked, min(?, "
                "coalesce((SELECT s.seq FROM account_seqs s WHERE s.account_id = accounts.id), 0))) "
                "WHERE id = ? RETURNING acked",
                seq, account);
    if (!query.next()) return 0;
    auto const acked = query.integer(0);
    query.run();
    return acked;
}

void SqliteAccountStore::setDetached(AccountId account, std::optional<std::int64_t> runningMs) {
    Query(connection_, "UPDATE accounts SET detached = ? WHERE id = ? AND anonymous", runningMs, account).run();
}

void SqliteAccountStore::detachAll(std::int64_t runningMs) {
    Query(connection_, "UPDATE accounts SET detached = ? WHERE anonymous AND detached IS NULL", runningMs).run();
}

std::int64_t SqliteAccountStore::runningMs() {
    Query query(connection_, "SELECT running_ms FROM notifier_meta");
    return query.next() ? query.integer(0) : 0;
}

void SqliteAccountStore::setRunningMs(std::int64_t runningMs) {
    Query(connection_, "UPDATE notifier_meta SET running_ms = ?", runningMs).run();
}

std::int64_t SqliteAccountStore::removeDetachedBefore(std::int64_t runningMs, std::int64_t limit) {
    std::vector<AccountId> accounts;
    {
        Query query(connection_,
                    "SELECT id FROM accounts a WHERE detached IS NOT NULL AND detached < ? AND NOT EXISTS "
                    "(SELECT 1 FROM webhooks w WHERE w.account_id = a.id AND w.enabled) ORDER BY detached LIMIT ?",
                    runningMs, limit);
        while (query.next())
            accounts.push_back(AccountId{query.integer(0)});
    }
    for (auto const account : accounts)
        remove(account);
    return static_cast<std::int64_t>(accounts.size());
}

void SqliteAccountStore::remove(AccountId account) {
    Query(connection_, "INSERT INTO demand_changes (alert_id) SELECT id FROM alerts WHERE account_id = ? ORDER BY id",
          account)
        .run();
    Query(connection_, "DELETE FROM alert_states WHERE alert_id IN (SELECT id FROM alerts WHERE account_id = ?)",
          account)
        .run();
    Query(connection_, "DELETE FROM alerts WHERE account_id = ?", account).run();
    Query(connection_, "DELETE FROM events WHERE account_id = ?", account).run();
    Query(connection_, "DELETE FROM account_seqs WHERE account_id = ?", account).run();
    removeReceivers(connection_, account);
    Query(connection_, "DELETE FROM sessions WHERE account_id = ?", account).run();
    Query(connection_, "DELETE FROM accounts WHERE id = ?", account).run();
}

}  // namespace common::sqlite
