#pragma once

#include "examples/replay/market/listing.hpp"
#include "examples/replay/market/trade.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace replay {

/// The invented market of one symbol, as a pure function of seed, name and time: any second's trades and any past
/// minute's candle can be asked for in any order, nothing is stored, and a restart goes on at the same price.
/// Prices wander within some percent of the listing's reference price; taker orders sweep several prices at one time.
class SyntheticMarket {
public:
    static constexpr std::size_t kOctaveCount = 9;

    SyntheticMarket(Listing listing, std::uint64_t seed);

    /// The trades of this second since 1970, ascending by time; ids count from 0, the book numbers them anew.
    std::vector<Trade> second(std::int64_t second) const;
    /// An invented candle of the minute starting at `openTime`; consistent with its neighbours, ids -1.
    Candle minute(TimeMs openTime) const;
    /// The same minute's candle of one second: four of the sixty hold a quarter of its trades each.
    Candle secondOf(TimeMs openTime) const;

private:
    /// The two ends of the stretch that a layer of the wandering is in: neighbouring questions share most of them.
    struct Cell {
        std::int64_t index = -1;
        double from = 0;
        double to = 0;
    };
    double middle(double second) const;
    Decimal roundToTick(double price) const;
    Decimal quantity(double price, double factor) const;

    Listing listing_;
    std::uint64_t seed_;
    double notional_;  ///< usual size of a trade in the quote asset
    mutable std::array<Cell, kOctaveCount> cells_;
};

}  // namespace replay
