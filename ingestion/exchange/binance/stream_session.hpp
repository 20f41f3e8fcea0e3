#pragma once

#include "common/core/symbol.hpp"
#include "common/core/time.hpp"
#include "ingestion/exchange/binance/commands.hpp"
#include "ingestion/exchange/binance/frame_pacer.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ingestion::binance {

inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

struct SessionLimits {
    CommandLimits command;
    common::DurationMs pauseMs = 250;       ///< between two messages, see FramePacer
    common::DurationMs leaveDelayMs = 200;  ///< UNSUBSCRIBE gathers this long: nothing waits for it
    common::DurationMs ackTimeoutMs = 10'000;
    int checksMax = 2;  ///< LIST_SUBSCRIPTIONS in a row that found requests missing before the connection is given up
};

/// One connection's subscriptions: what is wanted, what the exchange acknowledged, and which message closes the
/// difference. Changes are gathered while the pace holds a message back, so the first after a pause leaves at once and
/// a thousand leave in seven. Pure; times are monotonic milliseconds.
class StreamSession {
public:
    explicit StreamSession(SessionLimits limits) : limits_(limits), pacer_(limits.pauseMs) {}

    void want(common::Symbol const& symbol);
    void unwant(common::Symbol const& symbol, std::int64_t nowMs);

    /// Path and query to open; what stands in it counts as asked for.
    std::string openTarget();
    /// The handshake succeeded: subscriptions in the URL hold.
    void opened(std::int64_t nowMs);
    void pinged(std::int64_t nowMs) { pacer_.sent(nowMs); }
    void acknowledged(std::int64_t id, std::int64_t nowMs);
    void listed(std::int64_t id, std::vector<std::string> const& streams, std::int64_t nowMs);
    /// Asks for LIST_SUBSCRIPTIONS, which always draws an answer: a dead connection fails by it.
    void probe() { probeWanted_ = true; }

    /// The next message, when one is due; call until nothing comes.
    std::optional<std::string> poll(std::int64_t nowMs);
    /// When poll() has something to do without further input.
    std::int64_t dueMs() const;
    /// Why the connection is of no use any more; empty while it is.
    std::string_view failure() const { return failure_; }

    /// Symbols that were acknowledged since the last call.
    std::vector<common::Symbol> takeAcknowledged();
    bool isAcknowledged(common::Symbol const& symbol) const;
    bool wants(common::Symbol const& symbol) const;
    /// Everything wanted is acknowledged.
    bool complete() const { return acknowledgedCount_ == wantedCount_; }
    std::size_t wantedCount() const { return wantedCount_; }
    /// Streams the exchange may count on this connection.
    std::size_t streamCount() const { return entries_.size(); }

private:
    enum class Wire : std::uint8_t { Off, Asking, On, Leaving };
    struct Entry {
        bool wanted = true;
        Wire wire = Wire::Off;
        std::int64_t askedId = 0;  ///< the request that last changed `wire`; 0: the URL
    };
    struct Request {
        Method method = Method::Subscribe;
        std::vector<common::Symbol> symbols;
        std::int64_t deadlineMs = 0;
        bool overdue = false;
    };
    using Entries = std::unordered_map<common::Symbol, Entry>;

    std::string change(Method method, std::deque<common::Symbol>& queue, std::int64_t nowMs);
    std::string list(std::int64_t nowMs);
    void settle(common::Symbol const& symbol, bool on, std::int64_t nowMs);
    void expire(std::int64_t nowMs);

    SessionLimits limits_;
    FramePacer pacer_;
    Entries entries_;
    // In order of asking; exactly the entries that are wanted and off, and those that are on and not wanted.
    std::deque<common::Symbol> toSubscribe_;
    std::deque<common::Symbol> toLeave_;
    std::map<std::int64_t, Request> requests_;
    std::vector<common::Symbol> urlSymbols_;
    std::vector<common::Symbol> newlyAcknowledged_;
    std::size_t wantedCount_ = 0;
    std::size_t acknowledgedCount_ = 0;  ///< wanted and on
    std::int64_t nextId_ = 1;
    std::int64_t leaveDueMs_ = kNever;
    std::int64_t listId_ = 0;  ///< 0: no LIST_SUBSCRIPTIONS is unanswered
    std::int64_t listDeadlineMs_ = kNever;
    int checks_ = 0;
    bool probeWanted_ = false;
    bool open_ = false;
    std::string_view failure_;
};

}  // namespace ingestion::binance
