#pragma once

#include "ingestion/evaluate/ordered_places.hpp"

#include <cstdint>
#include <vector>

namespace ingestion {

/// The trailing alerts of one symbol, each with the prices that change nothing for it. Kept apart from the ladder
/// because a rising market moves many of them at each trade: a flat array is read faster than a sorted one is rebuilt.
class TrailSet {
public:
    /// lo <= price < hi: neither the extreme nor the predicate changes.
    struct Calm {
        std::uint64_t lo = 0;
        std::uint64_t hi = OrderedPlaces::kNever;
    };

    /// Index of the new trail; changed by erase() of others only.
    std::uint32_t insert(std::uint32_t slot, Calm calm);
    /// The slot of the trail that now has this index; its owner must note that. Nothing moved: the erased slot itself.
    std::uint32_t erase(std::uint32_t index);
    void set(std::uint32_t index, Calm calm);

    /// No trail cares about this price. Two comparisons.
    bool isCalm(std::uint64_t price) const { return price >= calm_.lo && price < calm_.hi; }
    /// Appends the slots that care.
    void gather(std::uint64_t price, std::vector<std::uint32_t>& slots) const;
    /// Finds the common calm range again after set() and erase().
    void settle();

private:
    struct Item {
        Calm calm;
        std::uint32_t slot = 0;
    };
    void narrow(Calm calm);

    std::vector<Item> items_;
    Calm calm_;  ///< within every item's range
    bool settled_ = true;
};

}  // namespace ingestion
