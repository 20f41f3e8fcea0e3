#include "examples/replay/rest/exchange_info.hpp"

#include "common/core/json_writer.hpp"

#include <array>
#include <string_view>

namespace replay {
namespace {

using common::json::Writer;

struct RateLimit {
    std::string_view type;
    std::string_view interval;
    int intervalNum;
    int limit;
};
constexpr std::array kRateLimits{
    RateLimit{"REQUEST_WEIGHT", "MINUTE", 1, 6'000},
    RateLimit{"ORDERS", "SECOND", 10, 100},
    RateLimit{"ORDERS", "DAY", 1, 200'000},
    RateLimit{"RAW_REQUESTS", "MINUTE", 5, 300'000},
};

void writeTexts(Writer& out, std::string_view name, std::initializer_list<std::string_view> texts) {
    out.key(name).beginArray();
    for (auto const text : texts)
        out.value(text);
    out.endArray();
}

void writeFilters(Writer& out, common::SymbolInfo const& info) {
    auto const tick = info.tickSize.text(8);
    auto const lot = info.lotSize.text(8);
    out.key("filters").beginArray();
    out.beginObject().field("filterType", "PRICE_FILTER").field("minPrice", tick).field("maxPrice", "1000000.00000000");
    out.field("tickSize", tick).endObject();
    out.beginObject().field("filterType", "LOT_SIZE").field("minQty", lot).field("maxQty", "92141578.00000000");
    out.field("stepSize", lot).endObject();
    out.beginObject().field("filterType", "ICEBERG_PARTS").field("limit", 10).endObject();
    out.beginObject().field("filterType", "MARKET_LOT_SIZE").field("minQty", "0.00000000");
    out.field("maxQty", "92141578.00000000").field("stepSize", "0.00000000").endObject();
    out.beginObject()
        .field("filterType", "NOTIONAL")
        .field("minNotional", "0.00010000")
        .field("applyMinToMarket", true);
    out.field("maxNotional", "9000000.00000000").field("applyMaxToMarket", false).field("avgPriceMins", 5).endObject();
    out.beginObject().field("filterType", "MAX_NUM_ORDERS").field("maxNumOrders", 200).endObject();
    out.endArray();
}

void writeSymbol(Writer& out, common::SymbolInfo const& info, bool showPermissionSets) {
    out.beginObject().field("symbol", info.symbol).field("status", common::symbolStatusText(info.status));
    out.field("baseAsset", info.base).field("baseAssetPrecision", 8).field("quoteAsset", info.quote);
    out.field("quotePrecision", 8).field("quoteAssetPrecision", 8).field("baseCommissionPrecision", 8);
    out.field("quoteCommissionPrecision", 8);
    writeTexts(out, "orderTypes",
               {"LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"});
    for (auto const* const allowed :
         {"icebergAllowed", "ocoAllowed", "otoAllowed", "opoAllowed", "quoteOrderQtyMarketAllowed", "allowTrailingStop",
          "cancelReplaceAllowed", "amendAllowed", "pegInstructionsAllowed", "isSpotTradingAllowed"})
        out.field(allowed, true);
    out.field("isMarginTradingAllowed", false);
    writeFilters(out, info);
    writeTexts(out, "permissions", {});
    out.key("permissionSets").beginArray();
    if (showPermissionSets) out.beginArray().value("SPOT").endArray();
    out.endArray();
    out.field("defaultSelfTradePreventionMode", "EXPIRE_MAKER");
    writeTexts(out, "allowedSelfTradePreventionModes", {"NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"});
    out.endObject();
}

}  // namespace

std::string exchangeInfo(std::vector<SymbolBook const*> const& books, TimeMs serverTime, bool showPermissionSets) {
    Writer out;
    out.beginObject().field("timezone", "UTC").field("serverTime", serverTime).key("rateLimits").beginArray();
    for (auto const& limit : kRateLimits) {
        out.beginObject().field("rateLimitType", limit.type).field("interval", limit.interval);
        out.field("intervalNum", limit.intervalNum).field("limit", limit.limit).endObject();
    }
    out.endArray().key("exchangeFilters").beginArray().endArray().key("symbols").beginArray();
    for (auto const* const book : books)
        writeSymbol(out, book->listing().info, showPermissionSets);
    return out.endArray().endObject().take();
}

}  // namespace replay
