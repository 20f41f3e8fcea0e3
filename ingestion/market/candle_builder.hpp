#pragma once

#include "common/core/candle.hpp"
#include "common/core/trade.hpp"
#include "common/store/records.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace ingestion {

/// Makes minute candles of one symbol's trades, given in id order (spec section 5). A candle is whole if every trade
/// of its minute came; what was lost is told by lose(). What waits is collected into the transaction of the position,
/// so that after a crash the stored row and the position agree. Pure; a trade costs a few comparisons and additions.
class CandleBuilder {
public:
    /// Minutes that only the exchange's own candles can complete.
    struct Span {
        common::TimeMs from = 0;
        common::TimeMs to = 0;
        bool operator==(Span const&) const = default;
    };

    /// Nothing is known: the first trade's minute will lack what came before.
    void forget();
    /// Goes on behind the newest stored candle. All trades behind the stored position come, or are told lost.
    void restore(common::Candle const& newest);
    /// The exchange's own candles are stored up to the end of this one, and whatever trades later comes here.
    void resume(common::Candle const& lastClosed);
    bool begun() const { return endTime_ != 0; }

    void add(common::Trade const& trade) {
        if (trade.price.value.isZero()) return;
        if (trade.time >= endTime_ || trade.time < running_.openTime || lost_ || guessed_) [[unlikely]] {
            if (!prepare(trade)) return;
        }
        accumulate(running_, trade);
        dirty_ = true;
    }
    /// Trades before the next one will never come: the exchange's own candles shall replace their minutes.
    void lose();
    /// The quantity of the next trade is a guess.
    void guess() { guessed_ = true; }
    /// Time has come so far, and everything traded before has been added: quiet minutes end without a trade.
    void closeUpTo(common::TimeMs now) {
        if (begun() && now >= endTime_) roll(common::floorTo(now, common::kMinuteMs));
    }

    bool dirty() const { return dirty_ || !ended_.empty(); }
    /// Moves what has changed since the last call; the running candle only once it has a trade.
    void collect(common::Symbol const& symbol, std::vector<common::CandleWrite>& out);
    /// What has to be asked for, once.
    std::optional<Span> takeRefill();

private:
    static void accumulate(common::Candle& candle, common::Trade const& trade) {
        auto const price = trade.price.value;
        if (candle.trades == 0) {
            candle.open = candle.high = candle.low = price;
            candle.firstId = trade.id;
            candle.priceDecimals = trade.price.decimals;
        } else {
            candle.high = std::max(candle.high, price);
            candle.low = std::min(candle.low, price);
        }
        candle.close = price;
        candle.volume += trade.qty.value.units();
        candle.quoteVolume += common::Wide{price.units()} * trade.qty.value.units();
        candle.trades += trade.lastId() - trade.id + 1;
        candle.lastId = trade.lastId();
    }
    /// Makes the trade's minute the running one; false when it belongs to one that has ended.
    bool prepare(common::Trade const& trade);
    void addLate(common::Trade const& trade, bool doubtful);
    void doubt();
    void rewrite(common::Candle const& candle, bool correction);
    void requiet(common::TimeMs to);
    void begin(common::TimeMs minute, bool whole);
    void roll(common::TimeMs minute);
    void wantRefill(common::TimeMs from, common::TimeMs to);

    common::Candle running_;
    common::TimeMs endTime_ = 0;  ///< of the running minute; 0 = not begun
    bool dirty_ = false;
    bool refillable_ = false;  ///< if the running minute is not whole, the exchange's own shall replace it
    bool guessed_ = false;
    bool lost_ = false;  ///< something before the next trade
    /// The newest minute that ended here with a trade, or the first without; all between it and the running one were
    /// quiet. A late trade is added to it, or behind it.
    std::optional<common::Candle> last_;
    bool closeChanged_ = false;  ///< of last_, since those quiet ones were written
    struct Ended {
        common::Candle candle;
        bool correction = false;
    };
    std::vector<Ended> ended_;
    std::optional<Span> refill_;
};

}  // namespace ingestion
