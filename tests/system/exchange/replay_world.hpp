#pragma once

#include "common/core/json.hpp"
#include "common/net/http_client.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/metrics.hpp"
#include "ingestion/exchange/binance/binance.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace system_test {

/// Keeps what the feed says, by index.
struct Recorder final : ingestion::FeedListener {
    struct Heard {
        std::vector<std::int64_t> ids;
        int acknowledged = 0;
        int interrupted = 0;
        std::string reason;
    };
    void onTrade(ingestion::SymbolIndex symbol, common::Trade const& trade) override {
        heard[symbol].ids.push_back(trade.id);
        ++trades;
    }
    void onBatchEnd() override { ++batches; }
    void onAcknowledged(ingestion::SymbolIndex symbol) override { ++heard[symbol].acknowledged; }
    void onInterrupted(ingestion::SymbolIndex symbol, std::string_view why) override {
        ++heard[symbol].interrupted;
        heard[symbol].reason = why;
    }

    std::map<ingestion::SymbolIndex, Heard> heard;
    std::size_t trades = 0;
    std::size_t batches = 0;
};

/// The stand-in exchange as a process, and a feed and REST that speak to it.
class ReplayWorld : public ::testing::Test {
protected:
    void start(std::vector<std::string> const& symbols, std::vector<std::string> extra = {});
    void makeRest();
    void makeFeed();
    /// Ends everything and checks that we broke no rule of the exchange.
    void TearDown() override;

    common::json::Value control(std::string const& command);
    bool eventually(auto done, std::chrono::milliseconds limit = std::chrono::seconds(20)) {
        return support::eventually(io, done, limit);
    }
    void follow(std::vector<std::string> const& symbols);

    boost::asio::io_context io{1};
    common::SystemClock clock;
    common::Metrics metrics;
    Recorder recorder;
    ingestion::binance::BinanceConfig config;
    std::unique_ptr<support::ChildProcess> replay;
    std::unique_ptr<common::net::HttpClient> controlClient;
    std::unique_ptr<ingestion::ExchangeRest> rest;
    std::unique_ptr<ingestion::TradeFeed> feed;
    int violationsExpected = 0;
};

}  // namespace system_test
