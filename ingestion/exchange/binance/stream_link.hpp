#pragma once

#include "common/net/ws_client.hpp"
#include "ingestion/exchange/binance/binance_feed.hpp"
#include "ingestion/exchange/binance/codec.hpp"
#include "ingestion/exchange/binance/stream_health.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace ingestion::binance {

/// One WebSocket connection of the feed and what belongs to it alone. Held by its own coroutine, so it may outlive the
/// feed while the close handshake ends; detached by then, it says nothing.
class StreamLink final : public common::net::WsHandler {
public:
    StreamLink(BinanceFeed& owner, ConnectionId number, std::int64_t nowMs)
        : feed(&owner),
          id(number),
          health(owner.config_.health, nowMs),
          socket(owner.deps_.io, owner.tls_, options(owner.config_)) {}

    void onText(std::string_view message) override { feed->onText(*this, message); }
    void onPing() override { feed->onPing(*this); }
    void onDrained() override { feed->onDrained(*this); }

    /// Opens, reads, ends; tells the feed as long as it is attached.
    static boost::asio::awaitable<void> run(std::shared_ptr<StreamLink> self, common::Url url);

    BinanceFeed* feed;  ///< null once detached
    ConnectionId id;
    StreamHealth health;
    common::net::WsClient socket;
    Codec codec;
    bool isOpen = false;
    std::int64_t openedMs = 0;
    // Since the last onDrained().
    std::size_t frames = 0;
    std::size_t bytes = 0;
    std::size_t trades = 0;
    common::TimeMs lastTradeTime = 0;

private:
    static common::net::WsOptions options(BinanceConfig const& config) {
        common::net::WsOptions options;
        options.openTimeoutMs = config.openTimeoutMs;
        // A list of a thousand subscriptions has 30 KB.
        options.messageBytesMax = 1'048'576;
        return options;
    }
};

}  // namespace ingestion::binance
