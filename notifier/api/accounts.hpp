#pragma once

#include "common/store/stores.hpp"
#include "notifier/api/command_handler.hpp"

#include <optional>
#include <string>
#include <string_view>

// Who owns what a command touches. All but callerOf run on the store thread.

namespace notifier {

/// What the store keeps of a key or session secret. Secrets are random 128 bits, so a plain digest is enough, and
/// looking the digest up leaks nothing about the secret by its timing.
std::string secretHash(std::string_view secret);

/// A client as a job on the store thread knows it: copied when the command comes, since the client itself lives on the
/// network thread.
struct Caller {
    std::optional<common::AccountId> account;
    std::string accountPublicId;
    std::string sessionHash;  ///< empty for keys
};
Caller callerOf(Client const& client);

/// The caller's account; nothing while it is only offered. The rows may exist although the caller's copy does not say
/// so: an earlier command of the same client stores them, and its reply may not have come back yet.
std::optional<common::Account> findAccount(common::Database& database, Caller const& caller);
/// As findAccount, and stores the rows of an offered account that has none. Inside the command's transaction.
common::Account findOrStoreAccount(common::Database& database, Caller const& caller, common::TimeMs now);

struct Holder {
    common::Account account;
    AuthKind auth = AuthKind::Key;
};
std::optional<Holder> findKeyHolder(common::Database& database, std::string_view hash);
std::optional<Holder> findSessionHolder(common::Database& database, std::string_view hash);

}  // namespace notifier
