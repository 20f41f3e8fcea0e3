#pragma once

#include "common/runtime/clock.hpp"
#include "common/runtime/metrics.hpp"
#include "common/store/store_thread.hpp"
#include "ingestion/engine/channel.hpp"

namespace ingestion {

/// The engine's channel over the real store thread; `reader` answers what would hold it up. Network thread; both must
/// outlive it.
class StoreChannel final : public Channel {
public:
    StoreChannel(common::StoreThread& store, common::StoreThread& reader, common::Clock const& clock,
                 common::Metrics& metrics);

    void loadStart(Done<Start> done) override;
    void loadAlerts(common::AlertId after, Done<Page<common::AlertRecord>> done) override;
    void loadChanges(std::int64_t afterId, Done<Changes> done) override;
    void loadSymbol(common::Symbol symbol, Done<SymbolStart> done) override;
    void loadDemand(common::AlertId after, Done<Page<common::DemandRow>> done) override;
    void loadMissed(std::vector<common::AlertId> alerts, std::int64_t changeId,
                    Done<std::vector<Change>> done) override;
    void loadPositions(Done<std::vector<common::Position>> done) override;
    void commit(common::Step step, Done<common::StepOutcome> done) override;
    void keepHouse(common::TimeMs now, std::int64_t changesAppliedUpTo, Done<bool> done) override;
    void setFeeds(std::vector<common::FeedRecord> feeds, std::vector<common::Symbol> left, Done<bool> done) override;
    void loadCoverage(common::Symbol symbol, Done<Coverage> done) override;
    void loadMinutes(common::Symbol symbol, common::TimeMs from, common::TimeMs to,
                     Done<std::vector<common::Candle>> done) override;
    void fillCandles(common::Symbol symbol, std::vector<common::Candle> candles, Done<bool> done) override;
    void replaceSymbols(std::vector<common::SymbolInfo> symbols, Done<bool> done) override;

private:
    void measure(common::Step const& step);

    common::StoreThread& store_;
    common::StoreThread& reader_;
    common::Clock const& clock_;
    common::Histogram tradeToReceived_;
    common::Histogram receivedToCommitted_;
};

}  // namespace ingestion
