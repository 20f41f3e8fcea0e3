#include "ingestion/exchange/binance/binance.hpp"

#include "ingestion/exchange/binance/binance_feed.hpp"
#include "ingestion/exchange/binance/binance_market_feed.hpp"
#include "ingestion/exchange/binance/binance_rest.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace ingestion::binance {
namespace {

struct Peer {
    common::Url url;
    common::net::TlsContext tls;  ///< null for plain URLs
};

std::expected<Peer, std::string> peerOf(std::string const& text, std::string const& caFile,
                                        std::array<std::string_view, 2> const& schemes) {
    auto url = common::Url::parse(text, schemes);
    if (!url) return std::unexpected(std::move(url.error()));
    if (!url->isTls()) return Peer{std::move(*url), nullptr};
    auto tls = common::net::makeTlsClient({caFile, {}});
    if (!tls) return std::unexpected(std::move(tls.error()));
    return Peer{std::move(*url), std::move(*tls)};
}

}  // namespace

Made<ExchangeRest> makeBinanceRest(BinanceDeps deps, BinanceConfig const& config) {
    auto peer = peerOf(config.restUrl, config.caFile, {"http", "https"});
    if (!peer) return std::unexpected(std::move(peer.error()));
    return std::make_unique<BinanceRest>(deps, config.rest, std::move(peer->url), std::move(peer->tls));
}

Made<TradeFeed> makeBinanceFeed(BinanceDeps deps, FeedListener& listener, ExchangeRest& rest,
                                BinanceConfig const& config) {
    auto peer = peerOf(config.webSocketUrl, config.caFile, {"ws", "wss"});
    if (!peer) return std::unexpected(std::move(peer.error()));
    return std::make_unique<BinanceFeed>(deps, listener, rest, config, std::move(peer->url), std::move(peer->tls));
}

Made<MarketFeed> makeBinanceMarketFeed(BinanceDeps deps, MarketListener& listener, BinanceConfig const& config) {
    auto peer = peerOf(config.webSocketUrl, config.caFile, {"ws", "wss"});
    if (!peer) return std::unexpected(std::move(peer.error()));
    return std::make_unique<BinanceMarketFeed>(deps, listener, std::move(peer->url), std::move(peer->tls));
}

}  // namespace ingestion::binance
