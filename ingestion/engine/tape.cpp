#include "ingestion/engine/tape.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace ingestion {
namespace {

constexpr common::DurationMs kBackoffFirstMs = 100;
constexpr common::DurationMs kBackoffMaxMs = 2'000;
constexpr std::int64_t kNewestRows = 1'000;           // what `trades` answers at most
constexpr std::size_t kPiecesMax = 4'096;             // single trades of one aggregate that are remembered
constexpr common::DurationMs kClockSlackMs = 60'000;  // our wall clock may be ahead of the exchange's

}  // namespace

void Tape::restore(std::int64_t last, common::TimeMs lastTime) {
    *this = Tape(limits_, *sink_);
    known_ = true;
    last_ = newest_ = last;
    lastTime_ = lastTime;
}

void Tape::reset(std::int64_t newest) {
    auto const repaired = repairedTotal_;
    auto const asked = asked_;
    restore(newest, 0);
    repairedTotal_ = repaired;
    asked_ = asked;
    streaming_ = true;
}

void Tape::onTrade(common::Trade const& trade, common::TimeMs monoMs) {
    if (!known_) {
        known_ = true;
        last_ = trade.id - 1;
    }
    newest_ = std::max(newest_, trade.id);
    if (trade.id <= last_) return;
    if (trade.id == last_ + 1) {
        judgeOne(trade, catchingUp() ? common::TradeSource::Catchup : common::TradeSource::Live, catchingUp());
        streaming_ = true;
        if (repair_) advance(monoMs);
        return;
    }
    if (held_.size() < limits_.heldTradesMax) held_.emplace(trade.id, trade);
    if (!streaming_) catchupTo_ = std::max(catchupTo_, trade.id - 1);
    streaming_ = true;
    if (repair_) return;
    open(monoMs, limits_.stragglersMs);
    advance(monoMs);
}

bool Tape::onNewest(std::int64_t newest, common::TimeMs monoMs, common::TimeMs wallMs) {
    if (newest < 0) return true;
    if (!known_) {
        known_ = true;
        last_ = newest_ = newest;
        knownSinceWallMs_ = wallMs;
        streaming_ = true;
        return true;
    }
    // Behind what streams without a hole, an answer is merely old; without a stream it says something.
    if (newest < last_) return streaming_;
    newest_ = std::max(newest_, newest);
    // Once trades stream again without a hole, what REST knows already is on its way.
    if (newest == last_ || (streaming_ && !catchingUp())) return true;
    if (!sink_->needs(newest)) {
        passTo(newest);
        advance(monoMs);
        return true;
    }
    catchupTo_ = std::max(catchupTo_, newest);
    if (catchupTo_ - last_ > limits_.catchupIdsMax) giveUp(newest, common::GapReason::TooOld);
    if (!repair_) open(monoMs, 0);
    advance(monoMs);
    return true;
}

std::int64_t Tape::missingTo() const {
    auto const heldFirst = held_.empty() ? std::numeric_limits<std::int64_t>::max() : held_.begin()->first;
    return held_.empty() ? catchupTo_ : heldFirst - 1;
}

void Tape::open(common::TimeMs monoMs, common::DurationMs askInMs) {
    repair_ = Repair{.foundAt = monoMs, .progressAt = monoMs, .askAt = monoMs + askInMs};
}

void Tape::judgeOne(common::Trade const& trade, common::TradeSource source, bool late) {
    last_ = trade.lastId();
    lastTime_ = std::max(lastTime_, trade.time);
    if (trade.time != piecesTime_ || trade.price.value != piecesPrice_ || pieces_.size() == kPiecesMax) {
        pieces_.clear();
        piecesTime_ = trade.time;
        piecesPrice_ = trade.price.value;
    }
    pieces_.push_back({trade.id, trade.lastId(), trade.qty.value.units()});
    sink_->judge(trade, source, late);
}

/// Judges held trades as far as they follow.
void Tape::judgeHeld() {
    while (!held_.empty() && held_.begin()->first <= last_ + 1) {
        auto const node = held_.extract(held_.begin());
        if (node.key() != last_ + 1) continue;
        judgeOne(node.mapped(), catchingUp() ? common::TradeSource::Catchup : common::TradeSource::Live, catchingUp());
    }
}

/// Goes on as far as it can, closes or re-aims the repair.
void Tape::advance(common::TimeMs monoMs) {
    judgeHeld();
    if (held_.empty() && !catchingUp()) {
        if (repair_) sink_->closed(monoMs - repair_->foundAt);
        repair_.reset();
        return;
    }
    auto const missing = missingTo();
    if (!repair_) open(monoMs, limits_.stragglersMs);
    if (missing > catchupTo_ && missing - last_ > limits_.repairIdsMax) {
        giveUp(missing, common::GapReason::Unrepaired);
        return advance(monoMs);
    }
    if (!sink_->needs(missing)) {
        passTo(missing);
        return advance(monoMs);
    }
}

void Tape::passTo(std::int64_t id) {
    auto const from = last_ + 1;
    last_ = id;
    if (from <= id) sink_->pass(from, id);
}

void Tape::giveUp(std::int64_t toId, common::GapReason reason) {
    auto const from = last_ + 1;
    last_ = toId;
    sink_->lose(from, toId, reason);
}

std::optional<Tape::Question> Tape::nextQuestion(common::TimeMs monoMs, common::TimeMs wallMs) {
    if (!repair_ || asked_ || monoMs < repair_->askAt) return {};
    asked_ = true;
    if (repair_->nextAggregate) return Question{Question::Kind::AggregatesFromId, *repair_->nextAggregate};
    // After downtime every symbol asks at once: aggregates weigh 4, the newest single trades 25.
    bool const cheap = catchingUp() && lastTime_ != 0 && !sink_->wantsSingles();
    if (!cheap && !repair_->rowsFellShort && newest_ - last_ < kNewestRows)
        return Question{Question::Kind::NewestRows, 0};
    auto const oldest = wallMs - limits_.catchupMs;
    auto from = lastTime_ != 0 ? lastTime_ : knownSinceWallMs_ != 0 ? knownSinceWallMs_ - kClockSlackMs : oldest;
    // Downtime beyond the limit: the answer's first id says what is too old.
    repair_->clamped = catchingUp() && from < oldest;
    if (repair_->clamped) from = oldest;
    return Question{Question::Kind::AggregatesFromTime, from};
}

/// Of an aggregate's quantity what is left for these ids: less what was judged before and what is held behind.
common::Decimal Tape::partQuantity(common::Trade const& row, std::int64_t fromId, std::int64_t toId) {
    auto units = row.qty.value.units();
    auto ids = row.lastId() - row.id + 1;
    auto known = row.id;
    for (auto const& piece : pieces_) {
        if (piece.id != known || piece.lastId >= fromId) continue;
        units -= piece.units;
        ids -= piece.lastId - piece.id + 1;
        known = piece.lastId + 1;
    }
    for (auto held = held_.upper_bound(toId); held != held_.end() && held->first <= row.lastId(); ++held) {
        units -= held->second.qty.value.units();
        --ids;
    }
    if (known != fromId || units < 0) {
        units = row.qty.value.units();
        ids = row.lastId() - row.id + 1;
    }
    auto const count = toId - fromId + 1;
    if (known == fromId && ids == count) return common::Decimal::fromUnits(units);
    // Other ids of it are missing, too, or forgotten: a share.
    sink_->guess();
    return common::Decimal::fromUnits(static_cast<std::int64_t>(__int128{units} * count / ids));
}

/// Judges what a recovered row adds; held trades between the missing ones are judged in their places.
void Tape::judgeRow(common::Trade const& row) {
    while (row.lastId() > last_) {
        judgeHeld();
        auto const next = last_ + 1;
        // What streams without a hole needs no answer.
        if (row.lastId() < next || (held_.empty() && !catchingUp())) return;
        auto const heldFirst = held_.empty() ? std::numeric_limits<std::int64_t>::max() : held_.begin()->first;
        // An id is absent only when an answer contains a higher one; such ids never existed.
        if (auto const present = std::min(row.id, heldFirst); present > next) {
            last_ = present - 1;
            continue;
        }
        auto part = row;
        auto const lastId = std::min(row.lastId(), heldFirst - 1);
        part.id = next;
        part.aggLastId = lastId > next ? lastId : 0;
        if (part.id != row.id || lastId != row.lastId()) part.qty.value = partQuantity(row, next, lastId);
        repairedTotal_ += lastId - next + 1;
        bool const late = catchingUp();
        judgeOne(part, late ? common::TradeSource::Catchup : common::TradeSource::Repair, late);
    }
}

void Tape::onAnswer(Answer const& answer, common::TimeMs monoMs) {
    asked_ = false;
    if (!repair_) return;
    auto& repair = *repair_;
    bool const aggregates = !answer.aggregateIds.empty();
    auto const before = last_;
    if (!answer.rows.empty()) {
        newest_ = std::max(newest_, answer.rows.back().lastId());
        auto const lowest = answer.rows.front().id;
        if (!aggregates && lowest > last_ + 1 && answer.full) {
            repair.rowsFellShort = true;
            repair.askAt = monoMs;
            return;
        }
        if (std::exchange(repair.clamped, false) && lowest > last_ + 1)
            giveUp(std::min(lowest - 1, missingTo()), common::GapReason::TooOld);
        for (auto const& row : answer.rows)
            judgeRow(row);
        if (aggregates) repair.nextAggregate = answer.aggregateIds.back() + 1;
    }
    bool const progressed = last_ > before;
    if (progressed) {
        repair.progressAt = monoMs;
        repair.backoffMs = 0;
    }
    if (progressed && answer.full) {
        repair.askAt = monoMs;
    } else {
        repair.backoffMs = std::clamp(repair.backoffMs * 2, kBackoffFirstMs, kBackoffMaxMs);
        repair.askAt = monoMs + repair.backoffMs;
    }
    advance(monoMs);
}

void Tape::onNoAnswer(common::TimeMs monoMs, common::DurationMs retryAfterMs) {
    asked_ = false;
    if (!repair_) return;
    repair_->backoffMs = std::clamp(repair_->backoffMs * 2, kBackoffFirstMs, kBackoffMaxMs);
    repair_->askAt = monoMs + std::max(repair_->backoffMs, retryAfterMs);
}

void Tape::onTick(common::TimeMs monoMs) {
    if (!repair_ || monoMs < repair_->progressAt + limits_.repairHoldMs) return;
    auto const missing = missingTo();
    if (missing > last_) giveUp(missing, common::GapReason::Unrepaired);
    repair_->progressAt = monoMs;
    repair_->nextAggregate.reset();
    advance(monoMs);
}

std::optional<common::TimeMs> Tape::deadline() const {
    if (!repair_) return {};
    auto const giveUpAt = repair_->progressAt + limits_.repairHoldMs;
    return asked_ ? giveUpAt : std::min(giveUpAt, repair_->askAt);
}

}  // namespace ingestion
