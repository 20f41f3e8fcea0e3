#include "ingestion/engine/followed_symbol.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace ingestion {
namespace {

constexpr common::DurationMs kNewestBackoffFirstMs = 100;
constexpr common::DurationMs kNewestBackoffMaxMs = 2'000;
constexpr common::DurationMs kArmWaitsMs = 2'000;  // spec section 3, armed receipt
/// REST is at most a little behind the stream. So many answers in a row, spread over 1.5 s, must fall short before ids
/// that are further behind than this count as a reset.
constexpr int kBelowAnswers = 5;
constexpr std::size_t kRepairsKept = 100;
constexpr std::int64_t kRestLagIdsMax = 20;
/// Grace before an alert expires without a trade saying so: what was traded before may not be known to REST yet.
constexpr common::DurationMs kExpiryGraceMs = 2'000;

}  // namespace

FollowedSymbol::FollowedSymbol(SymbolIndex index, common::Symbol symbol, std::string const& exchange,
                               Tape::Limits limits)
    : index_(index),
      symbol_(std::move(symbol)),
      exchange_(exchange),
      limits_(limits),
      tape_(limits, *this),
      evaluator_(symbol_) {}

void FollowedSymbol::beginFollowing() {
    phase_ = Phase::Following;
}

void FollowedSymbol::beginLoading() {
    forget();
    phase_ = Phase::Loading;
}

void FollowedSymbol::beginReset(common::Position const& old) {
    committedId_ = old.tradeId;
    phase_ = Phase::Resetting;
}

void FollowedSymbol::leave() {
    acknowledged_ = false;
    forget();
    feed_ = {};
    feedChanged_ = false;
}

void FollowedSymbol::forget() {
    ++generation_;
    phase_ = Phase::Left;
    restoring_ = false;
    tape_ = Tape(limits_, *this);
    evaluator_ = SymbolEvaluator(symbol_);
    pending_.clear();
    windows_ = {};
    windowed_.clear();
    judgement_.clear();
    armed_.clear();
    gaps_.clear();
    ended_.clear();
    endedInFlight_.clear();
    expireAsOf_.reset();
    newestWanted_ = acknowledged_;
    newestAsked_ = newestStale_ = false;
    newestAskAt_ = 0;
    newestBackoffMs_ = 0;
    belowCount_ = 0;
    committedId_.reset();
    inFlight_ = moved_ = priced_ = false;
    candles_.forget();
    backfillTaken_ = candlesRestored_ = false;
}

void FollowedSymbol::armAt(common::AlertRecord record, std::int64_t fromTradeId) {
    auto const rev = record.definition.rev;
    auto const id = record.definition.id;
    record.state.rev = rev;
    record.state.status = common::AlertStatus::Armed;
    record.state.fromTradeId = fromTradeId;
    record.state.suppressed = 0;
    record.state.cooldownFrom.reset();
    record.state.engine.clear();
    evaluator_.add(record, windows_.past());
    if (common::isWindowed(record.definition.condition.kind))
        windowed_[id] = record;
    else
        windowed_.erase(id);
    armed_.push_back({.alert = id,
                      .rev = rev,
                      .status = common::AlertStatus::Armed,
                      .fromTradeId = fromTradeId,
                      .suppressed = 0,
                      .cooldownFrom = {},
                      .engine = {},
                      .announce = true,
                      .firesBefore = judgement_.fires.size()});
    keepWindows();
}

void FollowedSymbol::applyAlert(common::AlertRecord record) {
    auto const id = record.definition.id;
    std::erase_if(pending_, [&](auto const& waiting) { return waiting.definition.id == id; });
    if (auto const judging = evaluator_.revision(id)) {
        if (*judging == record.definition.rev) {
            if (auto const armed = windowed_.find(id); armed != windowed_.end()) armed->second = record;
            return evaluator_.setExpires(id, record.definition.expires);
        }
        // Until the new one's window is known the old one goes on.
        if (*judging >= record.definition.liveFromRev && !ready(record.definition.condition)) {
            evaluator_.setExpires(id, record.definition.expires);
            pending_.push_back(std::move(record));
            return;
        }
        evaluator_.remove(id);
        windowed_.erase(id);
        // A pause between the revisions is a boundary; else the new one goes on where the old one stopped.
        if (*judging >= record.definition.liveFromRev) return armAt(std::move(record), tape_.last() + 1);
    } else if (endedHere(id, record.definition.rev)) {
        return;
    }
    pending_.push_back(std::move(record));
    arm();
}

void FollowedSymbol::rememberEnds(std::size_t from) {
    for (auto i = from; i < judgement_.states.size(); ++i)
        ended_[judgement_.states[i].alert] = judgement_.states[i].rev;
}

bool FollowedSymbol::endedHere(common::AlertId alert, std::int64_t rev) const {
    auto const holds = [&](auto const& ended) {
        auto const found = ended.find(alert);
        return found != ended.end() && found->second == rev;
    };
    return holds(ended_) || holds(endedInFlight_);
}

void FollowedSymbol::removeAlert(common::AlertId alert) {
    evaluator_.remove(alert);
    std::erase_if(pending_, [&](auto const& waiting) { return waiting.definition.id == alert; });
    windowed_.erase(alert);
    keepWindows();
}

std::size_t FollowedSymbol::alertCount() const {
    // An alert whose newer revision waits for its window is judged by the older one.
    return evaluator_.size() + static_cast<std::size_t>(std::ranges::count_if(pending_, [&](auto const& waiting) {
               return !evaluator_.contains(waiting.definition.id);
           }));
}

bool FollowedSymbol::agrees(common::DemandRow const& row) const {
    // What is being loaded, and a crowd that waits for its receipt, is for the next comparison.
    constexpr std::size_t kPendingComparedMax = 1'000;
    if (phase_ != Phase::Following || endedHere(row.alert, row.rev)) return true;
    if (evaluator_.revision(row.alert) == row.rev) return evaluator_.expires(row.alert) == row.expires;
    if (pending_.size() > kPendingComparedMax) return true;
    auto const waiting =
        std::ranges::find(pending_, row.alert, [](auto const& record) { return record.definition.id; });
    return waiting != pending_.end() && waiting->definition.rev == row.rev &&
           waiting->definition.expires == row.expires;
}

bool FollowedSymbol::holds(common::AlertId alert) const {
    return evaluator_.contains(alert) ||
           std::ranges::any_of(pending_, [&](auto const& waiting) { return waiting.definition.id == alert; });
}

void FollowedSymbol::arm() {
    if (pending_.empty() || phase_ != Phase::Following || !acknowledged_ || newestWanted_ || !tape_.known()) return;
    armReady(tape_.newest() + 1);
}

void FollowedSymbol::expire(common::TimeMs monoMs, common::TimeMs nowMs) {
    if (phase_ != Phase::Following || !acknowledged_ || tape_.repairing()) return;
    if (!newestWanted_ && evaluator_.expiresBy(nowMs - kExpiryGraceMs)) {
        expireAsOf_ = nowMs - kExpiryGraceMs;
        newestWanted_ = true;
        newestAskAt_ = monoMs;
    }
    auto const endsBefore = judgement_.states.size();
    std::erase_if(pending_, [&](auto const& waiting) {
        auto const& definition = waiting.definition;
        if (!definition.expires || *definition.expires > nowMs) return false;
        // An older revision judges until this one can: it has to end first.
        if (evaluator_.contains(definition.id)) return false;
        judgement_.states.push_back({.alert = definition.id,
                                     .rev = definition.rev,
                                     .status = common::AlertStatus::Expired,
                                     .fromTradeId = {},
                                     .suppressed = 0,
                                     .cooldownFrom = {},
                                     .engine = {},
                                     .announce = true,
                                     .expires = definition.expires,
                                     .firesBefore = 0});
        return true;
    });
    rememberEnds(endsBefore);
}

void FollowedSymbol::onTrade(common::Trade const& trade, common::TimeMs monoMs) {
    if (phase_ != Phase::Following) return;
    if (!tape_.known()) {
        evaluator_.setPosition(unpriced(trade.id - 1));
        // REST had its time, or knows of no trade: this one arms what waits, and is judged.
        if (!newestWanted_ || monoMs >= armDeadline_) armReady(trade.id);
    } else if (trade.id <= tape_.last() && trade.time > lastTradeTime() && lastTradeTime() != 0 && belowCount_ == 0) {
        // An id that was judged already on a newer trade: a repeat cannot look like that.
        tape_.onInterrupted();
        newestWanted_ = true;
        newestAskAt_ = monoMs;
    }
    tape_.onTrade(trade, monoMs);
}

void FollowedSymbol::onAcknowledged(common::TimeMs monoMs) {
    acknowledged_ = true;
    newestWanted_ = true;
    newestStale_ = newestAsked_;
    newestAskAt_ = monoMs;
    newestBackoffMs_ = 0;
    belowCount_ = 0;
    armDeadline_ = monoMs + kArmWaitsMs;
    if (feed_.state != common::FeedState::Halted) setFeed(common::FeedState::Live, "", 0);
}

void FollowedSymbol::onInterrupted(std::string_view reason, common::TimeMs wallMs) {
    acknowledged_ = false;
    newestWanted_ = false;
    tape_.onInterrupted();
    if (feed_.state != common::FeedState::Halted) setFeed(common::FeedState::Stale, reason, wallMs);
}

bool FollowedSymbol::newestDue(common::TimeMs monoMs) const {
    return newestWanted_ && !newestAsked_ && acknowledged_ && monoMs >= newestAskAt_ &&
           (phase_ == Phase::Following || phase_ == Phase::Resetting);
}

FollowedSymbol::Verdict FollowedSymbol::onNewest(std::int64_t newest, common::TimeMs monoMs, common::TimeMs wallMs) {
    newestAsked_ = false;
    if (std::exchange(newestStale_, false)) return Verdict::AskAgain;
    if (phase_ == Phase::Resetting) return Verdict::Reset;
    bool const wasKnown = tape_.known();
    if (tape_.onNewest(newest, monoMs, wallMs)) {
        newestWanted_ = false;
        belowCount_ = 0;
        if (!wasKnown && tape_.known()) {
            evaluator_.setPosition(unpriced(newest));
            moved_ = true;
        }
        moved_ |= committedId_ != tape_.last();
        if (auto const asOf = std::exchange(expireAsOf_, std::nullopt);
            asOf && !tape_.repairing() && newest <= tape_.last()) {
            auto const endsBefore = judgement_.states.size();
            evaluator_.expire(*asOf, judgement_);
            rememberEnds(endsBefore);
        }
        arm();
        return Verdict::Fine;
    }
    if (++belowCount_ < kBelowAnswers) {
        newestAskAt_ = monoMs + (kNewestBackoffFirstMs << (belowCount_ - 1));
        return Verdict::AskAgain;
    }
    if (tape_.last() - newest > kRestLagIdsMax) return Verdict::Reset;
    // What REST lacks for so long it may lack until the next trade: go live, unless its newest trade is newer than
    // ours.
    newestWanted_ = false;
    arm();
    return Verdict::CheckTime;
}

void FollowedSymbol::onNewestFailed(common::TimeMs monoMs, common::DurationMs retryAfterMs) {
    newestAsked_ = newestStale_ = false;
    newestBackoffMs_ = std::clamp(newestBackoffMs_ * 2, kNewestBackoffFirstMs, kNewestBackoffMaxMs);
    newestAskAt_ = monoMs + std::max(newestBackoffMs_, retryAfterMs);
}

void FollowedSymbol::askNewestAgain(common::TimeMs atMonoMs) {
    newestWanted_ = true;
    newestAskAt_ = atMonoMs;
}

void FollowedSymbol::onTick(common::TimeMs monoMs) {
    if (phase_ != Phase::Following) return;
    tape_.onTick(monoMs);
    // REST keeps silent: receipts wait no longer than for the stream.
    if (!pending_.empty() && acknowledged_ && newestWanted_ && monoMs >= armDeadline_ && tape_.known())
        armReady(tape_.newest() + 1);
}

std::optional<common::TimeMs> FollowedSymbol::deadline() const {
    auto next = std::numeric_limits<common::TimeMs>::max();
    if (phase_ == Phase::Following)
        if (auto const tape = tape_.deadline()) next = *tape;
    if (newestWanted_ && acknowledged_ && !newestAsked_) next = std::min(next, newestAskAt_);
    // Past the deadline only windows are waited for, which is no matter of time.
    if (!pending_.empty() && newestWanted_ && acknowledged_ && tape_.known() &&
        std::ranges::any_of(pending_, [&](auto const& waiting) { return ready(waiting.definition.condition); }))
        next = std::min(next, armDeadline_);
    if (next == std::numeric_limits<common::TimeMs>::max()) return {};
    return next;
}

void FollowedSymbol::judge(common::Trade const& trade, common::TradeSource source, bool late) {
    auto const firesBefore = judgement_.fires.size();
    auto const endsBefore = judgement_.states.size();
    evaluator_.judge(trade, source, late, judgement_);
    candles_.add(trade);
    if (windows_.keeps() && !trade.price.value.isZero()) windows_.add(trade, evaluator_.position().eventTime);
    moved_ = priced_ = true;
    // Alerts that are armed inside an aggregate fire at its later ids.
    if (trade.aggLastId != 0)
        std::ranges::sort(judgement_.fires.begin() + static_cast<std::ptrdiff_t>(firesBefore), judgement_.fires.end(),
                          {}, [](auto const& fire) { return std::pair(fire.trade.id, fire.alert); });
    for (auto i = firesBefore; i < judgement_.fires.size(); ++i)
        if (judgement_.fires[i].ends) ended_[judgement_.fires[i].alert] = judgement_.fires[i].rev;
    rememberEnds(endsBefore);
}

void FollowedSymbol::lose(std::int64_t fromId, std::int64_t toId, common::GapReason reason) {
    moved_ = true;
    candles_.lose();
    lostTotal_ += toId - fromId + 1;
    auto alerts = evaluator_.armedUpTo(toId);
    dropWindows();
    if (alerts.empty()) return;
    gaps_.push_back({.gap = {.symbol = symbol_, .fromId = fromId, .toId = toId, .reason = reason, .alertPublicIds = {}},
                     .alerts = std::move(alerts)});
}

void FollowedSymbol::pass(std::int64_t, std::int64_t) {
    moved_ = true;
    candles_.lose();
    dropWindows();
}

void FollowedSymbol::closed(common::DurationMs tookMs) {
    // Nobody may ask for them.
    if (repairs_.size() < kRepairsKept) repairs_.push_back(tookMs);
}

bool FollowedSymbol::current() const {
    return phase_ == Phase::Following && acknowledged_ && !newestWanted_ && tape_.known() && !tape_.repairing();
}

bool FollowedSymbol::closeMinutes(common::TimeMs marketMs) {
    if (current()) candles_.closeUpTo(marketMs);
    return candles_.dirty();
}

bool FollowedSymbol::takeBackfill() {
    return !backfillTaken_ && current() && (backfillTaken_ = true);
}

common::Position FollowedSymbol::unpriced(std::int64_t tradeId) const {
    common::Position position;
    position.symbol = symbol_;
    position.tradeId = tradeId;
    return position;
}

common::Position FollowedSymbol::position() const {
    auto position = evaluator_.position();
    position.symbol = symbol_;
    position.exchange = exchange_;
    position.tradeId = tape_.last();
    return position;
}

bool FollowedSymbol::urgent() const {
    return !armed_.empty() || !gaps_.empty() || !judgement_.fires.empty() || !judgement_.states.empty();
}

bool FollowedSymbol::settled() const {
    return !inFlight_ && !moved_ && armed_.empty() && gaps_.empty() && judgement_.fires.empty() &&
           judgement_.states.empty() && !candles_.dirty() && !windows_.dirty();
}

bool FollowedSymbol::collect(common::Step& step, bool withPrice) {
    if (phase_ != Phase::Following || inFlight_) return false;
    // A row that a leave or a reset has to rewrite stands for the move even where no trade came.
    if (tape_.known() && (moved_ || committedId_ != tape_.last())) {
        step.positions.push_back({.expected = committedId_, .next = position(), .symbol = symbol_});
        inFlight_ = true;
        inFlightId_ = tape_.last();
        evaluator_.collectDirty(step.states);
    }
    bool const price = withPrice && priced_;
    if (price) {
        auto const& at = evaluator_.position();
        step.prices.push_back(
            {.symbol = symbol_, .price = at.price, .tradeId = at.judgedId, .time = at.tradeTime, .version = 0});
    }
    auto const move = [](auto& from, auto& to) {
        to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
        from.clear();
    };
    bool const any = inFlight_ || price || candles_.dirty() || windows_.dirty() || !armed_.empty() || !gaps_.empty() ||
                     !judgement_.states.empty();
    candles_.collect(symbol_, step.candles);
    windows_.collect(symbol_, windowTime(), step.pasts);
    endedInFlight_.merge(ended_);
    ended_.clear();
    for (auto& arm : armed_)
        arm.firesBefore += step.fires.size();
    move(armed_, step.arms);
    move(judgement_.fires, step.fires);
    move(judgement_.states, step.states);
    move(gaps_, step.gaps);
    judgement_.clear();
    moved_ = false;
    if (price) priced_ = false;
    return any;
}

void FollowedSymbol::onCommitted() {
    endedInFlight_.clear();
    if (std::exchange(inFlight_, false)) committedId_ = inFlightId_;
}

void FollowedSymbol::setFeed(common::FeedState state, std::string_view reason, common::TimeMs wallMs) {
    if (feed_.state == state && feed_.reason == reason && !feed_.symbol.empty()) return;
    feed_ = {.symbol = symbol_, .state = state, .since = wallMs, .reason = std::string(reason), .version = 0};
    feedChanged_ = true;
}

void FollowedSymbol::setHalted(bool halted, common::TimeMs wallMs) {
    if (halted) return setFeed(common::FeedState::Halted, "exchange", wallMs);
    if (feed_.state != common::FeedState::Halted) return;
    setFeed(acknowledged_ ? common::FeedState::Live : common::FeedState::Stale, acknowledged_ ? "" : "connecting",
            wallMs);
}

std::optional<common::FeedRecord> FollowedSymbol::takeFeedChange() {
    if (!std::exchange(feedChanged_, false)) return {};
    return feed_;
}

}  // namespace ingestion
