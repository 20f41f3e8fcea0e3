#pragma once

#include "ingestion/evaluate/alert_slot.hpp"
#include "ingestion/evaluate/ladder.hpp"
#include "ingestion/evaluate/ordered_places.hpp"
#include "ingestion/evaluate/symbol_evaluator.hpp"
#include "ingestion/evaluate/trail_set.hpp"
#include "ingestion/evaluate/window_set.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace ingestion {

/// Alerts in slots, their levels in the ladder, their times in orders. Keeping alerts stands in symbol_evaluator.cpp,
/// judging in symbol_judge.cpp.
class SymbolEvaluator::Impl {
public:
    explicit Impl(common::Symbol symbol) { position_.symbol = std::move(symbol); }

    void setPosition(common::Position const& position);
    common::Position const& position() const { return position_; }
    void skipTo(std::int64_t tradeId) { position_.tradeId = std::max(position_.tradeId, tradeId); }

    void add(common::AlertRecord const& record, WindowPast const& past);
    bool hasWindow(common::Condition const& condition) const { return windows_ && windows_->holds(condition); }
    void remove(common::AlertId alert);
    std::optional<std::uint32_t> find(common::AlertId alert) const;
    std::optional<std::int64_t> revision(common::AlertId alert) const;
    std::optional<common::TimeMs> expires(common::AlertId alert) const;
    void setExpires(common::AlertId alert, std::optional<common::TimeMs> expires);
    std::size_t size() const { return slots_.size(); }
    bool needs(std::int64_t tradeId) const;
    std::vector<common::AlertId> armedUpTo(std::int64_t tradeId) const;

    void judge(common::Trade const& trade, common::TradeSource source, bool late, Judgement& out);
    void expire(common::TimeMs now, Judgement& out);
    bool expiresBy(common::TimeMs now) const { return expiries_.firstKey() <= static_cast<std::uint64_t>(now); }
    void collectDirty(std::vector<common::StateWrite>& out);

private:
    /// The trade being judged.
    struct Moment {
        common::Trade const& trade;
        common::TradeSource source;
        bool late;
        common::TimeMs tau;    ///< event time
        std::uint64_t price;   ///< in units
        std::uint64_t before;  ///< price judged before, in units; 0 = none
    };
    /// A condition met at this trade, before cooldown and mode have their say.
    struct Hit {
        std::int64_t alert = 0;
        std::uint32_t slot = 0;
        bool up = true;
        bool first = false;  ///< at the alert's first trade
        Edge edge = Edge::None;
        std::optional<common::TimeMs> since;
    };

    // Keeping alerts.
    std::uint32_t take(common::AlertRecord const& record);
    void joinWindow(std::uint32_t index, common::Condition const& condition, WindowPast const& past);
    WindowSet::Terms termsOf(Slot const& slot) const;
    bool hasJudged(Slot const& slot) const;
    bool restore(std::uint32_t index, AlertMemory const& memory);
    void release(std::uint32_t index);
    /// Visits each level of the alert that stands in the ladder: boundary, tag.
    template <class Visit>
    void forEachLevel(Slot const& slot, Visit visit) const;
    void insertLevels(std::uint32_t index);
    void eraseLevels(std::uint32_t index);
    void setAnchor(Shape& shape, std::uint64_t anchor) const;
    void setExtreme(Shape& shape, std::uint64_t extreme) const;
    TrailSet::Calm calmOf(Shape const& shape) const;
    void beginRun(std::uint32_t index, Run run);
    void endRun(std::uint32_t index);
    void markDirty(std::uint32_t index);
    common::StateWrite stateOf(Slot const& slot) const;
    void refreshBounds();

    // Judging.
    void judgeClosely(Moment const& now, bool moved, Judgement& out);
    void endExpired(common::TimeMs time, std::int64_t lastId, std::vector<common::StateWrite>& out);
    void pass(Place const& level, Moment const& now);
    void passBand(std::uint32_t index, bool upper, Moment const& now);
    void passCross(std::uint32_t index, bool upper);
    void moveTrail(std::uint32_t index, Moment const& now);
    void judgeWindows(Moment const& now);
    void judgeFirst(std::uint32_t index, Moment const& now);
    bool isTrueAtFirst(std::uint32_t index, Moment const& now, bool& up);
    void rise(std::uint32_t index, Moment const& now, bool up, Edge edge, bool first = false);
    void fall(std::uint32_t index, bool up);
    void hitLastingRuns(common::TimeMs tau);
    void settle(Hit const& hit, Moment const& now, Judgement& out);
    common::Fire fireOf(Hit const& hit, Moment const& now) const;
    std::string extraOf(Hit const& hit) const;
    void restartAfterFire(std::uint32_t index, std::uint64_t price);
    void advance(common::Trade const& trade, common::TimeMs tau);

    Shape* shapeOf(Slot const& slot) { return slot.shape == kNone ? nullptr : &shapes_[slot.shape]; }
    Pace* paceOf(Slot const& slot) { return slot.pace == kNone ? nullptr : &paces_[slot.pace]; }
    bool lasts(Slot const& slot) const { return slot.shape != kNone && shapes_[slot.shape].forDuration > 0; }

    common::Position position_;
    Pool<Slot> slots_;
    Pool<Pace> paces_;
    Pool<Shape> shapes_;
    OrderedPlaces ids_;  ///< alert id → slot
    Ladder ladder_;
    TrailSet trails_;
    std::unique_ptr<WindowSet> windows_;  ///< while there are windowed alerts
    OrderedPlaces fresh_;                 ///< first trade id → slot: alerts that have judged nothing yet
    OrderedPlaces expiries_;              ///< expires → slot
    OrderedPlaces runEnds_;               ///< event time at which a run has lasted for `for` → slot
    // The first keys of these orders, for the one glance that most trades get.
    std::uint64_t freshFrom_ = OrderedPlaces::kNever;
    std::uint64_t nextTime_ = OrderedPlaces::kNever;

    std::vector<std::uint32_t> dirty_;
    // Work lists of one trade, kept for their memory.
    std::vector<Place> passed_;
    std::vector<std::uint32_t> gathered_;
    std::vector<Hit> hits_;
};

template <class Visit>
void SymbolEvaluator::Impl::forEachLevel(Slot const& slot, Visit visit) const {
    using enum common::ConditionKind;
    constexpr auto kUp = Ladder::kActsUp;
    constexpr auto kDown = Ladder::kActsDown;
    constexpr auto kUpper = Ladder::kUpper;
    // A run ends where the price comes back, so alerts with `for` listen in both directions.
    auto const back = [&](std::uint32_t direction) { return lasts(slot) ? direction : 0; };
    switch (slot.kind) {
        case Above:
            visit(slot.low + 1, kUp | kUpper | (slot.rearms ? 0 : back(kDown)));
            if (slot.rearms) visit(slot.high + 1, kDown);
            break;
        case Below:
            visit(slot.low, kDown | (slot.rearms ? 0 : back(kUp)));
            if (slot.rearms) visit(slot.high, kUp | kUpper);
            break;
        case CrossUp:
        case CrossDown:
        case Cross:
            visit(slot.low, kDown);
            visit(slot.low + 1, kUp | kUpper);
            break;
        case Enter:
            visit(slot.low, kUp | back(kDown));
            visit(slot.high + 1, kDown | kUpper | back(kUp));
            break;
        case Exit:
            visit(slot.low, kDown | back(kUp));
            visit(slot.high + 1, kUp | kUpper | back(kDown));
            break;
        case Move: {
            auto const& shape = shapes_[slot.shape];
            if (shape.upper != OrderedPlaces::kNever) visit(shape.upper, kUp | kUpper | back(kDown));
            if (shape.lower != 0) visit(shape.lower, kDown | back(kUp));
            break;
        }
        case Trail:   // stands in the trail set
        case Change:  // these stand at a window
        case Spike:
        case Volatility:
            break;
    }
}

}  // namespace ingestion
