#pragma once

#include "common/net/tls.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/url.hpp"
#include "ingestion/exchange/binance/binance.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace ingestion::binance {

/// The shell of the all-market stream: one connection, opened anew when it ends or falls silent. Network thread.
class BinanceMarketFeed final : public MarketFeed {
public:
    BinanceMarketFeed(BinanceDeps deps, MarketListener& listener, common::Url base, common::net::TlsContext tls);
    ~BinanceMarketFeed() override { stop(); }
    BinanceMarketFeed(BinanceMarketFeed const&) = delete;
    BinanceMarketFeed& operator=(BinanceMarketFeed const&) = delete;

    void start() override;
    void stop() override;

private:
    struct Life;
    class Link;
    static boost::asio::awaitable<void> run(std::shared_ptr<Life> life);
    static boost::asio::awaitable<void> watch(std::shared_ptr<Life> life);

    /// Held by the coroutines, too: they outlive the feed while they end.
    std::shared_ptr<Life> life_;
};

}  // namespace ingestion::binance
