#pragma once

#include "common/core/condition.hpp"
#include "common/core/ids.hpp"
#include "common/core/symbol.hpp"
#include "common/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace common {

enum class AlertMode : std::uint8_t { Every, Once };
/// Spec section 3, `state`. The numbers are stored; append only.
enum class AlertStatus : std::uint8_t { Pending, Warming, Armed, Holding, Cooldown, Done, Paused, Expired, Halted };

/// What the owner asked for. Written by the notifier only.
struct AlertDefinition {
    AlertId id;
    std::string publicId;  ///< `al_…`
    AccountId account;
    std::optional<std::string> key;
    Symbol symbol;
    Condition condition;
    AlertMode mode = AlertMode::Every;
    DurationMs cooldown = 0;  ///< 0 = none
    std::optional<TimeMs> expires;
    std::optional<std::string> note;
    std::optional<std::vector<std::string>> channels;  ///< nothing = all; empty = history only
    std::int64_t rev = 1;                              ///< revision; grows with condition, mode, cooldown and rearm
    /// Fires of revisions below this are dropped (spec section 7.2). A paused alert has rev + 1 here, so that a pause
    /// followed by a rearm still is a boundary for what was judged before it.
    std::int64_t liveFromRev = 1;
    TimeMs created = 0;

    bool paused() const { return liveFromRev > rev; }
};

/// How far judging has come. Written by ingestion only, in the transaction that moves the position.
struct AlertState {
    std::int64_t rev = 0;  ///< the revision this speaks of; older than the definition's = pending
    AlertStatus status = AlertStatus::Pending;
    std::optional<std::int64_t> fromTradeId;  ///< first trade judged by this revision
    std::int64_t fires = 0;                   ///< of all revisions; the last `fire` number
    std::int64_t suppressed = 0;              ///< by the cooldown since the last notified fire
    std::optional<TimeMs> lastFired;          ///< trade time of the last notified fire
    /// Event time τ of this revision's last notified fire: the cooldown runs from here (spec section 4).
    std::optional<TimeMs> cooldownFrom;
    std::string engine;   ///< evaluator's own state where it cannot be derived from the position; opaque
    bool halted = false;  ///< by the symbol list: the exchange has stopped trading the symbol
};

struct AlertRecord {
    AlertDefinition definition;
    AlertState state;
};

std::string_view modeText(AlertMode mode);
std::optional<AlertMode> parseMode(std::string_view text);
std::string_view statusText(AlertStatus status);
std::optional<AlertStatus> parseStatus(std::string_view text);

/// The state a client is shown: paused and newer revisions override what ingestion wrote, and halted what waits for
/// trades; `now` (wall clock) decides between armed and cooldown only.
AlertStatus shownStatus(AlertRecord const& record, TimeMs now);
/// Done and expired alerts wait for nothing: they do not count against limits and are deleted after 7 days.
bool isEnded(AlertStatus status);

/// Canonical one-line form, a valid line of the text grammar: `BTCUSDT above 70000 every cooldown 5m`.
std::string alertText(AlertDefinition const& alert);

}  // namespace common
