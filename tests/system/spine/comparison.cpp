#include "tests/system/spine/comparison.hpp"

#include <cstddef>
#include <cstdint>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace spine {

using support::number;
using support::text;
using support::WsTestClient;

void subscribeAll(WsTestClient& client, std::vector<Asked>& alerts, std::map<std::string, Asked*>& byId) {
    for (auto& asked : alerts) {
        auto const reply = client.ask(asked.request, kLong);
        auto const* const result = reply.find("result");
        ASSERT_NE(result, nullptr) << asked.request;
        byId[text(*result->find("alert"), "id")] = &asked;
    }
}

void awaitReceipts(WsTestClient& client, std::map<std::string, Asked*>& byId) {
    for (std::size_t armed = 0; armed < byId.size();) {
        auto const state = client.push("alert_state", kLong);
        if (text(state, "state") != "armed") continue;  // some are done already
        byId.at(text(state, "alert_id"))->from = number(state, "from_trade_id");
        ++armed;
    }
}

bool meetsAlertsOften(std::map<std::string, Asked*> const& byId, Tapes const& tapes) {
    std::size_t count = 0;
    for (auto const& [id, asked] : byId)
        count += expectedLines(*asked, tapes.at(asked->definition.symbol), Detail::All).size();
    return count > byId.size();
}

void compare(WsTestClient& client, std::map<std::string, Asked*> const& byId, Tapes const& tapes, Detail detail) {
    ASSERT_TRUE(meetsAlertsOften(byId, tapes));
    std::size_t expectedCount = 0;
    std::map<std::string, std::vector<std::string>> expected, found;
    for (auto const& [id, asked] : byId) {
        auto& lines = expected[id];
        lines = expectedLines(*asked, tapes.at(asked->definition.symbol), detail);
        expectedCount += lines.size();
    }
    std::size_t count = 0;
    for (std::int64_t seq = 1; count < expectedCount; ++seq) {
        auto const push = client.maybePush("notification", kLong);
        if (!push) break;
        ASSERT_EQ(number(*push, "seq"), seq);
        if (number(*push->find("trade"), "id") > tapes.at(text(*push, "symbol")).back().id) continue;
        found[text(*push, "alert_id")].push_back(lineOf(*push, detail));
        ++count;
    }
    for (auto const& [id, lines] : expected)
        EXPECT_EQ(found[id], lines) << common::alertText(byId.at(id)->definition);
    fmt::print("{} alerts, {} notifications compared\n", byId.size(), expectedCount);
}

}  // namespace spine
