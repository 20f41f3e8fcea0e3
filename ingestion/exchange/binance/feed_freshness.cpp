// The part of BinanceFeed that doubts its connections: lag, silence, and REST as their witness.
#include "common/runtime/clock.hpp"
#include "ingestion/exchange/binance/binance_feed.hpp"
#include "ingestion/exchange/binance/stream_link.hpp"

#include <utility>

namespace ingestion::binance {
namespace {

namespace log = common::log;
constexpr std::string_view kComponent = "exchange";

}  // namespace

void BinanceFeed::tick(std::int64_t nowMs) {
    tickDueMs_ = nowMs + config_.tickMs;
    watch_.tick(nowMs);
    for (auto const& link : links_)
        if (link.second->isOpen) checkHealth(*link.second, nowMs);
    replaceStalled(nowMs);
    askWitness(nowMs);
}

void BinanceFeed::checkHealth(StreamLink& link, std::int64_t nowMs) {
    link.health.tick(nowMs);
    numbers_.lagSeconds.set(static_cast<double>(link.health.lagMs()) / 1000.0);
    if (link.health.isLagging() && pool_.replace(link.id, ReplaceCause::Lag, false, nowMs)) {
        numbers_.lags.add();
        log::warn(kComponent, "lagging", {{"connection", link.id}, {"lagMs", link.health.lagMs()}});
    }
    if (!link.health.isSilent(nowMs)) return;
    link.health.suspect(nowMs);
    log::debug(kComponent, "silent", {{"connection", link.id}});
    pool_.probe(link.id);
    watch_.hurry(pool_.symbolsOf(link.id));
}

void BinanceFeed::replaceStalled(std::int64_t nowMs) {
    for (auto const& symbol : watch_.takeStalled(nowMs)) {
        auto* const entry = watch_.find(symbol);
        auto const id = pool_.connectionOf(symbol);
        if (entry == nullptr || !id) continue;
        auto const link = links_.find(*id);
        bool const allSilent = link != links_.end() && link->second->health.isSuspected();
        numbers_.stalls.add();
        log::warn(kComponent, "stalled", {{"connection", *id}, {"symbol", symbol}, {"allSilent", allSilent}});
        pool_.replace(*id, ReplaceCause::Stall, allSilent, nowMs);
        if (!allSilent) interrupt(*entry, replaceCauseText(ReplaceCause::Stall));
    }
}

void BinanceFeed::askWitness(std::int64_t nowMs) {
    // One question at a time: a thousand silent symbols are through in fifty round trips, and repairs go on beside.
    if (questionOut_) return;
    auto question = watch_.takeQuestion(nowMs);
    if (question.empty()) return;
    questionOut_ = true;
    rest_.newestTrades(question, [this, alive = alive_, question](RestResult<std::vector<NewestTrade>> answer) {
        if (!*alive) return;
        questionOut_ = false;
        auto const answeredMs = deps_.clock.monotonicMs();
        if (!answer) return watch_.unanswered(question, answeredMs);
        watch_.answered(question, *answer, answeredMs);
        askWitness(answeredMs);
    });
}

}  // namespace ingestion::binance
