#pragma once

#include "common/runtime/clock.hpp"
#include "common/store/records.hpp"
#include "ingestion/evaluate/bucket.hpp"
#include "ingestion/market/backfill.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace ingestion {

/// Fetches what a windowed alert looks back on before it is armed (spec section 4): own candles where they are
/// complete, else the exchange's, minutes or seconds. Keeps trying, ever more rarely, until it has everything. Decides
/// only; network thread.
class WindowLoader {
public:
    static constexpr std::size_t kKinds = 3;
    /// By PastKind; nothing = none.
    struct Span {
        common::TimeMs from = 0;
        common::TimeMs to = 0;  ///< what opens before this the source must have told
    };
    using Spans = std::array<std::optional<Span>, kKinds>;
    using Buckets = std::array<std::vector<Bucket>, kKinds>;
    /// `number` is the caller's own.
    using Loaded = std::function<void(Backfill::Asker const& asker, std::uint32_t number, Buckets buckets)>;

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
        Buckets buckets;
        common::TimeMs dueAt = 0;
        common::DurationMs backoffMs = 0;
    };

    Job* waiting(SymbolIndex index, std::uint64_t question);
    void go(Job& job);
    void askStored(Job& job);
    void askRows(Job& job, common::TimeMs from);
    void onRows(Job& job, std::vector<Kline> const& rows);
    void retry(Job& job, common::DurationMs atLeastMs);

    Backfill::Deps deps_;
    Loaded loaded_;
    std::map<SymbolIndex, Job> jobs_;
    std::uint64_t lastQuestion_ = 0;
};

}  // namespace ingestion
