#pragma once

#include "common/store/stores.hpp"
#include "notifier/api/symbol_directory.hpp"
#include "notifier/session/hub.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace notifier {

/// What one look at the store found.
struct News {
    TailBatch batch;
    std::optional<SymbolList> symbols;  ///< a newer list
};

/// Follows the tables that ingestion writes: events, alert states, prices, feeds, symbols. Starts at the newest row;
/// older events are a matter of `resume`. Reads on the network thread through a read-only connection of its own: a look
/// takes some ten microseconds and never waits for a writer, while the way over another thread and back costs two
/// wake-ups of every notification.
class Tail {
public:
    struct Limits {
        std::int64_t rows = 500;  ///< of one batch
    };
    /// Called for every batch, in order.
    using Deliver = std::function<void(News)>;

    /// Takes its place at the end of the tables.
    Tail(common::Database& database, Deliver deliver) : Tail(database, std::move(deliver), Limits{}) {}
    Tail(common::Database& database, Deliver deliver, Limits limits);

    /// Reads until nothing new is left: whoever comes after it knows that all earlier commits were delivered. A
    /// StoreError of the database passes through; what was not delivered is read again the next time.
    void read();
    /// The same when a bell has said that there is news: without a look whether anything changed.
    void readNews();
    /// Prices are read from the first watch on, and then for good: a later watcher is shown the last one at once, and
    /// it must not be an old one.
    void wantPrices();
    /// States up to here were delivered; they may be deleted.
    std::int64_t stateCursor() const { return stateId_; }

private:
    bool readOnce();
    News look();

    common::Database& database_;
    Deliver deliver_;
    Limits limits_;
    bool pricesWanted_ = false;
    std::optional<std::int64_t> dataVersion_;  ///< as of the last look; nothing = look in any case
    std::int64_t eventId_ = 0;
    std::int64_t stateId_ = 0;
    std::int64_t priceVersion_ = 0;  ///< of the newest price row that was read
    common::MarketVersions seen_{.lifeSign = -1, .symbols = 0, .prices = 0, .feeds = -1};
};

}  // namespace notifier
