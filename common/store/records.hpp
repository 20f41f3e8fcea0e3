#pragma once

#include "common/core/alert.hpp"
#include "common/core/candle.hpp"
#include "common/core/event.hpp"
#include "common/core/symbol.hpp"
#include "common/core/trade.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace common {

/// An owner of alerts. Anonymous ones are held by a session secret, named ones by API keys.
struct Account {
    AccountId id;
    std::string publicId;  ///< `acc_…`
    bool anonymous = true;
    bool admin = false;
    std::int64_t seq = 0;    ///< last durable event's number
    std::int64_t acked = 0;  ///< the client's own mark
};

struct ApiKey {
    std::string name;
    AccountId account;
    bool admin = false;
    TimeMs created = 0;
    std::optional<TimeMs> revoked;
};

/// The last trade of a symbol whose effects are committed, with what judging needs to go on exactly from there.
struct Position {
    Symbol symbol;
    std::string exchange = {};  ///< base URL that the ids belong to; another one is a tape reset (spec section 7.3)
    std::int64_t tradeId = 0;
    /// Last trade that was really judged, below `tradeId` after a gap; 0 = none. The `prev` of the next firing.
    std::int64_t judgedId = 0;
    ExactDecimal price = {};  ///< of the last judged trade; 0 while none is known (position named by REST only)
    TimeMs tradeTime = 0;     ///< `T` of that trade
    TimeMs eventTime = 0;     ///< τ: the largest `T` so far (spec section 4)
    /// Last judged trade whose price differs from `price`: decides the side of a cross alert whose level the market
    /// stands on exactly. 0 = none yet.
    std::int64_t otherTradeId = 0;
    Decimal otherPrice = {};
    bool operator==(Position const&) const = default;
};

/// Moves a symbol's position in a compare-and-set: fails the whole step if the stored one is not `expected`.
struct PositionMove {
    std::optional<std::int64_t> expected;  ///< the stored trade id; nothing = no row
    std::optional<Position> next;          ///< nothing = delete the row (symbol left)
    Symbol symbol;
};

/// A firing that judging decided on; the transaction adds `fire`, `seq`, key, note and channels from the alert's row,
/// and drops it when the alert is gone, paused or ended, or when this revision is not the armed one. Of the alert's
/// state it sets `fires`, `lastFired`, `cooldownFrom` (= eventTime) and, where it ends the alert, Done. `suppressed`
/// and `engine` come by a StateWrite of the same step, which says how things stand after its last trade.
struct Fire {
    AlertId alert;
    std::int64_t rev = 0;
    std::optional<Decimal> level;
    Trade trade;
    std::optional<Notification::Previous> prev;
    std::int64_t suppressed = 0;
    TradeSource source = TradeSource::Live;
    bool late = false;
    TimeMs eventTime = 0;  ///< τ at the trade: where a cooldown starts
    std::string extra;     ///< see Notification::extra
    bool ends = false;     ///< mode once: the alert is done with this firing
};

/// New stored state of an alert's revision. Dropped when the alert is gone or has ended, when a pause came after this
/// revision, or when a newer revision is stored already; `announce` also appends to the alert_state log, which the
/// notifier pushes.
struct StateWrite {
    AlertId alert;
    std::int64_t rev = 0;
    AlertStatus status = AlertStatus::Pending;
    std::optional<std::int64_t> fromTradeId;
    std::int64_t suppressed = 0;
    std::optional<TimeMs> cooldownFrom;
    std::string engine;
    bool announce = false;
    /// Of an end by time: the `expires` that it went by. Where the row has another by now, the whole step fails like
    /// one whose position is not as expected: the trades behind the end are still to be judged.
    std::optional<TimeMs> expires = {};
    /// Among Step::arms: how many of the step's fires happened before. A new revision takes over behind the old one's.
    std::size_t firesBefore = 0;
};

/// A durable gap event for each account that owns one of these alerts.
struct GapWrite {
    Gap gap;  ///< alertPublicIds are filled per account by the store
    std::vector<AlertId> alerts;
};

/// Latest price of a symbol as watchers and `/prices` see it.
struct PriceRecord {
    Symbol symbol;
    ExactDecimal price;
    std::int64_t tradeId = 0;
    TimeMs time = 0;
    std::int64_t version = 0;  ///< grows with every write of any price; a reader's cursor
};

/// A candle as it stands now: stored over the row of the same start, unless that one is complete and this is not.
struct CandleWrite {
    Symbol symbol;
    Candle candle;
    bool correction = false;  ///< what was stored as complete was not: replaced in any case
};

/// What windowed alerts look back on. The numbers are stored; append only.
enum class PastKind : std::uint8_t { SecondCloses, MinuteCloses, MinuteSums };

/// A row of a symbol's recent past, as windowed alerts look back on it; the text is ingestion's own.
struct PastChunk {
    TimeMs start = 0;
    std::string text;
    bool operator==(PastChunk const&) const = default;
};

/// What windowed alerts look back on, in buckets of one kind: stored with the position, so that the same windows can
/// be made of it again.
struct PastWrite {
    Symbol symbol;
    PastKind kind = PastKind::SecondCloses;
    TimeMs from = 0;      ///< nothing is missing from here on
    bool anew = false;    ///< in place of everything stored of this kind; without chunks it is only deleted
    TimeMs keepFrom = 0;  ///< rows that start before are deleted
    std::vector<PastChunk> chunks;
};

/// The same as it is stored.
struct StoredPast {
    Symbol symbol;
    PastKind kind = PastKind::SecondCloses;
    TimeMs from = 0;
    std::vector<PastChunk> chunks;  ///< ascending
};

/// Everything that one commit of ingestion makes durable together (spec section 7.1).
/// Order inside: positions are checked first, then arms and fires as they happened, states, gaps, prices, candles,
/// pasts.
struct Step {
    std::vector<PositionMove> positions;
    std::vector<StateWrite> arms;  ///< alerts that are judged from a trade of this step or later on
    std::vector<Fire> fires;
    std::vector<StateWrite> states;  ///< as they are after the last trade of the step: suppressed, runs, ends
    std::vector<GapWrite> gaps;
    std::vector<PriceRecord> prices;
    std::vector<CandleWrite> candles;
    std::vector<PastWrite> pasts;
    TimeMs now = 0;  ///< wall clock of the commit, for `committed` and log rows

    bool empty() const {
        return positions.empty() && arms.empty() && fires.empty() && states.empty() && gaps.empty() && prices.empty() &&
               candles.empty() && pasts.empty();
    }
};

struct StepOutcome {
    std::int64_t fired = 0;    ///< notifications written
    std::int64_t dropped = 0;  ///< fires and states whose alert was removed, paused or renewed meanwhile
};

/// What changed in the demand of clients; ingestion reads it in order and deletes what it has applied.
struct DemandChange {
    std::int64_t id = 0;
    std::optional<AlertId> alert;  ///< this alert's row changed or is gone; nothing = the watch leases changed
};

/// An alert that has not ended, as far as the demand for its judging goes.
struct DemandRow {
    AlertId alert;
    std::int64_t rev = 0;
    std::optional<TimeMs> expires;
    bool paused = false;
    bool operator==(DemandRow const&) const = default;
};

/// Last price of a symbol in a minute, from the all-market stream.
struct MinuteClose {
    TimeMs minute = 0;  ///< its start
    Symbol symbol;
    Decimal close;
    bool operator==(MinuteClose const&) const = default;
};

enum class FeedState : std::uint8_t { Live, Stale, Halted };

/// Health of one symbol's feed as ingestion sees it.
struct FeedRecord {
    Symbol symbol;
    FeedState state = FeedState::Live;
    TimeMs since = 0;
    std::string reason;
    std::int64_t version = 0;  ///< as PriceRecord::version
};

/// What an operator is shown of a followed symbol (spec section 5, `/status`).
struct SymbolHealth {
    Symbol symbol;
    std::int64_t lastId = 0;   ///< newest judged trade; 0 before the first
    TimeMs lastTradeTime = 0;  ///< its time
    std::int64_t alerts = 0;
    std::int64_t gapsOpen = 0;        ///< being repaired now
    std::int64_t repairedTrades = 0;  ///< since ingestion started
    TimeMs at = 0;                    ///< when this was written
    bool operator==(SymbolHealth const&) const = default;
};

}  // namespace common
