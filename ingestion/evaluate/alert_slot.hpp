#pragma once

#include "common/core/condition.hpp"
#include "common/core/time.hpp"
#include "ingestion/evaluate/amount.hpp"
#include "ingestion/evaluate/engine_text.hpp"
#include "ingestion/evaluate/window_set.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <vector>

namespace ingestion {

inline constexpr std::uint32_t kNone = ~std::uint32_t{0};

/// Values with stable numbers; freed ones are used again. Grows in small blocks, so a symbol with one alert stays
/// small.
template <class T>
class Pool {
public:
    std::uint32_t take(T value) {
        if (free_.empty()) {
            items_.push_back(std::move(value));
            return static_cast<std::uint32_t>(items_.size() - 1);
        }
        auto const index = free_.back();
        free_.pop_back();
        items_[index] = std::move(value);
        return index;
    }
    void release(std::uint32_t index) {
        items_[index] = T{};
        free_.push_back(index);
    }
    T& operator[](std::uint32_t index) { return items_[index]; }
    T const& operator[](std::uint32_t index) const { return items_[index]; }
    std::size_t size() const { return items_.size() - free_.size(); }

private:
    std::deque<T> items_;
    std::vector<std::uint32_t> free_;
};

/// Side of a crossing alert: where the last price off its level was.
enum class Side : std::uint8_t { Unset, Low, High };

/// One armed alert; a million of these are in memory, so what few alerts need is in Pace and Shape.
struct Slot {
    std::int64_t alert = 0;  ///< 0 = free
    std::int64_t rev = 0;
    std::int64_t from = 0;   ///< first trade id to judge
    std::uint64_t low = 0;   ///< price of above, below, cross*; lower end of enter and exit
    std::uint64_t high = 0;  ///< upper end of enter and exit; price that lets above and below fire again
    std::uint32_t pace = kNone;
    std::uint32_t shape = kNone;
    common::ConditionKind kind = common::ConditionKind::Above;
    Side side = Side::Unset;
    bool fresh : 1 = true;  ///< no trade judged yet
    bool once : 1 = false;
    bool initial : 1 = true;
    bool rearms : 1 = false;  ///< has a `rearm` price other than its own
    bool held : 1 = false;    ///< P counts as true until the price has come back
    bool dirty : 1 = false;   ///< stored state is behind
};

/// How often and how long an alert may fire.
struct Pace {
    static constexpr common::TimeMs kNever = std::numeric_limits<common::TimeMs>::max();

    common::DurationMs cooldown = 0;
    std::optional<common::TimeMs> notifiedAt;  ///< event time of the last notified fire
    std::int64_t suppressed = 0;               ///< since then
    common::TimeMs expires = kNever;
};

/// What `for`, move, trail and the windowed kinds need.
struct Shape {
    common::DurationMs forDuration = 0;
    std::optional<Run> run;
    Amount amount;
    common::Direction direction = common::Direction::Both;
    common::Anchor anchorKind = common::Anchor::Arming;
    // move
    std::uint64_t anchor = 0;                     ///< 0 = none yet
    std::uint64_t upper = OrderedPlaces::kNever;  ///< levels that stand in the ladder
    std::uint64_t lower = 0;
    // trail
    std::uint64_t extreme = 0;  ///< 0 = none yet
    std::uint64_t trigger = 0;
    bool reached = false;
    std::uint32_t trail = kNone;
    // change, spike, volatility
    std::uint32_t window = kNone;
    Verdict verdict = Verdict::False;  ///< at the last judged trade
};

}  // namespace ingestion
