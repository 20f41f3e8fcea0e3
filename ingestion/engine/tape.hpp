#pragma once

#include "common/core/event.hpp"
#include "common/core/time.hpp"
#include "common/core/trade.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace ingestion {

/// What a tape decides, in order.
class TapeSink {
public:
    virtual ~TapeSink() = default;
    /// The next trade in id order; `late` for what was traded while nobody listened.
    virtual void judge(common::Trade const& trade, common::TradeSource source, bool late) = 0;
    /// Ids that will never be judged: told to whoever had to judge them.
    virtual void lose(std::int64_t fromId, std::int64_t toId, common::GapReason reason) = 0;
    /// Ids that no alert has to judge are not fetched.
    virtual void pass(std::int64_t fromId, std::int64_t toId) = 0;
    /// A gap is closed, or given up; `tookMs` since it was found.
    virtual void closed(common::DurationMs tookMs) = 0;
    /// The quantity of the next trade is a guess: it is a part of an aggregate whose other parts were forgotten.
    virtual void guess() = 0;
    /// Quantities of single trades are wanted, at six times the price: an aggregate tells only the sum of its trades'.
    virtual bool wantsSingles() const = 0;
    /// Must some alert judge this id?
    virtual bool needs(std::int64_t id) const = 0;
};

/// Continuity of one symbol's trade ids (spec section 7.3): judges what follows, drops repeats, holds what came too
/// early while the gap before it is fetched over REST. Pure: times are monotonic milliseconds given by the caller,
/// questions are returned and their answers handed in.
class Tape {
public:
    struct Limits {
        common::DurationMs stragglersMs = 50;       ///< reordered frames get this long before REST is asked
        common::DurationMs repairHoldMs = 30'000;   ///< a gap older than this is given up
        std::int64_t repairIdsMax = 100'000;        ///< a gap wider than this is given up at once
        std::size_t heldTradesMax = 50'000;         ///< newer trades that wait; what comes beyond joins the gap
        common::DurationMs catchupMs = 21'600'000;  ///< downtime longer than this is not caught up
        std::int64_t catchupIdsMax = 1'000'000;
    };
    /// A question to REST; at most one is out at a time.
    struct Question {
        enum class Kind : std::uint8_t { NewestRows, AggregatesFromTime, AggregatesFromId };
        Kind kind;
        std::int64_t argument = 0;  ///< wall-clock ms or aggregate id
    };
    /// Rows of an answer, ascending; `aggregateIds` runs beside them, empty for single trades.
    struct Answer {
        std::span<common::Trade const> rows;
        std::span<std::int64_t const> aggregateIds;
        bool full = false;  ///< as many rows as were asked for: there may be more
    };

    Tape(Limits limits, TapeSink& sink) : limits_(limits), sink_(&sink) {}

    /// Nothing is known: the first id that anyone names is where the tape begins.
    bool known() const { return known_; }
    /// Last id that is judged, or given up.
    std::int64_t last() const { return last_; }
    /// Largest id known to exist: judged, held, or named by REST.
    std::int64_t newest() const { return newest_; }
    /// Ids are missing and fetched.
    bool repairing() const { return repair_.has_value(); }
    std::int64_t repairedTotal() const { return repairedTotal_; }

    /// Starts from a stored position. `lastTime` is its trade time, 0 when it has none.
    void restore(std::int64_t last, common::TimeMs lastTime);
    /// The exchange started its ids anew (tape reset): the tape goes on behind `newest`.
    void reset(std::int64_t newest);

    void onTrade(common::Trade const& trade, common::TimeMs monoMs);
    /// The stream broke; what follows it is a catch-up until a trade has come without a hole.
    void onInterrupted() { streaming_ = false; }
    /// REST names the newest id (-1: never traded). False when that is below what was judged already: REST lags, or
    /// the tape was reset; the caller finds out.
    [[nodiscard]] bool onNewest(std::int64_t newest, common::TimeMs monoMs, common::TimeMs wallMs);

    /// The question that is due now; it counts as asked.
    std::optional<Question> nextQuestion(common::TimeMs monoMs, common::TimeMs wallMs);
    void onAnswer(Answer const& answer, common::TimeMs monoMs);
    /// No answer; ask again not before `retryAfterMs`.
    void onNoAnswer(common::TimeMs monoMs, common::DurationMs retryAfterMs);
    /// Gives up what has waited too long.
    void onTick(common::TimeMs monoMs);
    /// When onTick or nextQuestion has something to do; nothing while all is well.
    std::optional<common::TimeMs> deadline() const;

private:
    struct Repair {
        common::TimeMs foundAt = 0;
        common::TimeMs progressAt = 0;  ///< when the gap was found, or something of it came
        common::TimeMs askAt = 0;
        common::DurationMs backoffMs = 0;
        bool rowsFellShort = false;  ///< the newest single trades did not reach down to the gap
        bool clamped = false;        ///< asked from the catch-up limit on, not from the last trade
        std::optional<std::int64_t> nextAggregate = {};
    };

    std::int64_t missingTo() const;  ///< last id of the hole behind last_
    bool catchingUp() const { return last_ < catchupTo_; }
    void open(common::TimeMs monoMs, common::DurationMs askInMs);
    void advance(common::TimeMs monoMs);
    void giveUp(std::int64_t toId, common::GapReason reason);
    void judgeOne(common::Trade const& trade, common::TradeSource source, bool late);
    void judgeRow(common::Trade const& row);
    common::Decimal partQuantity(common::Trade const& row, std::int64_t fromId, std::int64_t toId);
    void passTo(std::int64_t id);
    void judgeHeld();

    Limits limits_;
    TapeSink* sink_;
    bool known_ = false;
    bool streaming_ = false;  ///< a streamed trade has come since the last interruption
    std::int64_t last_ = 0;
    std::int64_t newest_ = 0;
    common::TimeMs lastTime_ = 0;
    common::TimeMs knownSinceWallMs_ = 0;  ///< when REST named the first id: no missing trade is older
    std::int64_t catchupTo_ = 0;           ///< ids up to here were traded while nobody listened
    std::int64_t repairedTotal_ = 0;
    std::map<std::int64_t, common::Trade> held_;
    /// What was judged last at one price and time: an aggregate that begins with these has the quantity of all.
    struct Piece {
        std::int64_t id;
        std::int64_t lastId;
        std::int64_t units;
    };
    std::vector<Piece> pieces_;
    common::Decimal piecesPrice_;
    common::TimeMs piecesTime_ = 0;
    std::optional<Repair> repair_;
    bool asked_ = false;  ///< a question is out; its answer may outlive the repair that asked
};

}  // namespace ingestion
