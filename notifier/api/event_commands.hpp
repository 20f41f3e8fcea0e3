#pragma once

#include "common/core/error.hpp"
#include "common/store/stores.hpp"
#include "notifier/api/accounts.hpp"
#include "notifier/api/command_handler.hpp"
#include "notifier/protocol/requests.hpp"

#include <cstdint>
#include <string>
#include <string_view>

// What the methods about durable events read and write. On the store thread; only ack writes.

namespace notifier {

common::Result<CommandOutcome> runResume(common::Database& database, Caller const& caller, ResumeRequest const& request,
                                         std::string_view epoch);
common::Result<CommandOutcome> runAck(common::Database& database, Caller const& caller, std::int64_t seq);
common::Result<CommandOutcome> runHistory(common::Database& database, Caller const& caller,
                                          HistoryRequest const& request, std::string_view epoch);

}  // namespace notifier
