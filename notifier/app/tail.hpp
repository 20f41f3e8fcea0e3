#pragma once

#include "common/store/stores.hpp"
#include "notifier/api/symbol_directory.hpp"
#include "notifier/session/hub.hpp"

#include <atomic>
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
/// older events are a matter of `resume`. All calls but wantPrices() on the thread that owns the database.
class Tail {
public:
    struct Limits {
        std::int64_t rows = 500;  ///< of one batch
        int allFeedsEvery = 120;  ///< reads; then the whole list, since removed rows leave no trace
    };
    /// Called for every batch, in order, on the store thread.
    using Deliver = std::function<void(News)>;

    explicit Tail(Deliver deliver) : Tail(std::move(deliver), Limits{}) {}
    Tail(Deliver deliver, Limits limits) : deliver_(std::move(deliver)), limits_(limits) {}

    /// Takes its place at the end of the tables; what is news all the same (feeds, symbols, life sign) is delivered.
    void start(common::Database& database);
    /// Reads until nothing new is left: whoever comes after it knows that all earlier commits were delivered.
    void read(common::Database& database);
    /// Prices are read from the first watch on, and then for good: a later watcher is shown the last one at once, and it
    /// must not be an old one. Any thread.
    void wantPrices() { pricesWanted_ = true; }
    /// States up to here were delivered; they may be deleted.
    std::int64_t stateCursor() const { return stateId_; }

private:
    bool readOnce(common::Database& database);

    Deliver deliver_;
    Limits limits_;
    std::atomic<bool> pricesWanted_ = false;
    bool started_ = false;
    std::int64_t eventId_ = 0;
    std::int64_t stateId_ = 0;
    std::int64_t priceVersion_ = 0;
    std::int64_t feedVersion_ = 0;
    std::int64_t symbolsVersion_ = 0;
    common::TimeMs lifeSign_ = -1;
    int readsToAllFeeds_ = 0;
};

}  // namespace notifier
