#include "ingestion/market/candle_builder.hpp"

#include <utility>

namespace ingestion {
namespace {

using common::kMinuteMs;

/// Quiet minutes that are written one by one; a longer silence is left to the exchange's own candles.
constexpr std::int64_t kQuietMinutesMax = 1'500;

}  // namespace

void CandleBuilder::forget() {
    *this = {};
}

void CandleBuilder::restore(common::Candle const& newest) {
    forget();
    if (newest.closed) {
        // One with ids was made of trades, up to the stored position: what follows may still belong to it.
        if (newest.lastId && newest.length == kMinuteMs) previous_ = newest;
        running_ = newest;
        begin(newest.endTime(), true);
    } else {
        running_ = newest;
        endTime_ = newest.endTime();
        refillable_ = !newest.whole;
    }
}

void CandleBuilder::resume(common::Candle const& lastClosed) {
    auto const now = lastClosed.endTime();
    if (begun() && lost_ == Lost::Nothing) return;
    if (begun() && (running_.openTime > now || running_.trades != 0)) {
        // What was lost was traded before the exchange answered: in the running minute at the latest.
        if (running_.openTime >= now) lost_ = Lost::Nothing;
        return;
    }
    running_.close = lastClosed.close;
    running_.priceDecimals = lastClosed.priceDecimals;
    begin(now, false);
    refillable_ = true;
    lost_ = Lost::Nothing;
}

void CandleBuilder::begin(common::TimeMs minute, bool whole) {
    running_ = common::Candle::quiet(minute, kMinuteMs, running_.close, running_.priceDecimals);
    running_.closed = false;
    running_.whole = whole;
    endTime_ = minute + kMinuteMs;
    refillable_ = false;
}

bool CandleBuilder::prepare(common::Trade const& trade) {
    bool const guessed = std::exchange(guessed_, false);
    if (begun() && trade.time < running_.openTime) {
        addLate(trade, guessed || lost_ != Lost::Nothing);
        return false;
    }
    if (!begun()) {
        begin(common::floorTo(trade.time, kMinuteMs), false);
        refillable_ = true;
    } else if (trade.time >= endTime_) {
        roll(common::floorTo(trade.time, kMinuteMs));
    }
    if (guessed) {
        running_.whole = false;
        refillable_ = true;
    }
    lost_ = Lost::Nothing;
    return true;
}

/// The clock closed its minute too early, or times do not rise with ids. Older minutes are the exchange's own already.
void CandleBuilder::addLate(common::Trade const& trade, bool doubtful) {
    if (!previous_ || trade.time < previous_->openTime) return;
    bool const correction = previous_->whole;
    accumulate(*previous_, trade);
    traded_.reset();
    if (doubtful) {
        previous_->whole = false;
        wantRefill(previous_->openTime, previous_->endTime());
    }
    if (ended_.empty() || ended_.back().candle.openTime != previous_->openTime) ended_.emplace_back();
    ended_.back() = {.candle = *previous_, .correction = correction || ended_.back().correction};
    if (running_.trades == 0) running_.open = running_.high = running_.low = running_.close = trade.price.value;
}

/// Closes the running minute and what lies between, and begins this one.
void CandleBuilder::roll(common::TimeMs minute) {
    auto ended = running_;
    ended.closed = true;
    if (ended.trades != 0 || !ended.whole) traded_ = ended.whole ? std::optional(bucketOf(ended)) : std::nullopt;
    // Nothing is known of a minute that is neither whole nor has a trade.
    if (ended.whole || ended.trades != 0) ended_.push_back({.candle = ended, .correction = false});
    if (!ended.whole && refillable_) wantRefill(ended.openTime, ended.endTime());
    auto const quiet = (minute - ended.endTime()) / kMinuteMs;
    if (quiet > 0 && (lost_ == Lost::Refillable || quiet > kQuietMinutesMax)) {
        wantRefill(ended.endTime(), minute);
    } else if (quiet > 0 && lost_ == Lost::Nothing) {
        for (auto open = ended.endTime(); open < minute; open += kMinuteMs)
            ended_.push_back({.candle = common::Candle::quiet(open, kMinuteMs, ended.close, ended.priceDecimals),
                              .correction = false});
    }
    previous_ = minute == ended.endTime() ? std::optional(ended) : std::nullopt;
    begin(minute, lost_ == Lost::Nothing);
    refillable_ = lost_ == Lost::Refillable;
}

void CandleBuilder::lose(bool refill) {
    lost_ = refill ? Lost::Refillable : Lost::ForGood;
    traded_.reset();
    if (!begun()) return;
    // Of what was lost some may have been traded in the running minute.
    if (running_.whole) refillable_ = false;
    running_.whole = false;
    refillable_ = refillable_ || refill;
    dirty_ = true;
}

void CandleBuilder::wantRefill(common::TimeMs from, common::TimeMs to) {
    refill_ = refill_ ? Span{std::min(refill_->from, from), std::max(refill_->to, to)} : Span{from, to};
}

void CandleBuilder::collect(common::Symbol const& symbol, std::vector<common::CandleWrite>& out) {
    for (auto const& [candle, correction] : ended_)
        out.push_back({.symbol = symbol, .candle = candle, .correction = correction});
    ended_.clear();
    if (std::exchange(dirty_, false) && running_.trades != 0)
        out.push_back({.symbol = symbol, .candle = running_, .correction = false});
}

std::optional<CandleBuilder::Span> CandleBuilder::takeRefill() {
    return std::exchange(refill_, std::nullopt);
}

}  // namespace ingestion
