#include "common/core/decimal.hpp"
#include "ingestion/evaluate/symbol_evaluator_impl.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ingestion {
namespace {

using enum common::ConditionKind;

common::Decimal decimalOf(std::uint64_t units) {
    return common::Decimal::fromUnits(static_cast<std::int64_t>(units));
}

std::string_view edgeJson(Edge edge) {
    return edge == Edge::None ? "null" : edge == Edge::Low ? R"("low")" : R"("high")";
}

}  // namespace

void SymbolEvaluator::Impl::judge(common::Trade const& trade, common::TradeSource source, bool late, Judgement& out) {
    if (trade.price.value.isZero()) {
        skipTo(trade.lastId());
        return;
    }
    ++out.judged;
    Moment const now{.trade = trade,
                     .source = source,
                     .late = late,
                     .tau = std::max(position_.eventTime, trade.time),
                     .price = static_cast<std::uint64_t>(trade.price.value.units()),
                     .before = static_cast<std::uint64_t>(position_.price.value.units())};
    bool const moved = ladder_.moveFreely(now.price);
    bool const stirred = windows_ != nullptr && windows_->take(trade, now.tau);
    if (stirred || !moved || !trails_.isCalm(now.price) || static_cast<std::uint64_t>(trade.lastId()) >= freshFrom_ ||
        static_cast<std::uint64_t>(now.tau) >= nextTime_)
        judgeClosely(now, moved, out);
    advance(trade, now.tau);
}

void SymbolEvaluator::Impl::advance(common::Trade const& trade, common::TimeMs tau) {
    if (trade.price.value != position_.price.value && !position_.price.value.isZero()) {
        position_.otherTradeId = position_.judgedId;
        position_.otherPrice = position_.price.value;
    }
    position_.tradeId = position_.judgedId = trade.lastId();
    position_.price = trade.price;
    position_.tradeTime = trade.time;
    position_.eventTime = tau;
}

void SymbolEvaluator::Impl::judgeClosely(Moment const& now, bool moved, Judgement& out) {
    hits_.clear();
    endExpired(now.trade.time, now.trade.lastId(), out.states);
    if (!moved) {
        passed_.clear();
        ladder_.moveTo(now.price, passed_);
        for (auto const& level : passed_)
            pass(level, now);
    }
    if (!trails_.isCalm(now.price)) {
        gathered_.clear();
        trails_.gather(now.price, gathered_);
        for (auto const index : gathered_)
            moveTrail(index, now);
    }
    if (windows_) judgeWindows(now);
    while (fresh_.firstKey() <= static_cast<std::uint64_t>(now.trade.lastId()))
        judgeFirst(fresh_.front().slot, now);
    hitLastingRuns(now.tau);
    std::ranges::sort(hits_, {}, &Hit::alert);
    for (auto const& hit : hits_)
        settle(hit, now, out);
    trails_.settle();
    if (windows_)
        windows_->settle([this](std::uint32_t index) {
            auto const& slot = slots_[index];
            return std::pair(termsOf(slot), shapes_[slot.shape].verdict);
        });
    refreshBounds();
}

void SymbolEvaluator::Impl::endExpired(common::TimeMs time, std::int64_t lastId, std::vector<common::StateWrite>& out) {
    gathered_.clear();
    expiries_.forRange(0, static_cast<std::uint64_t>(time) + 1, [&](Place const& place) {
        // A trade before an alert's first says nothing about it.
        if (auto const& slot = slots_[place.slot]; slot.from <= lastId) gathered_.push_back(place.slot);
    });
    for (auto const index : gathered_) {
        auto& state = out.emplace_back(stateOf(slots_[index]));
        state.status = common::AlertStatus::Expired;
        state.announce = true;
        state.expires = paceOf(slots_[index])->expires;
        release(index);
    }
}

void SymbolEvaluator::Impl::expire(common::TimeMs now, Judgement& out) {
    endExpired(now, std::numeric_limits<std::int64_t>::max(), out.states);
    refreshBounds();
}

void SymbolEvaluator::Impl::pass(Place const& level, Moment const& now) {
    auto& slot = slots_[level.slot];
    if (slot.fresh) return;
    bool const upper = (level.tag & Ladder::kUpper) != 0;
    bool const up = now.price > now.before;
    switch (slot.kind) {
        case Above:
        case Below: {
            bool const becomesTrue = slot.kind == Above ? up : !up;
            if (slot.rearms) {
                if (slot.held == becomesTrue) return;
                slot.held = becomesTrue;
                markDirty(level.slot);
            }
            if (becomesTrue)
                rise(level.slot, now, true, Edge::None);
            else
                fall(level.slot, true);
            break;
        }
        case CrossUp:
        case CrossDown:
        case Cross:
            passCross(level.slot, upper);
            break;
        case Enter:
        case Exit:
            passBand(level.slot, upper, now);
            break;
        case Move:
            if (up == upper)
                rise(level.slot, now, upper, Edge::None);
            else
                fall(level.slot, upper);
            break;
        case Trail:
        case Change:
        case Spike:
        case Volatility:
            break;
    }
}

void SymbolEvaluator::Impl::passCross(std::uint32_t index, bool upper) {
    // The upper level is passed upwards only, the lower one downwards only; between them lies the price itself, which
    // leaves the side.
    auto& slot = slots_[index];
    bool const wasOpposite = slot.side == (upper ? Side::Low : Side::High);
    bool const wanted = slot.kind == Cross || slot.kind == (upper ? CrossUp : CrossDown);
    slot.side = upper ? Side::High : Side::Low;
    if (wasOpposite && wanted) hits_.push_back({.alert = slot.alert, .slot = index, .up = upper, .since = {}});
}

void SymbolEvaluator::Impl::passBand(std::uint32_t index, bool upper, Moment const& now) {
    auto const& slot = slots_[index];
    auto const isInside = [&](std::uint64_t price) { return price >= slot.low && price <= slot.high; };
    bool const wasInside = isInside(now.before);
    bool const inside = isInside(now.price);
    if (wasInside == inside) return;  // jumped over the whole band
    if (inside == (slot.kind == Enter))
        rise(index, now, true, upper ? Edge::High : Edge::Low);
    else
        fall(index, true);
}

void SymbolEvaluator::Impl::moveTrail(std::uint32_t index, Moment const& now) {
    auto& shape = shapes_[slots_[index].shape];
    bool const isDown = shape.direction == common::Direction::Down;
    if (isDown ? now.price > shape.extreme : now.price < shape.extreme) {
        setExtreme(shape, now.price);
        markDirty(index);
    }
    bool const wasReached = shape.reached;
    shape.reached = isDown ? now.price < shape.trigger : now.price >= shape.trigger;
    trails_.set(shape.trail, calmOf(shape));
    if (shape.reached && !wasReached) rise(index, now, !isDown, Edge::None);
    if (!shape.reached && wasReached) fall(index, !isDown);
}

void SymbolEvaluator::Impl::judgeWindows(Moment const& now) {
    windows_->forEachStirred([&](std::uint32_t index) {
        auto const& slot = slots_[index];
        if (slot.fresh) return;
        auto& shape = shapes_[slot.shape];
        auto const verdict = windows_->judge(shape.window, termsOf(slot), now.trade.price.value);
        auto const before = std::exchange(shape.verdict, verdict);
        if (before == verdict) return;
        if (before != Verdict::False) fall(index, before == Verdict::Up);
        if (verdict != Verdict::False) rise(index, now, verdict == Verdict::Up, Edge::None);
    });
}

void SymbolEvaluator::Impl::judgeFirst(std::uint32_t index, Moment const& now) {
    auto& slot = slots_[index];
    fresh_.erase(static_cast<std::uint64_t>(slot.from), index);
    slot.fresh = false;
    bool up = true;
    if (!isTrueAtFirst(index, now, up)) return;
    if (slot.rearms) {
        slot.held = true;
        markDirty(index);
    }
    if (slot.initial) rise(index, now, up, Edge::None, true);
}

bool SymbolEvaluator::Impl::isTrueAtFirst(std::uint32_t index, Moment const& now, bool& up) {
    auto& slot = slots_[index];
    auto* const shape = shapeOf(slot);
    auto const price = now.price;
    bool const inside = price >= slot.low && price <= slot.high;
    switch (slot.kind) {
        case Above:
            return price > slot.low;
        case Below:
            return price < slot.low;
        case CrossUp:
        case CrossDown:
        case Cross:
            if (price != slot.low) slot.side = price > slot.low ? Side::High : Side::Low;
            return false;
        case Enter:
            return inside;
        case Exit:
            return !inside;
        case Move:
            if (shape->anchorKind != common::Anchor::Price) {
                shape->anchor = price;
                markDirty(index);
            }
            setAnchor(*shape, shape->anchor);
            insertLevels(index);
            up = price >= shape->upper;
            return up || price < shape->lower;
        case Trail:
            setExtreme(*shape, price);
            shape->trail = trails_.insert(index, calmOf(*shape));
            markDirty(index);
            return false;
        case Change:
        case Spike:
        case Volatility:
            shape->verdict = windows_->judge(shape->window, termsOf(slot), now.trade.price.value);
            windows_->stir(shape->window);
            up = shape->verdict != Verdict::Down;
            return shape->verdict != Verdict::False;
    }
    return false;
}

void SymbolEvaluator::Impl::rise(std::uint32_t index, Moment const& now, bool up, Edge edge, bool first) {
    auto const& slot = slots_[index];
    if (!lasts(slot)) {
        hits_.push_back({.alert = slot.alert, .slot = index, .up = up, .first = first, .edge = edge, .since = {}});
        return;
    }
    beginRun(index, {.since = now.tau, .up = up, .edge = edge});
    markDirty(index);
}

void SymbolEvaluator::Impl::fall(std::uint32_t index, bool up) {
    auto const* const shape = shapeOf(slots_[index]);
    if (shape == nullptr || !shape->run || shape->run->up != up) return;
    endRun(index);
    markDirty(index);
}

void SymbolEvaluator::Impl::hitLastingRuns(common::TimeMs tau) {
    while (runEnds_.firstKey() <= static_cast<std::uint64_t>(tau)) {
        auto const index = runEnds_.front().slot;
        auto const run = *shapes_[slots_[index].shape].run;
        endRun(index);
        markDirty(index);
        hits_.push_back(
            {.alert = slots_[index].alert, .slot = index, .up = run.up, .edge = run.edge, .since = run.since});
    }
}

void SymbolEvaluator::Impl::settle(Hit const& hit, Moment const& now, Judgement& out) {
    auto& slot = slots_[hit.slot];
    auto* const pace = paceOf(slot);
    bool const suppressed =
        pace != nullptr && pace->cooldown > 0 && pace->notifiedAt && now.tau - *pace->notifiedAt < pace->cooldown;
    if (suppressed) {
        ++pace->suppressed;
        markDirty(hit.slot);
    } else {
        out.fires.push_back(fireOf(hit, now));
        if (slot.once) {
            release(hit.slot);
            return;
        }
        if (pace != nullptr) {
            pace->notifiedAt = now.tau;
            if (pace->suppressed > 0) markDirty(hit.slot);
            pace->suppressed = 0;
        }
    }
    restartAfterFire(hit.slot, now.price);
}

common::Fire SymbolEvaluator::Impl::fireOf(Hit const& hit, Moment const& now) const {
    auto const& slot = slots_[hit.slot];
    common::Fire fire{.alert = {slot.alert},
                      .rev = slot.rev,
                      .level = {},
                      .trade = now.trade,
                      .prev = {},
                      .suppressed = slot.pace == kNone ? 0 : paces_[slot.pace].suppressed,
                      .source = now.source,
                      .late = now.late,
                      .eventTime = now.tau,
                      .extra = extraOf(hit),
                      .ends = slot.once};
    if (slot.kind <= Cross)
        fire.level = decimalOf(slot.low);
    else if (hit.edge != Edge::None)
        fire.level = decimalOf(hit.edge == Edge::Low ? slot.low : slot.high);
    if (hit.first)
        fire.trade.id = std::max(fire.trade.id, slot.from);  // the front of an aggregate may lie before the receipt
    else
        fire.prev = common::Notification::Previous{position_.judgedId, position_.price};
    return fire;
}

std::string SymbolEvaluator::Impl::extraOf(Hit const& hit) const {
    auto const& slot = slots_[hit.slot];
    std::string extra;
    if (slot.kind == Enter || slot.kind == Exit) extra = fmt::format(R"("edge":{})", edgeJson(hit.edge));
    if (slot.kind == Move)
        extra = fmt::format(R"("anchor":"{}","direction":"{}")", decimalOf(shapes_[slot.shape].anchor).text(),
                            hit.up ? "up" : "down");
    if (slot.kind == Trail) extra = fmt::format(R"("extreme":"{}")", decimalOf(shapes_[slot.shape].extreme).text());
    if (common::isWindowed(slot.kind))
        extra = windows_->extra(shapes_[slot.shape].window, hit.up ? Verdict::Up : Verdict::Down);
    if (hit.since) extra += fmt::format(R"({}"since":{})", extra.empty() ? "" : ",", *hit.since);
    return extra;
}

void SymbolEvaluator::Impl::restartAfterFire(std::uint32_t index, std::uint64_t price) {
    auto const& slot = slots_[index];
    auto* const shape = shapeOf(slot);
    if (slot.kind == Move && shape->anchorKind == common::Anchor::LastFire) {
        eraseLevels(index);
        setAnchor(*shape, price);
        insertLevels(index);
        markDirty(index);
    }
    if (slot.kind == Trail) {
        setExtreme(*shape, price);
        shape->reached = false;
        trails_.set(shape->trail, calmOf(*shape));
        markDirty(index);
    }
}

}  // namespace ingestion
