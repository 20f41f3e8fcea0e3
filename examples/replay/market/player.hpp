#pragma once

#include "examples/replay/market/trade_source.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace replay {

/// How fast a source is played: times real spacing, or as fast as readers take it.
struct Speed {
    double factor = 1;
    bool max = false;
};

/// Decides which trades are due and what time they carry. Pure: the wall clock comes in with each call.
class Player {
public:
    enum class State : std::uint8_t { Held, Playing, Finished };
    /// What the exchange's clock shows and how trades are stamped.
    enum class Stamp : std::uint8_t {
        AsRecorded,  ///< trade times as in the source; the exchange's clock follows them
        Shifted,     ///< one constant added, chosen so that no trade lies in the future; clock = wall clock
        Now,         ///< the wall clock at which the trade is played
    };
    struct Settings {
        Speed speed;
        Stamp stamp = Stamp::AsRecorded;
        /// First and last time of a finite source.
        TimeMs firstTime = 0;
        TimeMs lastTime = 0;
    };
    using Sink = std::function<void(std::uint32_t symbol, Trade const& trade)>;

    Player(TradeSource& source, Settings settings) : source_(source), settings_(settings) {}

    void start(TimeMs now);
    State state() const { return state_; }
    std::uint64_t played() const { return played_; }
    /// Hands due trades to the sink, at most about `budget`: it never stops between trades of one time, so that an
    /// aggregate is not torn. True when more are due at once.
    bool step(TimeMs now, std::size_t budget, Sink const& sink);
    /// When the next trade is due; nothing when held or finished.
    std::optional<TimeMs> nextDue();
    /// The exchange's own clock.
    TimeMs clock(TimeMs now);

private:
    TimeMs dueAt(TimeMs sourceTime) const;

    TradeSource& source_;
    Settings settings_;
    State state_ = State::Held;
    TimeMs startedAt_ = 0;
    TimeMs sourceStart_ = 0;
    DurationMs shift_ = 0;
    TimeMs lastTime_ = 0;  ///< of the newest played trade, as recorded
    TimeMs finishedAt_ = 0;
    std::uint64_t played_ = 0;
};

}  // namespace replay
