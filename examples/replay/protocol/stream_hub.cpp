#include "examples/replay/protocol/stream_hub.hpp"

#include <algorithm>
#include <optional>

namespace replay {
namespace {

/// Candles that a fast tape closes between two seconds are sent one by one, up to this many.
constexpr int kClosedCandlesMax = 120;
constexpr DurationMs kCandlePaceMs = 2'000;
constexpr std::string_view kExtraFields = R"(,"X":"MARKET","zz":{"deep":[1,null,{"e":"trade"}]}})";

}  // namespace

StreamHub::StreamHub(Exchange& exchange)
    : exchange_(exchange),
      trades_(exchange.books().size()),
      aggregates_(exchange.books().size()),
      books_(exchange.books().size()),
      sentIds_(exchange.books().size(), -1) {}

std::vector<StreamHub::Feed*>* StreamHub::directFeeds(StreamKind kind) {
    if (kind == StreamKind::Trade) return &trades_;
    if (kind == StreamKind::AggTrade) return &aggregates_;
    if (kind == StreamKind::BookTicker) return &books_;
    return nullptr;
}

void StreamHub::add(Stream const& stream, Subscriber& subscriber) {
    int const symbol = stream.symbol.empty() ? -1 : exchange_.find(stream.symbol);
    if (stream.kind == StreamKind::Silent || (symbol < 0 && !stream.symbol.empty())) return;
    auto& feed = feeds_.try_emplace(stream.name, Feed{stream, symbol}).first->second;
    feed.subscribers.push_back(&subscriber);
    if (auto* const direct = directFeeds(stream.kind)) (*direct)[static_cast<std::size_t>(symbol)] = &feed;
}

void StreamHub::remove(Stream const& stream, Subscriber& subscriber) {
    auto const found = feeds_.find(stream.name);
    if (found == feeds_.end()) return;
    auto& feed = found->second;
    std::erase(feed.subscribers, &subscriber);
    if (!feed.subscribers.empty()) return;
    if (auto* const direct = directFeeds(stream.kind)) (*direct)[static_cast<std::size_t>(feed.symbol)] = nullptr;
    feeds_.erase(found);
}

void StreamHub::publish(Feed const& feed, TimeMs eventTime, Render const& render) {
    std::array<std::optional<std::string>, 4> forms;
    std::string_view const symbol = feed.stream.symbol;
    for (auto* const subscriber : feed.subscribers) {
        bool const micro = subscriber->isMicroseconds();
        auto& raw = forms.at(micro ? 1 : 0);
        if (!raw) raw = render({eventTime, micro});
        if (!subscriber->isCombined()) {
            subscriber->deliver(symbol, *raw);
            continue;
        }
        auto& wrapped = forms.at(micro ? 3 : 2);
        if (!wrapped) wrapped = wrapEvent(feed.stream.name, *raw);
        subscriber->deliver(symbol, *wrapped);
    }
}

void StreamHub::trade(std::uint32_t symbol, Trade const& trade, TimeMs eventTime) {
    auto const* const feed = trades_[symbol];
    if (feed == nullptr) return;
    publish(*feed, eventTime, [&](EventContext context) {
        auto event = tradeEvent(context, feed->stream.symbol, trade);
        if (extraFields_) event.replace(event.size() - 1, 1, kExtraFields);
        return event;
    });
}

void StreamHub::aggregate(std::uint32_t symbol, Aggregate const& aggregate, TimeMs eventTime) {
    auto const* const feed = aggregates_[symbol];
    if (feed == nullptr) return;
    publish(*feed, eventTime,
            [&](EventContext context) { return aggTradeEvent(context, feed->stream.symbol, aggregate); });
}

void StreamHub::bookTicker(std::uint32_t symbol, TimeMs eventTime) {
    auto const* const feed = books_[symbol];
    if (feed == nullptr) return;
    auto const top = topOfBook(exchange_.books()[symbol]);
    publish(*feed, eventTime, [&](EventContext) { return bookTickerEvent(feed->stream.symbol, top); });
}

void StreamHub::publishCandles(Feed& feed, TimeMs now) {
    auto const& book = exchange_.books()[static_cast<std::size_t>(feed.symbol)];
    auto const& interval = *feed.stream.interval;
    auto const send = [&](TimeMs open, bool isClosed) {
        auto const candle = book.candleAt(interval, open);
        publish(feed, now, [&](EventContext context) {
            return klineEvent(context, feed.stream.symbol, interval, candle, isClosed);
        });
    };
    if (book.lastTrade() == nullptr) return;
    TimeMs const running = interval.floor(now);
    if (feed.candleOpen == 0) feed.candleOpen = running;
    for (int closed = 0; feed.candleOpen < running && closed < kClosedCandlesMax; ++closed) {
        send(feed.candleOpen, true);
        feed.candleOpen = interval.next(feed.candleOpen);
        feed.sentAt = 0;
    }
    feed.candleOpen = running;
    if (!interval.isSecond() && now - feed.sentAt < kCandlePaceMs) return;
    feed.sentAt = now;
    send(running, false);
}

void StreamHub::publishTicker(Feed& feed, TimeMs now) {
    auto const& book = exchange_.books()[static_cast<std::size_t>(feed.symbol)];
    auto const* const last = book.lastTrade();
    if (last == nullptr) return;
    auto const& symbol = feed.stream.symbol;
    if (feed.stream.kind == StreamKind::AvgPrice) {
        auto const price = book.averagePrice(now);
        publish(feed, now, [&](EventContext context) { return avgPriceEvent(context, symbol, price, last->time); });
        return;
    }
    if (feed.lastId == last->id) return;
    feed.lastId = last->id;
    auto const length = feed.stream.window.empty() ? kDayMs : parseWindow(feed.stream.window).value_or(kDayMs);
    auto const ticker = book.ticker(length, now);
    publish(feed, now, [&](EventContext context) {
        if (feed.stream.kind == StreamKind::MiniTicker) return miniTickerEvent(context, symbol, ticker);
        if (feed.stream.kind == StreamKind::Ticker) return tickerEvent(context, book, ticker);
        return rollingTickerEvent(context, symbol, feed.stream.window, ticker);
    });
}

void StreamHub::publishAll(Feed& feed, TimeMs now) {
    bool const isMini = feed.stream.kind == StreamKind::AllMiniTickers;
    auto const length = isMini ? kDayMs : parseWindow(feed.stream.window).value_or(kDayMs);
    auto const hasNews = [&](SymbolBook const& book) {
        auto const& known = sentIds_[static_cast<std::size_t>(&book - exchange_.books().data())];
        return book.lastTrade() != nullptr && book.lastTrade()->id != known;
    };
    if (std::ranges::none_of(exchange_.books(), hasNews)) return;
    publish(feed, now, [&](EventContext context) {
        std::string array = "[";
        for (auto const& book : exchange_.books()) {
            if (!hasNews(book)) continue;  // only changed symbols stand in the array
            auto const ticker = book.ticker(length, now);
            if (array.size() > 1) array += ',';
            array += isMini ? miniTickerEvent(context, book.symbol(), ticker)
                            : rollingTickerEvent(context, book.symbol(), feed.stream.window, ticker);
        }
        return array + "]";
    });
}

void StreamHub::second(TimeMs now) {
    for (auto& [name, feed] : feeds_) {
        switch (feed.stream.kind) {
            case StreamKind::Kline:
                publishCandles(feed, now);
                break;
            case StreamKind::MiniTicker:
            case StreamKind::Ticker:
            case StreamKind::RollingTicker:
            case StreamKind::AvgPrice:
                publishTicker(feed, now);
                break;
            case StreamKind::AllMiniTickers:
            case StreamKind::AllRollingTickers:
                publishAll(feed, now);
                break;
            default:
                break;
        }
    }
    for (std::size_t i = 0; i < sentIds_.size(); ++i)
        if (auto const* const last = exchange_.books()[i].lastTrade()) sentIds_[i] = last->id;
}

}  // namespace replay
