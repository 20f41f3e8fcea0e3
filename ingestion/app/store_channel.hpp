#pragma once

#include "common/runtime/clock.hpp"
#include "common/store/store_thread.hpp"
#include "ingestion/engine/channel.hpp"

namespace ingestion {

/// The engine's channel over the real store thread. Network thread; the store thread must outlive it.
class StoreChannel final : public Channel {
public:
    StoreChannel(common::StoreThread& store, common::Clock const& clock) : store_(store), clock_(clock) {}

    void loadStart(Done<Start> done) override;
    void loadChanges(std::int64_t afterId, Done<Changes> done) override;
    void loadSymbol(common::Symbol symbol, Done<SymbolStart> done) override;
    void commit(common::Step step, Done<common::StepOutcome> done) override;
    void keepHouse(common::TimeMs now, std::int64_t changesAppliedUpTo, Done<bool> done) override;
    void setFeeds(std::vector<common::FeedRecord> feeds, std::vector<common::Symbol> left, Done<bool> done) override;
    void replaceSymbols(std::vector<common::SymbolInfo> symbols, Done<bool> done) override;

private:
    common::StoreThread& store_;
    common::Clock const& clock_;
};

}  // namespace ingestion
