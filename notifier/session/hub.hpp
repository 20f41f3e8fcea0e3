#pragma once

#include "common/core/event.hpp"
#include "common/store/records.hpp"
#include "notifier/protocol/push.hpp"
#include "notifier/session/frame.hpp"
#include "notifier/session/unclaimed.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace notifier {

/// What the store held beyond the last look: one turn of the tail.
struct TailBatch {
    std::vector<common::Event> events;
    std::vector<common::AlertStateChange> states;
    std::vector<common::PriceRecord> prices;
    /// Nothing = as before; else the whole list: what it lacks is no longer followed.
    std::optional<std::vector<common::FeedRecord>> feeds;
    common::TimeMs lifeSign = 0;

    bool empty() const { return events.empty() && states.empty() && prices.empty() && !feeds; }
};

/// A durable event on its way to all connections of its account; serialised at the first that wants it, for all.
class LiveEvent {
public:
    LiveEvent(EventFrame const& event, common::TimeMs now) : event_(event), now_(now) {}
    EventFrame const& event() const { return event_; }
    Frame const& frame();
    bool wanted() const { return frame_ != nullptr; }

private:
    EventFrame const& event_;
    common::TimeMs now_;
    Frame frame_;
};

/// One connection as the hub sees it. Its calls may end connections but must not destroy any before they return.
class HubMember {
public:
    virtual ~HubMember() = default;
    virtual void onEvent(LiveEvent& event) = 0;
    /// `alert_state`, `webhook_state` and `feed`.
    virtual void onPush(Frame const& frame) = 0;
    virtual void onPrice(common::Symbol const& symbol, Frame const& frame) = 0;
};

/// Who gets what: accounts to connections, symbols to watchers, and the state of the feeds. Network thread; no I/O.
class Hub {
public:
    /// What others do about it; all are called on the network thread and may be empty.
    struct Hooks {
        std::function<void(common::AccountId)> accountCame;  ///< its first connection is here
        std::function<void(common::AccountId)> accountLeft;  ///< its last one is gone
        std::function<void(common::Symbol const&)> watchBegan;
        std::function<void(common::Symbol const&)> watchEnded;
        std::function<void(common::Event const&)> eventSent;  ///< to at least one connection's queue
        std::function<void()> delivered;                      ///< a batch is in all queues: the time to write them out
    };
    struct Limits {
        common::DurationMs lifeSignMs = 10'000;   ///< older = ingestion is down
        common::DurationMs unclaimedMs = 10'000;  ///< how long a new account's first news wait for it
        std::size_t unclaimedMax = 65'536;
    };

    Hub(std::string epoch, Hooks hooks) : Hub(std::move(epoch), std::move(hooks), Limits{}) {}
    Hub(std::string epoch, Hooks hooks, Limits limits);

    /// Every connection, identified or not; feed changes go to all of them.
    void join(HubMember& member);
    /// Undoes join, attach and watch.
    void leave(HubMember& member);
    /// The connection speaks for this account; it leaves the one it spoke for before.
    void attach(HubMember& member, common::AccountId account);
    /// As attach, for an account that this connection has just stored: what was pushed to it before it was known here
    /// follows now. `accountCame` is not called, since the row was written as connected.
    void attachNew(HubMember& member, common::AccountId account);
    /// A connection stored this account and was gone before it could attach.
    void orphaned(common::AccountId account);

    void watch(HubMember& member, common::Symbol const& symbol);
    void unwatch(HubMember& member, common::Symbol const& symbol);
    std::vector<common::Symbol> watched() const;

    void deliver(TailBatch const& batch, common::TimeMs now);
    void announce(common::AccountId account, Frame const& frame);
    /// Looks again whether ingestion is alive; call about once a second.
    void tick(common::TimeMs now);
    /// What a new connection is told about feeds that are not live.
    std::vector<Frame> feedGreeting(common::TimeMs now);

    bool has(common::AccountId account) const { return accounts_.contains(account); }
    std::size_t size() const { return members_.size(); }

private:
    struct Membership {
        std::optional<common::AccountId> account;
        std::unordered_set<common::Symbol> symbols;
    };

    void detach(HubMember& member, Membership& membership);
    void insert(HubMember& member, common::AccountId account);
    void deliverStates(TailBatch const& batch, common::TimeMs now);
    void deliverPrices(TailBatch const& batch);
    void deliverFeeds(TailBatch const& batch);
    void broadcast(Frame const& frame);
    Frame ingestionFrame() const;

    std::string epoch_;
    Hooks hooks_;
    Limits limits_;
    std::unordered_map<HubMember*, Membership> members_;
    std::unordered_map<common::AccountId, std::vector<HubMember*>> accounts_;
    std::unordered_map<common::Symbol, std::vector<HubMember*>> watched_;
    std::unordered_map<common::Symbol, common::PriceRecord> prices_;
    std::map<common::Symbol, common::FeedRecord> feeds_;
    Unclaimed unclaimed_;
    common::TimeMs lifeSign_ = 0;
    std::optional<bool> down_;  ///< nothing = not looked at yet
    common::TimeMs downSince_ = 0;
};

}  // namespace notifier
