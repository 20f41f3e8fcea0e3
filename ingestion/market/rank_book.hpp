#pragma once

#include "common/core/candle.hpp"
#include "common/core/rank.hpp"
#include "common/store/records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace ingestion {

/// The last day of many symbols, minute by minute, from which ranks are computed (spec section 5). Filled step by step:
/// each minute only what is new has to be added. About 16 bytes a minute and symbol, 48 where candles are known. Pure;
/// one thread.
class RankBook {
public:
    /// Ranks end here from now on; what is older than a day before is forgotten.
    void advance(common::TimeMs end);
    common::TimeMs end() const { return end_; }

    /// A complete minute; anything else is passed over.
    void add(common::Symbol const& symbol, common::Candle const& candle);
    /// A close from the all-market stream: where no candle says it.
    void addClose(common::MinuteClose const& close);
    /// The first minute of the day before end() that nothing is known of; end() when all is.
    common::TimeMs missingFrom(common::Symbol const& symbol) const;

    /// All symbols whose window ending at end() is fully covered, by rank, equal ones by name. Ranges and volumes need
    /// candles; closes alone do for the rest.
    std::vector<common::RankRow> rank(common::RankMetric metric, common::DurationMs window) const;

private:
    /// One more than a day: a change looks at the close before the window.
    static constexpr std::size_t kSlots = 1'441;

    struct Own {
        std::int64_t open = 0, high = 0, low = 0;
        double volume = 0;
    };
    struct Track {
        std::vector<std::int64_t> closes = std::vector<std::int64_t>(kSlots);  ///< units by slot; 0 = not known
        std::vector<double> returns = std::vector<double>(kSlots);             ///< log return to this close
        std::vector<Own> own;                                                  ///< empty while no candle came
    };

    static std::size_t slotOf(common::TimeMs minute) {
        return static_cast<std::size_t>(minute / common::kMinuteMs) % kSlots;
    }
    bool holds(common::TimeMs minute) const;
    void setClose(Track& track, common::TimeMs minute, std::int64_t units);
    std::optional<double> measure(Track const& track, common::RankMetric metric, common::DurationMs window) const;
    /// The slots of a window as two runs in order.
    template <class T>
    void gather(std::vector<T> const& slots, common::TimeMs from, std::vector<T>& out) const;

    common::TimeMs end_ = 0;
    std::unordered_map<common::Symbol, Track> tracks_;
    mutable std::vector<std::int64_t> closes_;  ///< of the window that is measured
    mutable std::vector<double> returns_;
    mutable std::vector<Own> own_;
};

}  // namespace ingestion
