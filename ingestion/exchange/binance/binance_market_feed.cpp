#include "ingestion/exchange/binance/binance_market_feed.hpp"

#include "common/net/ws_client.hpp"
#include "common/runtime/clock.hpp"
#include "ingestion/exchange/binance/mini_tickers.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace ingestion::binance {
namespace {

namespace asio = boost::asio;
namespace log = common::log;

constexpr std::size_t kMessageBytesMax = 4'194'304;  // 3,500 symbols of 150 bytes, with room
constexpr common::DurationMs kBackoffFirstMs = 1'000;
constexpr common::DurationMs kBackoffMaxMs = 60'000;
constexpr common::DurationMs kSilenceMaxMs = 60'000;  // the whole market changes every second
constexpr common::DurationMs kWatchEveryMs = 5'000;

}  // namespace

struct BinanceMarketFeed::Life {
    Life(BinanceDeps given, MarketListener& hears, common::Url url, common::net::TlsContext context)
        : deps(given),
          listener(&hears),
          base(std::move(url)),
          tls(std::move(context)),
          pause(deps.io),
          watchTimer(deps.io) {}

    BinanceDeps deps;
    MarketListener* listener;  ///< null once stopped
    common::Url base;
    common::net::TlsContext tls;
    asio::steady_timer pause;
    asio::steady_timer watchTimer;
    std::shared_ptr<Link> link;
};

class BinanceMarketFeed::Link final : public common::net::WsHandler {
public:
    explicit Link(Life& life)
        : life_(life), socket(life.deps.io, life.tls, options()), heardAt(life.deps.clock.monotonicMs()) {}

    void onText(std::string_view message) override {
        heardAt = life_.deps.clock.monotonicMs();
        if (life_.listener != nullptr && decodeMiniTickers(message, decoded_))
            life_.listener->onTickers(decoded_.eventTime, decoded_.tickers);
    }

private:
    static common::net::WsOptions options() {
        common::net::WsOptions options;
        options.messageBytesMax = kMessageBytesMax;
        return options;
    }

    Life& life_;
    MiniTickers decoded_;

public:
    common::net::WsClient socket;
    std::int64_t heardAt;
};

BinanceMarketFeed::BinanceMarketFeed(BinanceDeps deps, MarketListener& listener, common::Url base,
                                     common::net::TlsContext tls)
    : life_(std::make_shared<Life>(deps, listener, std::move(base), std::move(tls))) {}

void BinanceMarketFeed::start() {
    auto const rethrow = [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    };
    asio::co_spawn(life_->deps.io, run(life_), rethrow);
    asio::co_spawn(life_->deps.io, watch(life_), rethrow);
}

void BinanceMarketFeed::stop() {
    life_->listener = nullptr;
    life_->pause.cancel();
    life_->watchTimer.cancel();
    if (life_->link) life_->link->socket.abort();
}

asio::awaitable<void> BinanceMarketFeed::run(std::shared_ptr<Life> life) {
    constexpr auto noThrow = asio::as_tuple(asio::use_awaitable);
    log::RateLimited failures;
    auto backoffMs = kBackoffFirstMs;
    while (life->listener != nullptr) {
        auto url = life->base;
        if (url.target.ends_with('/')) url.target.pop_back();
        url.target += "/ws/!miniTicker@arr";
        life->link = std::make_shared<Link>(*life);
        auto const link = life->link;
        auto const opened = co_await link->socket.open(std::move(url));
        if (life->listener == nullptr) co_return;
        if (opened) {
            log::info("exchange", "market stream connected");
            backoffMs = kBackoffFirstMs;
            auto const end = co_await link->socket.run(*link);
            if (life->listener == nullptr) co_return;
            log::warn("exchange", "market stream ended", {{"code", end.code}, {"reason", end.reason}});
            life->listener->onMarketInterrupted();
        } else if (auto const count = failures.hit(life->deps.clock.monotonicMs())) {
            log::warn("exchange", "market stream unreachable",
                      {{"reason", opened.error().detail}, {"failures", *count}});
        }
        life->link.reset();
        life->pause.expires_after(std::chrono::milliseconds(backoffMs));
        backoffMs = std::min(backoffMs * 2, kBackoffMaxMs);
        auto const [error] = co_await life->pause.async_wait(noThrow);
        if (error) co_return;
    }
}

asio::awaitable<void> BinanceMarketFeed::watch(std::shared_ptr<Life> life) {
    constexpr auto noThrow = asio::as_tuple(asio::use_awaitable);
    while (life->listener != nullptr) {
        life->watchTimer.expires_after(std::chrono::milliseconds(kWatchEveryMs));
        auto const [error] = co_await life->watchTimer.async_wait(noThrow);
        if (error) co_return;
        if (life->link && life->deps.clock.monotonicMs() - life->link->heardAt > kSilenceMaxMs)
            life->link->socket.abort();
    }
}

}  // namespace ingestion::binance
