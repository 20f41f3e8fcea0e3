#pragma once

#include "common/core/error.hpp"
#include "common/store/stores.hpp"
#include "notifier/api/accounts.hpp"
#include "notifier/api/command_handler.hpp"
#include "notifier/protocol/requests.hpp"

#include <cstdint>
#include <string>

// What the alert methods do to the database. On the store thread, inside the command's transaction where they write;
// they refuse before they write anything, since the transaction is shared with other commands.

namespace notifier {

struct AlertJob {
    Caller caller;
    common::TimeMs now = 0;  ///< wall clock when the command came
    std::int64_t alertsMax = 0;
};

/// `request.symbol` is a symbol of the list already.
common::Result<CommandOutcome> runSubscribe(common::Database& database, AlertJob const& job,
                                            SubscribeRequest const& request);
common::Result<CommandOutcome> runUnsubscribe(common::Database& database, AlertJob const& job,
                                              UnsubscribeRequest const& request);
common::Result<CommandOutcome> runUpdate(common::Database& database, AlertJob const& job, UpdateRequest const& request);
common::Result<CommandOutcome> runPause(common::Database& database, AlertJob const& job, std::string const& alertId);
common::Result<CommandOutcome> runRearm(common::Database& database, AlertJob const& job, std::string const& alertId);
common::Result<CommandOutcome> runList(common::Database& database, AlertJob const& job, ListRequest const& request);

}  // namespace notifier
