#pragma once

#include "examples/replay/market/interval.hpp"
#include "examples/replay/market/listing.hpp"
#include "examples/replay/market/trade.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

namespace replay {

class SyntheticMarket;

/// Statistics of a window, as ticker/24hr and the ticker streams show them. Without a trade: count 0, ids -1.
struct Ticker {
    Candle window;  ///< open, high, low, close, sums, first and last id
    TimeMs openTime = 0;
    TimeMs closeTime = 0;
    Decimal previousClose;  ///< price before the window
    Decimal lastQty;
};

/// Which aggregates a reader asks for; `fromId` is not mixed with times.
struct AggregateQuery {
    std::optional<std::int64_t> fromId;
    std::optional<TimeMs> startTime;
    std::optional<TimeMs> endTime;
    std::size_t limit = 500;
};

struct CandleQuery {
    Interval interval;
    std::optional<TimeMs> startTime;
    std::optional<TimeMs> endTime;
    std::size_t limit = 500;
};

/// Everything the exchange remembers of one symbol: numbers each trade, folds aggregates and minute candles, answers
/// the questions of REST and of the ticker streams. Bounded: the oldest rows go. Pure; one owner thread.
class SymbolBook {
public:
    struct Limits {
        std::size_t tradesMax = 200'000;
        std::size_t minutesMax = 3 * 1'440;
    };

    SymbolBook(Listing listing, Limits limits);

    Listing const& listing() const { return listing_; }
    std::string const& symbol() const { return listing_.info.symbol; }

    /// Older minutes than the first trade come from this market, which must outlive the book.
    void setPast(SyntheticMarket const* past) { past_ = past; }
    /// The trade before the first one that will be played, so that a newest id is known; part of no candle.
    void setBaseline(Trade const& trade);
    /// The next trade gets this id. Only before the first trade.
    void setNextId(std::int64_t id) { nextId_ = id; }
    /// Forgets all history and goes on with lower ids: the newest known trade becomes `lastId` at the last price.
    void reset(std::int64_t lastId);

    /// Numbers and keeps a trade; its time is raised to the newest one's if it lies before.
    Trade const& append(Decimal price, Decimal qty, TimeMs time, bool buyerMaker);
    /// True when the aggregate that `append` would have to extend differs from this trade.
    bool closesAggregate(Decimal price, TimeMs time, bool buyerMaker) const;
    /// Ends the running aggregate, so that the next trade starts another; nothing if none is running.
    std::optional<Aggregate> closeAggregate();

    /// Hides the newest trades and aggregates from the queries below (REST one step behind the stream).
    void setHiddenTrades(std::size_t count) { hidden_ = count; }

    Trade const* lastTrade() const { return trades_.empty() ? nullptr : &trades_.back(); }
    std::int64_t nextId() const { return nextId_; }

    std::vector<Trade> newestTrades(std::size_t limit) const;
    std::vector<Trade> tradesFrom(std::int64_t fromId, std::size_t limit) const;
    std::vector<Aggregate> aggregates(AggregateQuery const& query) const;
    std::vector<Candle> candles(CandleQuery const& query, TimeMs now) const;
    /// The running candle, with first and last ids where known.
    Candle candleAt(Interval const& interval, TimeMs time) const;
    Ticker ticker(DurationMs length, TimeMs now) const;
    /// Volume-weighted price of the last five minutes, else the last price.
    Decimal averagePrice(TimeMs now) const;

private:
    TimeMs firstMinute() const;
    Candle fold(TimeMs from, TimeMs to, Decimal previousClose) const;
    Candle foldSeconds(TimeMs from, TimeMs to, Decimal previousClose) const;
    Decimal closeBefore(TimeMs time) const;
    Candle pastWindow(TimeMs from, TimeMs to) const;
    Candle pastSum(TimeMs from, TimeMs to) const;
    Candle const& pastHour(TimeMs open) const;
    std::int64_t visibleLastId() const;

    Listing listing_;
    Limits limits_;
    SyntheticMarket const* past_ = nullptr;
    std::deque<Trade> trades_;
    std::deque<Aggregate> aggregates_;
    std::deque<Candle> minutes_;  ///< only minutes with a trade
    std::int64_t nextId_ = 1;
    std::int64_t nextAggregateId_ = 1;
    std::size_t hidden_ = 0;
    bool aggregateOpen_ = false;
    bool baselineOnly_ = false;

    /// Sums of the invented past, since asking the market for a day costs 1,440 candles: whole hours in a small
    /// direct-mapped cache, and the last ticker's window, which changes once a minute.
    struct PastCache {
        TimeMs from = -1;
        TimeMs to = -1;
        Candle sum;
        std::vector<Candle> hours;
    };
    mutable PastCache pastCache_;
};

}  // namespace replay
