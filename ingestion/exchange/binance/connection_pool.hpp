#pragma once

#include "ingestion/exchange/binance/pool_types.hpp"
#include "ingestion/exchange/binance/shard.hpp"

#include <cstdint>
#include <memory>
#include <random>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ingestion::binance {

/// Spreads the followed symbols over as few connections as they fit on and decides when which connection is opened,
/// spoken to, replaced and closed. No symbol: no connection. Pure; times are monotonic milliseconds.
///
/// Inputs change state only; advance() decides, and takeEffects() says what is to be done, in order.
class ConnectionPool {
public:
    ConnectionPool(PoolLimits limits, std::uint64_t seed);
    ConnectionPool(ConnectionPool const&) = delete;
    ConnectionPool& operator=(ConnectionPool const&) = delete;

    /// `symbol` must be streamable (commands.hpp). Followed or left already: nothing happens.
    void follow(common::Symbol const& symbol);
    void leave(common::Symbol const& symbol, std::int64_t nowMs);

    // What happened on a connection; unknown ids are ignored.
    void opened(ConnectionId id, std::int64_t nowMs);
    void lost(ConnectionId id, Loss const& loss, std::int64_t nowMs);
    void acknowledged(ConnectionId id, std::int64_t requestId, std::int64_t nowMs);
    void listed(ConnectionId id, std::int64_t requestId, std::vector<std::string> const& streams, std::int64_t nowMs);
    void pinged(ConnectionId id, std::int64_t nowMs);
    /// The exchange sent an error frame: it closes the connection, and answers nothing more on it.
    void refused(ConnectionId id, std::string_view reason, std::int64_t nowMs);
    /// The connection works and shall be left, its successor first. `distrusted`: its data is not live any more.
    /// True when a replacement was not under way already.
    bool replace(ConnectionId id, ReplaceCause cause, bool distrusted, std::int64_t nowMs);
    /// Asks for a sign of life by LIST_SUBSCRIPTIONS.
    void probe(ConnectionId id);

    void advance(std::int64_t nowMs);
    PoolEffects takeEffects();
    /// When advance() has something to do without further input.
    std::int64_t dueMs() const;

    bool complete() const;
    /// The open connection that carries a symbol.
    std::optional<ConnectionId> connectionOf(common::Symbol const& symbol) const;
    /// The symbols a connection carries for the pool; empty for a successor that has not taken over.
    std::vector<common::Symbol> symbolsOf(ConnectionId id) const;
    /// Closes everything and forgets all symbols.
    void stop();

private:
    Shard& shardWithRoom();
    Shard* owner(ConnectionId id);

    PoolLimits limits_;
    ConnectBudget budget_;
    std::mt19937_64 random_;
    ConnectionId lastId_ = 0;
    PoolEffects effects_;
    std::vector<std::unique_ptr<Shard>> shards_;
    std::unordered_map<common::Symbol, Shard*> homes_;
};

}  // namespace ingestion::binance
