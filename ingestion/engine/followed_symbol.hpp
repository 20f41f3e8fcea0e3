#pragma once

#include "common/core/alert.hpp"
#include "common/store/records.hpp"
#include "ingestion/engine/tape.hpp"
#include "ingestion/engine/window_keeper.hpp"
#include "ingestion/evaluate/symbol_evaluator.hpp"
#include "ingestion/exchange/feed.hpp"
#include "ingestion/market/candle_builder.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ingestion {

/// One symbol as the engine follows it: its tape, its alerts, who needs it, and what waits to be committed. Decides
/// when alerts are armed (spec section 3, armed receipt). Network thread; owned by Engine.
class FollowedSymbol final : public TapeSink {
public:
    enum class Phase : std::uint8_t {
        Left,       ///< nobody needs it; nothing is kept
        Loading,    ///< waits for the database; streamed trades are dropped, the catch-up brings them back
        Resetting,  ///< the exchange's ids start anew; waits for the newest one
        Following,
    };

    FollowedSymbol(SymbolIndex index, common::Symbol symbol, std::string const& exchange, Tape::Limits limits);

    SymbolIndex index() const { return index_; }
    common::Symbol const& symbol() const { return symbol_; }
    Phase phase() const { return phase_; }

    // Demand.
    bool pinned = false;
    bool watched = false;
    std::optional<common::TimeMs> idleSince;  ///< monotonic; nobody has needed it since
    std::size_t alertCount() const;
    bool needed() const { return pinned || watched || evaluator_.size() != 0 || !pending_.empty(); }

    // Life.
    void beginFollowing();
    void beginLoading();
    /// The stored position belongs to other ids: waits for the newest one.
    void beginReset(common::Position const& old);
    /// Nobody needs it any more.
    void leave();
    /// Tells late answers from those that are still wanted.
    std::uint32_t generation() const { return generation_; }
    /// Takes position, newest candle, the past of windowed alerts and alerts as the database has them; Following
    /// afterwards.
    void restore(std::optional<common::Position> const& position, std::optional<common::Candle> const& candle,
                 std::vector<common::StoredPast> const& pasts, std::vector<common::AlertRecord> alerts);
    /// The same in parts, for a start with many alerts: Loading until endRestore().
    void beginRestore(std::optional<common::Position> const& position, std::optional<common::Candle> const& candle,
                      std::vector<common::StoredPast> const& pasts);
    void restoreAlert(common::AlertRecord record);
    void endRestore();
    /// Between these; an end of it by other means takes the alerts along.
    bool restoring() const { return restoring_; }
    /// The same after a tape reset: the tape goes on behind `newest`, every armed alert starts anew there, and its
    /// owner is told of the gap.
    void restoreReset(std::int64_t newest, std::optional<common::Position> const& position,
                      std::vector<common::AlertRecord> alerts);

    // Alerts.
    /// A row as the change log led to it: new, updated or renewed.
    void applyAlert(common::AlertRecord record);
    void removeAlert(common::AlertId alert);
    /// False when the alert is surely not held as a row of this revision asks for; true also where that cannot be told
    /// now.
    bool agrees(common::DemandRow const& row) const;
    /// Judged here, or waiting for it.
    bool holds(common::AlertId alert) const;
    /// Arms what is pending, if the newest id is known as well as it can be.
    void arm();
    /// Ends alerts whose time has come although no trade says so. First REST has to confirm that nothing traded before
    /// is still on its way. `nowMs`: what time it is at the exchange.
    void expire(common::TimeMs monoMs, common::TimeMs nowMs);

    // Windows.
    /// Arms the alerts whose windows are known by now. Buckets to load, so that the others can be; nothing while that
    /// has to wait. `marketMs`: what time it is at the exchange.
    std::optional<WindowKeeper::Wish> takeWindowWish(common::TimeMs marketMs);
    /// Something pending is not armed only because its window is not known.
    bool waitsForWindows() const;
    void onWindowsLoaded(std::uint32_t number, WindowKeeper::Loaded loaded);

    // Feed.
    void onTrade(common::Trade const& trade, common::TimeMs monoMs);
    void onAcknowledged(common::TimeMs monoMs);
    void onInterrupted(std::string_view reason, common::TimeMs wallMs);
    bool live() const { return acknowledged_; }
    /// Due to ask REST for the newest id.
    bool newestDue(common::TimeMs monoMs) const;
    void onNewestAsked() { newestAsked_ = true; }
    void askNewestAgain(common::TimeMs atMonoMs);
    enum class Verdict : std::uint8_t {
        Fine,
        AskAgain,   ///< below what was judged: REST may lag
        CheckTime,  ///< still a little below: only the newest trade's time tells a lag from a reset
        Reset,      ///< the exchange's ids start anew
    };
    Verdict onNewest(std::int64_t newest, common::TimeMs monoMs, common::TimeMs wallMs);
    void onNewestFailed(common::TimeMs monoMs, common::DurationMs retryAfterMs);
    Tape& tape() { return tape_; }
    Tape const& tape() const { return tape_; }
    void onTick(common::TimeMs monoMs);
    /// Monotonic time of the next thing this symbol has to do by itself.
    std::optional<common::TimeMs> deadline() const;

    // Candles.
    CandleBuilder& candles() { return candles_; }
    /// Ends quiet minutes up to this time of the exchange, if nothing of them can be on its way; true if any ended.
    bool closeMinutes(common::TimeMs marketMs);
    /// True once per following, when trades have begun to come without a hole: time to fetch what came before.
    bool takeBackfill();
    /// Candles go on where the stored ones stopped: nothing has to be fetched but what they lack themselves.
    bool candlesRestored() const { return candlesRestored_; }

    // Commit.
    /// Moves what waits into the step; true if anything did. The price for watchers can wait for plain progress.
    bool collect(common::Step& step, bool withPrice);
    bool priceWaits() const { return priced_ && phase_ == Phase::Following; }
    void onCommitted();
    /// Something waits that must not wait for the next regular commit.
    bool urgent() const;
    /// Nothing waits or is on its way to the database.
    bool settled() const;
    /// The stored position, nothing while there is none.
    std::optional<std::int64_t> committedId() const { return committedId_; }
    bool touched = false;    ///< the engine has it on its list
    bool attention = false;  ///< the engine looks at its deadline
    std::int64_t lostTotal() const { return lostTotal_; }
    /// How long the repairs took that ended since the last call.
    std::vector<common::DurationMs> takeRepairs() { return std::exchange(repairs_, {}); }
    common::TimeMs lastTradeTime() const { return evaluator_.position().tradeTime; }

    // Feed record.
    std::optional<common::FeedRecord> takeFeedChange();
    void setHalted(bool halted, common::TimeMs wallMs);

    // TapeSink.
    void judge(common::Trade const& trade, common::TradeSource source, bool late) override;
    void lose(std::int64_t fromId, std::int64_t toId, common::GapReason reason) override;
    void pass(std::int64_t fromId, std::int64_t toId) override;
    void closed(common::DurationMs tookMs) override;
    void guess() override { candles_.guess(); }
    bool wantsSingles() const override { return windows_.sums(); }
    bool needs(std::int64_t id) const override { return evaluator_.needs(id); }

private:
    /// Nothing is known and nothing waits any more.
    void forget();
    void armAt(common::AlertRecord record, std::int64_t fromTradeId);
    /// Arms what is pending and looks back no further than is known; the rest is warming.
    void armReady(std::int64_t fromTradeId);
    bool ready(common::Condition const& condition) const;
    void warm(common::AlertRecord record);
    /// What was judged last is the newest trade there is.
    bool judgedLast() const;
    common::TimeMs windowTime() const;
    void keepWindows();
    /// Trades are lost: windowed alerts begin anew once their windows are known again.
    void dropWindows();
    /// Notes what judgement_.states holds from there on.
    void rememberEnds(std::size_t from);
    bool endedHere(common::AlertId alert, std::int64_t rev) const;
    void setFeed(common::FeedState state, std::string_view reason, common::TimeMs wallMs);
    /// Streams, and REST knows nothing newer that is not judged.
    bool current() const;
    /// A position that only an id is known of.
    common::Position unpriced(std::int64_t tradeId) const;
    common::Position position() const;

    SymbolIndex index_;
    common::Symbol symbol_;
    std::string const& exchange_;  ///< base URL, kept by the engine
    Tape::Limits limits_;
    Phase phase_ = Phase::Left;
    bool restoring_ = false;
    std::uint32_t generation_ = 0;

    Tape tape_;
    SymbolEvaluator evaluator_;
    CandleBuilder candles_;
    bool backfillTaken_ = false;
    bool candlesRestored_ = false;
    std::vector<common::AlertRecord> pending_;
    WindowKeeper windows_;
    std::unordered_map<common::AlertId, common::AlertRecord> windowed_;  ///< armed ones that look back
    common::TimeMs marketMs_ = 0;                                        ///< when windows were looked for

    bool acknowledged_ = false;
    bool newestWanted_ = false;
    bool newestAsked_ = false;
    bool newestStale_ =
        false;  ///< asked before the last acknowledgement: what was traded in between is not in the answer
    common::TimeMs newestAskAt_ = 0;
    common::DurationMs newestBackoffMs_ = 0;
    common::TimeMs armDeadline_ = 0;            ///< until then a receipt waits for REST
    std::optional<common::TimeMs> expireAsOf_;  ///< the newest id is asked for this, too
    int belowCount_ = 0;                        ///< answers in a row that named less than was judged

    Judgement judgement_;
    std::vector<common::StateWrite> armed_;
    /// Revisions that ended here before the database knows: a row that still shows them waiting is old.
    std::unordered_map<common::AlertId, std::int64_t> ended_, endedInFlight_;
    std::vector<common::GapWrite> gaps_;
    std::optional<std::int64_t> committedId_;  ///< the stored position
    bool inFlight_ = false;
    std::optional<std::int64_t> inFlightId_;
    bool moved_ = false;
    bool priced_ = false;
    std::int64_t lostTotal_ = 0;
    std::vector<common::DurationMs> repairs_;

    common::FeedRecord feed_;
    bool feedChanged_ = false;
};

}  // namespace ingestion
