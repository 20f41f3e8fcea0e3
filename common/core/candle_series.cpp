#include "common/core/candle_series.hpp"

#include <string_view>
#include <utility>

namespace common {

std::optional<Candle> CandleSeries::add(Candle const& row) {
    if (row.length > interval_) return {};
    auto const openTime = floorTo(row.openTime, interval_);
    std::optional<Candle> before;
    if (covered_ != 0 && openTime != sum_.openTime) {
        before = finish();
        // The rows go on behind it: nothing will be added, and what it lacks stays away.
        before->whole = before->complete();
        before->closed = true;
    }
    if (covered_ == 0) {
        sum_ = {};
        sum_.openTime = openTime;
        sum_.length = interval_;
        sum_.priceDecimals = row.priceDecimals;
        // What is missing before the first row is missing.
        sum_.whole = row.openTime == openTime;
        sum_.closed = true;
    }
    if (row.openTime != openTime + covered_) sum_.whole = false;
    covered_ = row.endTime() - openTime;
    mergeInto(sum_, row);
    return before;
}

std::optional<Candle> CandleSeries::finish() {
    if (covered_ == 0) return {};
    if (std::exchange(covered_, 0) != interval_) sum_.closed = false;
    return sum_;
}

std::optional<DurationMs> parseCandleInterval(std::string_view text) {
    if (text == "1m") return kMinuteMs;
    if (text == "5m") return 5 * kMinuteMs;
    if (text == "15m") return 15 * kMinuteMs;
    if (text == "1h") return kHourMs;
    if (text == "4h") return 4 * kHourMs;
    if (text == "1d") return kDayMs;
    return {};
}

}  // namespace common
