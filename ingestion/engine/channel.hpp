#pragma once

#include "common/store/records.hpp"
#include "common/store/store_error.hpp"
#include "ingestion/market/candle_channel.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ingestion {

/// Ingestion's side of the database, as the engine needs it: questions whose answers come later on the engine's thread,
/// exactly once each and in the order of the calls. Behind it stands StoreThread, in simulations a model of it.
class Channel : public CandleChannel {
public:
    struct Start {
        std::int64_t changeId = 0;
        std::vector<common::Position> positions;
        std::vector<common::CandleWrite> candles;  ///< the newest of each symbol that has a position
        std::vector<common::StoredPast> pasts;
    };
    /// Some rows of a table in order of their ids.
    template <class Row>
    struct Page {
        std::vector<Row> rows;
        bool more = false;
    };
    /// One change and the row it speaks of; no record = the alert is gone.
    struct Change {
        common::DemandChange change;
        std::optional<common::AlertRecord> record;
    };
    struct Changes {
        std::vector<Change> changes;
        std::vector<common::Symbol> watched;
        bool more = false;  ///< read again at once
    };
    struct SymbolStart {
        std::optional<common::Position> position;
        std::optional<common::Candle> candle;  ///< the newest
        std::vector<common::StoredPast> pasts;
        std::vector<common::AlertRecord> alerts;
    };

    virtual void loadStart(Done<Start> done) = 0;
    /// Alerts that have not ended, from behind this one on. The first page is asked for after loadStart: what changes
    /// meanwhile stands behind its `changeId`.
    virtual void loadAlerts(common::AlertId after, Done<Page<common::AlertRecord>> done) = 0;
    virtual void loadChanges(std::int64_t afterId, Done<Changes> done) = 0;
    virtual void loadSymbol(common::Symbol symbol, Done<SymbolStart> done) = 0;
    /// The same alerts for comparison, off the way of the commits: the answer may come out of order.
    virtual void loadDemand(common::AlertId after, Done<Page<common::DemandRow>> done) = 0;
    /// The rows of these alerts as they are now, without those that a change after `changeId` speaks of.
    virtual void loadMissed(std::vector<common::AlertId> alerts, std::int64_t changeId,
                            Done<std::vector<Change>> done) = 0;
    virtual void loadPositions(Done<std::vector<common::Position>> done) = 0;
    virtual void commit(common::Step step, Done<common::StepOutcome> done) = 0;
    /// Housekeeping in one commit of its own: life sign, lapsed leases, applied changes.
    virtual void keepHouse(common::TimeMs now, std::int64_t changesAppliedUpTo, Done<bool> done) = 0;
    virtual void setFeeds(std::vector<common::FeedRecord> feeds, std::vector<common::Symbol> left, Done<bool> done) = 0;
    virtual void replaceSymbols(std::vector<common::SymbolInfo> symbols, Done<bool> done) = 0;
};

}  // namespace ingestion
