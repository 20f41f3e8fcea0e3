#pragma once

#include "common/core/symbol.hpp"
#include "common/runtime/clock.hpp"
#include "ingestion/engine/channel.hpp"
#include "ingestion/engine/followed_symbol.hpp"
#include "ingestion/engine/tape.hpp"
#include "ingestion/evaluate/ordered_places.hpp"
#include "ingestion/exchange/feed.hpp"
#include "ingestion/market/backfill.hpp"
#include "ingestion/market/market_clock.hpp"
#include "ingestion/market/window_loader.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace ingestion {

/// The heart of ingestion: follows the symbols that alerts, watches and the pinned list need, judges their trades in id
/// order, arms alerts, and makes everything durable in steps. Decides only: exchange, database and clock are behind
/// interfaces, so a simulation drives the whole of it in virtual time.
///
/// Memory never runs ahead of what can be committed for long: after any failed commit the symbols concerned are dropped
/// and loaded anew, which is also how it starts. Network thread.
class Engine final : public FeedListener {
public:
    struct Deps {
        ExchangeRest& rest;
        Channel& channel;
        common::Clock const& clock;
    };
    struct Options {
        std::string exchangeUrl;  ///< positions of another exchange are a tape reset
        std::vector<common::Symbol> pinned;
        common::DurationMs lingerMs = 60'000;           ///< a symbol nobody needs is left after this
        common::DurationMs commitEveryMs = 250;         ///< plain progress waits at most this long
        common::DurationMs newestDeadlineMs = 2'000;    ///< without an answer the first streamed trade arms
        common::DurationMs reconcileEveryMs = 60'000;   ///< what was missed of the tables' changes is made good
        common::DurationMs houseEveryMs = 2'000;        ///< life sign
        common::DurationMs symbolsEveryMs = 3'600'000;  ///< refresh of the exchange's list
        common::DurationMs recoverAfterMs = 500;        ///< pause before a failed symbol is loaded again
        Tape::Limits tape = {};
    };
    /// One line of `/status`.
    struct SymbolStatus {
        common::Symbol symbol;
        std::int64_t lastId = 0;
        common::TimeMs lastTradeTime = 0;
        std::size_t alerts = 0;
        bool live = false;
        bool repairing = false;
        std::int64_t repaired = 0;
    };
    struct Counters {
        std::int64_t trades = 0, fires = 0, armed = 0, gaps = 0, commits = 0, failedCommits = 0, resets = 0,
                     dropped = 0, reconciled = 0;
    };

    Engine(Deps deps, Options options);
    ~Engine() override;

    /// The feed hears of demand from here on; before start().
    void attach(TradeFeed& feed) { feed_ = &feed; }
    void start();
    /// The database may have changed: reads what clients want.
    void onBell();
    /// Does what is due; call at nextWake().
    void onTimer();
    /// Monotonic milliseconds.
    common::TimeMs nextWake() const;
    /// The symbol list is loaded and every wanted symbol is acknowledged.
    bool ready() const;
    /// Commits what is judged; `done` when that is over, whatever came of it.
    void stop(std::function<void()> done);

    std::vector<SymbolStatus> status() const;
    /// How long the repairs took that ended since the last call.
    std::vector<common::DurationMs> takeRepairs();
    /// What time it is at the exchange, as its trades tell it.
    std::optional<common::TimeMs> marketTime(common::TimeMs mono) const { return marketClock_.now(mono); }
    Counters const& counters() const { return counters_; }

    void onTrade(SymbolIndex symbol, common::Trade const& trade) override;
    void onBatchEnd() override;
    void onAcknowledged(SymbolIndex symbol) override;
    void onInterrupted(SymbolIndex symbol, std::string_view reason) override;

private:
    void loadStart();
    void onStart(Channel::Start start);
    void loadAlerts(common::AlertId after);
    void takeAlerts(std::vector<common::AlertRecord> records);
    FollowedSymbol& restoring(common::Symbol const& symbol);
    void onLoaded();
    void startAgain(common::StoreFailure failure);
    void readChanges();
    void applyChanges(Channel::Changes changes);
    void applyAlert(common::AlertId id, std::optional<common::AlertRecord> record);
    void applyWatched(std::vector<common::Symbol> const& watched);
    void dropAlert(common::AlertId id);
    std::optional<SymbolIndex> symbolOf(common::AlertId alert) const;
    void noteSymbol(common::AlertId alert, SymbolIndex symbol);
    /// Compares a slice of what is held with the tables, when one is due.
    void reconcile(common::TimeMs mono);
    void reconcileAlerts(Channel::Page<common::DemandRow> page);
    void makeGood(std::vector<Channel::Change> missed);
    void reconcilePositions();
    FollowedSymbol& slot(common::Symbol const& symbol);
    FollowedSymbol& follow(common::Symbol const& symbol);
    void leaveIdle(common::TimeMs mono);

    /// Puts every question to REST that is due.
    void askRest(common::TimeMs mono);
    void askNewest(std::vector<SymbolIndex> asked);
    static NewestTrade const* findNewest(std::vector<NewestTrade> const& rows, std::string_view symbol);
    void judgeNewest(FollowedSymbol& symbol, std::int64_t newest, common::TimeMs mono);
    void askRepair(FollowedSymbol& symbol, Tape::Question question);
    void reset(FollowedSymbol& symbol, std::int64_t newest);
    /// Ends quiet minutes, and asks the exchange for candles that trades cannot complete.
    void keepCandles(common::TimeMs mono);
    void closeMinutes(common::TimeMs mono);
    /// Loads what alerts that look back need.
    void askWindows();
    void onWindowsLoaded(Backfill::Asker const& asker, std::uint32_t number, WindowLoader::Past past);
    void onBackfilled(Backfill::Asker const& asker, common::Candle const& lastClosed);
    void askSymbols();
    void onSymbols(RestResult<std::vector<common::SymbolInfo>> answer);

    void touch(FollowedSymbol& symbol);
    /// Commits what waits if it is due; call after everything that may have changed a symbol.
    void flush();
    void commitStep(bool withProgress);
    void onCommitted(std::vector<SymbolIndex> const& concerned,
                     std::expected<common::StepOutcome, common::StoreFailure> const& outcome);
    void recover(FollowedSymbol& symbol);
    /// Reads a symbol from the database as at start; `resetTo` when its ids have begun anew.
    void load(FollowedSymbol& symbol, std::optional<std::int64_t> resetTo);
    void writeFeeds();
    /// What time it is: the wall clock, unless the exchange's trades say that it is wrong.
    common::TimeMs timeMs(common::TimeMs mono) const;
    void sweep(common::TimeMs mono);

    Deps deps_;
    Options options_;
    TradeFeed* feed_ = nullptr;
    Counters counters_;

    // A slot belongs to its symbol for the life of the process; what is asked before a symbol is left and answered
    // after it is followed again is told apart by the generation.
    std::vector<std::unique_ptr<FollowedSymbol>> symbols_;
    std::unordered_map<common::Symbol, SymbolIndex> indexes_;
    OrderedPlaces alerts_;  ///< alert id → symbol; may keep some that ended until they are reconciled
    std::unordered_set<common::Symbol> pinned_;
    std::unordered_map<common::Symbol, common::SymbolStatus> listed_;

    MarketClock marketClock_;
    Backfill backfill_;
    WindowLoader windows_;
    std::size_t closeNext_ = 0;  ///< where closing quiet minutes goes on

    std::vector<SymbolIndex> touched_;    ///< may have something for the next commit
    std::vector<SymbolIndex> attention_;  ///< may have a deadline of its own
    std::vector<common::PositionMove> abandoned_;
    struct Recovering {
        SymbolIndex symbol;
        common::TimeMs at;
    };
    std::vector<Recovering> recovering_;
    bool committing_ = false;
    common::TimeMs lastProgressAt_ = 0;
    common::TimeMs batchMono_ = 0;  ///< time of the running batch of trades; 0 = none
    std::function<void()> stopped_;

    /// What the tables had at the start, until all alerts are loaded.
    struct Restoring {
        std::unordered_map<common::Symbol, common::Position> positions;
        std::unordered_map<common::Symbol, common::Candle> candles;
        std::unordered_map<common::Symbol, std::vector<common::StoredPast>> pasts;
    };
    std::optional<Restoring> restoring_;

    bool reconciling_ = false;        ///< an answer is on its way
    common::AlertId reconcileAfter_;  ///< where the running comparison stands
    common::TimeMs reconcileAt_ = 0;
    common::TimeMs reconcileBegan_ = 0;

    bool started_ = false;
    bool stopping_ = false;
    bool symbolsLoaded_ = false;
    bool readingChanges_ = false;
    bool changesAgain_ = false;
    std::int64_t changeId_ = 0;
    common::TimeMs startAt_ = 0;
    common::TimeMs trustWallAt_ = 0;  ///< until then nothing ends by the wall clock alone
    common::TimeMs houseAt_ = 0;
    common::TimeMs symbolsAt_ = 0;
    common::TimeMs sweepAt_ = 0;
};

}  // namespace ingestion
