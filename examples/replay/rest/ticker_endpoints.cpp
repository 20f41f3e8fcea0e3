#include "examples/replay/rest/endpoints.hpp"

#include "common/core/json_writer.hpp"
#include "examples/replay/protocol/events.hpp"
#include "examples/replay/protocol/numbers.hpp"
#include "examples/replay/protocol/stream_name.hpp"
#include "examples/replay/rest/exchange_info.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace replay {
namespace {

using common::json::Writer;
using Books = std::vector<SymbolBook const*>;

bool hasMarketData(SymbolBook const& book) {
    return book.lastTrade() != nullptr;
}

/// Number of symbols that a request asks for; all when it names none.
std::size_t namedCount(Query const& query, Exchange const& exchange) {
    if (query.has("symbol")) return 1;
    auto const symbols = query.find("symbols");
    if (!symbols) return exchange.books().size();
    return 1 + static_cast<std::size_t>(std::ranges::count(*symbols, ','));
}

std::int64_t one(Query const&, Exchange const&) {
    return 1;
}
std::int64_t twenty(Query const&, Exchange const&) {
    return 20;
}
std::int64_t twoOrFour(Query const& query, Exchange const&) {
    return query.has("symbol") ? 2 : 4;
}
std::int64_t dayWeight(Query const& query, Exchange const& exchange) {
    if (!query.has("symbol") && !query.has("symbols")) return 80;
    std::size_t const count = namedCount(query, exchange);
    return count <= 20 ? 2 : count <= 100 ? 40 : 80;
}
std::int64_t rollingWeight(Query const& query, Exchange const& exchange) {
    return std::min<std::int64_t>(200, 4 * static_cast<std::int64_t>(namedCount(query, exchange)));
}

ApiResult<std::optional<SymbolStatus>> readStatus(Query const& query) {
    auto const text = query.find("symbolStatus");
    if (!text) return std::optional<SymbolStatus>{};
    if (*text != "TRADING" && *text != "HALT" && *text != "BREAK")
        return std::unexpected(ApiError{-1122, "Invalid symbolStatus."});
    return common::parseSymbolStatus(*text);
}

/// The symbols that `symbol`, `symbols`, `symbolStatus` choose; all tradable ones with data when nothing does.
ApiResult<Books> chosenBooks(EndpointCall const& call) {
    auto const status = readStatus(call.query);
    if (!status) return std::unexpected(status.error());
    bool const one = call.query.has("symbol");
    bool const several = call.query.has("symbols");
    if (one && several) return std::unexpected(invalidCombination());
    Books books;
    if (one) {
        auto const book = readSymbol(call.query, call.exchange);
        if (!book) return std::unexpected(book.error());
        books.push_back(*book);
    } else if (several) {
        auto named = readSymbols(call.query, call.exchange);
        if (!named) return named;
        books = std::move(*named);
    } else {
        for (auto const& book : call.exchange.books())
            if (hasMarketData(book)) books.push_back(&book);
    }
    if (!*status) return books;
    auto const differs = [&](SymbolBook const* book) { return book->listing().info.status != **status; };
    if ((one || several) && std::ranges::any_of(books, differs))
        return std::unexpected(ApiError{-1220, "The symbol's status does not match the requested symbolStatus."});
    std::erase_if(books, differs);
    return books;
}

/// One object for `symbol`, an array for everything else.
template <class Row>
ApiResult<std::string> rows(EndpointCall const& call, Row const& row) {
    auto const books = chosenBooks(call);
    if (!books) return std::unexpected(books.error());
    Writer out;
    if (call.query.has("symbol")) {
        row(out, *books->front());
        return out.take();
    }
    out.beginArray();
    for (auto const* const book : *books)
        row(out, *book);
    return out.endArray().take();
}

Decimal lastPrice(SymbolBook const& book) {
    return hasMarketData(book) ? book.lastTrade()->price : Decimal{};
}

void writeWindow(Writer& out, EndpointCall const& call, Ticker const& ticker) {
    auto const& sum = ticker.window;
    out.field("openPrice", sum.open.text(8)).field("highPrice", sum.high.text(8)).field("lowPrice", sum.low.text(8));
    out.field("lastPrice", sum.close.text(8)).field("volume", amountText(sum.volume));
    out.field("quoteVolume", quoteText(sum.quoteVolume)).field("openTime", call.time(ticker.openTime));
    out.field("closeTime", call.time(ticker.closeTime)).field("firstId", sum.firstId).field("lastId", sum.lastId);
    out.field("count", sum.count);
}

void writeTicker(Writer& out, EndpointCall const& call, SymbolBook const& book, DurationMs length, bool isDay) {
    auto const ticker = book.ticker(length, call.now);
    auto const& sum = ticker.window;
    out.beginObject().field("symbol", book.symbol());
    if (call.query.find("type") != "MINI") {
        out.field("priceChange", changeText(sum.open, sum.close));
        out.field("priceChangePercent", percentText(sum.open, sum.close));
        out.field("weightedAvgPrice", weightedPriceText(sum));
        if (isDay) {
            auto const top = topOfBook(book);
            out.field("prevClosePrice", ticker.previousClose.text(8)).field("lastQty", ticker.lastQty.text(8));
            out.field("bidPrice", top.bid.text(8)).field("bidQty", top.bidQty.text(8));
            out.field("askPrice", top.ask.text(8)).field("askQty", top.askQty.text(8));
        }
    }
    writeWindow(out, call, ticker);
    out.endObject();
}

std::optional<ApiError> badType(Query const& query) {
    auto const type = query.find("type");
    if (!type || *type == "FULL" || *type == "MINI") return {};
    return invalidParameter("type");
}

ApiResult<std::string> ping(EndpointCall const&) {
    return "{}";
}

ApiResult<std::string> time(EndpointCall const& call) {
    return fmt::format(R"({{"serverTime":{}}})", call.time(call.now));
}

ApiResult<std::string> info(EndpointCall const& call) {
    auto const status = readStatus(call.query);
    if (!status) return std::unexpected(status.error());
    bool const isNamed = call.query.has("symbol") || call.query.has("symbols");
    if (isNamed && *status) return std::unexpected(invalidCombination());
    Books books;
    if (isNamed) {
        auto named = chosenBooks(call);
        if (!named) return std::unexpected(named.error());
        books = std::move(*named);
    } else {
        for (auto const& book : call.exchange.books())
            if (!*status || book.listing().info.status == **status) books.push_back(&book);
    }
    return exchangeInfo(books, call.time(call.now), call.query.find("showPermissionSets") != "false");
}

ApiResult<std::string> price(EndpointCall const& call) {
    return rows(call, [](Writer& out, SymbolBook const& book) {
        out.beginObject().field("symbol", book.symbol()).field("price", lastPrice(book).text(8)).endObject();
    });
}

ApiResult<std::string> bookTicker(EndpointCall const& call) {
    return rows(call, [](Writer& out, SymbolBook const& book) {
        auto const top = topOfBook(book);
        out.beginObject().field("symbol", book.symbol()).field("bidPrice", top.bid.text(8));
        out.field("bidQty", top.bidQty.text(8)).field("askPrice", top.ask.text(8));
        out.field("askQty", top.askQty.text(8)).endObject();
    });
}

ApiResult<std::string> dayTicker(EndpointCall const& call) {
    if (auto const error = badType(call.query)) return std::unexpected(*error);
    return rows(call, [&](Writer& out, SymbolBook const& book) { writeTicker(out, call, book, kDayMs, true); });
}

ApiResult<std::string> rollingTicker(EndpointCall const& call) {
    if (auto const error = badType(call.query)) return std::unexpected(*error);
    if (!call.query.has("symbol") && !call.query.has("symbols")) return std::unexpected(missingParameter("symbol"));
    if (namedCount(call.query, call.exchange) > 100) return std::unexpected(invalidParameter("symbols"));
    auto const window = parseWindow(call.query.find("windowSize").value_or("1d"));
    if (!window) return std::unexpected(invalidParameter("windowSize"));
    return rows(call, [&](Writer& out, SymbolBook const& book) { writeTicker(out, call, book, *window, false); });
}

constexpr std::array kEndpoints{
    Endpoint{"ping", one, ping},
    Endpoint{"time", one, time},
    Endpoint{"exchangeInfo", twenty, info},
    Endpoint{"ticker/price", twoOrFour, price},
    Endpoint{"ticker/bookTicker", twoOrFour, bookTicker},
    Endpoint{"ticker/24hr", dayWeight, dayTicker},
    Endpoint{"ticker", rollingWeight, rollingTicker},
};

}  // namespace

std::span<Endpoint const> tickerEndpoints() {
    return kEndpoints;
}

}  // namespace replay
