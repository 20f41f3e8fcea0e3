#pragma once

#include "common/core/alert.hpp"
#include "common/core/event.hpp"
#include "ingestion/engine/channel.hpp"
#include "tests/simulation/sim_world.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace simulation {

/// A model of the database in virtual time, written from the words of schema/README.md and spec section 7: what is in
/// here survives the crash of the engine. Also plays the notifier's part: clients' commands change it directly.
class SimDatabase final : public ingestion::Channel {
public:
    struct Faults {
        int commitFailPercent = 0;  ///< half of these fail after the commit took place: a lost answer
        std::int64_t commitDelayMaxUs = 3'000;
        int lostChangePercent = 0;  ///< a row is changed, but the change log does not tell
    };
    /// When a revision was armed, and up to which trade it judges if its owner ended it. One that has to warm its
    /// window anew after a gap has an entry more.
    struct Revision {
        common::AlertDefinition definition;
        std::optional<std::int64_t> from;
        std::optional<std::int64_t> boundary;  ///< position when it was removed or paused
        std::int64_t firesBefore = 0;
    };

    SimDatabase(World& world, Faults faults) : world_(world), faults_(faults) {}

    // What the test sees.
    std::vector<common::Event> const& events() const { return events_; }
    std::map<common::AlertId, std::vector<Revision>> const& history() const { return history_; }
    std::map<common::AlertId, common::AlertRecord> const& alerts() const { return alerts_; }
    std::optional<std::int64_t> positionOf(common::Symbol const& symbol) const;
    /// The stored minutes of a symbol by their start.
    std::map<common::TimeMs, common::Candle> const& candles(common::Symbol const& symbol) { return candles_[symbol]; }
    std::int64_t commits() const { return commits_; }
    void setFaults(Faults faults) { faults_ = faults; }
    /// The process died: what was asked is never answered, what was being committed may or may not be.
    void crash();
    void onBell(std::function<void()> bell) { bell_ = std::move(bell); }

    // What clients do.
    common::AlertId create(common::AlertDefinition definition);
    void remove(common::AlertId alert);
    void pause(common::AlertId alert);
    /// New revision with this condition.
    void renew(common::AlertId alert, common::Condition condition);
    /// Moves `expires` of an alert that has one, and has not ended, into the future.
    void extend(common::AlertId alert, common::DurationMs by);

    // Channel.
    void loadStart(Done<Start> done) override;
    void loadAlerts(common::AlertId after, Done<Page<common::AlertRecord>> done) override;
    void loadChanges(std::int64_t afterId, Done<Changes> done) override;
    void loadSymbol(common::Symbol symbol, Done<SymbolStart> done) override;
    void loadDemand(common::AlertId after, Done<Page<common::DemandRow>> done) override;
    void loadMissed(std::vector<common::AlertId> alerts, std::int64_t changeId,
                    Done<std::vector<Change>> done) override;
    void loadPositions(Done<std::vector<common::Position>> done) override;
    void commit(common::Step step, Done<common::StepOutcome> done) override;
    void keepHouse(common::TimeMs, std::int64_t upTo, Done<bool> done) override;
    void setFeeds(std::vector<common::FeedRecord>, std::vector<common::Symbol>, Done<bool> done) override;
    void replaceSymbols(std::vector<common::SymbolInfo>, Done<bool> done) override;
    void loadCoverage(common::Symbol symbol, Done<Coverage> done) override;
    void loadMinutes(common::Symbol symbol, common::TimeMs from, common::TimeMs to,
                     Done<std::vector<common::Candle>> done) override;
    void fillCandles(common::Symbol symbol, std::vector<common::Candle> candles, Done<bool> done) override;

private:
    void enqueue(std::function<void()> work);
    void changed(common::AlertId alert);
    /// What has not ended, from behind this alert on.
    std::vector<common::AlertRecord> livePage(common::AlertId after) const;
    /// Nothing when a position is not as expected.
    std::optional<common::StepOutcome> apply(common::Step const& step);
    void storeCandle(common::Symbol const& symbol, common::Candle const& candle, bool correction);
    bool applyState(common::StateWrite const& write);
    bool applyFire(common::Fire const& fire, common::TimeMs now);
    Revision& current(common::AlertId alert) { return history_.at(alert).back(); }
    /// The last entry of this revision.
    Revision& revision(common::AlertId alert, std::int64_t rev);
    void noteArm(common::Step const& step, common::StateWrite const& write);
    /// A windowed revision does not go on behind a gap, when a newer one waits.
    void noteGap(common::AlertId alert, std::int64_t fromId);
    /// A newer revision that has to warm cannot let the older one go on after a restart.
    void noteRestart(common::AlertRecord const& record);
    std::vector<common::StoredPast> pastsOf(common::Symbol const& symbol) const;

    World& world_;
    Faults faults_;
    std::map<common::AlertId, common::AlertRecord> alerts_;
    std::map<common::AlertId, std::vector<Revision>> history_;
    std::map<common::Symbol, common::Position> positions_;
    std::map<common::Symbol, std::map<common::TimeMs, common::Candle>> candles_;
    struct PastRow {
        common::TimeMs from = 0;
        std::string text;
    };
    std::map<common::Symbol, std::map<common::PastKind, std::map<common::TimeMs, PastRow>>> pasts_;
    std::vector<common::DemandChange> changes_;
    std::vector<common::Event> events_;
    std::map<common::AccountId, std::int64_t> seqs_;
    std::int64_t lastAlert_ = 0;
    std::int64_t lastChange_ = 0;
    std::int64_t commits_ = 0;
    std::function<void()> bell_;
    std::uint64_t incarnation_ = 0;
    std::int64_t readyAtUs_ = 0;  ///< one store thread: work is done in order
};

}  // namespace simulation
