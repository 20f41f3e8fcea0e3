#pragma once

#include "common/core/error.hpp"
#include "common/core/symbol.hpp"
#include "common/core/time.hpp"
#include "common/core/trade.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ingestion {

/// Dense number of a followed symbol, chosen by the one who follows; stands in for the name on the hot path.
using SymbolIndex = std::uint32_t;

/// Hears what the exchange's streams deliver. Network thread.
class FeedListener {
public:
    virtual ~FeedListener() = default;
    /// One trade as it arrived: may repeat or skip ids (reconnects, two connections at once); order within a symbol and
    /// connection is the wire's.
    virtual void onTrade(SymbolIndex symbol, common::Trade const& trade) = 0;
    /// Everything that was readable has been delivered: time to commit.
    virtual void onBatchEnd() = 0;
    /// The exchange acknowledged the subscription: called again after every reconnect, since what was traded between is
    /// only known over REST.
    virtual void onAcknowledged(SymbolIndex symbol) = 0;
    /// No connection carries the symbol for now, or its data is no longer trusted to be fresh; the feed works on it.
    virtual void onInterrupted(SymbolIndex symbol, std::string_view reason) = 0;
};

/// Keeps the trade streams of a changing set of symbols open. Network thread.
class TradeFeed {
public:
    virtual ~TradeFeed() = default;
    virtual void follow(SymbolIndex index, common::Symbol symbol) = 0;
    virtual void leave(SymbolIndex index) = 0;
    /// Every followed symbol is acknowledged on a live connection.
    virtual bool complete() const = 0;
    /// Closes all connections; nothing is delivered afterwards.
    virtual void stop() = 0;
};

/// Last price of a symbol in the all-market stream.
struct TickerClose {
    common::Symbol symbol;
    common::Decimal close;
    bool operator==(TickerClose const&) const = default;
};

/// Hears the all-market stream. Network thread.
class MarketListener {
public:
    virtual ~MarketListener() = default;
    /// The symbols that changed since the last message, about once a second.
    virtual void onTickers(common::TimeMs eventTime, std::vector<TickerClose> const& tickers) = 0;
    virtual void onMarketInterrupted() = 0;
};

/// Keeps the one stream of all symbols' mini tickers open. Network thread.
class MarketFeed {
public:
    virtual ~MarketFeed() = default;
    virtual void start() = 0;
    /// Nothing is delivered afterwards.
    virtual void stop() = 0;
};

/// Why a REST question has no answer.
struct RestFailure {
    enum class Kind : std::uint8_t {
        Unreachable,  ///< connect, TLS, deadline, garbage: try again later
        Limited,      ///< 429 or 418: `retryAfterMs` says when; the governor holds everything until then
        Refused,      ///< the exchange understood and says no (unknown symbol, bad parameter)
        Forbidden,    ///< 403 or 451: will not change by itself
    };
    Kind kind = Kind::Unreachable;
    std::string detail;
    common::DurationMs retryAfterMs = 0;
};
template <class T>
using RestResult = std::expected<T, RestFailure>;

/// The newest trade of a symbol that REST names.
struct NewestTrade {
    common::Symbol symbol;
    std::int64_t tradeId = 0;  ///< -1: never traded
};

/// Rows of one exchange candle (klines).
struct Kline {
    common::TimeMs openTime = 0;
    common::ExactDecimal open, high, low, close;
    std::string volume;       ///< decimal text: 24 h volumes exceed int64 x 1e-8
    std::string quoteVolume;  ///< decimal text
    std::int64_t trades = 0;
};

/// Questions over REST. All share one weight budget (spec section 7.3); answers come on the network thread, exactly
/// once each, also after stop() (as Unreachable).
class ExchangeRest {
public:
    template <class T>
    using Answer = std::function<void(RestResult<T>)>;
    /// Repairs and receipts (newest ids, rows, aggregates) are Urgent and go before the hourly symbol list (Normal) and
    /// back-fill (klines, Background), which also leave them a part of the budget.
    enum class Priority : std::uint8_t { Urgent, Normal, Background };

    virtual ~ExchangeRest() = default;
    virtual void symbols(Answer<std::vector<common::SymbolInfo>> done) = 0;
    /// The newest trade id of each of up to 20 symbols (`ticker/24hr`, weight 2; one symbol unknown to the exchange
    /// fails all: then each is asked alone, and the unknown ones are left out of the answer; a single one is Refused).
    virtual void newestTrades(std::vector<common::Symbol> symbols, Answer<std::vector<NewestTrade>> done) = 0;
    /// The newest `limit` (<= 1000) single trades (`trades`, weight 25), ascending.
    virtual void newestRows(common::Symbol symbol, int limit, Answer<std::vector<common::Trade>> done) = 0;
    /// Aggregates from the aggregate id on (`aggTrades?fromId=`, weight 4), at most 1000, ascending. The aggregate id
    /// of each row is in `aggregateIds` at the same place.
    struct Aggregates {
        std::vector<common::Trade> rows;
        std::vector<std::int64_t> aggregateIds;
    };
    virtual void aggregatesFromId(common::Symbol symbol, std::int64_t aggregateId, Answer<Aggregates> done) = 0;
    /// Aggregates from a trade time on (`aggTrades?startTime=`, weight 4), at most 1000, ascending.
    virtual void aggregatesFromTime(common::Symbol symbol, common::TimeMs from, Answer<Aggregates> done) = 0;
    /// Candles (`klines`, weight 2), ascending, at most 1000: the oldest that open at `from` or later; without `from`
    /// (0) the newest that open at `to` or before. 0 = no bound. The last one may still run.
    virtual void klines(common::Symbol symbol, std::string interval, common::TimeMs from, common::TimeMs to, int limit,
                        Answer<std::vector<Kline>> done) = 0;
    virtual void stop() = 0;
};

}  // namespace ingestion
