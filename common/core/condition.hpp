#pragma once

#include "common/core/decimal.hpp"
#include "common/core/error.hpp"
#include "common/core/json.hpp"
#include "common/core/symbol.hpp"
#include "common/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace common {

enum class ConditionKind : std::uint8_t {
    Above,
    Below,
    CrossUp,
    CrossDown,
    Cross,
    Enter,
    Exit,
    Move,
    Change,
    Spike,
    Volatility,
    Trail,
};
/// `direction` of move and change; trail's `side` uses Up and Down.
enum class Direction : std::uint8_t { Both, Up, Down };
/// Where a move is measured from.
enum class Anchor : std::uint8_t { Arming, Price, LastFire };
enum class SpikeMetric : std::uint8_t { Volume, QuoteVolume, Trades, Price };

/// What an alert waits for: spec section 4, `when`. A plain value; members that its kind does not use stay default.
/// Percents, factors and the volatility value are decimals with at most 4 digits after the point.
struct Condition {
    ConditionKind kind = ConditionKind::Above;
    Decimal price = {};               ///< above, below, cross*
    Decimal low = {};                 ///< enter, exit
    Decimal high = {};                ///< enter, exit
    std::optional<Decimal> pct = {};  ///< move, change, trail, volatility (`value`)
    std::optional<Decimal> abs = {};  ///< move, trail
    Direction direction = Direction::Both;
    Anchor anchor = Anchor::Arming;
    Decimal anchorPrice = {};  ///< move with Anchor::Price
    SpikeMetric metric = SpikeMetric::Volume;
    Decimal factor = {};                ///< spike
    DurationMs window = 0;              ///< change, spike, volatility
    DurationMs bucket = 0;              ///< spike
    bool initial = true;                ///< may a predicate fire at the first judged trade
    DurationMs forDuration = 0;         ///< `for`; 0 = off
    std::optional<Decimal> rearm = {};  ///< above, below

    bool operator==(Condition const&) const = default;
};

std::string_view kindText(ConditionKind kind);  ///< wire word: `cross_up`
std::optional<ConditionKind> parseKind(std::string_view text);
/// cross*: fires by itself, so `initial`, `for` and `rearm` do not apply.
bool isEvent(ConditionKind kind);
/// change, spike, volatility: look back over stored buckets before they are armed.
bool isWindowed(ConditionKind kind);
/// enter and exit start quiet, every other predicate may fire at its first trade.
bool initialByDefault(ConditionKind kind);

/// Reads and validates `when`. Errors carry the member at fault as `when.price`: 1101 missing, 1102 bad or unknown
/// member, 1103 unknown kind, 1105 not a decimal.
Result<Condition> parseCondition(json::Value const& when);
/// Checks that members fit each other (low <= high, window a multiple of the bucket, …); the last step of every
/// form of subscribe.
Result<Condition> validateCondition(Condition condition);
/// A price, quantity, percent or factor as a client may write it: a string or number token, > 0. 1105 otherwise.
Result<Decimal> parsePositive(json::Value const& value, std::string_view field, int decimalsMax = 8);
Result<Decimal> parsePositive(std::string_view text, std::string_view field, int decimalsMax = 8);
/// A duration string or integer milliseconds, > 0. 1102 otherwise.
Result<DurationMs> parseDurationValue(json::Value const& value, std::string_view field);

/// Canonical JSON of `when`: fixed order, shortest decimals and durations, defaults left out. Two conditions are the
/// same exactly if these texts are.
std::string conditionJson(Condition const& condition);
/// Canonical one-line form without symbol, mode and cooldown: `above 70000`; modifiers are given by modifiersText.
std::string conditionText(Condition const& condition);
/// ` for 30s rearm 69000 initial off`: the modifiers of the condition in the text grammar, each with a leading blank.
std::string modifiersText(Condition const& condition);

}  // namespace common
