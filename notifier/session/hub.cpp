#include "notifier/session/hub.hpp"

#include <algorithm>
#include <utility>

namespace notifier {
namespace {

/// Removes one pointer from a list whose order does not matter.
void eraseFrom(std::vector<HubMember*>& members, HubMember* member) {
    auto const at = std::ranges::find(members, member);
    if (at == members.end()) return;
    *at = members.back();
    members.pop_back();
}

/// Calls for each, who may leave the list meanwhile: a connection that falls behind does.
template <class Call>
void forEach(std::vector<HubMember*> const& members, Call call) {
    if (members.size() == 1) return call(*members.front());  // as nearly all accounts; no copy
    for (auto* member : std::vector(members))
        call(*member);
}

}  // namespace

Frame const& LiveEvent::frame() {
    if (!frame_) frame_ = textFrame(event_.push(now_, false));
    return frame_;
}

Hub::Hub(std::string epoch, Hooks hooks, Limits limits)
    : epoch_(std::move(epoch)),
      hooks_(std::move(hooks)),
      limits_(limits),
      unclaimed_(limits.unclaimedMs, limits.unclaimedMax) {}

void Hub::join(HubMember& member) {
    members_.try_emplace(&member);
}

void Hub::leave(HubMember& member) {
    auto const found = members_.find(&member);
    if (found == members_.end()) return;
    auto const symbols = std::move(found->second.symbols);
    detach(member, found->second);
    members_.erase(found);
    for (auto const& symbol : symbols) {
        auto const watched = watched_.find(symbol);
        eraseFrom(watched->second, &member);
        if (!watched->second.empty()) continue;
        watched_.erase(watched);
        if (hooks_.watchEnded) hooks_.watchEnded(symbol);
    }
}

void Hub::detach(HubMember& member, Membership& membership) {
    if (!membership.account) return;
    auto const account = *std::exchange(membership.account, std::nullopt);
    auto const found = accounts_.find(account);
    eraseFrom(found->second, &member);
    if (!found->second.empty()) return;
    accounts_.erase(found);
    if (hooks_.accountLeft) hooks_.accountLeft(account);
}

void Hub::insert(HubMember& member, common::AccountId account) {
    members_[&member].account = account;
    accounts_[account].push_back(&member);
}

void Hub::attach(HubMember& member, common::AccountId account) {
    auto& membership = members_[&member];
    if (membership.account == account) return;
    detach(member, membership);
    bool const first = !accounts_.contains(account);
    insert(member, account);
    if (first && hooks_.accountCame) hooks_.accountCame(account);
}

void Hub::attachNew(HubMember& member, common::AccountId account) {
    auto& membership = members_[&member];
    if (membership.account == account) return;
    detach(member, membership);
    insert(member, account);
    for (auto const& change : unclaimed_.take(account))
        member.onPush(textFrame(renderAlertState(change)));
}

void Hub::orphaned(common::AccountId account) {
    if (!has(account) && hooks_.accountLeft) hooks_.accountLeft(account);
}

void Hub::watch(HubMember& member, common::Symbol const& symbol) {
    auto const found = members_.find(&member);
    if (found == members_.end()) return;
    if (found->second.symbols.insert(symbol).second) {
        auto& watchers = watched_[symbol];
        watchers.push_back(&member);
        if (watchers.size() == 1 && hooks_.watchBegan) hooks_.watchBegan(symbol);
    }
    if (auto const price = prices_.find(symbol); price != prices_.end())
        member.onPrice(symbol, textFrame(renderPrice(price->second)));
}

void Hub::unwatch(HubMember& member, common::Symbol const& symbol) {
    auto const found = members_.find(&member);
    if (found == members_.end() || found->second.symbols.erase(symbol) == 0) return;
    auto const watched = watched_.find(symbol);
    eraseFrom(watched->second, &member);
    if (!watched->second.empty()) return;
    watched_.erase(watched);
    if (hooks_.watchEnded) hooks_.watchEnded(symbol);
}

std::vector<common::Symbol> Hub::watched() const {
    std::vector<common::Symbol> symbols;
    symbols.reserve(watched_.size());
    for (auto const& [symbol, watchers] : watched_)
        symbols.push_back(symbol);
    return symbols;
}

void Hub::deliver(TailBatch const& batch, common::TimeMs now) {
    for (auto const& event : batch.events) {
        auto const found = accounts_.find(event.account);
        if (found == accounts_.end()) continue;
        EventFrame const frame(event, epoch_);
        LiveEvent live(frame, now);
        forEach(found->second, [&](HubMember& member) { member.onEvent(live); });
        if (live.wanted() && hooks_.eventSent) hooks_.eventSent(event);
    }
    deliverStates(batch, now);
    deliverPrices(batch);
    deliverFeeds(batch);
    lifeSign_ = std::max(lifeSign_, batch.lifeSign);
    tick(now);
    if (hooks_.delivered) hooks_.delivered();
}

void Hub::deliverStates(TailBatch const& batch, common::TimeMs now) {
    for (auto const& change : batch.states) {
        if (has(change.account)) {
            announce(change.account, textFrame(renderAlertState(change)));
            continue;
        }
        unclaimed_.put(change, now);
    }
}

void Hub::deliverPrices(TailBatch const& batch) {
    for (auto const& price : batch.prices) {
        prices_[price.symbol] = price;
        auto const watched = watched_.find(price.symbol);
        if (watched == watched_.end()) continue;
        auto const frame = textFrame(renderPrice(price));
        forEach(watched->second, [&](HubMember& member) { member.onPrice(price.symbol, frame); });
    }
}

void Hub::deliverFeeds(TailBatch const& batch) {
    if (!batch.feeds) return;
    auto const previous = std::exchange(feeds_, {});
    for (auto const& feed : *batch.feeds) {
        auto const before = previous.find(feed.symbol);
        bool const changed = before == previous.end()
                                 ? feed.state != common::FeedState::Live
                                 : before->second.state != feed.state || before->second.reason != feed.reason;
        feeds_[feed.symbol] = feed;
        if (changed) broadcast(textFrame(renderFeed(feed)));
    }
}

void Hub::announce(common::AccountId account, Frame const& frame) {
    auto const found = accounts_.find(account);
    if (found == accounts_.end()) return;
    forEach(found->second, [&](HubMember& member) { member.onPush(frame); });
}

void Hub::broadcast(Frame const& frame) {
    std::vector<HubMember*> all;
    all.reserve(members_.size());
    for (auto const& [member, membership] : members_)
        all.push_back(member);
    for (auto* member : all)
        member->onPush(frame);
}

void Hub::tick(common::TimeMs now) {
    bool const down = now - lifeSign_ > limits_.lifeSignMs;
    if (down_ == down) return;
    bool const first = !down_;
    down_ = down;
    downSince_ = down && lifeSign_ != 0 ? lifeSign_ : now;
    if (!first || down) broadcast(ingestionFrame());
}

Frame Hub::ingestionFrame() const {
    using common::FeedState;
    common::FeedRecord const all{
        {}, *down_ ? FeedState::Stale : FeedState::Live, downSince_, *down_ ? "ingestion_down" : "", 0};
    return textFrame(renderFeed(all));
}

std::vector<Frame> Hub::feedGreeting(common::TimeMs now) {
    tick(now);
    std::vector<Frame> frames;
    if (*down_) frames.push_back(ingestionFrame());
    for (auto const& [symbol, feed] : feeds_)
        if (feed.state != common::FeedState::Live) frames.push_back(textFrame(renderFeed(feed)));
    return frames;
}

}  // namespace notifier
