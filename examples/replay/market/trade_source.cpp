#include "examples/replay/market/trade_source.hpp"

#include "examples/replay/market/interval.hpp"

#include <algorithm>
#include <tuple>

namespace replay {
namespace {

void sortByTime(std::vector<DueTrade>& rows) {
    std::ranges::sort(rows, {},
                      [](DueTrade const& row) { return std::tuple(row.trade.time, row.symbol, row.trade.id); });
}

}  // namespace

TapeSource::TapeSource(std::vector<Tape>& tapes) {
    for (std::uint32_t symbol = 0; symbol < tapes.size(); ++symbol) {
        for (auto const& trade : tapes[symbol].trades)
            rows_.push_back({symbol, trade});
        tapes[symbol].trades = {};
    }
    sortByTime(rows_);
}

void SyntheticSource::begin(TimeMs now) {
    second_ = now / kSecondMs + 1;
    rows_.clear();
    next_ = 0;
}

DueTrade const* SyntheticSource::peek() {
    if (markets_.empty()) return nullptr;
    while (next_ >= rows_.size()) {
        rows_.clear();
        next_ = 0;
        for (std::uint32_t symbol = 0; symbol < markets_.size(); ++symbol)
            for (auto const& trade : markets_[symbol].second(second_))
                rows_.push_back({symbol, trade});
        ++second_;
        sortByTime(rows_);
    }
    return &rows_[next_];
}

}  // namespace replay
