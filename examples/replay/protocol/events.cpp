#include "examples/replay/protocol/events.hpp"

#include "examples/replay/market/random.hpp"
#include "examples/replay/protocol/numbers.hpp"

#include <iterator>

#include <fmt/format.h>

namespace replay {
namespace {

constexpr int kPadded = Decimal::kFractionDigits;

/// Members that full and rolling tickers share, from the window's change on.
std::string windowMembers(EventContext context, Ticker const& ticker) {
    auto const& sum = ticker.window;
    return fmt::format(
        R"("p":"{}","P":"{}","w":"{}","o":"{}","h":"{}","l":"{}","c":"{}","v":"{}","q":"{}","O":{},"C":{},"F":{},"L":{},"n":{})",
        changeText(sum.open, sum.close), percentText(sum.open, sum.close), weightedPriceText(sum),
        sum.open.text(kPadded), sum.high.text(kPadded), sum.low.text(kPadded), sum.close.text(kPadded),
        amountText(sum.volume), quoteText(sum.quoteVolume), context.time(ticker.openTime),
        context.time(ticker.closeTime), sum.firstId, sum.lastId, sum.count);
}

}  // namespace

TopOfBook topOfBook(SymbolBook const& book) {
    TopOfBook top;
    auto const* const last = book.lastTrade();
    if (last == nullptr) return top;
    auto const tick = book.listing().info.tickSize.units();
    auto const price = last->price.units();
    // The side that was hit still stands at the last price, the other one tick away.
    top.bid = Decimal::fromUnits(std::max<std::int64_t>(last->buyerMaker ? price : price - tick, 0));
    top.ask = Decimal::fromUnits(top.bid.units() + tick);
    auto const size = [&](std::uint64_t salt) {
        auto const lots = 1 + mix(static_cast<std::uint64_t>(last->id) ^ salt) % 500;
        return Decimal::fromUnits(static_cast<std::int64_t>(lots) * book.listing().info.lotSize.units());
    };
    top.bidQty = size(1);
    top.askQty = size(2);
    top.updateId = last->id * 3;
    return top;
}

std::string tradeEvent(EventContext context, std::string_view symbol, Trade const& trade) {
    std::string out;
    out.reserve(160);
    fmt::format_to(std::back_inserter(out),
                   R"({{"e":"trade","E":{},"s":"{}","t":{},"p":"{}","q":"{}","T":{},"m":{},"M":true}})",
                   context.time(context.eventTime), symbol, trade.id, trade.price.text(kPadded),
                   trade.qty.text(kPadded), context.time(trade.time), trade.buyerMaker);
    return out;
}

std::string aggTradeEvent(EventContext context, std::string_view symbol, Aggregate const& aggregate) {
    return fmt::format(
        R"({{"e":"aggTrade","E":{},"s":"{}","a":{},"p":"{}","q":"{}","f":{},"l":{},"T":{},"m":{},"M":true}})",
        context.time(context.eventTime), symbol, aggregate.id, aggregate.price.text(kPadded),
        aggregate.qty.text(kPadded), aggregate.firstId, aggregate.lastId, context.time(aggregate.time),
        aggregate.buyerMaker);
}

std::string klineEvent(EventContext context, std::string_view symbol, Interval const& interval, Candle const& candle,
                       bool isClosed) {
    TimeMs const end = interval.next(candle.openTime);
    TimeMs const closeTime = context.microseconds ? context.time(end) - 1 : end - 1;
    return fmt::format(
        R"({{"e":"kline","E":{},"s":"{}","k":{{"t":{},"T":{},"s":"{}","i":"{}","f":{},"L":{},"o":"{}","c":"{}","h":"{}","l":"{}","v":"{}","n":{},"x":{},"q":"{}","V":"{}","Q":"{}","B":"0"}}}})",
        context.time(context.eventTime), symbol, context.time(candle.openTime), closeTime, symbol, interval.name(),
        candle.firstId, candle.lastId, candle.open.text(kPadded), candle.close.text(kPadded), candle.high.text(kPadded),
        candle.low.text(kPadded), amountText(candle.volume), candle.count, isClosed, quoteText(candle.quoteVolume),
        amountText(candle.takerVolume), quoteText(candle.takerQuoteVolume));
}

std::string miniTickerEvent(EventContext context, std::string_view symbol, Ticker const& ticker) {
    auto const& sum = ticker.window;
    return fmt::format(
        R"({{"e":"24hrMiniTicker","E":{},"s":"{}","c":"{}","o":"{}","h":"{}","l":"{}","v":"{}","q":"{}"}})",
        context.time(context.eventTime), symbol, sum.close.text(kPadded), sum.open.text(kPadded),
        sum.high.text(kPadded), sum.low.text(kPadded), amountText(sum.volume), quoteText(sum.quoteVolume));
}

std::string tickerEvent(EventContext context, SymbolBook const& book, Ticker const& ticker) {
    auto const top = topOfBook(book);
    return fmt::format(
        R"({{"e":"24hrTicker","E":{},"s":"{}","x":"{}","Q":"{}","b":"{}","B":"{}","a":"{}","A":"{}",{}}})",
        context.time(context.eventTime), book.symbol(), ticker.previousClose.text(kPadded),
        ticker.lastQty.text(kPadded), top.bid.text(kPadded), top.bidQty.text(kPadded), top.ask.text(kPadded),
        top.askQty.text(kPadded), windowMembers(context, ticker));
}

std::string rollingTickerEvent(EventContext context, std::string_view symbol, std::string_view window,
                               Ticker const& ticker) {
    return fmt::format(R"({{"e":"{}Ticker","E":{},"s":"{}",{}}})", window, context.time(context.eventTime), symbol,
                       windowMembers(context, ticker));
}

std::string bookTickerEvent(std::string_view symbol, TopOfBook const& top) {
    return fmt::format(R"({{"u":{},"s":"{}","b":"{}","B":"{}","a":"{}","A":"{}"}})", top.updateId, symbol,
                       top.bid.text(kPadded), top.bidQty.text(kPadded), top.ask.text(kPadded),
                       top.askQty.text(kPadded));
}

std::string avgPriceEvent(EventContext context, std::string_view symbol, Decimal price, TimeMs lastTradeTime) {
    return fmt::format(R"({{"e":"avgPrice","E":{},"s":"{}","i":"5m","w":"{}","T":{}}})",
                       context.time(context.eventTime), symbol, price.text(kPadded), context.time(lastTradeTime));
}

std::string serverShutdownEvent(EventContext context) {
    return fmt::format(R"({{"e":"serverShutdown","E":{}}})", context.time(context.eventTime));
}

std::string wrapEvent(std::string_view stream, std::string_view payload) {
    return fmt::format(R"({{"stream":"{}","data":{}}})", stream, payload);
}

}  // namespace replay
