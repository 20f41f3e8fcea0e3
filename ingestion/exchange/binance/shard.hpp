#pragma once

#include "ingestion/exchange/binance/pool_types.hpp"

#include <random>
#include <set>
#include <string_view>

namespace ingestion::binance {

/// What all shards of a pool share.
struct ShardContext {
    PoolLimits const& limits;
    ConnectBudget& budget;
    std::mt19937_64& random;
    ConnectionId& lastId;
    PoolEffects& effects;
};

/// A set of symbols that fits one connection, and the connection that carries it; during a planned change also its
/// successor, which takes over once it has everything acknowledged (make before break, spec section 7.5). Lost
/// connections are retried forever. Pure; times are monotonic milliseconds; effects go to the context.
class Shard {
public:
    explicit Shard(ShardContext context);

    void follow(common::Symbol const& symbol);
    void leave(common::Symbol const& symbol, std::int64_t nowMs);

    bool owns(ConnectionId id) const;
    void opened(ConnectionId id, std::int64_t nowMs);
    void lost(ConnectionId id, Loss const& loss, std::int64_t nowMs);
    /// The session of a connection; null when it is not (or no longer) ours.
    StreamSession* session(ConnectionId id);
    /// Prepares a successor. With `distrusted` the symbols are reported as interrupted until it has taken over.
    /// True when that was not under way already.
    bool replace(ConnectionId id, ReplaceCause cause, bool distrusted, std::int64_t nowMs);

    void advance(std::int64_t nowMs);
    std::int64_t dueMs() const;

    bool complete() const;
    /// No symbols and no connection: may be removed.
    bool isFinished() const { return symbols_.empty() && !current_ && !next_; }
    /// What counts against the exchange's limit of streams.
    std::size_t streamCount() const;
    std::set<common::Symbol> const& symbols() const { return symbols_; }
    /// The connection that carries the symbols, when it is open.
    std::optional<ConnectionId> liveConnection() const;
    /// Closes what is open, without effects for the symbols.
    void stop(std::string_view reason);

private:
    struct Connection {
        Connection(ConnectionId number, SessionLimits limits) : id(number), session(limits) {}
        ConnectionId id;
        StreamSession session;
        std::optional<std::int64_t> openedMs;
        std::int64_t retireMs = kNever;
        bool distrusted = false;
    };

    std::optional<Connection> open(std::int64_t nowMs);
    void close(std::optional<Connection>& connection, std::string_view reason);
    void closeIdle(std::int64_t nowMs);
    void openMissing(std::int64_t nowMs);
    void handOver(std::int64_t nowMs);
    void drive(std::optional<Connection>& connection, std::int64_t nowMs);
    void interrupt(Connection const& connection, std::string_view reason);
    common::DurationMs retryDelayMs(Loss const& loss, std::optional<std::int64_t> openedMs, std::int64_t nowMs);

    ShardContext context_;
    std::set<common::Symbol> symbols_;
    std::optional<Connection> current_;
    std::optional<Connection> next_;
    common::Backoff backoff_;
    std::int64_t openDueMs_ = 0;          ///< for a missing current connection
    std::int64_t replaceDueMs_ = kNever;  ///< for a missing successor
    std::int64_t handOverDueMs_ = kNever;
    std::int64_t idleDueMs_ = kNever;
    ReplaceCause replaceCause_ = ReplaceCause::Age;
};

}  // namespace ingestion::binance
