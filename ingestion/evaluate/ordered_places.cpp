#include "ingestion/evaluate/ordered_places.hpp"

#include <iterator>
#include <utility>

namespace ingestion {
namespace {

bool isBefore(Place const& place, std::pair<std::uint64_t, std::uint32_t> wanted) {
    return std::pair(place.key, place.slot) < wanted;
}

auto offset(std::size_t index) {
    return static_cast<std::ptrdiff_t>(index);
}

}  // namespace

OrderedPlaces::Spot OrderedPlaces::lowerBound(std::uint64_t key, std::uint32_t slot) const {
    std::pair const wanted(key, slot);
    auto const chunk = std::ranges::partition_point(
        chunks_, [&](Chunk const& candidate) { return isBefore(candidate.back(), wanted); });
    if (chunk == chunks_.end()) return {chunks_.size(), 0};
    auto const place =
        std::ranges::partition_point(*chunk, [&](Place const& candidate) { return isBefore(candidate, wanted); });
    return {static_cast<std::size_t>(chunk - chunks_.begin()), static_cast<std::size_t>(place - chunk->begin())};
}

void OrderedPlaces::insert(Place place) {
    ++size_;
    auto spot = lowerBound(place.key, place.slot);
    if (spot.chunk == chunks_.size()) {
        // Keys often arrive in ascending order (alert ids, trade ids): full chunks then stay full.
        if (chunks_.empty() || chunks_.back().size() >= kChunkPlacesMax) {
            chunks_.push_back({place});
            return;
        }
        spot = {chunks_.size() - 1, chunks_.back().size()};
    }
    if (chunks_[spot.chunk].size() >= kChunkPlacesMax) {
        constexpr std::size_t kHalf = kChunkPlacesMax / 2;
        auto& full = chunks_[spot.chunk];
        Chunk upper(full.begin() + offset(kHalf), full.end());
        full.resize(kHalf);
        chunks_.insert(chunks_.begin() + offset(spot.chunk) + 1, std::move(upper));
        if (spot.index > kHalf) spot = {spot.chunk + 1, spot.index - kHalf};
    }
    auto& chunk = chunks_[spot.chunk];
    chunk.insert(chunk.begin() + offset(spot.index), place);
}

bool OrderedPlaces::erase(std::uint64_t key, std::uint32_t slot) {
    auto const spot = lowerBound(key, slot);
    if (spot.chunk == chunks_.size()) return false;
    auto& chunk = chunks_[spot.chunk];
    if (chunk[spot.index].key != key || chunk[spot.index].slot != slot) return false;
    --size_;
    chunk.erase(chunk.begin() + offset(spot.index));
    if (chunk.empty())
        chunks_.erase(chunks_.begin() + offset(spot.chunk));
    else if (chunk.size() < kChunkPlacesMax / 4)
        mergeAround(spot.chunk);
    return true;
}

void OrderedPlaces::mergeAround(std::size_t chunk) {
    // Room is left in the merged chunk, so that erasing and inserting around one spot does not merge and split in turn.
    constexpr std::size_t kMergedMax = kChunkPlacesMax / 2;
    auto const fits = [&](std::size_t left) {
        return left + 1 < chunks_.size() && chunks_[left].size() + chunks_[left + 1].size() <= kMergedMax;
    };
    if (chunk > 0 && fits(chunk - 1)) --chunk;
    if (!fits(chunk)) return;
    auto& right = chunks_[chunk + 1];
    chunks_[chunk].insert(chunks_[chunk].end(), right.begin(), right.end());
    chunks_.erase(chunks_.begin() + offset(chunk) + 1);
}

Place const* OrderedPlaces::atOrAfter(std::uint64_t key) const {
    auto const spot = lowerBound(key, 0);
    return spot.chunk == chunks_.size() ? nullptr : &chunks_[spot.chunk][spot.index];
}

Place const* OrderedPlaces::before(std::uint64_t key) const {
    auto const spot = lowerBound(key, 0);
    if (spot.chunk < chunks_.size() && spot.index > 0) return &chunks_[spot.chunk][spot.index - 1];
    return spot.chunk > 0 ? &chunks_[spot.chunk - 1].back() : nullptr;
}

}  // namespace ingestion
