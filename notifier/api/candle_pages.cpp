#include "notifier/api/candle_pages.hpp"

#include "common/core/candle_coverage.hpp"
#include "common/core/candle_series.hpp"
#include "common/core/json_writer.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace notifier {
namespace {

using common::Candle;
using common::kMinuteMs;
using common::json::Writer;

constexpr std::int64_t kRowsAtOnce = 2'000;

/// Calls `visit` with every row of the span, in order, until it says no.
template <class Visit>
void forEachRow(common::Database& database, std::string_view symbol, common::TimeMs from, common::TimeMs to,
                Visit visit) {
    while (from < to) {
        auto const rows = database.candles().range(symbol, from, to, kRowsAtOnce);
        for (auto const& row : rows)
            if (!visit(row)) return;
        if (std::cmp_less(rows.size(), kRowsAtOnce)) return;
        from = rows.back().endTime();
    }
}

void writeCandle(Writer& out, Candle const& candle) {
    out.beginObject()
        .field("t", candle.openTime)
        .field("o", candle.priceText(candle.open))
        .field("h", candle.priceText(candle.high))
        .field("l", candle.priceText(candle.low))
        .field("c", candle.priceText(candle.close))
        .field("v", candle.volumeText())
        .field("qv", candle.quoteVolumeText())
        .field("n", candle.trades)
        .field("first_id", candle.firstId)
        .field("last_id", candle.lastId)
        .field("complete", candle.complete())
        .endObject();
}

/// End of the newest minute of this symbol to which nothing will be added.
std::optional<common::TimeMs> newestClosedEnd(common::Database& database, std::string_view symbol) {
    auto row = database.candles().lastBefore(symbol, std::numeric_limits<std::int64_t>::max());
    if (row && !row->closed) row = database.candles().lastBefore(symbol, row->openTime);
    return row ? std::optional(row->endTime()) : std::nullopt;
}

}  // namespace

std::string candlePage(common::Database& database, CandleRequest const& request, common::TimeMs now) {
    auto const end = request.to <= request.from ? request.from
                                                : common::floorTo(request.to - 1, request.interval) + request.interval;
    Writer out;
    out.beginObject().field("symbol", request.symbol).field("interval", request.intervalText).key("items").beginArray();
    std::int64_t written = 0;
    std::optional<common::TimeMs> next;
    std::vector<Candle> page;
    auto const take = [&](std::optional<Candle> const& candle) {
        if (!candle) return true;
        if (written == request.limit) {
            next = candle->openTime;
            return false;
        }
        ++written;
        writeCandle(out, *candle);
        page.push_back(*candle);
        return true;
    };
    common::CandleSeries series(request.interval);
    bool open = true;
    forEachRow(database, request.symbol, request.from, end,
               [&](Candle const& row) { return open = take(series.add(row)); });
    if (open) take(series.finish());
    out.endArray().key("next_cursor");
    next ? out.value(std::to_string(*next)) : out.null();
    common::CandleCoverage coverage(request.from, next.value_or(end), now);
    for (auto const& candle : page)
        coverage.add(candle);
    coverage.write(out);
    return out.endObject().take();
}

std::string statsPage(common::Database& database, StatsRequest const& request, common::TimeMs now) {
    auto from = request.from;
    auto to = request.to;
    if (request.window) {
        to = newestClosedEnd(database, request.symbol).value_or(common::floorTo(now, kMinuteMs));
        from = to - *request.window;
    }
    common::CandleCoverage coverage(from, to, now);
    common::StatisticsBuilder builder;
    forEachRow(database, request.symbol, from, to, [&](Candle const& row) {
        if (row.length != kMinuteMs || !row.closed) return true;
        builder.add(row);
        coverage.add(row);
        return true;
    });
    auto const figures = builder.result();
    auto const price = [&](std::optional<common::Decimal> const& value) {
        return value ? std::optional(value->text(figures.priceDecimals)) : std::nullopt;
    };
    Writer out;
    out.beginObject()
        .field("symbol", request.symbol)
        .field("from", from)
        .field("to", to)
        .field("count", figures.count)
        .field("first", price(figures.first))
        .field("last", price(figures.last))
        .field("min", price(figures.min))
        .field("max", price(figures.max))
        .field("mean", figures.mean)
        .field("median", figures.median)
        .field("stdev_pop", figures.stdevPop)
        .field("stdev_sample", figures.stdevSample)
        .field("change_pct", figures.changePct)
        .field("vwap", figures.vwap)
        .field("volume", common::wideText(figures.volume))
        .field("realized_vol", figures.realizedVol);
    coverage.write(out);
    return out.endObject().take();
}

}  // namespace notifier
