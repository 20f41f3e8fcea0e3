#include "ingestion/evaluate/symbol_evaluator.hpp"

#include "ingestion/evaluate/symbol_evaluator_impl.hpp"

#include <utility>

namespace ingestion {
namespace {

std::uint64_t unitsOf(common::Decimal value) {
    return static_cast<std::uint64_t>(value.units());
}

Amount amountOf(common::Condition const& condition) {
    if (condition.kind == common::ConditionKind::Spike) return {false, unitsOf(condition.factor)};
    if (condition.pct) return {true, unitsOf(*condition.pct)};
    return {false, unitsOf(condition.abs.value_or(common::Decimal()))};
}

}  // namespace

void SymbolEvaluator::Impl::setPosition(common::Position const& position) {
    position_ = position;
    ladder_.standAt(unitsOf(position.price.value));
}

void SymbolEvaluator::Impl::add(common::AlertRecord const& record, WindowPast const& past) {
    remove(record.definition.id);
    auto const index = take(record);
    auto& slot = slots_[index];
    ids_.insert({static_cast<std::uint64_t>(slot.alert), index, 0});
    if (common::isWindowed(slot.kind)) joinWindow(index, record.definition.condition, past);
    slot.fresh = !hasJudged(slot) || !restore(index, readMemory(record.state.engine));
    insertLevels(index);
    if (slot.fresh) fresh_.insert({static_cast<std::uint64_t>(slot.from), index, 0});
    if (record.definition.expires) expiries_.insert({static_cast<std::uint64_t>(paceOf(slot)->expires), index, 0});
    refreshBounds();
}

std::uint32_t SymbolEvaluator::Impl::take(common::AlertRecord const& record) {
    auto const& definition = record.definition;
    auto const& condition = definition.condition;
    Slot slot{.alert = definition.id.value, .rev = definition.rev, .from = record.state.fromTradeId.value_or(0)};
    slot.kind = condition.kind;
    slot.once = definition.mode == common::AlertMode::Once;
    slot.initial = condition.initial;
    if (condition.kind == common::ConditionKind::Enter || condition.kind == common::ConditionKind::Exit) {
        slot.low = unitsOf(condition.low);
        slot.high = unitsOf(condition.high);
    } else {
        slot.low = unitsOf(condition.price);
        slot.high = unitsOf(condition.rearm.value_or(condition.price));
        slot.rearms = slot.high != slot.low;
    }
    bool const isShaped = condition.kind == common::ConditionKind::Move ||
                          condition.kind == common::ConditionKind::Trail || common::isWindowed(condition.kind) ||
                          condition.forDuration > 0;
    if (isShaped)
        slot.shape = shapes_.take({.forDuration = condition.forDuration,
                                   .run = {},
                                   .amount = amountOf(condition),
                                   .direction = condition.direction,
                                   .anchorKind = condition.anchor,
                                   .anchor = unitsOf(condition.anchorPrice)});
    // Whatever may need a StateWrite keeps what must stand in one.
    if (isShaped || slot.rearms || definition.cooldown > 0 || definition.expires || record.state.suppressed > 0)
        slot.pace = paces_.take({.cooldown = definition.cooldown,
                                 .notifiedAt = record.state.cooldownFrom,
                                 .suppressed = record.state.suppressed,
                                 .expires = definition.expires.value_or(Pace::kNever)});
    return slots_.take(slot);
}

void SymbolEvaluator::Impl::joinWindow(std::uint32_t index, common::Condition const& condition,
                                       WindowPast const& past) {
    if (!windows_) windows_ = std::make_unique<WindowSet>();
    shapes_[slots_[index].shape].window = windows_->join(condition, index, past, position_.eventTime);
}

WindowSet::Terms SymbolEvaluator::Impl::termsOf(Slot const& slot) const {
    auto const& shape = shapes_[slot.shape];
    return {.kind = slot.kind, .direction = shape.direction, .amount = shape.amount};
}

bool SymbolEvaluator::Impl::hasJudged(Slot const& slot) const {
    return !position_.price.value.isZero() && position_.judgedId >= slot.from;
}

bool SymbolEvaluator::Impl::restore(std::uint32_t index, AlertMemory const& memory) {
    using enum common::ConditionKind;
    auto& slot = slots_[index];
    auto const price = unitsOf(position_.price.value);
    switch (slot.kind) {
        case CrossUp:
        case CrossDown:
        case Cross: {
            bool const otherJudged = !position_.otherPrice.isZero() && position_.otherTradeId >= slot.from;
            auto const off = price != slot.low ? price : otherJudged ? unitsOf(position_.otherPrice) : slot.low;
            slot.side = off == slot.low ? Side::Unset : off > slot.low ? Side::High : Side::Low;
            break;
        }
        case Move: {
            auto& shape = shapes_[slot.shape];
            auto const anchor = shape.anchorKind == common::Anchor::Price ? shape.anchor : memory.anchor.value_or(0);
            if (anchor == 0) return false;
            setAnchor(shape, anchor);
            break;
        }
        case Trail: {
            auto& shape = shapes_[slot.shape];
            if (memory.extreme.value_or(0) == 0) return false;
            setExtreme(shape, *memory.extreme);
            bool const isDown = shape.direction == common::Direction::Down;
            shape.reached = isDown ? price < shape.trigger : price >= shape.trigger;
            shape.trail = trails_.insert(index, calmOf(shape));
            break;
        }
        case Change:
        case Spike:
        case Volatility: {
            auto& shape = shapes_[slot.shape];
            shape.verdict = windows_->judge(shape.window, termsOf(slot), position_.price.value);
            break;
        }
        default:
            break;
    }
    slot.held = slot.rearms && memory.held;
    if (lasts(slot) && memory.run) beginRun(index, *memory.run);
    return true;
}

void SymbolEvaluator::Impl::remove(common::AlertId alert) {
    if (auto const index = find(alert)) {
        release(*index);
        refreshBounds();
    }
}

void SymbolEvaluator::Impl::release(std::uint32_t index) {
    auto const slot = slots_[index];
    eraseLevels(index);
    ids_.erase(static_cast<std::uint64_t>(slot.alert), index);
    if (slot.fresh) fresh_.erase(static_cast<std::uint64_t>(slot.from), index);
    if (auto const* const pace = paceOf(slot)) {
        if (pace->expires != Pace::kNever) expiries_.erase(static_cast<std::uint64_t>(pace->expires), index);
        paces_.release(slot.pace);
    }
    if (auto* const shape = shapeOf(slot)) {
        endRun(index);
        if (shape->trail != kNone) {
            auto const moved = trails_.erase(shape->trail);
            shapes_[slots_[moved].shape].trail = shape->trail;
            trails_.settle();
        }
        if (shape->window != kNone) {
            windows_->leave(shape->window, index);
            if (windows_->empty()) windows_.reset();
        }
        shapes_.release(slot.shape);
    }
    slots_.release(index);
}

std::optional<std::uint32_t> SymbolEvaluator::Impl::find(common::AlertId alert) const {
    auto const key = static_cast<std::uint64_t>(alert.value);
    auto const* const place = ids_.atOrAfter(key);
    if (place == nullptr || place->key != key) return {};
    return place->slot;
}

bool SymbolEvaluator::Impl::needs(std::int64_t tradeId) const {
    if (tradeId <= position_.tradeId) return false;
    return size() > fresh_.size() || (!fresh_.empty() && freshFrom_ <= static_cast<std::uint64_t>(tradeId));
}

std::vector<common::AlertId> SymbolEvaluator::Impl::armedUpTo(std::int64_t tradeId) const {
    std::vector<common::AlertId> alerts;
    ids_.forRange(0, OrderedPlaces::kNever, [&](Place const& place) {
        if (slots_[place.slot].from <= tradeId) alerts.push_back({static_cast<std::int64_t>(place.key)});
    });
    return alerts;
}

std::optional<std::int64_t> SymbolEvaluator::Impl::revision(common::AlertId alert) const {
    auto const index = find(alert);
    if (!index) return {};
    return slots_[*index].rev;
}

std::optional<common::TimeMs> SymbolEvaluator::Impl::expires(common::AlertId alert) const {
    auto const index = find(alert);
    if (!index || slots_[*index].pace == kNone) return {};
    auto const expires = paces_[slots_[*index].pace].expires;
    if (expires == Pace::kNever) return {};
    return expires;
}

void SymbolEvaluator::Impl::setExpires(common::AlertId alert, std::optional<common::TimeMs> expires) {
    auto const index = find(alert);
    if (!index) return;
    auto& slot = slots_[*index];
    if (slot.pace == kNone) {
        if (!expires) return;
        slot.pace = paces_.take({});
    }
    auto& pace = paces_[slot.pace];
    if (pace.expires != Pace::kNever) expiries_.erase(static_cast<std::uint64_t>(pace.expires), *index);
    pace.expires = expires.value_or(Pace::kNever);
    if (expires) expiries_.insert({static_cast<std::uint64_t>(pace.expires), *index, 0});
    refreshBounds();
}

void SymbolEvaluator::Impl::insertLevels(std::uint32_t index) {
    forEachLevel(slots_[index], [&](std::uint64_t boundary, std::uint32_t tag) {
        ladder_.insert({boundary, index, tag});
    });
}

void SymbolEvaluator::Impl::eraseLevels(std::uint32_t index) {
    forEachLevel(slots_[index], [&](std::uint64_t boundary, std::uint32_t) { ladder_.erase(boundary, index); });
}

void SymbolEvaluator::Impl::setAnchor(Shape& shape, std::uint64_t anchor) const {
    shape.anchor = anchor;
    if (shape.direction != common::Direction::Down) shape.upper = shape.amount.reachedUp(anchor);
    if (shape.direction != common::Direction::Up) shape.lower = shape.amount.reachedDown(anchor);
}

void SymbolEvaluator::Impl::setExtreme(Shape& shape, std::uint64_t extreme) const {
    shape.extreme = extreme;
    shape.trigger = shape.direction == common::Direction::Down ? shape.amount.reachedDown(extreme)
                                                               : shape.amount.reachedUp(extreme);
}

TrailSet::Calm SymbolEvaluator::Impl::calmOf(Shape const& shape) const {
    if (shape.direction == common::Direction::Down)
        return shape.reached ? TrailSet::Calm{0, shape.trigger} : TrailSet::Calm{shape.trigger, shape.extreme + 1};
    return shape.reached ? TrailSet::Calm{shape.trigger, OrderedPlaces::kNever}
                         : TrailSet::Calm{shape.extreme, shape.trigger};
}

void SymbolEvaluator::Impl::beginRun(std::uint32_t index, Run run) {
    // The two predicates of `move` exclude each other, but levels are passed in the order of their prices: the other
    // one's run is over even if its own level has not been looked at yet.
    endRun(index);
    auto& shape = shapes_[slots_[index].shape];
    shape.run = run;
    runEnds_.insert({static_cast<std::uint64_t>(run.since + shape.forDuration), index, 0});
}

void SymbolEvaluator::Impl::endRun(std::uint32_t index) {
    auto& shape = shapes_[slots_[index].shape];
    if (!shape.run) return;
    runEnds_.erase(static_cast<std::uint64_t>(shape.run->since + shape.forDuration), index);
    shape.run.reset();
}

void SymbolEvaluator::Impl::markDirty(std::uint32_t index) {
    auto& slot = slots_[index];
    if (slot.dirty) return;
    slot.dirty = true;
    dirty_.push_back(index);
}

common::StateWrite SymbolEvaluator::Impl::stateOf(Slot const& slot) const {
    common::StateWrite state;
    state.alert = {slot.alert};
    state.rev = slot.rev;
    state.status = common::AlertStatus::Armed;
    state.fromTradeId = slot.from;
    AlertMemory memory;
    memory.held = slot.held;
    if (slot.pace != kNone) {
        state.suppressed = paces_[slot.pace].suppressed;
        state.cooldownFrom = paces_[slot.pace].notifiedAt;
    }
    if (slot.shape != kNone) {
        auto const& shape = shapes_[slot.shape];
        memory.run = shape.run;
        if (shape.run) state.status = common::AlertStatus::Holding;
        if (slot.kind == common::ConditionKind::Move && shape.anchorKind != common::Anchor::Price && shape.anchor != 0)
            memory.anchor = shape.anchor;
        if (shape.extreme != 0) memory.extreme = shape.extreme;
    }
    state.engine = writeMemory(memory);
    return state;
}

void SymbolEvaluator::Impl::collectDirty(std::vector<common::StateWrite>& out) {
    for (auto const index : dirty_) {
        auto& slot = slots_[index];
        if (!slot.dirty) continue;  // gone meanwhile
        slot.dirty = false;
        out.push_back(stateOf(slot));
    }
    dirty_.clear();
}

void SymbolEvaluator::Impl::refreshBounds() {
    freshFrom_ = fresh_.firstKey();
    nextTime_ = std::min(expiries_.firstKey(), runEnds_.firstKey());
}

SymbolEvaluator::SymbolEvaluator(common::Symbol symbol) : impl_(std::make_unique<Impl>(std::move(symbol))) {}
SymbolEvaluator::~SymbolEvaluator() = default;
SymbolEvaluator::SymbolEvaluator(SymbolEvaluator&&) noexcept = default;
SymbolEvaluator& SymbolEvaluator::operator=(SymbolEvaluator&&) noexcept = default;

void SymbolEvaluator::setPosition(common::Position const& position) {
    impl_->setPosition(position);
}
common::Position const& SymbolEvaluator::position() const {
    return impl_->position();
}
void SymbolEvaluator::skipTo(std::int64_t tradeId) {
    impl_->skipTo(tradeId);
}
void SymbolEvaluator::add(common::AlertRecord const& record, WindowPast const& past) {
    impl_->add(record, past);
}
bool SymbolEvaluator::hasWindow(common::Condition const& condition) const {
    return impl_->hasWindow(condition);
}
void SymbolEvaluator::remove(common::AlertId alert) {
    impl_->remove(alert);
}
bool SymbolEvaluator::contains(common::AlertId alert) const {
    return impl_->find(alert).has_value();
}
std::optional<std::int64_t> SymbolEvaluator::revision(common::AlertId alert) const {
    return impl_->revision(alert);
}
std::optional<common::TimeMs> SymbolEvaluator::expires(common::AlertId alert) const {
    return impl_->expires(alert);
}
void SymbolEvaluator::setExpires(common::AlertId alert, std::optional<common::TimeMs> expires) {
    impl_->setExpires(alert, expires);
}
std::size_t SymbolEvaluator::size() const {
    return impl_->size();
}
bool SymbolEvaluator::needs(std::int64_t tradeId) const {
    return impl_->needs(tradeId);
}
std::vector<common::AlertId> SymbolEvaluator::armedUpTo(std::int64_t tradeId) const {
    return impl_->armedUpTo(tradeId);
}
void SymbolEvaluator::judge(common::Trade const& trade, common::TradeSource source, bool late, Judgement& out) {
    impl_->judge(trade, source, late, out);
}
void SymbolEvaluator::expire(common::TimeMs now, Judgement& out) {
    impl_->expire(now, out);
}
bool SymbolEvaluator::expiresBy(common::TimeMs now) const {
    return impl_->expiresBy(now);
}
void SymbolEvaluator::collectDirty(std::vector<common::StateWrite>& out) {
    impl_->collectDirty(out);
}

}  // namespace ingestion
