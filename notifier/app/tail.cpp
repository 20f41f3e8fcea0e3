#include "notifier/app/tail.hpp"

#include <algorithm>
#include <utility>

namespace notifier {
namespace {

/// One consistent view for all queries of a look, and one pair of locks instead of one per query.
class ReadView {
public:
    explicit ReadView(common::Database& database) : database_(database) { database_.beginRead(); }
    ~ReadView() { database_.rollback(); }
    ReadView(ReadView const&) = delete;
    ReadView& operator=(ReadView const&) = delete;

private:
    common::Database& database_;
};

}  // namespace

Tail::Tail(common::Database& database, Deliver deliver, Limits limits)
    : database_(database),
      deliver_(std::move(deliver)),
      limits_(limits),
      eventId_(database.events().newestId()),
      stateId_(database.events().newestStateId()) {}

void Tail::wantPrices() {
    if (std::exchange(pricesWanted_, true)) return;
    dataVersion_.reset();
}

void Tail::read() {
    auto const version = database_.dataVersion();
    if (dataVersion_ == version) return;
    readNews();
    // Older than what was read, never newer: a commit in between is looked for once more.
    dataVersion_ = version;
}

void Tail::readNews() {
    while (readOnce()) {
    }
}

/// True when there may be more.
bool Tail::readOnce() {
    auto news = look();
    auto const& batch = news.batch;
    auto const full = static_cast<std::size_t>(limits_.rows);
    bool const more = batch.events.size() == full || batch.states.size() == full;
    bool const alive = std::exchange(seen_.lifeSign, batch.lifeSign) != batch.lifeSign;
    if (!batch.empty() || news.symbols || alive) deliver_(std::move(news));
    return more;
}

News Tail::look() {
    News news;
    auto& batch = news.batch;
    ReadView const view(database_);
    batch.events = database_.events().tail(eventId_, limits_.rows);
    // States after events: a `done` follows the firing that caused it.
    batch.states = database_.events().stateTail(stateId_, limits_.rows);
    auto const now = database_.market().versions();
    batch.lifeSign = now.lifeSign;
    if (pricesWanted_ && now.prices != seen_.prices) batch.prices = database_.market().pricesAfter(priceVersion_);
    if (now.feeds != seen_.feeds) batch.feeds = database_.market().feeds();
    if (now.symbols != seen_.symbols) news.symbols = readSymbols(database_, seen_.symbols);

    // Only now, when nothing can throw any more: a failed look is taken again from where it began.
    if (!batch.events.empty()) eventId_ = batch.events.back().id;
    if (!batch.states.empty()) stateId_ = batch.states.back().id;
    for (auto const& price : batch.prices)
        priceVersion_ = std::max(priceVersion_, price.version);
    if (pricesWanted_) seen_.prices = now.prices;
    seen_.feeds = now.feeds;
    seen_.symbols = now.symbols;
    return news;
}

}  // namespace notifier
