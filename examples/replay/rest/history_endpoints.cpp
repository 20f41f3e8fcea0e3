#include "examples/replay/rest/endpoints.hpp"

#include "common/core/json_writer.hpp"
#include "examples/replay/market/random.hpp"
#include "examples/replay/protocol/events.hpp"
#include "examples/replay/protocol/numbers.hpp"

#include <array>

#include <fmt/format.h>

namespace replay {
namespace {

using common::json::Writer;

template <std::int64_t weight>
std::int64_t fixedWeight(Query const&, Exchange const&) {
    return weight;
}

std::string tradeRows(EndpointCall const& call, std::vector<Trade> const& trades) {
    Writer out;
    out.beginArray();
    for (auto const& trade : trades) {
        out.beginObject().field("id", trade.id).field("price", trade.price.text(8)).field("qty", trade.qty.text(8));
        out.field("quoteQty", quoteText(Int128{trade.price.units()} * trade.qty.units()));
        out.field("time", call.time(trade.time)).field("isBuyerMaker", trade.buyerMaker).field("isBestMatch", true);
        out.endObject();
    }
    return out.endArray().take();
}

ApiResult<std::string> trades(EndpointCall const& call) {
    auto const book = readSymbol(call.query, call.exchange);
    if (!book) return std::unexpected(book.error());
    auto const limit = readLimit(call.query, 500, 1'000);
    if (!limit) return std::unexpected(limit.error());
    return tradeRows(call, (*book)->newestTrades(*limit));
}

ApiResult<std::string> historicalTrades(EndpointCall const& call) {
    auto const book = readSymbol(call.query, call.exchange);
    if (!book) return std::unexpected(book.error());
    auto const limit = readLimit(call.query, 500, 1'000);
    if (!limit) return std::unexpected(limit.error());
    auto const fromId = readInteger(call.query, "fromId");
    if (!fromId) return std::unexpected(fromId.error());
    return tradeRows(call, *fromId ? (*book)->tradesFrom(**fromId, *limit) : (*book)->newestTrades(*limit));
}

ApiResult<std::string> aggTrades(EndpointCall const& call) {
    auto const book = readSymbol(call.query, call.exchange);
    if (!book) return std::unexpected(book.error());
    auto const limit = readLimit(call.query, 500, 1'000);
    auto const fromId = readInteger(call.query, "fromId");
    auto const startTime = readTime(call.query, "startTime");
    auto const endTime = readTime(call.query, "endTime");
    if (!limit) return std::unexpected(limit.error());
    if (!fromId) return std::unexpected(fromId.error());
    if (!startTime) return std::unexpected(startTime.error());
    if (!endTime) return std::unexpected(endTime.error());
    if (*fromId && (*startTime || *endTime)) return std::unexpected(invalidCombination());
    if (*startTime && *endTime && **startTime > **endTime) return std::unexpected(invalidParameter("startTime"));
    Writer out;
    out.beginArray();
    for (auto const& row : (*book)->aggregates({*fromId, *startTime, *endTime, *limit})) {
        out.beginObject().field("a", row.id).field("p", row.price.text(8)).field("q", row.qty.text(8));
        out.field("f", row.firstId).field("l", row.lastId).field("T", call.time(row.time));
        out.field("m", row.buyerMaker).field("M", true).endObject();
    }
    return out.endArray().take();
}

ApiResult<std::string> klines(EndpointCall const& call) {
    auto const book = readSymbol(call.query, call.exchange);
    if (!book) return std::unexpected(book.error());
    auto const name = call.query.find("interval");
    if (!name || name->empty()) return std::unexpected(missingParameter("interval"));
    auto const offset = parseUtcOffset(call.query.find("timeZone").value_or("0"));
    if (!offset) return std::unexpected(invalidParameter("timeZone"));
    auto const interval = Interval::parse(*name, *offset);
    if (!interval) return std::unexpected(ApiError{-1120, "Invalid interval."});
    auto const limit = readLimit(call.query, 500, 1'000);
    auto const startTime = readTime(call.query, "startTime");
    auto const endTime = readTime(call.query, "endTime");
    if (!limit) return std::unexpected(limit.error());
    if (!startTime) return std::unexpected(startTime.error());
    if (!endTime) return std::unexpected(endTime.error());
    Writer out;
    out.beginArray();
    for (auto const& row : (*book)->candles({*interval, *startTime, *endTime, *limit}, call.now)) {
        out.beginArray().value(call.time(row.openTime));
        for (auto const price : {row.open, row.high, row.low, row.close})
            out.value(price.text(8));
        out.value(amountText(row.volume)).value(call.endBefore(interval->next(row.openTime)));
        out.value(quoteText(row.quoteVolume)).value(row.count).value(amountText(row.takerVolume));
        out.value(quoteText(row.takerQuoteVolume)).value("0").endArray();
    }
    return out.endArray().take();
}

ApiResult<std::string> depth(EndpointCall const& call) {
    auto const book = readSymbol(call.query, call.exchange);
    if (!book) return std::unexpected(book.error());
    auto const limit = readLimit(call.query, 100, 5'000);
    if (!limit) return std::unexpected(limit.error());
    auto const top = topOfBook(**book);
    auto const& info = (*book)->listing().info;
    Writer out;
    out.beginObject().field("lastUpdateId", top.updateId);
    auto const side = [&](std::string_view name, Decimal first, std::int64_t step) {
        out.key(name).beginArray();
        std::int64_t units = first.units();
        for (std::size_t level = 0; level < *limit && units > 0; ++level, units += step) {
            auto const lots = 1 + mix(static_cast<std::uint64_t>(units)) % 500;
            auto const qty = Decimal::fromUnits(static_cast<std::int64_t>(lots) * info.lotSize.units());
            out.beginArray().value(Decimal::fromUnits(units).text(8)).value(qty.text(8)).endArray();
        }
        out.endArray();
    };
    side("bids", top.bid, -info.tickSize.units());
    side("asks", top.ask, info.tickSize.units());
    return out.endObject().take();
}

std::int64_t depthWeight(Query const& query, Exchange const&) {
    auto const limit = readLimit(query, 100, 5'000).value_or(100);
    return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1'000 ? 50 : 250;
}

ApiResult<std::string> avgPrice(EndpointCall const& call) {
    auto const book = readSymbol(call.query, call.exchange);
    if (!book) return std::unexpected(book.error());
    auto const* const last = (*book)->lastTrade();
    return fmt::format(R"({{"mins":5,"price":"{}","closeTime":{}}})", (*book)->averagePrice(call.now).text(8),
                       last == nullptr ? 0 : call.time(last->time));
}

constexpr std::array kEndpoints{
    Endpoint{"trades", fixedWeight<25>, trades},      Endpoint{"historicalTrades", fixedWeight<25>, historicalTrades},
    Endpoint{"aggTrades", fixedWeight<4>, aggTrades}, Endpoint{"klines", fixedWeight<2>, klines},
    Endpoint{"uiKlines", fixedWeight<2>, klines},     Endpoint{"depth", depthWeight, depth},
    Endpoint{"avgPrice", fixedWeight<2>, avgPrice},
};

}  // namespace

std::span<Endpoint const> historyEndpoints() {
    return kEndpoints;
}

}  // namespace replay
