#include "examples/replay/market/exchange.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace replay {
namespace {

/// Ids count from here, so that they stay readable: 2020-09-13.
constexpr TimeMs kIdEpochMs = 1'600'000'000'000;
/// `max` plays no faster than this per symbol.
constexpr std::int64_t kIdsPerSecondAtMax = 100'000;
/// Trades invented before the start, over all symbols, and the minutes they may span.
constexpr double kWarmTradesMax = 300'000;
constexpr double kWarmMinutesMin = 2;
constexpr double kWarmMinutesMax = 15;

/// At least one past minute always has trades, however many symbols there are.
TimeMs warmStart(std::vector<Listing> const& listings, TimeMs now) {
    double perMinute = 0;
    for (auto const& listing : listings)
        perMinute += listing.tradesPerSecond * 60;
    double const minutes = std::clamp(kWarmTradesMax / std::max(perMinute, 1.0), kWarmMinutesMin, kWarmMinutesMax);
    return (now / kMinuteMs - static_cast<std::int64_t>(minutes)) * kMinuteMs;
}

}  // namespace

void Exchange::list(std::vector<Listing> listings, Settings const& settings) {
    for (auto& idle : idleListings()) {
        auto const same = [&](Listing const& l) { return l.info.symbol == idle.info.symbol; };
        if (std::ranges::none_of(listings, same)) listings.push_back(std::move(idle));
    }
    SymbolBook::Limits limits;
    limits.tradesMax =
        std::clamp(settings.totalTradesMax / listings.size(), std::size_t{2'000}, settings.historyTradesMax);
    for (auto& listing : listings) {
        places_.emplace(listing.info.symbol, static_cast<int>(books_.size()));
        books_.emplace_back(std::move(listing), limits);
    }
}

std::unique_ptr<Exchange> Exchange::fromTapes(std::vector<Tape> tapes, Settings settings) {
    std::unique_ptr<Exchange> exchange(new Exchange);
    std::vector<Listing> listings;
    for (auto const& tape : tapes)
        listings.push_back(tape.listing);
    exchange->list(std::move(listings), settings);
    for (std::size_t i = 0; i < tapes.size(); ++i) {
        Trade before = tapes[i].trades.front();
        --before.id;
        --before.time;
        exchange->books_[i].setBaseline(before);
    }
    auto source = std::make_unique<TapeSource>(tapes);
    Player::Settings const playing{settings.speed,
                                   settings.restamp ? Player::Stamp::Shifted : Player::Stamp::AsRecorded,
                                   source->firstTime(), source->lastTime()};
    exchange->player_ = std::make_unique<Player>(*source, playing);
    exchange->source_ = std::move(source);
    return exchange;
}

std::unique_ptr<Exchange> Exchange::synthetic(std::vector<Listing> listings, std::uint64_t seed, Settings settings,
                                              TimeMs now) {
    std::unique_ptr<Exchange> exchange(new Exchange);
    std::int64_t const factor = static_cast<std::int64_t>(std::ceil(std::max(1.0, settings.speed.factor)));
    for (auto const& listing : listings)
        exchange->markets_.emplace_back(listing, seed);
    TimeMs const from = warmStart(listings, now);
    exchange->list(std::move(listings), settings);
    for (std::size_t i = 0; i < exchange->markets_.size(); ++i) {
        auto& book = exchange->books_[i];
        book.setPast(&exchange->markets_[i]);
        auto const busy = static_cast<std::int64_t>(std::ceil(2 * book.listing().tradesPerSecond)) * factor;
        std::int64_t const perSecond =
            settings.speed.max ? kIdsPerSecondAtMax : std::max(busy, settings.idsPerSecondMin);
        std::vector<Trade> past;
        for (TimeMs second = from / kSecondMs; second <= now / kSecondMs; ++second)
            std::ranges::copy(exchange->markets_[i].second(second), std::back_inserter(past));
        // The newest id follows from the wall clock, so whatever an earlier run played has lower ones.
        book.setNextId((now - kIdEpochMs) * perSecond / kSecondMs - static_cast<std::int64_t>(past.size()));
        for (auto const& trade : past)
            book.append(trade.price, trade.qty, std::min(trade.time, now), trade.buyerMaker);
        book.closeAggregate();
        if (book.lastTrade() == nullptr) {
            Decimal const price = exchange->markets_[i].minute(now / kMinuteMs * kMinuteMs).open;
            book.setBaseline({book.nextId(), price, book.listing().info.lotSize, now, false});
        }
    }
    bool const paced = !settings.speed.max && settings.speed.factor == 1;
    exchange->source_ = std::make_unique<SyntheticSource>(exchange->markets_);
    exchange->player_ = std::make_unique<Player>(
        *exchange->source_,
        Player::Settings{settings.speed, paced ? Player::Stamp::Shifted : Player::Stamp::Now, 0, 0});
    return exchange;
}

int Exchange::find(std::string_view symbol) const {
    auto const place = places_.find(std::string(symbol));
    return place == places_.end() ? -1 : place->second;
}

}  // namespace replay
