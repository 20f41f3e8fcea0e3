#pragma once

#include "common/core/trade.hpp"
#include "ingestion/exchange/feed.hpp"
#include "tests/simulation/sim_world.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace simulation {

/// How unkind the exchange is; percentages are per chance.
struct Weather {
    int tradesPerSecond = 20;  ///< orders of takers over all symbols
    int dropsPerMinute = 0;    ///< the connection is lost
    int skipPercent = 0;       ///< a run of trades never reaches the stream
    int repeatPercent = 0;     ///< the last trades come once more
    int reorderPercent = 0;    ///< a trade comes up to 120 ms late, others overtake it
    int stallsPerMinute = 0;   ///< nothing is delivered for a while, then everything
    int restFailPercent = 0;   ///< in six seconds of twelve
    int restLagIds = 0;        ///< REST may be up to so many trades behind the stream
    std::int64_t restDelayMaxMs = 30;
    bool steady = true;  ///< false: none of the above until calm() is called
};

/// An exchange in virtual time: a random market, its trade streams and its REST, with faults. Its tape is the truth
/// that the oracle judges.
class SimExchange final : public ingestion::TradeFeed, public ingestion::ExchangeRest {
public:
    SimExchange(World& world, std::vector<common::Symbol> symbols, Weather weather);

    std::vector<common::Trade> const& tape(common::Symbol const& symbol) const { return markets_.at(symbol).tape; }
    common::Decimal price(common::Symbol const& symbol) const { return markets_.at(symbol).price; }
    /// The aggregate that holds this id.
    common::Trade const& aggregateOf(common::Symbol const& symbol, std::int64_t id) const;
    /// A new engine listens, the old one hears nothing more.
    void connect(ingestion::FeedListener* listener);
    void disconnect();
    /// From here on everything works and the market rests.
    void calm();

    void follow(ingestion::SymbolIndex index, common::Symbol symbol) override;
    void leave(ingestion::SymbolIndex index) override;
    bool complete() const override { return true; }
    void stop() override { disconnect(); }

    void symbols(Answer<std::vector<common::SymbolInfo>> done) override;
    void newestTrades(std::vector<common::Symbol> symbols, Answer<std::vector<ingestion::NewestTrade>> done) override;
    void newestRows(common::Symbol symbol, int limit, Answer<std::vector<common::Trade>> done) override;
    void aggregatesFromId(common::Symbol symbol, std::int64_t aggregateId, Answer<Aggregates> done) override;
    void aggregatesFromTime(common::Symbol symbol, common::TimeMs from, Answer<Aggregates> done) override;
    void klines(common::Symbol symbol, std::string interval, common::TimeMs from, common::TimeMs to, int limit,
                Answer<std::vector<ingestion::Kline>> done) override;

private:
    struct Market {
        common::Symbol name;
        common::Decimal price;
        std::int64_t nextId = 1;
        std::vector<common::Trade> tape;
        std::vector<common::Trade> aggregates;  ///< index + 1 = aggregate id
        int skip = 0;                           ///< so many trades more do not reach the stream
    };
    struct Stream {
        common::Symbol symbol;
        bool subscribed = false;
        std::int64_t readyAtUs = 0;  ///< delivery keeps the order of the wire
    };

    void trade();
    void order(Market& market);
    void stream(Market& market, common::Trade const& trade);
    void deliver(ingestion::SymbolIndex index, common::Trade const& trade, std::int64_t delayUs, bool ordered);
    void subscribe(ingestion::SymbolIndex index);
    void faults();
    void drop();
    template <class T>
    void answer(Answer<T> done, std::function<T()> make);
    std::size_t shown(Market const& market);
    Aggregates pageFrom(Market const& market, std::size_t first);

    World& world_;
    Weather weather_;
    std::map<common::Symbol, Market> markets_;
    std::vector<common::Symbol> names_;
    std::map<ingestion::SymbolIndex, Stream> streams_;
    ingestion::FeedListener* listener_ = nullptr;
    std::uint64_t incarnation_ = 0;  ///< of the listener: what was meant for an earlier one is dropped
    std::uint64_t connection_ = 0;   ///< of the socket: what was on the way when it broke is lost
    std::int64_t stalledUntilUs_ = 0;
};

}  // namespace simulation
