#include "ingestion/engine/engine.hpp"

#include "common/runtime/log.hpp"

#include <algorithm>
#include <limits>
#include <utility>

// What the engine hears from the exchange and asks it: trades, newest ids, repairs, the symbol list.

namespace ingestion {
namespace {

namespace log = common::log;

constexpr std::size_t kNewestSymbolsMax = 20;  // `ticker/24hr` of up to 20 symbols has weight 2
constexpr int kRowsMax = 1'000;
constexpr common::DurationMs kSymbolsRetryMs = 2'000;

}  // namespace

void Engine::onTrade(SymbolIndex index, common::Trade const& trade) {
    if (batchMono_ == 0) batchMono_ = deps_.clock.monotonicMs();
    auto& symbol = *symbols_[index];
    marketClock_.observe(trade.time, batchMono_);
    symbol.onTrade(trade, batchMono_);
    ++counters_.trades;
    touch(symbol);
}

void Engine::onBatchEnd() {
    auto const mono = deps_.clock.monotonicMs();
    batchMono_ = 0;
    askRest(mono);
    flush();
}

void Engine::onAcknowledged(SymbolIndex index) {
    auto& symbol = *symbols_[index];
    auto const mono = deps_.clock.monotonicMs();
    symbol.onAcknowledged(mono);
    touch(symbol);
    askRest(mono);
}

void Engine::onInterrupted(SymbolIndex index, std::string_view reason) {
    auto& symbol = *symbols_[index];
    symbol.onInterrupted(reason, deps_.clock.wallMs());
    touch(symbol);
}

void Engine::askRest(common::TimeMs mono) {
    if (stopping_) return;
    std::vector<SymbolIndex> due;
    for (std::size_t i = 0; i < attention_.size(); ++i) {
        auto const index = attention_[i];
        auto& symbol = *symbols_[index];
        if (symbol.newestDue(mono)) {
            symbol.onNewestAsked();
            due.push_back(index);
        }
        if (symbol.phase() != FollowedSymbol::Phase::Following) continue;
        if (auto const question = symbol.tape().nextQuestion(mono, timeMs(mono))) askRepair(symbol, *question);
    }
    askWindows();
    for (std::size_t from = 0; from < due.size(); from += kNewestSymbolsMax)
        askNewest({due.begin() + static_cast<std::ptrdiff_t>(from),
                   due.begin() + static_cast<std::ptrdiff_t>(std::min(from + kNewestSymbolsMax, due.size()))});
}

void Engine::askNewest(std::vector<SymbolIndex> asked) {
    std::vector<common::Symbol> names;
    std::vector<std::uint32_t> generations;
    for (auto const index : asked) {
        names.push_back(symbols_[index]->symbol());
        generations.push_back(symbols_[index]->generation());
    }
    deps_.rest.newestTrades(std::move(names),
                            [this, asked = std::move(asked), generations = std::move(generations)](auto answer) {
                                auto const mono = deps_.clock.monotonicMs();
                                for (std::size_t i = 0; i < asked.size(); ++i) {
                                    auto& symbol = *symbols_[asked[i]];
                                    if (symbol.generation() != generations[i]) continue;
                                    touch(symbol);
                                    auto const* const row = answer ? findNewest(*answer, symbol.symbol()) : nullptr;
                                    if (row == nullptr)
                                        symbol.onNewestFailed(mono, answer ? 0 : answer.error().retryAfterMs);
                                    else
                                        judgeNewest(symbol, row->tradeId, mono);
                                }
                                askRest(mono);
                                flush();
                            });
}

NewestTrade const* Engine::findNewest(std::vector<NewestTrade> const& rows, std::string_view symbol) {
    auto const row = std::ranges::find(rows, symbol, &NewestTrade::symbol);
    return row == rows.end() ? nullptr : &*row;
}

void Engine::judgeNewest(FollowedSymbol& symbol, std::int64_t newest, common::TimeMs mono) {
    switch (symbol.onNewest(newest, mono, timeMs(mono))) {
        case FollowedSymbol::Verdict::Fine:
        case FollowedSymbol::Verdict::AskAgain:
            return;
        case FollowedSymbol::Verdict::Reset:
            return reset(symbol, newest);
        case FollowedSymbol::Verdict::CheckTime:
            break;
    }
    deps_.rest.newestRows(symbol.symbol(), 1,
                          [this, index = symbol.index(), generation = symbol.generation(), newest](auto answer) {
                              auto& asked = *symbols_[index];
                              if (asked.generation() != generation || !answer || answer->empty()) return;
                              auto const& row = answer->back();
                              if (row.id < asked.tape().last() && row.time > asked.lastTradeTime())
                                  reset(asked, newest);
                          });
}

void Engine::reset(FollowedSymbol& symbol, std::int64_t newest) {
    log::warn("engine", "tape reset",
              {{"symbol", symbol.symbol()}, {"last", symbol.tape().last()}, {"newest", newest}});
    ++counters_.resets;
    // What was judged on the old tape is committed first: its ids cannot be asked for again.
    flush();
    if (!symbol.settled() && symbol.phase() == FollowedSymbol::Phase::Following) {
        symbol.askNewestAgain(deps_.clock.monotonicMs() + options_.commitEveryMs);
        return;
    }
    load(symbol, newest);
}

void Engine::askRepair(FollowedSymbol& symbol, Tape::Question question) {
    auto const index = symbol.index();
    auto const generation = symbol.generation();
    auto const answered = [this, index, generation](auto const& answer, Tape::Answer rows) {
        auto& asked = *symbols_[index];
        if (asked.generation() != generation) return;
        auto const mono = deps_.clock.monotonicMs();
        if (answer)
            asked.tape().onAnswer(rows, mono);
        else
            asked.tape().onNoAnswer(mono, answer.error().retryAfterMs);
        touch(asked);
        askRest(mono);
        flush();
    };
    auto const aggregates = [answered](auto answer) {
        answered(answer, answer ? Tape::Answer{answer->rows, answer->aggregateIds, answer->rows.size() >= kRowsMax}
                                : Tape::Answer{});
    };
    switch (question.kind) {
        case Tape::Question::Kind::NewestRows:
            return deps_.rest.newestRows(symbol.symbol(), kRowsMax, [answered](auto answer) {
                answered(answer, answer ? Tape::Answer{*answer, {}, answer->size() >= kRowsMax} : Tape::Answer{});
            });
        case Tape::Question::Kind::AggregatesFromTime:
            return deps_.rest.aggregatesFromTime(symbol.symbol(), question.argument, aggregates);
        case Tape::Question::Kind::AggregatesFromId:
            return deps_.rest.aggregatesFromId(symbol.symbol(), question.argument, aggregates);
    }
}

void Engine::askSymbols() {
    symbolsAt_ = std::numeric_limits<common::TimeMs>::max();
    deps_.rest.symbols([this](auto answer) { onSymbols(std::move(answer)); });
}

void Engine::onSymbols(RestResult<std::vector<common::SymbolInfo>> answer) {
    auto const mono = deps_.clock.monotonicMs();
    if (!answer) {
        log::warn("engine", "no symbol list", {{"reason", answer.error().detail}});
        symbolsAt_ = mono + std::max(kSymbolsRetryMs, answer.error().retryAfterMs);
        return;
    }
    symbolsAt_ = mono + options_.symbolsEveryMs;
    for (auto& [symbol, status] : listed_)
        status = common::SymbolStatus::Unlisted;
    for (auto const& info : *answer)
        listed_[info.symbol] = info.status;
    for (auto const& symbol : symbols_) {
        auto const found = listed_.find(symbol->symbol());
        if (symbol->phase() == FollowedSymbol::Phase::Left || found == listed_.end()) continue;
        symbol->setHalted(common::isHalted(found->second), deps_.clock.wallMs());
        touch(*symbol);
    }
    deps_.channel.replaceSymbols(std::move(*answer), [this](auto stored) {
        if (stored)
            symbolsLoaded_ = true;
        else
            symbolsAt_ = deps_.clock.monotonicMs() + kSymbolsRetryMs;
    });
    flush();
}

}  // namespace ingestion
