#include "ingestion/exchange/binance/binance_feed.hpp"

#include "common/runtime/clock.hpp"
#include "ingestion/exchange/binance/stream_link.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include <fmt/format.h>

namespace ingestion::binance {
namespace {

namespace asio = boost::asio;
namespace log = common::log;
using common::net::NetError;
using common::net::NetErrorKind;
using common::net::WsEnd;

constexpr std::string_view kComponent = "exchange";
constexpr std::size_t kLoggedTextBytesMax = 200;

Loss lossOf(NetError const& error) {
    Loss loss{Loss::Cause::Dropped, fmt::format("{}: {}", common::net::kindText(error.kind), error.detail),
              error.retryAfterMs};
    if (error.httpStatus == 403 || error.httpStatus == 451) loss.cause = Loss::Cause::Forbidden;
    if (error.httpStatus == 418 || error.httpStatus == 429) loss.cause = Loss::Cause::TooManyRequests;
    return loss;
}

Loss lossOf(WsEnd const& end) {
    constexpr std::uint16_t kPolicyViolation = 1008;
    bool const tooMany = end.cause == WsEnd::Cause::PeerClosed && end.code == kPolicyViolation;
    return {tooMany ? Loss::Cause::TooManyRequests : Loss::Cause::Dropped,
            fmt::format("closed {} {}", end.code, end.reason)};
}

}  // namespace

BinanceFeed::Numbers::Numbers(common::Metrics& metrics)
    : frames(metrics.counter("tickbell_exchange_frames_total", "Frames read from the exchange")),
      bytes(metrics.counter("tickbell_exchange_bytes_total", "Bytes of frames read from the exchange")),
      malformed(metrics.counter("tickbell_exchange_malformed_frames_total", "Frames that could not be read")),
      connects(metrics.counter("tickbell_exchange_connects_total", "Exchange connections opened")),
      connectFailures(metrics.counter("tickbell_exchange_connect_failures_total", "Exchange connections that failed")),
      closes(metrics.counter("tickbell_exchange_closes_total", "Exchange connections that ended against our will")),
      stalls(metrics.counter("tickbell_exchange_stalls_total", "Symbols whose open stream fell silent")),
      lags(metrics.counter("tickbell_exchange_lags_total", "Connections left because their data came late")),
      connections(metrics.gauge("tickbell_exchange_connections", "Open exchange connections")),
      symbols(metrics.gauge("tickbell_exchange_symbols", "Symbols followed")),
      lagSeconds(metrics.gauge("tickbell_exchange_lag_seconds", "Our clock minus the newest trade's time")) {}

BinanceFeed::BinanceFeed(BinanceDeps deps, FeedListener& listener, ExchangeRest& rest, BinanceConfig config,
                         common::Url base, common::net::TlsContext tls)
    : deps_(deps),
      listener_(listener),
      rest_(rest),
      config_(std::move(config)),
      base_(std::move(base)),
      tls_(std::move(tls)),
      numbers_(deps.metrics),
      pool_(config_.pool, config_.seed),
      watch_(config_.watch),
      timer_(deps.io),
      alive_(std::make_shared<bool>(true)) {}

BinanceFeed::~BinanceFeed() {
    *alive_ = false;
    for (auto const& link : links_) {
        link.second->feed = nullptr;
        link.second->socket.abort();
    }
}

void BinanceFeed::follow(SymbolIndex index, common::Symbol symbol) {
    if (!*alive_ || names_.contains(index)) return;
    if (!isStreamable(symbol)) {
        log::error(kComponent, "unstreamable_symbol", {{"symbol", symbol}});
        unstreamable_.push_back(index);
        return requestPump();
    }
    if (!watch_.add(symbol, index)) return;
    if (tickDueMs_ == 0) tickDueMs_ = deps_.clock.monotonicMs() + config_.tickMs;
    pool_.follow(symbol);
    names_.emplace(index, std::move(symbol));
    numbers_.symbols.set(static_cast<double>(watch_.size()));
    requestPump();
}

void BinanceFeed::leave(SymbolIndex index) {
    auto const node = names_.extract(index);
    if (node.empty()) return;
    watch_.remove(node.mapped());
    pool_.leave(node.mapped(), deps_.clock.monotonicMs());
    numbers_.symbols.set(static_cast<double>(watch_.size()));
    requestPump();
}

void BinanceFeed::stop() {
    if (!std::exchange(*alive_, false)) return;
    timer_.cancel();
    names_.clear();
    watch_.clear();
    pool_.stop();
    for (auto const& effect : pool_.takeEffects())
        if (auto const* const close = std::get_if<CloseConnection>(&effect)) apply(*close);
}

void BinanceFeed::requestPump() {
    // Posted, so that all changes of one turn of the loop go out in the same message.
    if (std::exchange(pumpRequested_, true)) return;
    asio::post(deps_.io, [this, alive = alive_] {
        if (*alive) pump();
    });
}

void BinanceFeed::pump() {
    pumpRequested_ = false;
    auto const nowMs = deps_.clock.monotonicMs();
    if (tickDueMs_ != 0 && nowMs >= tickDueMs_) tick(nowMs);
    for (auto const index : std::exchange(unstreamable_, {}))
        listener_.onInterrupted(index, "the exchange has no stream of this name");
    pool_.advance(nowMs);
    for (auto const& effect : pool_.takeEffects()) {
        std::visit([this](auto const& one) { apply(one); }, effect);
        if (!*alive_) return;  // a listener may stop the feed
    }
    if (watch_.size() == 0 && links_.empty()) tickDueMs_ = 0;
    arm(nowMs);
}

void BinanceFeed::arm(std::int64_t nowMs) {
    auto const due = std::min(pool_.dueMs(), tickDueMs_ == 0 ? kNever : tickDueMs_);
    if (due == kNever) {
        timer_.cancel();
        return;
    }
    timer_.expires_after(std::chrono::milliseconds(std::max<std::int64_t>(due - nowMs, 0)));
    timer_.async_wait([this, alive = alive_](boost::system::error_code error) {
        if (!error && *alive) pump();
    });
}

void BinanceFeed::apply(OpenConnection const& effect) {
    auto url = base_;
    if (url.target.ends_with('/')) url.target.pop_back();
    url.target += effect.target;
    auto link = std::make_shared<StreamLink>(*this, effect.id, deps_.clock.monotonicMs());
    links_.emplace(effect.id, link);
    asio::co_spawn(deps_.io, StreamLink::run(std::move(link), std::move(url)), [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    });
}

void BinanceFeed::apply(SendText const& effect) {
    auto const at = links_.find(effect.id);
    if (at == links_.end()) return;
    log::debug(kComponent, "send", {{"connection", effect.id}, {"bytes", effect.text.size()}});
    // Refused only when the connection is ending; its end is reported by itself.
    at->second->socket.send(effect.text);
}

void BinanceFeed::apply(CloseConnection const& effect) {
    constexpr std::uint16_t kNormal = 1000;
    auto const node = links_.extract(effect.id);
    if (node.empty()) return;
    auto& link = *node.mapped();
    log::info(kComponent, "leave", {{"connection", effect.id}, {"reason", effect.reason}});
    link.feed = nullptr;
    if (link.isOpen) {
        numbers_.connections.add(-1);
        link.socket.close(kNormal);
    } else {
        link.socket.abort();
    }
}

void BinanceFeed::apply(SymbolAcknowledged const& effect) {
    auto* const entry = watch_.find(effect.symbol);
    if (entry == nullptr) return;
    watch_.acknowledged(*entry, deps_.clock.monotonicMs());
    log::debug(kComponent, "acknowledged", {{"symbol", effect.symbol}});
    listener_.onAcknowledged(entry->index);
}

void BinanceFeed::apply(SymbolInterrupted const& effect) {
    if (auto* const entry = watch_.find(effect.symbol)) interrupt(*entry, effect.reason);
}

void BinanceFeed::interrupt(SymbolWatch::Entry& entry, std::string_view reason) {
    watch_.interrupted(entry);
    listener_.onInterrupted(entry.index, reason);
}

void BinanceFeed::onOpened(StreamLink& link) {
    auto const nowMs = deps_.clock.monotonicMs();
    link.isOpen = true;
    link.openedMs = nowMs;
    link.health = StreamHealth(config_.health, nowMs);
    numbers_.connects.add();
    numbers_.connections.add(1);
    log::info(kComponent, "connected", {{"connection", link.id}, {"url", base_.origin()}});
    pool_.opened(link.id, nowMs);
    requestPump();
}

void BinanceFeed::onOpenFailed(StreamLink& link, NetError const& error) {
    auto const nowMs = deps_.clock.monotonicMs();
    numbers_.connectFailures.add();
    auto const loss = lossOf(error);
    if (loss.cause == Loss::Cause::Forbidden) {
        log::error(kComponent, "forbidden",
                   {{"status", error.httpStatus},
                    {"url", base_.origin()},
                    {"advice",
                     "the exchange refuses this address or country; choose another base URL with "
                     "--exchange-ws (asked again every few minutes)"}});
    } else if (auto const count = connectLog_.hit(nowMs)) {
        log::warn(kComponent, "connect_failed", {{"connection", link.id}, {"reason", loss.reason}, {"count", *count}});
    }
    links_.erase(link.id);
    pool_.lost(link.id, loss, nowMs);
    requestPump();
}

void BinanceFeed::onEnded(StreamLink& link, WsEnd const& end) {
    auto const nowMs = deps_.clock.monotonicMs();
    numbers_.closes.add();
    numbers_.connections.add(-1);
    log::warn(
        kComponent, "closed",
        {{"connection", link.id}, {"code", end.code}, {"reason", end.reason}, {"livedMs", nowMs - link.openedMs}});
    links_.erase(link.id);
    pool_.lost(link.id, lossOf(end), nowMs);
    requestPump();
}

void BinanceFeed::onText(StreamLink& link, std::string_view text) {
    if (batchMs_ == 0) {
        batchMs_ = deps_.clock.monotonicMs();
        batchWallMs_ = deps_.clock.wallMs();
    }
    ++link.frames;
    link.bytes += text.size();
    auto const& frame = link.codec.decode(text);
    if (frame.kind != FrameKind::Trade) return onControl(link, frame, text);
    auto* const entry = watch_.find(frame.symbol);
    if (entry == nullptr) return;  // left a moment ago
    auto trade = frame.trade;
    trade.received = batchWallMs_;
    ++link.trades;
    link.lastTradeTime = trade.time;
    entry->onTrade(trade.id, batchMs_);
    listener_.onTrade(entry->index, trade);
}

void BinanceFeed::onControl(StreamLink& link, Frame const& frame, std::string_view text) {
    auto const nowMs = batchMs_;
    switch (frame.kind) {
        case FrameKind::Ack:
            if (frame.id) pool_.acknowledged(link.id, *frame.id, nowMs);
            break;
        case FrameKind::Subscriptions:
            if (frame.id) pool_.listed(link.id, *frame.id, frame.names, nowMs);
            break;
        case FrameKind::Error:
            log::warn(kComponent, "refused",
                      {{"connection", link.id}, {"code", frame.code}, {"message", frame.message}});
            numbers_.closes.add();
            pool_.refused(link.id, fmt::format("error {} {}", frame.code, frame.message), nowMs);
            break;
        case FrameKind::ServerShutdown:
            log::info(kComponent, "shutdown_notice", {{"connection", link.id}});
            pool_.replace(link.id, ReplaceCause::ShutdownNotice, false, nowMs);
            break;
        case FrameKind::Malformed:
            numbers_.malformed.add();
            if (auto const count = malformedLog_.hit(nowMs))
                log::warn(kComponent, "malformed",
                          {{"connection", link.id},
                           {"why", frame.message},
                           {"text", text.substr(0, kLoggedTextBytesMax)},
                           {"count", *count}});
            return;
        case FrameKind::Trade:
        case FrameKind::Other:
            return;
    }
    requestPump();
}

void BinanceFeed::onPing(StreamLink& link) {
    pool_.pinged(link.id, deps_.clock.monotonicMs());
}

void BinanceFeed::onDrained(StreamLink& link) {
    if (batchMs_ == 0) return;
    numbers_.frames.add(static_cast<double>(std::exchange(link.frames, 0)));
    numbers_.bytes.add(static_cast<double>(std::exchange(link.bytes, 0)));
    auto const trades = std::exchange(link.trades, 0);
    if (trades > 0) link.health.onTrades(trades, batchWallMs_ - link.lastTradeTime, batchMs_);
    batchMs_ = 0;
    if (trades > 0) listener_.onBatchEnd();
}

}  // namespace ingestion::binance
