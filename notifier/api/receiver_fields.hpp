#pragma once

#include "common/core/error.hpp"
#include "common/core/json.hpp"
#include "common/core/time.hpp"
#include "common/store/stores.hpp"
#include "notifier/delivery/rules/address_guard.hpp"
#include "notifier/delivery/rules/message.hpp"

#include <optional>
#include <string>
#include <vector>

// Values that the routes of webhooks and addresses read, and that alerts name as channels.

namespace notifier {

inline constexpr common::DurationMs kMaxAgeDefault = 3'600'000;

/// A member that is text or absent; 1102 for another type.
common::Result<std::optional<std::string>> optionalText(common::json::Value const& body, std::string_view name);
/// `max_age`: from 1 s to 7 d, as `30m` or integer milliseconds; 1102 for anything else.
common::Result<std::optional<common::DurationMs>> optionalMaxAge(common::json::Value const& body);

/// Each is `push`, a webhook of the account, or a verified address of it; else 1107. On the store thread. `account`:
/// nothing while it is only offered.
common::Result<void> checkChannels(common::Database& database, std::optional<common::AccountId> account,
                                   std::vector<std::string> const& channels);

}  // namespace notifier
