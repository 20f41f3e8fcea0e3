#pragma once

#include "common/runtime/clock.hpp"
#include "common/store/store_thread.hpp"
#include "ingestion/exchange/feed.hpp"
#include "ingestion/market/rank_book.hpp"
#include "ingestion/market/rank_loader.hpp"
#include "ingestion/market/retention.hpp"
#include "ingestion/market/snapshot_book.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace ingestion {

/// Market data that no alert waits for: minute closes of all pairs, ranks each minute, retention. Reads and computes on
/// the reading thread and writes in commits of about a millisecond, one at a time, so that a fire hardly waits. Network
/// thread; both store threads must outlive it.
class MarketKeeper final : public MarketListener {
public:
    struct Deps {
        common::StoreThread& store;
        common::StoreThread& reader;
        common::Clock const& clock;
    };
    MarketKeeper(Deps deps, Retention retention);

    /// Does what is due; `market`: the exchange's time, if it is known.
    void onTimer(common::TimeMs mono, std::optional<common::TimeMs> market);
    /// Begins nothing any more.
    void stop() { stopped_ = true; }

    void onTickers(common::TimeMs eventTime, std::vector<TickerClose> const& tickers) override;
    void onMarketInterrupted() override { snapshots_.onInterrupted(); }

private:
    using Work = std::function<void(common::Database&)>;

    void rank(common::TimeMs end);
    void publish(std::vector<Ranking> rankings);
    void retain(common::TimeMs mono, common::TimeMs market);
    /// Queues a small commit; they run one after the other.
    void write(Work work);
    void writeNext();

    Deps deps_;
    bool stopped_ = false;
    std::deque<Work> work_;
    bool writing_ = false;

    SnapshotBook snapshots_;
    std::shared_ptr<RankBook> book_ = std::make_shared<RankBook>();  ///< only the reading thread looks into it
    bool ranking_ = false;
    common::TimeMs rankedEnd_ = 0;
    common::TimeMs rankAgainAt_ = 0;  ///< monotonic; minutes that ended late join; 0 = done
    std::vector<Ranking> published_;

    std::shared_ptr<RetentionRound> round_;  ///< the same
    bool retaining_ = false;
    common::TimeMs retainAt_ = 0;
};

}  // namespace ingestion
