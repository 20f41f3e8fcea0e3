#pragma once

#include "examples/replay/market/symbol_book.hpp"
#include "examples/replay/market/trade.hpp"

#include <string>
#include <string_view>

namespace replay {

/// What all events of a moment share: event time and the connection's time unit.
struct EventContext {
    TimeMs eventTime = 0;
    bool microseconds = false;
    TimeMs time(TimeMs ms) const { return microseconds ? ms * 1'000 : ms; }
};

/// Best bid and ask invented around the last price.
struct TopOfBook {
    std::int64_t updateId = 0;
    Decimal bid;
    Decimal bidQty;
    Decimal ask;
    Decimal askQty;
};
TopOfBook topOfBook(SymbolBook const& book);

/// Raw payloads of section 1.4, without the combined wrapper.
std::string tradeEvent(EventContext context, std::string_view symbol, Trade const& trade);
std::string aggTradeEvent(EventContext context, std::string_view symbol, Aggregate const& aggregate);
std::string klineEvent(EventContext context, std::string_view symbol, Interval const& interval, Candle const& candle,
                       bool isClosed);
std::string miniTickerEvent(EventContext context, std::string_view symbol, Ticker const& ticker);
std::string tickerEvent(EventContext context, SymbolBook const& book, Ticker const& ticker);
std::string rollingTickerEvent(EventContext context, std::string_view symbol, std::string_view window,
                               Ticker const& ticker);
std::string bookTickerEvent(std::string_view symbol, TopOfBook const& top);
std::string avgPriceEvent(EventContext context, std::string_view symbol, Decimal price, TimeMs lastTradeTime);
std::string serverShutdownEvent(EventContext context);

/// `{"stream":…,"data":…}`, as connections in combined mode get it.
std::string wrapEvent(std::string_view stream, std::string_view payload);

}  // namespace replay
