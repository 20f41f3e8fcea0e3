#pragma once

#include "ingestion/exchange/binance/pool_types.hpp"
#include "ingestion/exchange/binance/stream_health.hpp"
#include "ingestion/exchange/binance/symbol_watch.hpp"
#include "ingestion/exchange/binance/weight_governor.hpp"
#include "ingestion/exchange/feed.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>

namespace common {
class Clock;
class Metrics;
}  // namespace common

namespace ingestion::binance {

struct RestLimits {
    WeightGovernor::Limits weight;
    common::DurationMs deadlineMs = 10'000;      ///< per request; the exchange's own backend gives up after 10 s
    common::DurationMs listDeadlineMs = 60'000;  ///< for the symbol list, which is 4 MB
    std::size_t connectionsMax = 6;
    std::size_t bodyBytesMax = 33'554'432;
    std::size_t queuedMax = 10'000;  ///< questions over this are answered Limited at once
    /// A question that could not be sent for so long is answered Limited, by priority: nobody waits for an old repair.
    std::array<common::DurationMs, 3> queueMs{10'000, 60'000, 600'000};
};

/// Everything about the exchange that an operator or a test may choose. Defaults are the public market-data hosts and
/// the limits of binance-facts section 1.7 with a margin.
struct BinanceConfig {
    std::string webSocketUrl = "wss://data-stream.binance.vision";  ///< base; `/stream` is appended
    std::string restUrl = "https://data-api.binance.vision";        ///< base; `/api/v3/…` is appended
    std::string caFile;                                             ///< PEM trusted besides the system's store
    PoolLimits pool;
    HealthLimits health;
    WatchLimits watch;
    RestLimits rest;
    common::DurationMs openTimeoutMs = 10'000;
    common::DurationMs tickMs = 1'000;  ///< how often freshness is judged
    std::uint64_t seed = 0;             ///< of the jitter; from the system's entropy in main
};

/// All must outlive what is made from them.
struct BinanceDeps {
    boost::asio::io_context& io;
    common::Clock const& clock;
    common::Metrics& metrics;
};

/// The error is a fragment that fits after the option's name.
template <class T>
using Made = std::expected<std::unique_ptr<T>, std::string>;

/// REST of Binance spot. stop() it before the io_context ends.
Made<ExchangeRest> makeBinanceRest(BinanceDeps deps, BinanceConfig const& config);
/// Trade streams of Binance spot. `rest` is the witness of stalled streams and must outlive the feed.
Made<TradeFeed> makeBinanceFeed(BinanceDeps deps, FeedListener& listener, ExchangeRest& rest,
                                BinanceConfig const& config);

/// All symbols' mini tickers (`!miniTicker@arr`).
Made<MarketFeed> makeBinanceMarketFeed(BinanceDeps deps, MarketListener& listener, BinanceConfig const& config);

}  // namespace ingestion::binance
