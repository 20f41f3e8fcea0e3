#include "notifier/api/candle_pages.hpp"

#include "common/core/candle_series.hpp"
#include "common/runtime/crypto.hpp"
#include "notifier/api/rest_answers.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace notifier {
namespace {

using common::Candle;
using common::kMinuteMs;
using common::json::Writer;

constexpr std::int64_t kRowsAtOnce = 500;
/// A piece of a page's text is about 32 KB.
constexpr std::size_t kCandlesAtOnce = 180;
constexpr std::size_t kDigestDigits = 16;

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

CandlePage::CandlePage(common::Database& database, CandleRequest request, common::TimeMs now)
    : request_(std::move(request)),
      end_(request_.to <= request_.from ? request_.from
                                        : common::floorTo(request_.to - 1, request_.interval) + request_.interval),
      coverage_(0, 0, now) {
    auto const take = [&](std::optional<Candle> const& candle) {
        if (!candle) return true;
        if (std::cmp_equal(candles_.size(), request_.limit)) {
            nextOpen_ = candle->openTime;
            return false;
        }
        candles_.push_back(*candle);
        return true;
    };
    candles_.reserve(static_cast<std::size_t>(std::min(request_.limit, (end_ - request_.from) / request_.interval)));
    common::CandleSeries series(request_.interval);
    bool open = true;
    forEachRow(database, request_.symbol, request_.from, end_,
               [&](Candle const& row) { return open = take(series.add(row)); });
    if (open) take(series.finish());
    end_ = nextOpen_.value_or(end_);
    coverage_ = common::CandleCoverage(request_.from, end_, now);
    for (auto const& candle : candles_)
        coverage_.add(candle);
    over_ = end_ <= common::floorTo(now, kMinuteMs);
}

std::optional<std::string> CandlePage::digest() const {
    if (!over_) return {};
    std::string content;
    auto const add = [&content](auto value) { content.append(reinterpret_cast<char const*>(&value), sizeof value); };
    for (auto const& candle : candles_) {
        for (auto const price : {candle.open, candle.high, candle.low, candle.close})
            add(price.units());
        for (auto const number :
             {candle.openTime, candle.trades, candle.firstId.value_or(-1), candle.lastId.value_or(-1)})
            add(number);
        add(candle.volume);
        add(candle.quoteVolume);
        for (auto const byte :
             {candle.priceDecimals, static_cast<std::uint8_t>(candle.whole), static_cast<std::uint8_t>(candle.closed)})
            add(byte);
    }
    add(nextOpen_.value_or(-1));
    return common::sha256Hex(content).substr(0, kDigestDigits);
}

std::string CandlePage::next() {
    if (ended_) return {};
    if (written_ == 0)
        out_.beginObject()
            .field("symbol", request_.symbol)
            .field("interval", request_.intervalText)
            .key("items")
            .beginArray();
    auto const end = std::min(candles_.size(), written_ + kCandlesAtOnce);
    for (; written_ < end; ++written_)
        writeCandle(out_, candles_[written_]);
    if (written_ < candles_.size()) return out_.take();
    ended_ = true;
    writeNextCursor(out_.endArray(), nextOpen_);
    coverage_.write(out_);
    return out_.endObject().take();
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
