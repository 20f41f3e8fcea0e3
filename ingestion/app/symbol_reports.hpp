#pragma once

#include "common/runtime/clock.hpp"
#include "common/store/store_thread.hpp"
#include "ingestion/engine/engine.hpp"

#include <unordered_map>
#include <vector>

namespace ingestion {

/// Writes for `/status` how each followed symbol fares: every two seconds what has changed, in a commit of its own.
/// Network thread; outlives the store thread's answers.
class SymbolReports {
public:
    SymbolReports(Engine const& engine, common::StoreThread& store, common::Clock const& clock)
        : engine_(engine), store_(store), clock_(clock) {}

    void onTimer(common::TimeMs mono);

private:
    Engine const& engine_;
    common::StoreThread& store_;
    common::Clock const& clock_;
    std::unordered_map<common::Symbol, common::SymbolHealth> written_;
    common::TimeMs dueAt_ = 0;
    bool writing_ = false;
    bool first_ = true;  ///< rows of an earlier run may stand there
};

}  // namespace ingestion
