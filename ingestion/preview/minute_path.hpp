#pragma once

#include "common/core/candle.hpp"
#include "common/core/condition.hpp"
#include "common/core/trade.hpp"

#include <cstdint>
#include <vector>

namespace ingestion {

/// In which order a minute saw its extremes: the candle does not say.
enum class ExtremesOrder : std::uint8_t { LowFirst, HighFirst, ByClose };

/// The order that lets a condition fire wherever the trades may have let it: a rise is looked for from the low to the
/// high, a fall from the high to the low. Conditions that act both ways take the shorter way: a minute that closed at
/// or above its open went down first.
ExtremesOrder extremesOrder(common::Condition const& condition);

/// Appends a minute as its four prices: open, the two extremes, close, at 0, 20, 40 and 59.999 s, numbered on from
/// `nextId`. Trades and volume of the candle are shared out among them; a candle of fewer than four trades has no
/// extreme that is not its open or close as well, and one without trades gives none.
void appendMinute(common::Candle const& candle, ExtremesOrder order, std::int64_t nextId,
                  std::vector<common::Trade>& out);

}  // namespace ingestion
