#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ingestion {

/// Where one alert stands in an order. `slot` is the alert's number inside its symbol, `tag` belongs to the user.
struct Place {
    std::uint64_t key = 0;
    std::uint32_t slot = 0;
    std::uint32_t tag = 0;
};

/// Places sorted by key, then slot; each pair stands at most once. A sorted array cut into chunks: 16 bytes a place, a
/// range is read front to back, and one insertion moves at most a chunk, so that neither many levels nor many alerts
/// on one level make it slow.
class OrderedPlaces {
public:
    static constexpr std::uint64_t kNever = ~std::uint64_t{0};

    void insert(Place place);
    /// False when it does not stand here.
    bool erase(std::uint64_t key, std::uint32_t slot);

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    Place const& front() const { return chunks_.front().front(); }
    /// The smallest key, kNever when there is none.
    std::uint64_t firstKey() const { return empty() ? kNever : front().key; }
    /// The first place with at least this key, or null.
    Place const* atOrAfter(std::uint64_t key) const;
    /// The last place with a smaller key, or null.
    Place const* before(std::uint64_t key) const;

    /// Visits the places with from <= key < to in order. The visitor must not change this order.
    template <class Visit>
    void forRange(std::uint64_t from, std::uint64_t to, Visit visit) const {
        for (auto spot = lowerBound(from, 0); spot.chunk < chunks_.size(); ++spot.chunk, spot.index = 0)
            for (auto const& chunk = chunks_[spot.chunk]; spot.index < chunk.size(); ++spot.index) {
                if (chunk[spot.index].key >= to) return;
                visit(chunk[spot.index]);
            }
    }

private:
    static constexpr std::size_t kChunkPlacesMax = 256;
    using Chunk = std::vector<Place>;  // never empty while it is in chunks_
    struct Spot {
        std::size_t chunk = 0;
        std::size_t index = 0;
    };

    /// First place not before (key, slot); past the last chunk when there is none.
    Spot lowerBound(std::uint64_t key, std::uint32_t slot) const;
    void mergeAround(std::size_t chunk);

    std::vector<Chunk> chunks_;
    std::size_t size_ = 0;
};

}  // namespace ingestion
