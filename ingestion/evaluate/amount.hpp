#pragma once

#include "ingestion/evaluate/ordered_places.hpp"

#include <cstdint>
#include <limits>

namespace ingestion {

/// How far a price must be from a base: a fixed amount or a percent of the base. Units of 1e-8 throughout.
struct Amount {
    bool percent = false;
    std::uint64_t units = 0;

    /// Smallest whole distance d that reaches it from this base: `100·d >= x·base`, rounded up exactly.
    std::uint64_t distance(std::uint64_t base) const {
        if (!percent) return units;
        constexpr unsigned __int128 kUnitsOfAll = 10'000'000'000;  // 100 % in units of 1e-8
        auto const product = static_cast<unsigned __int128>(units) * base;
        auto const rounded = (product + kUnitsOfAll - 1) / kUnitsOfAll;
        return rounded > OrderedPlaces::kNever ? OrderedPlaces::kNever : static_cast<std::uint64_t>(rounded);
    }
    /// First price above the base that reaches it; kNever when no price can.
    std::uint64_t reachedUp(std::uint64_t base) const {
        constexpr std::uint64_t kPriceMax = std::numeric_limits<std::int64_t>::max();
        auto const d = distance(base);
        return d > kPriceMax - base ? OrderedPlaces::kNever : base + d;
    }
    /// Boundary under which a price reaches it: the prices below this; 0 when none can.
    std::uint64_t reachedDown(std::uint64_t base) const {
        auto const d = distance(base);
        return d > base ? 0 : base - d + 1;
    }
};

}  // namespace ingestion
