#pragma once

#include "common/net/tls.hpp"
#include "common/net/ws_client.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/metrics.hpp"
#include "common/runtime/url.hpp"
#include "ingestion/exchange/binance/binance.hpp"
#include "ingestion/exchange/binance/codec.hpp"
#include "ingestion/exchange/binance/connection_pool.hpp"

#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ingestion::binance {

class StreamLink;

/// The shell around ConnectionPool and SymbolWatch: sockets, timers, log and metrics. Network thread.
class BinanceFeed final : public TradeFeed {
public:
    BinanceFeed(BinanceDeps deps, FeedListener& listener, ExchangeRest& rest, BinanceConfig config, common::Url base,
                common::net::TlsContext tls);
    ~BinanceFeed() override;
    BinanceFeed(BinanceFeed const&) = delete;
    BinanceFeed& operator=(BinanceFeed const&) = delete;

    void follow(SymbolIndex index, common::Symbol symbol) override;
    void leave(SymbolIndex index) override;
    bool complete() const override { return pool_.complete(); }
    void stop() override;

private:
    friend class StreamLink;
    struct Numbers {
        explicit Numbers(common::Metrics& metrics);
        common::Counter frames, bytes, malformed, connects, connectFailures, closes, stalls, lags;
        common::Gauge connections, symbols, lagSeconds;
    };

    // From the links, inside their run().
    void onOpened(StreamLink& link);
    void onOpenFailed(StreamLink& link, common::net::NetError const& error);
    void onEnded(StreamLink& link, common::net::WsEnd const& end);
    void onText(StreamLink& link, std::string_view text);
    void onPing(StreamLink& link);
    void onDrained(StreamLink& link);

    void onControl(StreamLink& link, Frame const& frame, std::string_view text);
    void requestPump();
    void pump();
    void arm(std::int64_t nowMs);
    void apply(OpenConnection const& effect);
    void apply(SendText const& effect);
    void apply(CloseConnection const& effect);
    void apply(SymbolAcknowledged const& effect);
    void apply(SymbolInterrupted const& effect);
    void interrupt(SymbolWatch::Entry& entry, std::string_view reason);
    void tick(std::int64_t nowMs);
    void checkHealth(StreamLink& link, std::int64_t nowMs);
    void askWitness(std::int64_t nowMs);
    void replaceStalled(std::int64_t nowMs);

    BinanceDeps deps_;
    FeedListener& listener_;
    ExchangeRest& rest_;
    BinanceConfig config_;
    common::Url base_;
    common::net::TlsContext tls_;
    Numbers numbers_;
    ConnectionPool pool_;
    SymbolWatch watch_;
    std::unordered_map<SymbolIndex, common::Symbol> names_;
    std::vector<SymbolIndex> unstreamable_;  ///< followed under a name that must not be sent; to be reported
    std::unordered_map<ConnectionId, std::shared_ptr<StreamLink>> links_;
    boost::asio::steady_timer timer_;
    common::log::RateLimited malformedLog_;
    common::log::RateLimited connectLog_;
    std::shared_ptr<bool> alive_;  ///< false once stopped or destroyed: late answers find out by it
    std::int64_t batchMs_ = 0;     ///< monotonic and wall time of the frames being read; 0 between batches
    common::TimeMs batchWallMs_ = 0;
    std::int64_t tickDueMs_ = 0;
    bool pumpRequested_ = false;
    bool questionOut_ = false;
};

}  // namespace ingestion::binance
