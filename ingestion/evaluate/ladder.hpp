#pragma once

#include "ingestion/evaluate/ordered_places.hpp"

#include <cstdint>
#include <vector>

namespace ingestion {

/// All levels of one symbol and the price as a cursor among them.
///
/// A level is a boundary b between the prices b-1 and b (in units of 1e-8): it is passed upwards by a move from below b
/// to b or more, downwards by a move back. `above T` stands at T+1, `below T` at T, so "strictly over" and "strictly
/// under" need no case of their own. Moving to a price that passes no level costs two comparisons.
class Ladder {
public:
    /// What a level does when it is passed; combined in Place::tag.
    static constexpr std::uint32_t kActsUp = 1;
    static constexpr std::uint32_t kActsDown = 2;
    static constexpr std::uint32_t kUpper = 4;  ///< the upper of its alert's two levels

    void insert(Place level);
    void erase(std::uint64_t boundary, std::uint32_t slot);

    /// Sets the cursor without passing anything.
    void standAt(std::uint64_t price);
    /// Moves the cursor if no level lies on the way; else it stays and the answer is false.
    bool moveFreely(std::uint64_t price) {
        if (price < below_ || price >= above_) return false;
        price_ = price;
        return true;
    }
    /// Moves the cursor and appends the levels passed that act in this direction.
    void moveTo(std::uint64_t price, std::vector<Place>& passed);

private:
    OrderedPlaces levels_;
    std::uint64_t price_ = 0;
    // Nearest levels around the cursor: below_ <= price_ < above_. May be narrower than the truth after an erasure;
    // the next move finds the true ones.
    std::uint64_t below_ = 0;
    std::uint64_t above_ = OrderedPlaces::kNever;
};

}  // namespace ingestion
