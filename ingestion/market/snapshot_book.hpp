#pragma once

#include "common/store/records.hpp"
#include "ingestion/exchange/feed.hpp"

#include <map>
#include <span>
#include <vector>

namespace ingestion {

/// Makes minute closes of all pairs from the all-market stream (spec section 5), which says only what changed: a symbol
/// that is not named repeats its last price. A minute in whose end the stream was away has no closes. Pure.
class SnapshotBook {
public:
    /// One message of the stream; gives the closes of minutes that have ended before it.
    std::vector<common::MinuteClose> onTickers(common::TimeMs eventTime, std::span<TickerClose const> tickers);
    /// The stream broke: what comes next may have missed something.
    void onInterrupted() { interrupted_ = true; }

private:
    std::map<common::Symbol, common::Decimal, std::less<>> last_;
    common::TimeMs lastEvent_ = 0;
    bool interrupted_ = false;
};

}  // namespace ingestion
