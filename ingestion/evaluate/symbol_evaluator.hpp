#pragma once

#include "common/core/alert.hpp"
#include "common/core/trade.hpp"
#include "common/store/records.hpp"
#include "ingestion/evaluate/bucket.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace ingestion {

/// What one judged trade caused, ordered by ascending alert id within a trade.
struct Judgement {
    std::vector<common::Fire> fires;         ///< to be notified
    std::vector<common::StateWrite> states;  ///< ends (announced); what else changed comes from collectDirty
    std::size_t judged = 0;                  ///< trades
    void clear() { fires.clear(), states.clear(), judged = 0; }
};

/// Judges the trades of one symbol against all its armed alerts (spec section 4). Pure: no clock, store, log or thread;
/// the same calls give the same judgements. Stands at a position: everything up to there is judged.
///
/// A trade that passes no level costs a few comparisons, however many alerts wait.
class SymbolEvaluator {
public:
    explicit SymbolEvaluator(common::Symbol symbol);
    ~SymbolEvaluator();
    SymbolEvaluator(SymbolEvaluator&&) noexcept;
    SymbolEvaluator& operator=(SymbolEvaluator&&) noexcept;

    /// Where judging stands; set once before the first add() and trade, from the stored position or from the newest id
    /// that REST named (then without a price).
    void setPosition(common::Position const& position);
    common::Position const& position() const;
    /// Ids up to here are given up (a gap): judging goes on behind them with the state kept.
    void skipTo(std::int64_t tradeId);

    /// Takes an armed alert: state.fromTradeId is set, and may lie before or behind the position. Restores exactly the
    /// state after judging fromTradeId … position from the record and the position. Replaces an alert of the same id.
    /// A windowed one (change, spike, volatility) shares the window of others like it, or gets one made of `past`,
    /// which goes up to the position. What that does not hold did not happen: without a close so old the predicate is
    /// false.
    void add(common::AlertRecord const& record, WindowPast const& past = {});
    /// Whether add() of this windowed condition needs no past.
    bool hasWindow(common::Condition const& condition) const;
    /// Forgets an alert; unknown ids are ignored.
    void remove(common::AlertId alert);
    bool contains(common::AlertId alert) const;
    /// The revision that judges, nothing for an unknown alert.
    std::optional<std::int64_t> revision(common::AlertId alert) const;
    /// Nothing for an alert that never expires, or an unknown one.
    std::optional<common::TimeMs> expires(common::AlertId alert) const;
    /// `expires` changes in place, without a new revision; unknown ids are ignored.
    void setExpires(common::AlertId alert, std::optional<common::TimeMs> expires);
    std::size_t size() const;
    /// True when some alert must judge this id: it is above the position and an alert is armed from there or before.
    bool needs(std::int64_t tradeId) const;
    /// Those alerts, ascending.
    std::vector<common::AlertId> armedUpTo(std::int64_t tradeId) const;

    /// Judges the next trade; its id is above the position (continuity is the caller's). A price of 0 moves the
    /// position only. Appends to `out`.
    void judge(common::Trade const& trade, common::TradeSource source, bool late, Judgement& out);
    /// Ends alerts whose `expires` is at or before `now` although no trade has come to say so; appends to `out`. The
    /// wall clock runs before the tape: call it only with a time up to which every trade has been judged.
    void expire(common::TimeMs now, Judgement& out);
    /// Whether expire(now) would end any.
    bool expiresBy(common::TimeMs now) const;
    /// Appends, once per alert, the state that changed since the last call without a notified fire saying it all
    /// (suppressed fires, runs, anchors, extremes). Must go into the same step as the position, once per step.
    void collectDirty(std::vector<common::StateWrite>& out);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ingestion
