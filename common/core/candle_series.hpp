#pragma once

#include "common/core/candle.hpp"

#include <optional>
#include <string_view>

namespace common {

/// Makes candles of a longer interval of stored ones: 1m 5m 15m 1h 4h 1d (spec section 5). Takes rows in order of time,
/// as CandleStore::range gives them, and keeps one candle. An interval of which stored rows are missing is not whole;
/// one without any row is not there. Rows longer than the interval are passed over.
class CandleSeries {
public:
    explicit CandleSeries(DurationMs interval) : interval_(interval) {}

    /// The candle before, once a row of a later interval has come.
    std::optional<Candle> add(Candle const& row);
    /// The last one: closed only if all of its interval is there.
    std::optional<Candle> finish();

private:
    DurationMs interval_;
    DurationMs covered_ = 0;
    Candle sum_;
};

/// `1m 5m 15m 1h 4h 1d` in milliseconds.
std::optional<DurationMs> parseCandleInterval(std::string_view text);

}  // namespace common
