#include "ingestion/evaluate/ladder.hpp"

#include <algorithm>

namespace ingestion {

void Ladder::insert(Place level) {
    levels_.insert(level);
    if (level.key > price_)
        above_ = std::min(above_, level.key);
    else
        below_ = std::max(below_, level.key);
}

void Ladder::erase(std::uint64_t boundary, std::uint32_t slot) {
    levels_.erase(boundary, slot);
}

void Ladder::standAt(std::uint64_t price) {
    price_ = price;
    auto const* const above = levels_.atOrAfter(price + 1);
    auto const* const below = levels_.before(price + 1);
    above_ = above == nullptr ? OrderedPlaces::kNever : above->key;
    below_ = below == nullptr ? 0 : below->key;
}

void Ladder::moveTo(std::uint64_t price, std::vector<Place>& passed) {
    auto const acts = price > price_ ? kActsUp : kActsDown;
    auto const [low, high] = std::minmax(price_, price);
    levels_.forRange(low + 1, high + 1, [&](Place const& level) {
        if ((level.tag & acts) != 0) passed.push_back(level);
    });
    standAt(price);
}

}  // namespace ingestion
