#include "ingestion/exchange/binance/connection_pool.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace ingestion::binance {

ConnectionPool::ConnectionPool(PoolLimits limits, std::uint64_t seed)
    : limits_(limits), budget_(limits.connects), random_(seed) {}

Shard& ConnectionPool::shardWithRoom() {
    for (auto const& shard : shards_)
        if (shard->streamCount() < limits_.streamsMax) return *shard;
    shards_.push_back(std::make_unique<Shard>(ShardContext{limits_, budget_, random_, lastId_, effects_}));
    return *shards_.back();
}

Shard* ConnectionPool::owner(ConnectionId id) {
    for (auto const& shard : shards_)
        if (shard->owns(id)) return shard.get();
    return nullptr;
}

void ConnectionPool::follow(common::Symbol const& symbol) {
    if (homes_.contains(symbol)) return;
    auto& shard = shardWithRoom();
    homes_[symbol] = &shard;
    shard.follow(symbol);
}

void ConnectionPool::leave(common::Symbol const& symbol, std::int64_t nowMs) {
    if (auto const node = homes_.extract(symbol); !node.empty()) node.mapped()->leave(symbol, nowMs);
}

void ConnectionPool::opened(ConnectionId id, std::int64_t nowMs) {
    if (auto* const shard = owner(id)) shard->opened(id, nowMs);
}

void ConnectionPool::lost(ConnectionId id, Loss const& loss, std::int64_t nowMs) {
    if (auto* const shard = owner(id)) shard->lost(id, loss, nowMs);
}

void ConnectionPool::acknowledged(ConnectionId id, std::int64_t requestId, std::int64_t nowMs) {
    if (auto* const shard = owner(id)) shard->session(id)->acknowledged(requestId, nowMs);
}

void ConnectionPool::listed(ConnectionId id, std::int64_t requestId, std::vector<std::string> const& streams,
                            std::int64_t nowMs) {
    if (auto* const shard = owner(id)) shard->session(id)->listed(requestId, streams, nowMs);
}

void ConnectionPool::pinged(ConnectionId id, std::int64_t nowMs) {
    if (auto* const shard = owner(id)) shard->session(id)->pinged(nowMs);
}

void ConnectionPool::refused(ConnectionId id, std::string_view reason, std::int64_t nowMs) {
    auto* const shard = owner(id);
    if (shard == nullptr) return;
    Loss const loss{Loss::Cause::Dropped, std::string(reason)};
    effects_.push_back(CloseConnection{id, loss.reason});
    shard->lost(id, loss, nowMs);
}

bool ConnectionPool::replace(ConnectionId id, ReplaceCause cause, bool distrusted, std::int64_t nowMs) {
    auto* const shard = owner(id);
    return shard != nullptr && shard->replace(id, cause, distrusted, nowMs);
}

void ConnectionPool::probe(ConnectionId id) {
    if (auto* const shard = owner(id)) shard->session(id)->probe();
}

void ConnectionPool::advance(std::int64_t nowMs) {
    for (auto const& shard : shards_)
        shard->advance(nowMs);
    std::erase_if(shards_, [](auto const& shard) { return shard->isFinished(); });
}

PoolEffects ConnectionPool::takeEffects() {
    return std::exchange(effects_, {});
}

std::int64_t ConnectionPool::dueMs() const {
    std::int64_t due = kNever;
    for (auto const& shard : shards_)
        due = std::min(due, shard->dueMs());
    return due;
}

bool ConnectionPool::complete() const {
    return std::ranges::all_of(shards_, [](auto const& shard) { return shard->complete(); });
}

std::optional<ConnectionId> ConnectionPool::connectionOf(common::Symbol const& symbol) const {
    auto const at = homes_.find(symbol);
    if (at == homes_.end()) return {};
    return at->second->liveConnection();
}

std::vector<common::Symbol> ConnectionPool::symbolsOf(ConnectionId id) const {
    for (auto const& shard : shards_)
        if (shard->liveConnection() == id) return {shard->symbols().begin(), shard->symbols().end()};
    return {};
}

void ConnectionPool::stop() {
    homes_.clear();
    for (auto const& shard : shards_)
        shard->stop("stopping");
    shards_.clear();
}

}  // namespace ingestion::binance
