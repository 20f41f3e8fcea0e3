#pragma once

#include "common/core/error.hpp"
#include "common/store/stores.hpp"

#include <string>
#include <string_view>

// The operator's `key add|list|revoke`. Each is one transaction of its own on a connection that nobody else uses.

namespace notifier {

/// Makes a key and returns it: `tb_…`. Only its hash is stored, so this is the one time that it can be shown. 1402 when
/// a live key has this name, 1102 for a name that is none (1 to 64 of A-Z a-z 0-9 . _ -).
common::Result<std::string> addKey(common::Database& database, std::string_view name, bool admin, common::TimeMs now);
/// One line per key, revoked ones included: name, admin or user, when made, when revoked.
std::string listKeys(common::Database& database);
/// 1401 when no live key has this name. The account and its alerts stay.
common::Result<void> revokeKey(common::Database& database, std::string_view name, common::TimeMs now);

}  // namespace notifier
