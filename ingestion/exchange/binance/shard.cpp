#include "ingestion/exchange/binance/shard.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace ingestion::binance {

std::string_view replaceCauseText(ReplaceCause cause) {
    static constexpr std::array<std::string_view, 4> kTexts{"age", "shutdown_notice", "lag", "stall"};
    return kTexts.at(static_cast<std::size_t>(cause));
}

Shard::Shard(ShardContext context) : context_(context), backoff_(context.limits.retry) {}

void Shard::follow(common::Symbol const& symbol) {
    symbols_.insert(symbol);
    idleDueMs_ = kNever;
    if (current_) current_->session.want(symbol);
    if (next_) next_->session.want(symbol);
}

void Shard::leave(common::Symbol const& symbol, std::int64_t nowMs) {
    symbols_.erase(symbol);
    if (current_) current_->session.unwant(symbol, nowMs);
    if (next_) next_->session.unwant(symbol, nowMs);
    if (symbols_.empty()) idleDueMs_ = nowMs + context_.limits.idleMs;
}

bool Shard::owns(ConnectionId id) const {
    return (current_ && current_->id == id) || (next_ && next_->id == id);
}

StreamSession* Shard::session(ConnectionId id) {
    if (current_ && current_->id == id) return &current_->session;
    if (next_ && next_->id == id) return &next_->session;
    return nullptr;
}

void Shard::opened(ConnectionId id, std::int64_t nowMs) {
    auto& connection = current_ && current_->id == id ? *current_ : *next_;
    connection.openedMs = nowMs;
    std::uniform_int_distribution<common::DurationMs> jitter(0, context_.limits.lifeJitterMs);
    connection.retireMs = nowMs + context_.limits.lifeMs - jitter(context_.random);
    connection.session.opened(nowMs);
}

void Shard::lost(ConnectionId id, Loss const& loss, std::int64_t nowMs) {
    if (next_ && next_->id == id) {
        replaceDueMs_ = nowMs + retryDelayMs(loss, next_->openedMs, nowMs);
        handOverDueMs_ = kNever;
        next_.reset();
        return;
    }
    interrupt(*current_, loss.reason);
    auto const delayMs = retryDelayMs(loss, current_->openedMs, nowMs);
    current_ = std::exchange(next_, {});
    replaceDueMs_ = handOverDueMs_ = kNever;
    if (!current_) openDueMs_ = nowMs + delayMs;
}

common::DurationMs Shard::retryDelayMs(Loss const& loss, std::optional<std::int64_t> openedMs, std::int64_t nowMs) {
    auto const& limits = context_.limits;
    if (openedMs && nowMs - *openedMs >= limits.provenMs) backoff_.reset();
    auto const waitMs = backoff_.next(context_.random);
    switch (loss.cause) {
        case Loss::Cause::Dropped:
            return std::max(waitMs, loss.retryAfterMs.value_or(0));
        case Loss::Cause::Forbidden:
            return limits.forbiddenPauseMs + waitMs;
        case Loss::Cause::TooManyRequests:
            break;
    }
    // Repeated breaches end in a ban of the address, so everybody stays away.
    auto const pauseMs = std::max(limits.tooManyPauseMs, loss.retryAfterMs.value_or(0)) + waitMs;
    context_.budget.hold(nowMs + pauseMs);
    return pauseMs;
}

void Shard::interrupt(Connection const& connection, std::string_view reason) {
    if (connection.distrusted) return;  // said already
    bool const isCurrent = current_ && current_->id == connection.id;
    auto const& other = isCurrent ? next_ : current_;
    for (auto const& symbol : symbols_) {
        bool const elsewhere = other && !other->distrusted && other->session.isAcknowledged(symbol);
        if (connection.session.isAcknowledged(symbol) && !elsewhere)
            context_.effects.push_back(SymbolInterrupted{symbol, std::string(reason)});
    }
}

bool Shard::replace(ConnectionId id, ReplaceCause cause, bool distrusted, std::int64_t nowMs) {
    if (!current_ || current_->id != id || !current_->openedMs) return false;
    if (distrusted && !current_->distrusted) {
        interrupt(*current_, replaceCauseText(cause));
        current_->distrusted = true;
    }
    if (next_ || replaceDueMs_ != kNever) return false;
    replaceCause_ = cause;
    // A cause that every new connection meets at once (a slow line, a server in shutdown) must not end in a storm.
    replaceDueMs_ = std::max(nowMs, *current_->openedMs + context_.limits.replacePauseMs);
    return true;
}

std::optional<Shard::Connection> Shard::open(std::int64_t nowMs) {
    context_.budget.attempted(nowMs);
    std::optional<Connection> connection(std::in_place, ++context_.lastId, context_.limits.session);
    for (auto const& symbol : symbols_)
        connection->session.want(symbol);
    context_.effects.push_back(OpenConnection{connection->id, connection->session.openTarget()});
    return connection;
}

void Shard::close(std::optional<Connection>& connection, std::string_view reason) {
    if (!connection) return;
    context_.effects.push_back(CloseConnection{connection->id, std::string(reason)});
    connection.reset();
}

void Shard::stop(std::string_view reason) {
    close(next_, reason);
    close(current_, reason);
}

void Shard::advance(std::int64_t nowMs) {
    closeIdle(nowMs);
    openMissing(nowMs);
    drive(current_, nowMs);
    drive(next_, nowMs);
    handOver(nowMs);
}

void Shard::closeIdle(std::int64_t nowMs) {
    if (symbols_.empty() && nowMs >= idleDueMs_) stop("nothing to follow");
}

void Shard::openMissing(std::int64_t nowMs) {
    if (symbols_.empty() || nowMs < context_.budget.dueMs()) return;
    if (!current_) {
        if (nowMs >= openDueMs_) current_ = open(nowMs);
        return;
    }
    if (next_ || !current_->openedMs) return;
    if (nowMs >= current_->retireMs && replaceDueMs_ == kNever) replace(current_->id, ReplaceCause::Age, false, nowMs);
    if (nowMs < replaceDueMs_) return;
    next_ = open(nowMs);
    replaceDueMs_ = kNever;
}

void Shard::drive(std::optional<Connection>& connection, std::int64_t nowMs) {
    if (!connection) return;
    auto& session = connection->session;
    for (auto& symbol : session.takeAcknowledged())
        context_.effects.push_back(SymbolAcknowledged{std::move(symbol)});
    while (auto text = session.poll(nowMs))
        context_.effects.push_back(SendText{connection->id, std::move(*text)});
    if (session.failure().empty()) return;
    auto const id = connection->id;
    Loss const loss{Loss::Cause::Dropped, std::string(session.failure())};
    context_.effects.push_back(CloseConnection{id, loss.reason});
    lost(id, loss, nowMs);
}

void Shard::handOver(std::int64_t nowMs) {
    if (!next_ || !next_->openedMs || !next_->session.complete()) {
        handOverDueMs_ = kNever;
        return;
    }
    if (handOverDueMs_ == kNever) {
        // What is still on its way on a healthy old connection arrives in the overlap; waiting for one that is late or
        // dead would bring nothing: REST knows what it missed.
        bool const healthy = replaceCause_ == ReplaceCause::Age || replaceCause_ == ReplaceCause::ShutdownNotice;
        handOverDueMs_ = nowMs + (healthy ? context_.limits.overlapMs : 0);
    }
    if (nowMs < handOverDueMs_) return;
    close(current_, fmt::format("replaced: {}", replaceCauseText(replaceCause_)));
    current_ = std::exchange(next_, {});
    handOverDueMs_ = kNever;
}

std::int64_t Shard::dueMs() const {
    std::int64_t due = std::min(handOverDueMs_, idleDueMs_);
    if (!symbols_.empty()) {
        if (!current_) return std::max(openDueMs_, context_.budget.dueMs());
        if (!next_ && current_->openedMs)
            due = std::min(due, std::max(std::min(replaceDueMs_, current_->retireMs), context_.budget.dueMs()));
    }
    for (auto const* connection : {&current_, &next_})
        if (*connection) due = std::min(due, (*connection)->session.dueMs());
    return due;
}

bool Shard::complete() const {
    auto const carries = [](std::optional<Connection> const& connection) {
        return connection && connection->openedMs && !connection->distrusted && connection->session.complete();
    };
    return symbols_.empty() || carries(current_) || carries(next_);
}

std::size_t Shard::streamCount() const {
    auto const carried = current_ ? current_->session.streamCount() : 0;
    return std::max(symbols_.size(), carried);
}

std::optional<ConnectionId> Shard::liveConnection() const {
    if (!current_ || !current_->openedMs) return {};
    return current_->id;
}

}  // namespace ingestion::binance
