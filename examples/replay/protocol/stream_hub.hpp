#pragma once

#include "examples/replay/market/exchange.hpp"
#include "examples/replay/protocol/events.hpp"
#include "examples/replay/protocol/stream_name.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace replay {

/// Who receives stream events; outlives its subscriptions.
class Subscriber {
public:
    virtual ~Subscriber() = default;
    virtual bool isCombined() const = 0;
    virtual bool isMicroseconds() const = 0;
    /// One event, wrapped and in units as this subscriber wants it. The symbol is empty for all-market streams.
    virtual void deliver(std::string_view symbol, std::string_view payload) = 0;
};

/// Knows which streams have readers and renders their events, each form at most once. Pure; one owner thread.
class StreamHub {
public:
    explicit StreamHub(Exchange& exchange);

    void add(Stream const& stream, Subscriber& subscriber);
    void remove(Stream const& stream, Subscriber& subscriber);

    /// Trade events gain members that no client knows.
    void setExtraFields(bool on) { extraFields_ = on; }
    void trade(std::uint32_t symbol, Trade const& trade, TimeMs eventTime);
    void aggregate(std::uint32_t symbol, Aggregate const& aggregate, TimeMs eventTime);
    void bookTicker(std::uint32_t symbol, TimeMs eventTime);
    bool hasAggregateReader(std::uint32_t symbol) const { return aggregates_[symbol] != nullptr; }
    bool hasBookReader(std::uint32_t symbol) const { return books_[symbol] != nullptr; }
    /// Candles, tickers and average prices: what the exchange sends by the second. `now`: the exchange's clock.
    void second(TimeMs now);

private:
    struct Feed {
        Stream stream;
        int symbol = -1;
        std::vector<Subscriber*> subscribers = {};
        TimeMs candleOpen = 0;     ///< of the running candle that was sent last
        std::int64_t lastId = -1;  ///< newest trade when a ticker was sent last
        TimeMs sentAt = 0;
    };
    using Render = std::function<std::string(EventContext)>;

    void publish(Feed const& feed, TimeMs eventTime, Render const& render);
    void publishCandles(Feed& feed, TimeMs now);
    void publishTicker(Feed& feed, TimeMs now);
    void publishAll(Feed& feed, TimeMs now);
    std::vector<Feed*>* directFeeds(StreamKind kind);

    Exchange& exchange_;
    std::unordered_map<std::string, Feed> feeds_;
    std::vector<Feed*> trades_;  ///< by symbol, null without reader
    std::vector<Feed*> aggregates_;
    std::vector<Feed*> books_;
    std::vector<std::int64_t> sentIds_;  ///< newest trade of each symbol in the last all-market arrays
    bool extraFields_ = false;
};

}  // namespace replay
