#include "examples/replay/market/symbol_book.hpp"

#include "examples/replay/market/synthetic_market.hpp"

#include <algorithm>
#include <limits>

namespace replay {
namespace {

/// How far back the invented candles reach.
constexpr DurationMs kPastMax = 90 * kDayMs;
/// More than the hours that a day's window touches.
constexpr std::size_t kPastHoursCached = 32;
/// Aggregate ids of a symbol run behind its trade ids, as on the exchange.
constexpr std::int64_t kAggregateIdShare = 2;

TimeMs floorMinute(TimeMs time) {
    return time / kMinuteMs * kMinuteMs;
}
TimeMs ceilMinute(TimeMs time) {
    return floorMinute(time + kMinuteMs - 1);
}

}  // namespace

SymbolBook::SymbolBook(Listing listing, Limits limits) : listing_(std::move(listing)), limits_(limits) {}

void SymbolBook::setBaseline(Trade const& trade) {
    trades_.push_back(trade);
    nextAggregateId_ = trade.id / kAggregateIdShare;
    aggregates_.push_back(
        {nextAggregateId_++, trade.id, trade.id, trade.price, trade.qty, trade.time, trade.buyerMaker});
    nextId_ = trade.id + 1;
    baselineOnly_ = true;
}

void SymbolBook::reset(std::int64_t lastId) {
    Trade last{lastId, Decimal::fromUnits(Decimal::kUnitsPerOne), Decimal::fromUnits(Decimal::kUnitsPerOne), 0, false};
    if (!trades_.empty()) {
        last = trades_.back();
        last.id = lastId;
    }
    trades_.clear();
    aggregates_.clear();
    minutes_.clear();
    aggregateOpen_ = false;
    setBaseline(last);
}

bool SymbolBook::closesAggregate(Decimal price, TimeMs time, bool buyerMaker) const {
    if (!aggregateOpen_) return false;
    auto const& open = aggregates_.back();
    return open.price != price || open.time != time || open.buyerMaker != buyerMaker;
}

std::optional<Aggregate> SymbolBook::closeAggregate() {
    if (!aggregateOpen_) return {};
    aggregateOpen_ = false;
    return aggregates_.back();
}

Trade const& SymbolBook::append(Decimal price, Decimal qty, TimeMs time, bool buyerMaker) {
    if (!trades_.empty()) time = std::max(time, trades_.back().time);
    if (trades_.empty()) nextAggregateId_ = nextId_ / kAggregateIdShare;
    baselineOnly_ = false;
    auto const& trade = trades_.emplace_back(Trade{nextId_++, price, qty, time, buyerMaker});

    constexpr auto kQtyMax = std::numeric_limits<std::int64_t>::max();
    bool const fits = aggregateOpen_ && aggregates_.back().qty.units() <= kQtyMax - qty.units();
    if (fits && !closesAggregate(price, time, buyerMaker)) {
        auto& open = aggregates_.back();
        open.lastId = trade.id;
        open.qty = Decimal::fromUnits(open.qty.units() + qty.units());
    } else {
        aggregates_.push_back({nextAggregateId_++, trade.id, trade.id, price, qty, time, buyerMaker});
    }
    aggregateOpen_ = true;

    TimeMs const minute = floorMinute(time);
    if (minutes_.empty() || minutes_.back().openTime != minute) {
        minutes_.emplace_back().openTime = minute;
        if (minutes_.size() > limits_.minutesMax) minutes_.pop_front();
    }
    minutes_.back().add(trade);
    if (trades_.size() > limits_.tradesMax) trades_.pop_front();
    while (aggregates_.front().lastId < trades_.front().id)
        aggregates_.pop_front();
    return trades_.back();
}

std::int64_t SymbolBook::visibleLastId() const {
    if (trades_.empty()) return -1;
    std::size_t const visible = hidden_ < trades_.size() ? trades_.size() - hidden_ : 1;
    return trades_[visible - 1].id;
}

std::vector<Trade> SymbolBook::newestTrades(std::size_t limit) const {
    if (trades_.empty()) return {};
    auto const end = trades_.begin() + (visibleLastId() - trades_.front().id + 1);
    auto const count = std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(limit), end - trades_.begin());
    return {end - count, end};
}

std::vector<Trade> SymbolBook::tradesFrom(std::int64_t fromId, std::size_t limit) const {
    std::vector<Trade> rows;
    std::int64_t const last = visibleLastId();
    auto const from = std::ranges::lower_bound(trades_, fromId, {}, &Trade::id);
    for (auto row = from; row != trades_.end() && row->id <= last && rows.size() < limit; ++row)
        rows.push_back(*row);
    return rows;
}

std::vector<Aggregate> SymbolBook::aggregates(AggregateQuery const& query) const {
    std::int64_t const last = visibleLastId();
    auto const visible = std::ranges::upper_bound(aggregates_, last, {}, &Aggregate::lastId);
    auto begin = aggregates_.begin();
    auto end = visible;
    auto const limit = static_cast<std::ptrdiff_t>(query.limit);
    if (query.fromId) {
        begin = std::ranges::lower_bound(aggregates_.begin(), visible, *query.fromId, {}, &Aggregate::id);
    } else {
        if (query.startTime) begin = std::ranges::lower_bound(begin, visible, *query.startTime, {}, &Aggregate::time);
        if (query.endTime) end = std::ranges::upper_bound(begin, visible, *query.endTime, {}, &Aggregate::time);
        if (!query.startTime && end - begin > limit) begin = end - limit;
    }
    if (end - begin > limit) end = begin + limit;
    return {begin, end};
}

TimeMs SymbolBook::firstMinute() const {
    if (!minutes_.empty()) return minutes_.front().openTime;
    return trades_.empty() ? 0 : floorMinute(trades_.back().time);
}

Decimal SymbolBook::closeBefore(TimeMs time) const {
    auto const next = std::ranges::lower_bound(minutes_, floorMinute(time), {}, &Candle::openTime);
    if (next != minutes_.begin()) return std::prev(next)->close;
    if (past_ != nullptr) return past_->minute(floorMinute(time - 1)).close;
    return trades_.empty() ? Decimal{} : trades_.front().price;
}

Candle SymbolBook::fold(TimeMs from, TimeMs to, Decimal previousClose) const {
    Candle sum = Candle::flat(from, previousClose);
    if (past_ != nullptr) sum.add(pastSum(floorMinute(from), std::min(to, firstMinute())));
    auto const begin = std::ranges::lower_bound(minutes_, floorMinute(from), {}, &Candle::openTime);
    for (auto minute = begin; minute != minutes_.end() && minute->openTime < to; ++minute)
        sum.add(*minute);
    return sum;
}

Candle SymbolBook::foldSeconds(TimeMs from, TimeMs to, Decimal previousClose) const {
    if (past_ != nullptr && from < firstMinute()) return past_->secondOf(from);
    Candle sum = Candle::flat(from, previousClose);
    auto const begin = std::ranges::lower_bound(trades_, from, {}, &Trade::time);
    for (auto trade = begin; trade != trades_.end() && trade->time < to; ++trade)
        if (!baselineOnly_) sum.add(*trade);
    return sum;
}

Candle SymbolBook::candleAt(Interval const& interval, TimeMs time) const {
    TimeMs const open = interval.floor(time);
    TimeMs const end = interval.next(open);
    if (!interval.isSecond()) return fold(open, end, closeBefore(open));
    auto const before = std::ranges::lower_bound(trades_, open, {}, &Trade::time);
    return foldSeconds(open, end, before == trades_.begin() ? closeBefore(open) : std::prev(before)->price);
}

std::vector<Candle> SymbolBook::candles(CandleQuery const& query, TimeMs now) const {
    std::vector<Candle> rows;
    if (trades_.empty() || query.limit == 0) return rows;
    auto const& interval = query.interval;
    TimeMs const oldest = past_ != nullptr ? firstMinute() - kPastMax : firstMinute();
    TimeMs const newest = interval.floor(std::max(now, trades_.back().time));
    TimeMs const first = interval.floor(oldest);
    TimeMs open = first;
    if (query.startTime && *query.startTime > open) {
        open = interval.floor(*query.startTime);
        if (open < *query.startTime) open = interval.next(open);
    }
    TimeMs const last = query.endTime ? std::min(newest, interval.floor(*query.endTime)) : newest;
    if (!query.startTime) open = std::max(first, interval.back(last, static_cast<std::int64_t>(query.limit) - 1));
    for (; open <= last && rows.size() < query.limit; open = interval.next(open)) {
        TimeMs const end = interval.next(open);
        if (rows.empty())
            rows.push_back(candleAt(interval, open));
        else
            rows.push_back(interval.isSecond() ? foldSeconds(open, end, rows.back().close)
                                               : fold(open, end, rows.back().close));
    }
    return rows;
}

Candle const& SymbolBook::pastHour(TimeMs open) const {
    auto& hours = pastCache_.hours;
    if (hours.empty()) hours.resize(kPastHoursCached);
    auto& hour = hours[static_cast<std::size_t>(open / kHourMs) % kPastHoursCached];
    if (hour.openTime != open || hour.empty()) {
        hour = {};
        hour.openTime = open;
        for (TimeMs minute = open; minute < open + kHourMs; minute += kMinuteMs)
            hour.add(past_->minute(minute));
    }
    return hour;
}

Candle SymbolBook::pastSum(TimeMs from, TimeMs to) const {
    Candle sum;
    for (TimeMs at = from; at < to;) {
        bool const isWholeHour = at % kHourMs == 0 && at + kHourMs <= to;
        sum.add(isWholeHour ? pastHour(at) : past_->minute(at));
        at += isWholeHour ? kHourMs : kMinuteMs;
    }
    return sum;
}

Candle SymbolBook::pastWindow(TimeMs from, TimeMs to) const {
    if (pastCache_.from != from || pastCache_.to != to) {
        pastCache_.sum = pastSum(from, to);
        pastCache_.from = from;
        pastCache_.to = to;
    }
    return pastCache_.sum;
}

Ticker SymbolBook::ticker(DurationMs length, TimeMs now) const {
    Ticker ticker;
    ticker.closeTime = now;
    ticker.openTime = floorMinute(now - length + 1);
    if (trades_.empty()) return ticker;
    ticker.lastQty = trades_.back().qty;
    ticker.previousClose = closeBefore(ticker.openTime);
    Candle& sum = ticker.window;
    if (past_ != nullptr && ticker.openTime < firstMinute())
        sum = pastWindow(ticker.openTime, std::min(ceilMinute(now), firstMinute()));
    auto const begin = std::ranges::lower_bound(minutes_, ticker.openTime, {}, &Candle::openTime);
    for (auto minute = begin; minute != minutes_.end(); ++minute)
        sum.add(*minute);
    if (sum.empty() && trades_.back().time >= ticker.openTime) sum.add(trades_.back());
    if (sum.empty()) {
        sum = Candle::flat(ticker.openTime, trades_.back().price);
        return ticker;
    }
    // Invented minutes have no ids of their own; counting back keeps lastId - firstId + 1 == count.
    sum.lastId = visibleLastId();
    sum.firstId = sum.lastId - sum.count + 1;
    return ticker;
}

Decimal SymbolBook::averagePrice(TimeMs now) const {
    if (trades_.empty()) return {};
    auto const sum = ticker(5 * kMinuteMs, now).window;
    if (sum.volume == 0) return trades_.back().price;
    return Decimal::fromUnits(static_cast<std::int64_t>((sum.quoteVolume + sum.volume / 2) / sum.volume));
}

}  // namespace replay
