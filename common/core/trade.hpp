#pragma once

#include "common/core/decimal.hpp"
#include "common/core/time.hpp"

#include <cstdint>

namespace common {

/// One trade of one symbol, or an aggregate that a repair recovered (same price and time, consecutive ids).
struct Trade {
    std::int64_t id = 0;         ///< exchange trade id; an aggregate's first
    std::int64_t aggLastId = 0;  ///< an aggregate's last id; 0 for a single trade
    ExactDecimal price;
    ExactDecimal qty;
    TimeMs time = 0;      ///< the exchange's `T`
    TimeMs received = 0;  ///< our wall clock when the frame was read
    bool buyerMaker = false;

    std::int64_t lastId() const { return aggLastId != 0 ? aggLastId : id; }
    bool operator==(Trade const&) const = default;
};

/// Where a judged trade came from (spec section 3, `source`).
enum class TradeSource : std::uint8_t { Live, Repair, Catchup };

}  // namespace common
