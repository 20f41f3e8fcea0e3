#pragma once

#include "tests/support/ws_test_client.hpp"
#include "tests/system/spine/expectation.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace spine {

using Tapes = std::map<common::Symbol, std::vector<common::Trade>>;

constexpr auto kLong = std::chrono::seconds(60);

/// Subscribes to everything; a fatal failure of the test when an alert is refused.
void subscribeAll(support::WsTestClient& client, std::vector<Asked>& alerts, std::map<std::string, Asked*>& byId);
/// Waits until each alert has its receipt, which is noted in it.
void awaitReceipts(support::WsTestClient& client, std::map<std::string, Asked*>& byId);

/// Whether there is something to compare: more fires than alerts.
bool meetsAlertsOften(std::map<std::string, Asked*> const& byId, Tapes const& tapes);

/// Reads notifications until as many came as the oracle expects of these tapes, then compares alert by alert. Trades
/// behind the end of the tapes count for nothing.
void compare(support::WsTestClient& client, std::map<std::string, Asked*> const& byId, Tapes const& tapes,
             Detail detail);

}  // namespace spine
