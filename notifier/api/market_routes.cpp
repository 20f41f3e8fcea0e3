#include "notifier/api/market_routes.hpp"

#include "common/core/candle_series.hpp"
#include "common/core/rank.hpp"
#include "notifier/api/candle_pages.hpp"
#include "notifier/api/candle_stream.hpp"
#include "notifier/api/coding.hpp"
#include "notifier/api/rest_answers.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace notifier {
namespace {

using common::ErrorCode;
using common::fail;
using common::kDayMs;
using common::kMinuteMs;
using common::Result;
using common::json::Writer;

constexpr std::int64_t kCandlesMax = 1'000;
constexpr std::int64_t kRankMax = 1'000;
constexpr std::int64_t kRankDefault = 100;
/// A year of minutes is half a million closes: 4 MB while they are gathered.
constexpr common::DurationMs kStatsMsMax = 366 * kDayMs;
/// The price of a day ago is the close of the minute that ended then, or of one shortly before.
constexpr common::DurationMs kDayAgoSlackMs = 5 * kMinuteMs;

bool isTradable(common::SymbolStatus status) {
    return status != common::SymbolStatus::Break && status != common::SymbolStatus::Unlisted;
}

std::optional<double> changeOfDay(common::Database& database, common::PriceRecord const& price) {
    auto const dayAgo = price.time - kDayMs;
    auto const row = database.candles().lastBefore(price.symbol, dayAgo - kMinuteMs + 1);
    if (!row || row->close.isZero() || row->endTime() < dayAgo - kDayAgoSlackMs) return {};
    auto const before = static_cast<double>(row->close.units());
    return 100 * (static_cast<double>(price.price.value.units()) - before) / before;
}

void writePrice(Writer& out, common::Database& database, common::PriceRecord const& price, common::TimeMs now) {
    out.beginObject()
        .field("symbol", price.symbol)
        .field("price", price.price.text())
        .field("trade_id", price.tradeId)
        .field("time", price.time)
        .field("age_ms", std::max<std::int64_t>(0, now - price.time))
        .field("change_24h_pct", changeOfDay(database, price))
        .endObject();
}

struct RankQuestion {
    common::RankMetric metric = common::RankMetric::Volatility;
    common::DurationMs window = kDayMs;
};

Result<RankQuestion> readRankQuestion(Query const& query) {
    RankQuestion question;
    if (auto const name = query.find("metric")) {
        auto const metric = common::parseRankMetric(*name);
        if (!metric)
            return fail(ErrorCode::BadValue, "\"metric\" must be volatility, stdev, range_pct, volume or change_pct",
                        "metric");
        question.metric = *metric;
    }
    auto const window = query.duration("window", kDayMs);
    if (!window) return std::unexpected(window.error());
    if (std::ranges::find(common::kRankWindows, *window) == common::kRankWindows.end())
        return fail(ErrorCode::BadValue, "ranks are computed for a \"window\" of 15m, 1h, 4h or 24h", "window");
    question.window = *window;
    return question;
}

void writeRun(Writer& out, RankQuestion const& question, std::optional<common::RankRun> const& run) {
    out.field("metric", common::rankMetricText(question.metric)).field("window", common::durationText(question.window));
    out.field("of", run ? run->of : 0);
    out.key("as_of");
    run ? out.value(run->asOf) : out.null();
}

void writeRow(Writer& out, common::RankRow const& row) {
    out.field("symbol", row.symbol).field("rank", row.rank).field("value", row.value).field("ties", row.ties);
}

std::string symbolsPage(std::vector<common::SymbolInfo> const& symbols, std::optional<common::Symbol> const& quote) {
    Writer out;
    out.beginObject().key("items").beginArray();
    for (auto const& symbol : symbols) {
        if (!isTradable(symbol.status) || (quote && symbol.quote != *quote)) continue;
        out.beginObject()
            .field("symbol", symbol.symbol)
            .field("base", symbol.base)
            .field("quote", symbol.quote)
            .field("status", common::symbolStatusText(symbol.status))
            .field("tick_size", symbol.tickSize.text())
            .field("lot_size", symbol.lotSize.text())
            .endObject();
    }
    return out.endArray().nullField("next_cursor").endObject().take();
}

/// From and to of a range as asked for; `to` is now where it is not given.
struct Span {
    std::optional<common::TimeMs> from;
    common::TimeMs to = 0;
};
Result<Span> readSpan(Query const& query, common::TimeMs now) {
    auto const from = query.time("from");
    if (!from) return std::unexpected(from.error());
    auto const to = query.time("to");
    if (!to) return std::unexpected(to.error());
    Span const span{*from, to->value_or(now)};
    if (span.from && *span.from > span.to)
        return fail(ErrorCode::BadValue, "\"from\" must not lie behind \"to\"", "from");
    return span;
}

}  // namespace

void MarketRoutes::addTo(Router& router) {
    auto const add = [&](std::string_view pattern, void (MarketRoutes::*handle)(Call const&, Respond)) {
        router.add("GET", pattern, Access::Open,
                   [this, handle](Call const& call, Respond respond) { (this->*handle)(call, std::move(respond)); });
    };
    add("/api/v1/symbols", &MarketRoutes::symbols);
    add("/api/v1/prices", &MarketRoutes::prices);
    add("/api/v1/prices/{symbol}", &MarketRoutes::price);
    add("/api/v1/candles", &MarketRoutes::candles);
    add("/api/v1/stats", &MarketRoutes::stats);
    add("/api/v1/rank", &MarketRoutes::ranking);
    add("/api/v1/rank/{symbol}", &MarketRoutes::rankOf);
}

void MarketRoutes::symbols(Call const& call, Respond respond) {
    if (!deps_.symbols.loaded())
        return respond(problem({ErrorCode::Busy, "no symbol list is stored yet; ingestion brings it", {}, 1'000}));
    bool const gzip = acceptsGzip(call.request);
    auto const tagOf = [gzip](std::int64_t version) { return entityTag(fmt::format("symbols-{}", version), gzip); };
    if (auto const tag = tagOf(deps_.symbols.version()); namesTag(call.request, tag)) return respond(notModified(tag));
    auto const given = call.query.find("quote");
    respondFrom(
        deps_.reader, failures_,
        [gzip, tagOf,
         quote = given ? std::optional(common::upperSymbol(*given)) : std::nullopt](common::Database& database) {
            auto const list = readSymbols(database, 0);
            HttpResponse response{200,
                                  "application/json",
                                  list ? symbolsPage(list->symbols, quote) : "",
                                  {{"ETag", tagOf(list ? list->version : 0)}, {"Cache-Control", "no-cache"}}};
            encodeBody(response, gzip);
            return response;
        },
        std::move(respond));
}

void MarketRoutes::price(Call const& call, Respond respond) {
    auto symbol = deps_.symbols.resolve(call.parts[0], "symbol");
    if (!symbol) return respond(problem(symbol.error()));
    answerCoded(
        deps_.reader, failures_, acceptsGzip(call.request),
        [symbol = std::move(*symbol), now = deps_.clock.wallMs()](common::Database& database) -> Result<std::string> {
            auto const price = database.market().price(symbol);
            if (!price)
                return fail(ErrorCode::NotFound,
                            fmt::format("no price of {} is known, since nobody follows it: watch it, or put an alert "
                                        "on it, and ask again",
                                        symbol),
                            "symbol");
            Writer out;
            writePrice(out, database, *price, now);
            return out.take();
        },
        std::move(respond));
}

void MarketRoutes::prices(Call const& call, Respond respond) {
    answerCoded(
        deps_.reader, failures_, acceptsGzip(call.request),
        [now = deps_.clock.wallMs()](common::Database& database) -> Result<std::string> {
            auto prices = database.market().pricesAfter(0);
            std::ranges::sort(prices, {}, &common::PriceRecord::symbol);
            Writer out;
            out.beginObject().key("items").beginArray();
            for (auto const& price : prices)
                writePrice(out, database, price, now);
            out.endArray().nullField("next_cursor").endObject();
            return out.take();
        },
        std::move(respond));
}

void MarketRoutes::candles(Call const& call, Respond respond) {
    auto const now = deps_.clock.wallMs();
    auto const given = call.query.text("symbol");
    if (!given) return respond(problem(given.error()));
    auto symbol = deps_.symbols.resolve(*given, "symbol");
    if (!symbol) return respond(problem(symbol.error()));
    auto const intervalText = std::string(call.query.find("interval").value_or("1m"));
    auto const interval = common::parseCandleInterval(intervalText);
    if (!interval)
        return respond(
            problem({ErrorCode::BadValue, "\"interval\" must be 1m, 5m, 15m, 1h, 4h or 1d", "interval", {}}));
    auto const limit = call.query.integer("limit", 1, kCandlesMax, kCandlesMax);
    if (!limit) return respond(problem(limit.error()));
    auto const span = readSpan(call.query, now);
    if (!span) return respond(problem(span.error()));
    auto const cursor = call.query.integer("cursor", 0, std::numeric_limits<std::int64_t>::max() / 2, -1);
    if (!cursor) return respond(problem(cursor.error()));
    // Without a start: as many as the page takes, up to the end.
    auto const last = common::floorTo(std::max<std::int64_t>(span->to, 1) - 1, *interval);
    auto const from =
        *cursor >= 0 ? *cursor : span->from.value_or(std::max<std::int64_t>(0, last - (*limit - 1) * *interval));
    respondFrom(
        deps_.reader, failures_,
        [&reader = deps_.reader, now, asked = call.request, gzip = acceptsGzip(call.request),
         request = CandleRequest{.symbol = std::move(*symbol),
                                 .intervalText = intervalText,
                                 .interval = *interval,
                                 .from = common::floorTo(from + *interval - 1, *interval),
                                 .to = span->to,
                                 .limit = *limit}](common::Database& database) {
            auto const stream =
                std::make_shared<CandleStream>(reader, std::make_unique<CandlePage>(database, request, now), gzip);
            auto const tag = stream->tag();
            return tag && namesTag(asked, *tag) ? notModified(*tag) : stream->begin();
        },
        std::move(respond));
}

void MarketRoutes::stats(Call const& call, Respond respond) {
    auto const now = deps_.clock.wallMs();
    auto const given = call.query.text("symbol");
    if (!given) return respond(problem(given.error()));
    auto symbol = deps_.symbols.resolve(*given, "symbol");
    if (!symbol) return respond(problem(symbol.error()));
    StatsRequest request{.symbol = std::move(*symbol), .from = 0, .to = 0, .window = {}};
    bool const ranged = call.query.find("from") || call.query.find("to");
    if (ranged && call.query.find("window"))
        return respond(problem({ErrorCode::BadRequest, "either \"from\" and \"to\", or \"window\"", "window", {}}));
    if (ranged) {
        if (auto const from = call.query.text("from"); !from) return respond(problem(from.error()));
        auto const span = readSpan(call.query, now);
        if (!span) return respond(problem(span.error()));
        request.from = common::floorTo(*span->from, kMinuteMs);
        request.to = common::floorTo(span->to + kMinuteMs - 1, kMinuteMs);
        if (request.to - request.from > kStatsMsMax)
            return respond(problem({ErrorCode::BadValue, "at most 366 days at once", "from", {}}));
    } else {
        auto const window = call.query.duration("window", kDayMs);
        if (!window) return respond(problem(window.error()));
        if (*window < kMinuteMs || *window > kStatsMsMax || *window % kMinuteMs != 0)
            return respond(
                problem({ErrorCode::BadValue, "\"window\" must be whole minutes, at most 366 days", "window", {}}));
        request.window = *window;
    }
    answerCoded(
        deps_.reader, failures_, acceptsGzip(call.request),
        [request = std::move(request), now](common::Database& database) -> Result<std::string> {
            return statsPage(database, request, now);
        },
        std::move(respond));
}

void MarketRoutes::ranking(Call const& call, Respond respond) {
    auto const question = readRankQuestion(call.query);
    if (!question) return respond(problem(question.error()));
    auto const limit = call.query.integer("limit", 1, kRankMax, kRankDefault);
    if (!limit) return respond(problem(limit.error()));
    auto const offset = call.query.integer("cursor", 0, std::numeric_limits<std::int32_t>::max(), 0);
    if (!offset) return respond(problem(offset.error()));
    answerCoded(
        deps_.reader, failures_, acceptsGzip(call.request),
        [question = *question, limit = *limit, offset = *offset](common::Database& database) -> Result<std::string> {
            auto const run = database.ranks().latest(question.metric, question.window);
            auto const rows = run ? database.ranks().list(*run, offset, limit) : std::vector<common::RankRow>();
            Writer out;
            out.beginObject();
            writeRun(out, question, run);
            out.key("items").beginArray();
            for (auto const& row : rows) {
                writeRow(out.beginObject(), row);
                out.endObject();
            }
            bool const more = run && std::cmp_equal(rows.size(), limit) && offset + limit < run->of;
            writeNextCursor(out.endArray(), more ? std::optional(offset + limit) : std::nullopt);
            return out.endObject().take();
        },
        std::move(respond));
}

void MarketRoutes::rankOf(Call const& call, Respond respond) {
    auto symbol = deps_.symbols.resolve(call.parts[0], "symbol");
    if (!symbol) return respond(problem(symbol.error()));
    auto const question = readRankQuestion(call.query);
    if (!question) return respond(problem(question.error()));
    answerCoded(
        deps_.reader, failures_, acceptsGzip(call.request),
        [question = *question, symbol = std::move(*symbol)](common::Database& database) -> Result<std::string> {
            auto const run = database.ranks().latest(question.metric, question.window);
            auto const row = run ? database.ranks().find(*run, symbol) : std::nullopt;
            if (!row)
                return fail(ErrorCode::NotFound,
                            fmt::format("{} is not ranked over {}: only symbols whose candles cover the whole window "
                                        "are; see coverage in /api/v1/candles",
                                        symbol, common::durationText(question.window)),
                            "symbol");
            Writer out;
            out.beginObject();
            writeRow(out, *row);
            writeRun(out, question, run);
            return out.endObject().take();
        },
        std::move(respond));
}

}  // namespace notifier
