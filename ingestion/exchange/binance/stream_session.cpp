#include "ingestion/exchange/binance/stream_session.hpp"

#include <algorithm>
#include <ranges>
#include <unordered_set>
#include <utility>

namespace ingestion::binance {
namespace {

bool isAscii(common::Symbol const& symbol) {
    return std::ranges::all_of(symbol, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

void StreamSession::want(common::Symbol const& symbol) {
    auto const [at, isNew] = entries_.try_emplace(symbol);
    auto& entry = at->second;
    if (!isNew && entry.wanted) return;
    entry.wanted = true;
    ++wantedCount_;
    if (entry.wire == Wire::Off) toSubscribe_.push_back(symbol);
    if (entry.wire != Wire::On) return;
    std::erase(toLeave_, symbol);
    ++acknowledgedCount_;
    newlyAcknowledged_.push_back(symbol);
}

void StreamSession::unwant(common::Symbol const& symbol, std::int64_t nowMs) {
    auto const at = entries_.find(symbol);
    if (at == entries_.end() || !at->second.wanted) return;
    at->second.wanted = false;
    --wantedCount_;
    if (at->second.wire == Wire::Off) {
        std::erase(toSubscribe_, symbol);
        entries_.erase(at);
    } else if (at->second.wire == Wire::On) {
        --acknowledgedCount_;
        if (toLeave_.empty()) leaveDueMs_ = nowMs + limits_.leaveDelayMs;
        toLeave_.push_back(symbol);
    }
}

std::string StreamSession::openTarget() {
    std::vector<common::Symbol> const wanted(toSubscribe_.begin(), toSubscribe_.end());
    std::size_t count = 0;
    auto target = streamTarget(wanted, limits_.command, count);
    for (; count > 0; --count) {
        entries_.at(toSubscribe_.front()).wire = Wire::Asking;
        urlSymbols_.push_back(std::move(toSubscribe_.front()));
        toSubscribe_.pop_front();
    }
    return target;
}

void StreamSession::opened(std::int64_t nowMs) {
    open_ = true;
    for (auto const& symbol : std::exchange(urlSymbols_, {}))
        settle(symbol, true, nowMs);
}

void StreamSession::settle(common::Symbol const& symbol, bool on, std::int64_t nowMs) {
    auto const at = entries_.find(symbol);
    auto& entry = at->second;
    entry.wire = on ? Wire::On : Wire::Off;
    if (on && entry.wanted) {
        ++acknowledgedCount_;
        newlyAcknowledged_.push_back(symbol);
    } else if (on) {
        if (toLeave_.empty()) leaveDueMs_ = nowMs + limits_.leaveDelayMs;
        toLeave_.push_back(symbol);
    } else if (entry.wanted) {
        toSubscribe_.push_back(symbol);
    } else {
        entries_.erase(at);
    }
}

void StreamSession::acknowledged(std::int64_t id, std::int64_t nowMs) {
    auto const node = requests_.extract(id);
    if (node.empty()) return;
    checks_ = 0;
    for (auto const& symbol : node.mapped().symbols)
        settle(symbol, node.mapped().method == Method::Subscribe, nowMs);
}

void StreamSession::listed(std::int64_t id, std::vector<std::string> const& streams, std::int64_t nowMs) {
    if (id != listId_) return;
    std::int64_t const asOfId = std::exchange(listId_, 0);
    listDeadlineMs_ = kNever;
    std::unordered_set<common::Symbol> on;
    for (auto const& stream : streams)
        on.insert(symbolOfStream(stream));

    // What was on and is not in the list was dropped by the exchange without a word. Only names whose case the exchange
    // cannot have changed in its own way are compared, else they would be asked for forever.
    std::vector<common::Symbol> dropped;
    for (auto const& [symbol, entry] : entries_)
        if (entry.wire == Wire::On && entry.askedId < asOfId && !on.contains(symbol) && isAscii(symbol))
            dropped.push_back(symbol);
    for (auto const& symbol : dropped) {
        if (entries_.at(symbol).wanted)
            --acknowledgedCount_;
        else
            std::erase(toLeave_, symbol);
        settle(symbol, false, nowMs);
    }

    bool anyOverdue = false;
    for (auto at = requests_.begin(); at != requests_.end();) {
        if (!at->second.overdue) {
            ++at;
            continue;
        }
        anyOverdue = true;
        for (auto const& symbol : at->second.symbols)
            settle(symbol, on.contains(symbol), nowMs);
        at = requests_.erase(at);
    }
    if (anyOverdue && ++checks_ >= limits_.checksMax) failure_ = "requests stay unanswered";
}

void StreamSession::expire(std::int64_t nowMs) {
    if (nowMs >= listDeadlineMs_) failure_ = "LIST_SUBSCRIPTIONS stayed unanswered";
    for (auto& [id, request] : requests_) {
        if (nowMs < request.deadlineMs) break;
        if (std::exchange(request.overdue, true)) continue;
        probeWanted_ = true;
    }
}

std::optional<std::string> StreamSession::poll(std::int64_t nowMs) {
    if (!open_ || !failure_.empty()) return {};
    expire(nowMs);
    if (!failure_.empty() || nowMs < pacer_.dueMs()) return {};
    if (probeWanted_ && listId_ == 0) return list(nowMs);
    if (!toSubscribe_.empty()) return change(Method::Subscribe, toSubscribe_, nowMs);
    if (!toLeave_.empty() && nowMs >= leaveDueMs_) return change(Method::Unsubscribe, toLeave_, nowMs);
    return {};
}

std::string StreamSession::list(std::int64_t nowMs) {
    probeWanted_ = false;
    listId_ = nextId_++;
    listDeadlineMs_ = nowMs + limits_.ackTimeoutMs;
    pacer_.sent(nowMs);
    return listCommand(listId_);
}

std::string StreamSession::change(Method method, std::deque<common::Symbol>& queue, std::int64_t nowMs) {
    auto const id = nextId_++;
    std::size_t count = 0;
    auto text = streamCommand(method, id, queue, limits_.command, count);
    auto& request = requests_[id];
    request = {method, {}, nowMs + limits_.ackTimeoutMs, false};
    for (; count > 0; --count) {
        auto& entry = entries_.at(queue.front());
        entry.wire = method == Method::Subscribe ? Wire::Asking : Wire::Leaving;
        entry.askedId = id;
        request.symbols.push_back(std::move(queue.front()));
        queue.pop_front();
    }
    pacer_.sent(nowMs);
    return text;
}

std::int64_t StreamSession::dueMs() const {
    if (!open_ || !failure_.empty()) return kNever;
    std::int64_t due = listDeadlineMs_;
    for (auto const& request : requests_ | std::views::values)
        if (!request.overdue) {
            due = std::min(due, request.deadlineMs);
            break;
        }
    if ((probeWanted_ && listId_ == 0) || !toSubscribe_.empty())
        due = std::min(due, pacer_.dueMs());
    else if (!toLeave_.empty())
        due = std::min(due, std::max(pacer_.dueMs(), leaveDueMs_));
    return due;
}

std::vector<common::Symbol> StreamSession::takeAcknowledged() {
    return std::exchange(newlyAcknowledged_, {});
}

bool StreamSession::isAcknowledged(common::Symbol const& symbol) const {
    auto const at = entries_.find(symbol);
    return at != entries_.end() && at->second.wanted && at->second.wire == Wire::On;
}

bool StreamSession::wants(common::Symbol const& symbol) const {
    auto const at = entries_.find(symbol);
    return at != entries_.end() && at->second.wanted;
}

}  // namespace ingestion::binance
