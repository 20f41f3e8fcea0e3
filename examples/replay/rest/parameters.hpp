#pragma once

#include "examples/replay/market/exchange.hpp"
#include "examples/replay/protocol/query.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace replay {

/// A refusal of the exchange's REST interface: code and text of binance-facts section 2.5.
struct ApiError {
    int code = 0;
    std::string message;
    int status = 400;
};
template <class T>
using ApiResult = std::expected<T, ApiError>;

ApiError missingParameter(std::string_view name);
ApiError invalidSymbol();
ApiError invalidParameter(std::string_view name);
ApiError invalidCombination();

/// The symbol that `symbol` names.
ApiResult<SymbolBook const*> readSymbol(Query const& query, Exchange const& exchange);
/// `symbols=["A","B"]`.
ApiResult<std::vector<SymbolBook const*>> readSymbols(Query const& query, Exchange const& exchange);
/// 1 to `max`; larger values count as `max`, as on the exchange.
ApiResult<std::size_t> readLimit(Query const& query, std::size_t byDefault, std::size_t max);
/// A whole number, or nothing when it was not sent.
ApiResult<std::optional<std::int64_t>> readInteger(Query const& query, std::string_view name);
/// A time in ms or us.
ApiResult<std::optional<TimeMs>> readTime(Query const& query, std::string_view name);

}  // namespace replay
