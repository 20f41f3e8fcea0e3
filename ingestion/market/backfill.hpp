#pragma once

#include "common/core/candle.hpp"
#include "common/runtime/clock.hpp"
#include "ingestion/exchange/feed.hpp"
#include "ingestion/market/candle_builder.hpp"
#include "ingestion/market/candle_channel.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace ingestion {

/// A minute candle as the exchange's REST tells it; nothing when a figure is none.
std::optional<common::Candle> candleOf(Kline const& kline);

/// Fetches the exchange's own candles (spec section 5): a day when a symbol is first followed, what was missed while it
/// was not, and single minutes that own trades cannot complete. Asks for the newest rows first and walks back, so that
/// no clock is needed: a row is closed when the answer holds a later one. Decides only; network thread.
class Backfill {
public:
    struct Deps {
        ExchangeRest& rest;
        CandleChannel& channel;
        common::Clock const& clock;
    };
    /// Which following of a symbol asks: answers to an earlier one are dropped by the listener.
    struct Asker {
        SymbolIndex index = 0;
        common::Symbol symbol;
        std::uint32_t generation = 0;
    };
    /// Everything up to the end of `lastClosed` is stored; `running` opens the minute that goes on.
    using Filled = std::function<void(Asker const& asker, common::Candle const& lastClosed)>;

    Backfill(Deps deps, Filled filled) : deps_(deps), filled_(std::move(filled)) {}

    /// A symbol's trades come without a hole from now on; `fresh`: they did not until now.
    void begin(Asker asker, bool fresh);
    /// These minutes shall be the exchange's own.
    void refill(Asker asker, CandleBuilder::Span span);
    void leave(SymbolIndex index);
    /// Asks what is due; call now and then.
    void onTimer(common::TimeMs monoMs);
    bool idle() const { return jobs_.empty(); }

private:
    struct Job {
        Asker asker;
        bool day = false;  ///< the last day and what was missed
        bool fresh = false;
        bool again = false;                               ///< more was wanted while a question was out
        bool out = false;                                 ///< a question is out
        std::uint64_t number = 0;                         ///< of that question
        std::optional<CandleChannel::Coverage> coverage;  ///< asked for before the first day
        std::optional<CandleBuilder::Span> span;
        std::optional<common::TimeMs> target;  ///< walks back to here
        common::TimeMs pageEnd = 0;            ///< rows before this are asked for next; 0 = the newest
        int limit = 0;                         ///< rows asked for
        common::TimeMs dueAt = 0;
        common::DurationMs backoffMs = 0;
    };

    Job& job(Asker asker);
    Job* waiting(SymbolIndex index, std::uint64_t number);
    void ask(Job& job);
    void askRows(Job& job);
    void onCoverage(Job& job, CandleChannel::Coverage coverage);
    static common::TimeMs targetOf(Job const& job, common::TimeMs running);
    void onRows(Job& job, std::vector<Kline> const& rows);
    void store(Job& job, std::vector<common::Candle> const& candles, bool newest);
    void onStored(SymbolIndex index, std::uint64_t number, std::optional<common::Candle> const& lastClosed);
    void answered(Job& job);
    void retry(Job& job, common::DurationMs atLeastMs);
    void finish(Job& job);

    Deps deps_;
    Filled filled_;
    std::map<SymbolIndex, Job> jobs_;
    std::uint64_t lastNumber_ = 0;
    int out_ = 0;
};

}  // namespace ingestion
