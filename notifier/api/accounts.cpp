#include "notifier/api/accounts.hpp"

#include "common/runtime/crypto.hpp"

namespace notifier {

std::string secretHash(std::string_view secret) {
    return std::string(common::bytesOf(common::sha256(secret)));
}

Caller callerOf(Client const& client) {
    return {.account = client.account,
            .accountPublicId = client.accountPublicId,
            .sessionHash = client.sessionSecret.empty() ? std::string() : secretHash(client.sessionSecret)};
}

std::optional<common::Account> findAccount(common::Database& database, Caller const& caller) {
    if (caller.account) return database.accounts().find(*caller.account);
    return database.accounts().findBySession(caller.sessionHash);
}

common::Account findOrStoreAccount(common::Database& database, Caller const& caller, common::TimeMs now) {
    if (auto const account = findAccount(database, caller)) return *account;
    return database.accounts().createAnonymous(caller.accountPublicId, caller.sessionHash, now);
}

std::optional<Holder> findKeyHolder(common::Database& database, std::string_view hash) {
    auto const account = database.accounts().findByKey(hash);
    if (!account) return {};
    return Holder{*account, AuthKind::Key};
}

std::optional<Holder> findSessionHolder(common::Database& database, std::string_view hash) {
    auto const account = database.accounts().findBySession(hash);
    if (!account) return {};
    return Holder{*account, AuthKind::Session};
}

}  // namespace notifier
