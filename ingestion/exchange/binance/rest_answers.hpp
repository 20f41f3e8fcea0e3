#pragma once

#include "ingestion/exchange/feed.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ingestion::binance {

/// Readers of what Binance's REST answers (binance-facts section 2). Pure. An answer that is not what was asked for is
/// Unreachable: a firewall's page instead of JSON, a row without its price.
RestResult<std::vector<NewestTrade>> readNewestTrades(std::string_view body);
RestResult<std::vector<common::Trade>> readTrades(std::string_view body);
RestResult<ExchangeRest::Aggregates> readAggregates(std::string_view body);
RestResult<std::vector<Kline>> readKlines(std::string_view body);

/// What an answer of another status than 200 means.
RestFailure readFailure(int status, std::string_view body, std::optional<common::DurationMs> retryAfterMs);

/// Reads the symbol list in pieces, since parsing its 4 MB at once would stop all trades for as long.
/// Unknown members are ignored; a symbol without name or status spoils the list.
class SymbolListReader {
public:
    explicit SymbolListReader(std::string body) : body_(std::move(body)) {}

    /// Reads up to `count` further symbols; true when the list has ended, well or not.
    bool step(std::size_t count);
    RestResult<std::vector<common::SymbolInfo>> take();

private:
    bool enter();
    bool fail(std::string_view why);

    std::string body_;
    std::size_t at_ = 0;  ///< behind the last symbol read
    bool entered_ = false;
    std::string failure_;
    std::vector<common::SymbolInfo> symbols_;
};

/// Percent-encodes everything but unreserved characters, for a query value.
std::string queryEncoded(std::string_view text);
/// `["BTCUSDT","ETHUSDT"]`, encoded.
std::string querySymbols(std::vector<common::Symbol> const& symbols);

}  // namespace ingestion::binance
