#pragma once

#include "examples/replay/market/listing.hpp"
#include "examples/replay/market/synthetic_market.hpp"
#include "examples/replay/market/tape.hpp"
#include "examples/replay/market/trade.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace replay {

/// A trade that is due and the place of its symbol in the list of listings.
struct DueTrade {
    std::uint32_t symbol = 0;
    Trade trade;
};

/// Where trades come from, in time order over all symbols.
class TradeSource {
public:
    virtual ~TradeSource() = default;
    /// Called once, when playing begins.
    virtual void begin(TimeMs now) = 0;
    /// The next trade, or null when there is none left. Valid until `pop`.
    virtual DueTrade const* peek() = 0;
    virtual void pop() = 0;
};

/// Recorded trades of several symbols, merged by time.
class TapeSource : public TradeSource {
public:
    /// Takes the trades out of the tapes; symbol numbers are the tapes' places.
    explicit TapeSource(std::vector<Tape>& tapes);
    void begin(TimeMs) override {}
    DueTrade const* peek() override { return next_ < rows_.size() ? &rows_[next_] : nullptr; }
    void pop() override { ++next_; }
    TimeMs firstTime() const { return rows_.front().trade.time; }
    TimeMs lastTime() const { return rows_.back().trade.time; }

private:
    std::vector<DueTrade> rows_;
    std::size_t next_ = 0;
};

/// The invented markets, second by second, without end.
class SyntheticSource : public TradeSource {
public:
    explicit SyntheticSource(std::vector<SyntheticMarket> const& markets) : markets_(markets) {}
    void begin(TimeMs now) override;
    DueTrade const* peek() override;
    void pop() override { ++next_; }

private:
    std::vector<SyntheticMarket> const& markets_;
    std::vector<DueTrade> rows_;
    std::size_t next_ = 0;
    std::int64_t second_ = 0;
};

}  // namespace replay
