#include "tests/simulation/sim_exchange.hpp"

#include "common/core/candle.hpp"
#include "common/core/wide.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace simulation {
namespace {

constexpr common::DurationMs kRestLagMaxMs = 1'000;
constexpr common::DurationMs kRestSpellMs = 12'000;
constexpr std::size_t kPageMax = 1'000;
constexpr std::int64_t kTick = common::Decimal::kUnitsPerOne;  // prices move by whole units: levels are met exactly

}  // namespace

SimExchange::SimExchange(World& world, std::vector<common::Symbol> symbols, Weather weather)
    : world_(world), weather_(weather), names_(std::move(symbols)) {
    for (auto const& name : names_) {
        Market market;
        market.name = name;
        market.price = common::Decimal::fromUnits(100 * kTick);
        market.nextId = world_.random(1, 1'000'000);
        markets_.emplace(name, std::move(market));
    }
    world_.inMs(1, [this] { trade(); });
    world_.inMs(500, [this] { faults(); });
}

common::Trade const& SimExchange::aggregateOf(common::Symbol const& symbol, std::int64_t id) const {
    auto const& all = markets_.at(symbol).aggregates;
    return *std::prev(std::ranges::upper_bound(all, id, {}, &common::Trade::id));
}

void SimExchange::connect(ingestion::FeedListener* listener) {
    ++incarnation_;
    ++connection_;
    listener_ = listener;
    streams_.clear();
    stalledUntilUs_ = 0;
}

void SimExchange::disconnect() {
    connect(nullptr);
}

void SimExchange::calm() {
    weather_ = {.tradesPerSecond = 0, .steady = false};
    stalledUntilUs_ = 0;
    // One more trade each: a stream that lost its last frames shows it by the next one only.
    for (auto& [name, market] : markets_) {
        market.skip = 0;
        order(market);
    }
}

void SimExchange::trade() {
    if (weather_.tradesPerSecond == 0) return;
    order(
        markets_.at(names_[static_cast<std::size_t>(world_.random(0, static_cast<std::int64_t>(names_.size()) - 1))]));
    world_.in(world_.random(0, 2'000'000 / weather_.tradesPerSecond), [this] { trade(); });
}

/// One taker order: sweeps one or more prices, several trades at each, all at the same instant.
void SimExchange::order(Market& market) {
    auto const levels = world_.random(1, 3);
    auto const direction = world_.chance(50) ? 1 : -1;
    for (std::int64_t level = 0; level < levels; ++level) {
        auto const moved = market.price.units() + direction * world_.random(0, 2) * kTick;
        market.price = common::Decimal::fromUnits(std::clamp(moved, 80 * kTick, 120 * kTick));
        common::Trade aggregate;
        auto const count = world_.random(1, 3);
        for (std::int64_t i = 0; i < count; ++i) {
            common::Trade trade;
            trade.id = market.nextId++;
            trade.price = {market.price, 8};
            trade.qty = {common::Decimal::fromUnits(world_.random(1, 1'000'000)), 8};
            trade.time = 1'760'000'000'000 + world_.nowMs();
            trade.buyerMaker = direction < 0;
            auto const sum = aggregate.qty.value.units() + trade.qty.value.units();
            if (i == 0) aggregate = trade;
            aggregate.qty.value = common::Decimal::fromUnits(sum);
            aggregate.aggLastId = trade.id;
            market.tape.push_back(trade);
            stream(market, trade);
        }
        if (aggregate.aggLastId == aggregate.id) aggregate.aggLastId = 0;
        market.aggregates.push_back(aggregate);
    }
}

void SimExchange::stream(Market& market, common::Trade const& trade) {
    if (market.skip == 0 && world_.chance(weather_.skipPercent)) market.skip = static_cast<int>(world_.random(1, 40));
    if (market.skip > 0) {
        --market.skip;
        return;
    }
    for (auto& [index, stream] : streams_) {
        if (!stream.subscribed || stream.symbol != market.name) continue;
        if (world_.chance(weather_.reorderPercent))
            deliver(index, trade, world_.random(1'000, 120'000), false);
        else
            deliver(index, trade, world_.random(200, 2'000), true);
        if (world_.chance(weather_.repeatPercent))
            for (auto i = std::min<std::size_t>(market.tape.size(), 5); i > 0; --i)
                deliver(index, market.tape[market.tape.size() - i], world_.random(200, 5'000), false);
    }
}

void SimExchange::deliver(ingestion::SymbolIndex index, common::Trade const& trade, std::int64_t delayUs,
                          bool ordered) {
    auto& stream = streams_.at(index);
    auto const nowUs = world_.monotonicUs();
    auto at = std::max(nowUs + delayUs, stalledUntilUs_);
    if (ordered) at = stream.readyAtUs = std::max(at, stream.readyAtUs + 1);
    world_.in(at - nowUs, [this, index, trade, connection = connection_] {
        if (connection != connection_ || !streams_.contains(index)) return;
        auto received = trade;
        received.received = world_.wallMs();
        listener_->onTrade(index, received);
        listener_->onBatchEnd();
    });
}

void SimExchange::follow(ingestion::SymbolIndex index, common::Symbol symbol) {
    streams_[index] = {.symbol = std::move(symbol)};
    subscribe(index);
}

void SimExchange::leave(ingestion::SymbolIndex index) {
    streams_.erase(index);
}

void SimExchange::subscribe(ingestion::SymbolIndex index) {
    // Trades may come before the acknowledgement.
    world_.inMs(world_.random(1, 40), [this, index, connection = connection_] {
        if (connection != connection_ || !streams_.contains(index)) return;
        streams_[index].subscribed = true;
        world_.inMs(world_.random(0, 20), [this, index, connection] {
            if (connection != connection_ || !streams_.contains(index)) return;
            listener_->onAcknowledged(index);
            listener_->onBatchEnd();
        });
    });
}

void SimExchange::faults() {
    world_.inMs(500, [this] { faults(); });
    if (!weather_.steady || listener_ == nullptr) return;
    if (world_.random(1, 120) <= weather_.dropsPerMinute) drop();
    if (world_.random(1, 120) <= weather_.stallsPerMinute)
        stalledUntilUs_ = world_.monotonicUs() + world_.random(10, 6'000) * 1000;
}

void SimExchange::drop() {
    auto const connection = ++connection_;
    for (auto& [index, stream] : streams_) {
        stream.subscribed = false;
        stream.readyAtUs = 0;
        listener_->onInterrupted(index, "closed");
    }
    world_.inMs(world_.random(1, 100) <= 20 ? world_.random(5'000, 40'000) : world_.random(10, 1'500),
                [this, connection] {
                    if (connection != connection_) return;
                    for (auto const& [index, stream] : streams_)
                        subscribe(index);
                });
}

template <class T>
void SimExchange::answer(Answer<T> done, std::function<T()> make) {
    auto const incarnation = incarnation_;
    // Half of the time all is well, for longer than anyone waits between two tries: no repair has to be given up.
    bool const troubled = world_.nowMs() % kRestSpellMs < kRestSpellMs / 2;
    if (troubled && world_.chance(weather_.restFailPercent)) {
        world_.inMs(world_.random(1, 3'000), [this, done = std::move(done), incarnation] {
            if (incarnation != incarnation_) return;
            bool const limited = world_.chance(20);
            done(std::unexpected(ingestion::RestFailure{
                .kind = limited ? ingestion::RestFailure::Kind::Limited : ingestion::RestFailure::Kind::Unreachable,
                .detail = "simulated",
                .retryAfterMs = limited ? 1'000 : 0}));
        });
        return;
    }
    // Half of the way passes before the exchange looks, half after.
    auto const half = world_.random(1, std::max<std::int64_t>(1, weather_.restDelayMaxMs / 2));
    world_.inMs(half, [this, done = std::move(done), make = std::move(make), incarnation, half] {
        world_.inMs(half, [this, done, value = make(), incarnation] {
            if (incarnation == incarnation_) done(value);
        });
    });
}

/// How many trades REST shows.
std::size_t SimExchange::shown(Market const& market) {
    auto count = market.tape.size();
    for (auto lag = weather_.restLagIds > 0 ? world_.random(0, weather_.restLagIds) : 0; lag > 0 && count > 0; --lag)
        if (market.tape[count - 1].time > 1'760'000'000'000 + world_.nowMs() - kRestLagMaxMs) --count;
    return count;
}

void SimExchange::symbols(Answer<std::vector<common::SymbolInfo>> done) {
    answer<std::vector<common::SymbolInfo>>(std::move(done), [this] {
        std::vector<common::SymbolInfo> list;
        for (auto const& name : names_)
            list.push_back(
                {.symbol = name, .base = name, .quote = "USDT", .status = {}, .tickSize = {}, .lotSize = {}});
        return list;
    });
}

void SimExchange::newestTrades(std::vector<common::Symbol> symbols, Answer<std::vector<ingestion::NewestTrade>> done) {
    answer<std::vector<ingestion::NewestTrade>>(std::move(done), [this, symbols = std::move(symbols)] {
        std::vector<ingestion::NewestTrade> rows;
        for (auto const& name : symbols) {
            auto const& market = markets_.at(name);
            auto const count = shown(market);
            rows.push_back({name, count == 0 ? -1 : market.tape[count - 1].id});
        }
        return rows;
    });
}

void SimExchange::newestRows(common::Symbol symbol, int limit, Answer<std::vector<common::Trade>> done) {
    answer<std::vector<common::Trade>>(std::move(done), [this, symbol, limit] {
        auto const& market = markets_.at(symbol);
        auto const end = static_cast<std::ptrdiff_t>(shown(market));
        auto const begin = std::max<std::ptrdiff_t>(0, end - limit);
        return std::vector(market.tape.begin() + begin, market.tape.begin() + end);
    });
}

ingestion::ExchangeRest::Aggregates SimExchange::pageFrom(Market const& market, std::size_t first) {
    Aggregates page;
    auto const count = shown(market);
    auto const newest = count == 0 ? 0 : market.tape[count - 1].id;
    for (auto i = first; i < market.aggregates.size() && page.rows.size() < kPageMax; ++i) {
        if (market.aggregates[i].lastId() > newest) break;
        page.rows.push_back(market.aggregates[i]);
        page.aggregateIds.push_back(static_cast<std::int64_t>(i) + 1);
    }
    return page;
}

void SimExchange::aggregatesFromId(common::Symbol symbol, std::int64_t aggregateId, Answer<Aggregates> done) {
    answer<Aggregates>(std::move(done), [this, symbol, aggregateId] {
        return pageFrom(markets_.at(symbol), static_cast<std::size_t>(aggregateId - 1));
    });
}

void SimExchange::aggregatesFromTime(common::Symbol symbol, common::TimeMs from, Answer<Aggregates> done) {
    answer<Aggregates>(std::move(done), [this, symbol, from] {
        auto const& market = markets_.at(symbol);
        auto const first = std::ranges::lower_bound(market.aggregates, from, {}, &common::Trade::time);
        return pageFrom(market, static_cast<std::size_t>(first - market.aggregates.begin()));
    });
}

/// Candles of the exchange, the running one included: the oldest that open at `from` or later, else the newest that
/// open at `to` or before. The market of a symbol is as old as its first trade.
void SimExchange::klines(common::Symbol symbol, std::string interval, common::TimeMs from, common::TimeMs to, int limit,
                         Answer<std::vector<ingestion::Kline>> done) {
    answer<std::vector<ingestion::Kline>>(std::move(done), [this, symbol, interval, from, to, limit] {
        common::DurationMs const length = interval == "1s" ? 1'000 : 60'000;
        std::vector<ingestion::Kline> rows;
        auto const& tape = markets_.at(symbol).tape;
        if (tape.empty()) return rows;
        auto const now = 1'760'000'000'000 + world_.nowMs();
        auto const last = to == 0 ? now : std::min(to, now);
        auto const begin = common::floorTo(tape.front().time, length);
        auto open = std::max(begin, from == 0 ? begin : common::floorTo(from + length - 1, length));
        auto at = std::ranges::lower_bound(tape, open, {}, &common::Trade::time);
        auto close = at == tape.begin() ? at->price : std::prev(at)->price;
        for (; open <= last && (from == 0 || rows.size() < static_cast<std::size_t>(limit)); open += length) {
            ingestion::Kline row;
            row.openTime = open;
            row.open = row.high = row.low = row.close = close;
            __int128 volume = 0, quote = 0;
            for (; at != tape.end() && at->time < open + length; ++at, ++row.trades) {
                auto const& price = at->price;
                if (row.trades == 0) row.open = row.high = row.low = price;
                if (price.value > row.high.value) row.high = price;
                if (price.value < row.low.value) row.low = price;
                row.close = close = price;
                volume += at->qty.value.units();
                quote += static_cast<__int128>(price.value.units()) * at->qty.value.units();
            }
            row.volume = common::wideText(volume);
            row.quoteVolume = common::wideText((quote + 50'000'000) / 100'000'000);
            rows.push_back(row);
        }
        if (rows.size() > static_cast<std::size_t>(limit)) rows.erase(rows.begin(), rows.end() - limit);
        return rows;
    });
}

}  // namespace simulation
