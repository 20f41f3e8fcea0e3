#pragma once

#include "examples/replay/rest/parameters.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace replay {

/// What an endpoint works with: parsed parameters, the books, the exchange's clock, the wanted time unit.
struct EndpointCall {
    Query const& query;
    Exchange const& exchange;
    TimeMs now = 0;
    bool microseconds = false;
    TimeMs time(TimeMs ms) const { return microseconds ? ms * 1'000 : ms; }
    /// Last millisecond (or microsecond) before `next`.
    TimeMs endBefore(TimeMs next) const { return time(next) - 1; }
};

struct Endpoint {
    std::string_view name;  ///< after `/api/v3/`
    std::int64_t (*weight)(Query const& query, Exchange const& exchange);
    ApiResult<std::string> (*answer)(EndpointCall const& call);
};

/// Trades, aggregates, candles, depth.
std::span<Endpoint const> historyEndpoints();
/// Time, exchangeInfo, tickers.
std::span<Endpoint const> tickerEndpoints();

}  // namespace replay
