#pragma once

#include "common/core/alert.hpp"
#include "common/core/trade.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace common {

/// One firing of one alert as stored: the row is self-contained, since its alert may be gone when it is read.
struct Notification {
    std::string alertPublicId;
    std::int64_t rev = 0;
    std::int64_t fire = 0;
    std::optional<std::string> key;
    Symbol symbol;
    ConditionKind kind = ConditionKind::Above;
    std::optional<Decimal> level;  ///< the price that was passed, where the kind has one
    Trade trade;
    struct Previous {
        std::int64_t id = 0;
        ExactDecimal price;
    };
    std::optional<Previous> prev;  ///< the trade this alert judged before; nothing at its first
    std::int64_t suppressed = 0;
    TradeSource source = TradeSource::Live;
    bool late = false;
    /// Members that only some kinds have (`edge`, `anchor`, `since`, …): JSON members without braces, `"edge":"low"`;
    /// empty for none.
    std::string extra;
    std::optional<std::string> note;
    std::optional<std::vector<std::string>> channels;
};

enum class GapReason : std::uint8_t { Unrepaired, TooOld, TapeReset };

/// Trades of a symbol that the account's alerts could not judge.
struct Gap {
    Symbol symbol;
    std::int64_t fromId = 0;
    std::int64_t toId = 0;
    GapReason reason = GapReason::Unrepaired;
    std::vector<std::string> alertPublicIds;
};

/// A durable event of an account: what `seq` numbers.
struct Event {
    std::int64_t id = 0;  ///< order of commit over all accounts; the tail's cursor
    AccountId account;
    std::int64_t seq = 0;  ///< from 1 per account, without holes
    TimeMs committed = 0;
    std::variant<Notification, Gap> body;
};

/// `alert_state` push: live only, no seq (spec section 3).
struct AlertStateChange {
    std::int64_t id = 0;  ///< the tail's cursor
    AccountId account;
    std::string alertPublicId;
    std::int64_t rev = 0;
    Symbol symbol;
    AlertStatus status = AlertStatus::Armed;
    std::optional<std::int64_t> fromTradeId;
    TimeMs at = 0;
};

std::string_view sourceText(TradeSource source);
std::string_view gapReasonText(GapReason reason);
/// `nt_…`: derived from alert and fire, so that every transport and every retry names it alike.
std::string notificationId(Notification const& notification);
/// The same for a gap: `gap_…`, from the account's public id and the event's seq.
std::string gapId(std::string_view accountPublicId, std::int64_t seq);

}  // namespace common
