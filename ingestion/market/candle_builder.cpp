#include "ingestion/market/candle_builder.hpp"

#include <algorithm>
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
        if (newest.lastId && newest.length == kMinuteMs) last_ = newest;
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
    if (begun() && !lost_) return;
    if (begun() && (running_.openTime > now || running_.trades != 0)) {
        // What was lost was traded before the exchange answered: in the running minute at the latest.
        if (running_.openTime >= now) lost_ = false;
        return;
    }
    running_.close = lastClosed.close;
    running_.priceDecimals = lastClosed.priceDecimals;
    begin(now, false);
    refillable_ = true;
    lost_ = false;
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
        addLate(trade, guessed || lost_);
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
    lost_ = false;
    return true;
}

/// The clock closed its minute too early, or times do not rise with ids. What is older than the last minute with a
/// trade is the exchange's own already.
void CandleBuilder::addLate(common::Trade const& trade, bool doubtful) {
    auto const minute = common::floorTo(trade.time, kMinuteMs);
    if (!last_ || minute < last_->openTime) return;
    bool correction = last_->whole;
    if (minute > last_->openTime) {  // it was no quiet one
        requiet(minute);
        last_ = common::Candle::quiet(minute, kMinuteMs, last_->close, last_->priceDecimals);
        correction = true;
    }
    accumulate(*last_, trade);
    rewrite(*last_, correction);
    closeChanged_ = true;
    if (doubtful) doubt();
    if (running_.trades == 0) running_.open = running_.high = running_.low = running_.close = trade.price.value;
}

/// Something of the last minute with a trade, and of the quiet ones behind it, is not known.
void CandleBuilder::doubt() {
    bool const correction = last_->whole;
    last_->whole = false;
    rewrite(*last_, correction);
    closeChanged_ = true;
    wantRefill(last_->openTime, running_.openTime);
}

void CandleBuilder::rewrite(common::Candle const& candle, bool correction) {
    auto const place =
        std::ranges::find(ended_, candle.openTime, [](auto const& ended) { return ended.candle.openTime; });
    if (place == ended_.end())
        ended_.push_back({.candle = candle, .correction = correction});
    else
        *place = {.candle = candle, .correction = correction || place->correction};
}

/// The quiet minutes from the last one with a trade up to `to` carry its close.
void CandleBuilder::requiet(common::TimeMs to) {
    if (!std::exchange(closeChanged_, false)) return;
    for (auto open = last_->endTime(); open < to; open += kMinuteMs) {
        auto candle = common::Candle::quiet(open, kMinuteMs, last_->close, last_->priceDecimals);
        candle.whole = last_->whole;
        rewrite(candle, true);
    }
}

/// Closes the running minute and what lies between, and begins this one.
void CandleBuilder::roll(common::TimeMs minute) {
    requiet(running_.openTime);
    auto ended = running_;
    ended.closed = true;
    if (ended.trades != 0 || (ended.whole && !last_))
        last_ = ended;
    else if (!ended.whole)
        last_.reset();
    // Nothing is known of a minute that is neither whole nor has a trade.
    if (ended.whole || ended.trades != 0) ended_.push_back({.candle = ended, .correction = false});
    if (!ended.whole && refillable_) wantRefill(ended.openTime, ended.endTime());
    auto const quiet = (minute - ended.endTime()) / kMinuteMs;
    if (quiet > 0 && (lost_ || quiet > kQuietMinutesMax)) {
        wantRefill(ended.endTime(), minute);
        last_.reset();
    } else if (quiet > 0) {
        for (auto open = ended.endTime(); open < minute; open += kMinuteMs)
            ended_.push_back({.candle = common::Candle::quiet(open, kMinuteMs, ended.close, ended.priceDecimals),
                              .correction = false});
    }
    // So many are never written anew for one trade.
    if (last_ && minute - last_->openTime > kQuietMinutesMax * kMinuteMs) last_.reset();
    begin(minute, !lost_);
    refillable_ = lost_;
}

void CandleBuilder::lose() {
    lost_ = true;
    if (!begun()) return;
    // Of what was lost some may have been traded in the running minute; without a trade in it, some before.
    running_.whole = false;
    refillable_ = true;
    dirty_ = true;
    if (running_.trades == 0 && last_) doubt();
}

void CandleBuilder::wantRefill(common::TimeMs from, common::TimeMs to) {
    refill_ = refill_ ? Span{std::min(refill_->from, from), std::max(refill_->to, to)} : Span{from, to};
}

void CandleBuilder::collect(common::Symbol const& symbol, std::vector<common::CandleWrite>& out) {
    requiet(running_.openTime);
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
