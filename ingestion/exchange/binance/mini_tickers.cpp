#include "ingestion/exchange/binance/mini_tickers.hpp"

#include "common/core/json.hpp"

#include <algorithm>

namespace ingestion::binance {

bool decodeMiniTickers(std::string_view text, MiniTickers& out) {
    auto const parsed = common::json::parse(text);
    if (!parsed) return false;
    auto const* const data = parsed->find("data");
    auto const& array = data != nullptr ? *data : *parsed;
    if (!array.isArray()) return false;
    out.eventTime = 0;
    out.tickers.clear();
    for (auto const& item : array.items()) {
        auto const* const event = item.find("e");
        auto const* const time = item.find("E");
        auto const* const symbol = item.find("s");
        auto const* const close = item.find("c");
        if (event == nullptr || event->text() != "24hrMiniTicker" || time == nullptr || symbol == nullptr ||
            !symbol->isString() || close == nullptr || !close->isString())
            continue;
        auto const eventTime = time->integer();
        auto const price = common::Decimal::parse(close->text());
        if (!eventTime || !price || price->isZero()) continue;
        out.eventTime = std::max(out.eventTime, *eventTime);
        out.tickers.push_back({symbol->text(), *price});
    }
    return !out.tickers.empty();
}

}  // namespace ingestion::binance
