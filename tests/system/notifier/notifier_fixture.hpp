#pragma once

#include "common/store/change_bell.hpp"
#include "common/store/stores.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/temp_directory.hpp"
#include "tests/support/ws_test_client.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace notifier::test {

using namespace std::chrono_literals;
using support::number;
using support::RawClient;
using support::text;
using support::UpgradeRefused;
using support::Value;
using support::WsTestClient;

/// Writes what ingestion would, through the same roles, and rings.
class PlayedIngestion {
public:
    explicit PlayedIngestion(std::string const& databaseUrl);

    void listSymbols(std::vector<std::string> const& symbols);
    void lifeSign(common::TimeMs at);
    void feed(common::FeedRecord const& feed);
    void health(common::SymbolHealth const& row);
    void price(std::string const& symbol, std::string const& price, std::int64_t tradeId);
    void candles(std::string const& symbol, std::vector<common::Candle> const& candles);
    /// The alert of this public id is judged from `fromTradeId` on.
    void arm(std::string const& alertId, std::int64_t fromTradeId);
    /// It fires `times` times, on trades from `tradeId` on, in one step, armed by it where it was not. Fires of a
    /// removed alert are dropped.
    common::StepOutcome fire(std::string const& alertId, std::int64_t tradeId, std::string const& price, int times = 1);
    std::vector<common::Symbol> watched();

private:
    struct Row {
        common::AlertId id;
        std::int64_t rev = 0;
        common::Decimal level;
    };
    /// As last seen alive: a fire that raced with a removal carries what was true before it.
    Row row(std::string const& alertId);
    common::StateWrite armedState(std::string const& alertId, std::int64_t fromTradeId);
    template <class Work>
    auto commit(Work work);

    std::unique_ptr<common::Database> database_;
    std::unique_ptr<common::ChangeBell> bell_;
    std::map<std::string, Row> rows_;
    std::map<std::string, std::int64_t> armed_;  ///< which revision
};

/// A real notifier on a database of its own.
class NotifierTest : public ::testing::Test {
protected:
    void SetUp() override;

    /// Ends a running one first. `arguments` come after --database and --listen.
    void start(std::vector<std::string> arguments = {});
    /// SIGTERM, and the exit status.
    int stop();
    void kill();
    static std::uint16_t portOf(support::ChildProcess& process);
    std::string databaseUrl() const;
    support::Finished command(std::vector<std::string> arguments);
    /// The key that `key add` prints.
    std::string addKey(std::string const& name, bool admin = false);
    static WsTestClient::Options bearer(std::string const& secret);
    /// HTTP GET over a connection of its own: the whole answer.
    std::string get(std::string const& target, std::string const& headers = {}) const;
    /// Subscribes in the founding form; the alert's id.
    static std::string subscribe(WsTestClient& client, std::string const& symbol = "BTCUSDT",
                                 std::string const& threshold = "70000");
    static Value result(Value const& reply);
    static std::int64_t errorCode(Value const& reply);

    support::TempDirectory directory_;
    std::unique_ptr<PlayedIngestion> ingestion_;
    std::unique_ptr<support::ChildProcess> process_;
    std::uint16_t port_ = 0;
};

}  // namespace notifier::test
