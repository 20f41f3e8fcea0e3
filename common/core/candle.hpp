#pragma once

#include "common/core/decimal.hpp"
#include "common/core/symbol.hpp"
#include "common/core/time.hpp"
#include "common/core/wide.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace common {

inline constexpr DurationMs kMinuteMs = 60'000;
inline constexpr DurationMs kHourMs = 3'600'000;
inline constexpr DurationMs kDayMs = 86'400'000;

/// Start of the interval that an instant lies in; intervals are aligned to 1970 UTC.
constexpr TimeMs floorTo(TimeMs time, DurationMs length) {
    auto const rest = time % length;
    return time - (rest < 0 ? rest + length : rest);
}

/// What a symbol did in one interval: openTime <= trade time < endTime(). Prices are exact; sums are exact, too, and
/// only rounded where they are shown. An interval without a trade repeats the close before it.
struct Candle {
    TimeMs openTime = 0;            ///< a multiple of `length`
    DurationMs length = kMinuteMs;  ///< stored: a minute, an hour or a day; merged ones any multiple of a minute
    Decimal open, high, low, close;
    std::uint8_t priceDecimals = 8;               ///< how many the exchange writes
    Wide volume = 0;                              ///< base asset, units of 1e-8
    Wide quoteVolume = 0;                         ///< sum of price x quantity, units of 1e-16
    std::int64_t trades = 0;                      ///< single trades: an aggregate counts as many as it holds
    std::optional<std::int64_t> firstId, lastId;  ///< nothing without a trade, and where klines filled
    bool whole = false;   ///< no trade from its start on is missing; for a kline true by definition
    bool closed = false;  ///< nothing more will be added

    TimeMs endTime() const { return openTime + length; }
    /// `complete` on the wire: all trades of a past interval are in it.
    bool complete() const { return whole && closed; }
    /// Rounded half up to 8 decimals, once: units of 1e-8.
    Wide quoteVolumeUnits() const { return (quoteVolume + Decimal::kUnitsPerOne / 2) / Decimal::kUnitsPerOne; }

    std::string priceText(Decimal price) const { return price.text(priceDecimals); }
    std::string volumeText() const { return wideText(volume); }
    std::string quoteVolumeText() const { return wideText(quoteVolumeUnits()); }

    /// A closed, complete interval without a trade.
    static Candle quiet(TimeMs openTime, DurationMs length, Decimal close, std::uint8_t priceDecimals);

    bool operator==(Candle const&) const = default;
};

/// Adds a finer candle that follows what `sum` holds already; `length` and `openTime` of `sum` stay. Prices of quiet
/// candles do not count beside those of trades. `whole` and `closed` hold when they do for both.
void mergeInto(Candle& sum, Candle const& finer);

}  // namespace common
