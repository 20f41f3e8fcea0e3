#include "ingestion/market/snapshot_book.hpp"

#include <utility>

namespace ingestion {
namespace {

using common::kMinuteMs;

/// A reconnect that is over so soon has missed next to nothing.
constexpr common::DurationMs kInterruptionMaxMs = 10'000;
/// A stream without interruption hardly jumps; a tape that is played fast does.
constexpr common::DurationMs kJumpMaxMs = 60 * kMinuteMs;

}  // namespace

std::vector<common::MinuteClose> SnapshotBook::onTickers(common::TimeMs eventTime,
                                                         std::span<TickerClose const> tickers) {
    std::vector<common::MinuteClose> closes;
    auto const passed = eventTime - lastEvent_;
    bool const missed = std::exchange(interrupted_, false) && passed > kInterruptionMaxMs;
    if (lastEvent_ != 0 && !missed && passed <= kJumpMaxMs)
        for (auto minute = common::floorTo(lastEvent_, kMinuteMs); minute + kMinuteMs <= eventTime; minute += kMinuteMs)
            for (auto const& [symbol, close] : last_)
                closes.push_back({.minute = minute, .symbol = symbol, .close = close});
    lastEvent_ = eventTime;
    for (auto const& ticker : tickers)
        last_.insert_or_assign(ticker.symbol, ticker.close);
    return closes;
}

}  // namespace ingestion
