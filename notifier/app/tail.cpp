#include "notifier/app/tail.hpp"

#include <algorithm>
#include <utility>

namespace notifier {

void Tail::start(common::Database& database) {
    eventId_ = database.events().newestId();
    stateId_ = database.events().newestStateId();
    started_ = true;
    read(database);
}

void Tail::read(common::Database& database) {
    if (!started_) return;
    while (readOnce(database)) {
    }
}

/// True when there may be more.
bool Tail::readOnce(common::Database& database) {
    News news;
    auto& batch = news.batch;
    batch.events = database.events().tail(eventId_, limits_.rows);
    // States after events: a `done` follows the firing that caused it.
    batch.states = database.events().stateTail(stateId_, limits_.rows);
    if (pricesWanted_) batch.prices = database.market().pricesAfter(priceVersion_);
    batch.allFeeds = --readsToAllFeeds_ <= 0;
    batch.feeds = database.market().feedsAfter(batch.allFeeds ? 0 : feedVersion_);
    batch.lifeSign = database.market().lifeSign();
    news.symbols = readSymbols(database, symbolsVersion_);

    // Only now, when nothing can throw any more: a failed read is made again from where it began.
    if (!batch.events.empty()) eventId_ = batch.events.back().id;
    if (!batch.states.empty()) stateId_ = batch.states.back().id;
    for (auto const& price : batch.prices)
        priceVersion_ = std::max(priceVersion_, price.version);
    for (auto const& feed : batch.feeds)
        feedVersion_ = std::max(feedVersion_, feed.version);
    if (news.symbols) symbolsVersion_ = news.symbols->version;
    if (batch.allFeeds) readsToAllFeeds_ = limits_.allFeedsEvery;
    auto const full = static_cast<std::size_t>(limits_.rows);
    bool const more = batch.events.size() == full || batch.states.size() == full;
    if (!batch.empty() || news.symbols || std::exchange(lifeSign_, batch.lifeSign) != batch.lifeSign)
        deliver_(std::move(news));
    return more;
}

}  // namespace notifier
