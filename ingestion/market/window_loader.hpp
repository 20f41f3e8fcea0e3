#pragma once

#include "common/runtime/clock.hpp"
#include "common/store/records.hpp"
#include "ingestion/evaluate/bucket.hpp"
#include "ingestion/market/backfill.hpp"
#include "ingestion/market/running_sums.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace ingestion {

/// Fetches what a windowed alert looks back on before it is armed (spec section 4): own candles where they are
/// complete, else the exchange's, minutes or seconds; for sums also the trades of the minute that runs. Keeps trying,
/// ever more rarely, until it has everything. Decides only; network thread.
class WindowLoader {
public:
    static constexpr std::size_t kKinds = 3;
    /// By PastKind; nothing = none.
    struct Span {
        common::TimeMs from = 0;
        common::TimeMs to = 0;  ///< what opens before this the source must have told
        /// Sums: the last trade that belongs to them. `to` is the start of its minute, 0 where that is not known.
        std::int64_t upTo = 0;
    };
    using Spans = std::array<std::optional<Span>, kKinds>;
    /// Ascending; of the running one only as much as its source knew.
    struct Past {
        std::array<std::vector<Bucket>, kKinds> buckets;
        std::int64_t sumsUpTo = 0;         ///< sums hold the trades up to this one
        common::TimeMs sumsExactFrom = 0;  ///< before this only whole minutes
    };
    /// `number` is the caller's own.
    using Loaded = std::function<void(Backfill::Asker const& asker, std::uint32_t number, Past past)>;

    WindowLoader(Backfill::Deps deps, Loaded loaded) : deps_(deps), loaded_(std::move(loaded)) {}

    /// Takes the place of what was asked for this symbol before.
    void begin(Backfill::Asker asker, std::uint32_t number, Spans spans);
    void leave(SymbolIndex index) { jobs_.erase(index); }
    void onTimer(common::TimeMs monoMs);
    /// Monotonic time at which onTimer() has something to do.
    std::optional<common::TimeMs> deadline() const;

private:
    struct Job {
        Backfill::Asker asker;
        std::uint32_t number = 0;
        Spans spans;
        std::uint64_t question = 0;  ///< the one that is out
        bool out = false;
        std::optional<std::vector<common::Candle>> stored;  ///< own minutes, complete and without holes
        std::size_t kind = 0;                               ///< being fetched
        Past past;
        std::optional<RunningSums> running;  ///< what candles do not tell of the sums
        common::TimeMs dueAt = 0;
        common::DurationMs backoffMs = 0;
    };

    Job* waiting(SymbolIndex index, std::uint64_t question);
    void go(Job& job);
    void askStored(Job& job);
    void askRows(Job& job, common::TimeMs from);
    void onRows(Job& job, std::vector<Kline> const& rows);
    void beginRunning(Job& job);
    void askRunning(Job& job);
    void onRunning(Job& job, ExchangeRest::Aggregates const& page);
    void retry(Job& job, common::DurationMs atLeastMs);

    Backfill::Deps deps_;
    Loaded loaded_;
    std::map<SymbolIndex, Job> jobs_;
    std::uint64_t lastQuestion_ = 0;
};

}  // namespace ingestion
