#include "ingestion/exchange/binance/rest_answers.hpp"

#include "common/core/json.hpp"
#include "common/core/json_writer.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ingestion::binance {
namespace {

using common::json::Value;

constexpr std::size_t kShownBytesMax = 200;

std::unexpected<RestFailure> garbage(std::string_view what) {
    return std::unexpected(RestFailure{RestFailure::Kind::Unreachable, fmt::format("unusable answer: {}", what), 0});
}

std::optional<common::ExactDecimal> decimalOf(Value const* value) {
    if (value == nullptr || !value->isString()) return {};
    return common::ExactDecimal::parse(value->text());
}

std::optional<std::int64_t> integerOf(Value const* value) {
    return value == nullptr ? std::nullopt : value->integer();
}

/// Applies `read` to each row of an array; a row that it refuses spoils the answer.
template <class Row, class Read>
RestResult<std::vector<Row>> readRows(std::string_view body, Read read) {
    auto const root = common::json::parse(body);
    if (!root) return garbage(root.error().message);
    if (!root->isArray()) return garbage("no array");
    std::vector<Row> rows;
    rows.reserve(root->items().size());
    for (auto const& item : root->items()) {
        std::optional<Row> row = read(item);
        if (!row) return garbage("a row with a missing or wrong member");
        rows.push_back(std::move(*row));
    }
    return rows;
}

std::optional<NewestTrade> newestOf(Value const& row) {
    auto const* const symbol = row.find("symbol");
    auto const lastId = integerOf(row.find("lastId"));
    if (symbol == nullptr || !symbol->isString() || !lastId) return {};
    return NewestTrade{symbol->text(), std::max<std::int64_t>(*lastId, -1)};
}

std::optional<common::Trade> tradeOf(Value const& row, char const* idName, char const* priceName, char const* qtyName,
                                     char const* timeName, char const* makerName) {
    auto const id = integerOf(row.find(idName));
    auto const price = decimalOf(row.find(priceName));
    auto const qty = decimalOf(row.find(qtyName));
    auto const time = integerOf(row.find(timeName));
    auto const* const maker = row.find(makerName);
    if (!id || !price || !qty || !time || maker == nullptr || !maker->isBool()) return {};
    return common::Trade{*id, 0, *price, *qty, *time, 0, maker->boolean()};
}

struct Aggregate {
    common::Trade trade;
    std::int64_t aggregateId;
};

std::optional<Aggregate> aggregateOf(Value const& row) {
    auto trade = tradeOf(row, "f", "p", "q", "T", "m");
    auto const last = integerOf(row.find("l"));
    auto const aggregateId = integerOf(row.find("a"));
    if (!trade || !last || !aggregateId || *last < trade->id) return {};
    if (*last > trade->id) trade->aggLastId = *last;
    return Aggregate{*trade, *aggregateId};
}

std::optional<Kline> klineOf(Value const& row) {
    auto const& cells = row.items();
    if (cells.size() < 9 || !cells[5].isString() || !cells[7].isString()) return {};
    auto const openTime = cells[0].integer();
    auto const open = decimalOf(&cells[1]);
    auto const high = decimalOf(&cells[2]);
    auto const low = decimalOf(&cells[3]);
    auto const close = decimalOf(&cells[4]);
    auto const trades = cells[8].integer();
    if (!openTime || !open || !high || !low || !close || !trades) return {};
    return Kline{*openTime, *open, *high, *low, *close, cells[5].text(), cells[7].text(), *trades};
}

common::Decimal filterValue(Value const& symbol, std::string_view filterType, std::string_view name) {
    auto const* const filters = symbol.find("filters");
    if (filters == nullptr) return {};
    for (auto const& filter : filters->items()) {
        auto const* const type = filter.find("filterType");
        if (type == nullptr || type->text() != filterType) continue;
        return decimalOf(filter.find(name)).value_or(common::ExactDecimal{}).value;
    }
    return {};
}

std::optional<common::SymbolInfo> symbolOf(Value const& row) {
    auto const* const symbol = row.find("symbol");
    auto const* const status = row.find("status");
    if (symbol == nullptr || !symbol->isString() || symbol->text().empty() || status == nullptr) return {};
    auto const text = [&row](std::string_view name) {
        auto const* const value = row.find(name);
        return value == nullptr ? std::string{} : value->text();
    };
    return common::SymbolInfo{symbol->text(),
                              text("baseAsset"),
                              text("quoteAsset"),
                              common::parseSymbolStatus(status->text()),
                              filterValue(row, "PRICE_FILTER", "tickSize"),
                              filterValue(row, "LOT_SIZE", "stepSize")};
}

/// The position behind the JSON value that begins at `at`, or npos. Only strings and brackets are told apart: what the
/// value holds is for the parser to judge.
std::size_t skipValue(std::string_view text, std::size_t at) {
    int depth = 0;
    for (; at < text.size(); ++at) {
        switch (text[at]) {
            case '"':
                for (++at; at < text.size() && text[at] != '"'; ++at)
                    if (text[at] == '\\') ++at;
                if (at >= text.size()) return std::string_view::npos;
                if (depth == 0) return at + 1;
                break;
            case '{':
            case '[':
                ++depth;
                break;
            case '}':
            case ']':
                if (depth == 0) return at;  // the end of a number before it
                if (--depth == 0) return at + 1;
                break;
            case ',':
                if (depth == 0) return at;
                break;
            default:
                break;
        }
    }
    return std::string_view::npos;
}

std::size_t skipBlanks(std::string_view text, std::size_t at) {
    return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

char charAt(std::string_view text, std::size_t at) {
    return at < text.size() ? text[at] : '\0';
}

}  // namespace

RestResult<std::vector<NewestTrade>> readNewestTrades(std::string_view body) {
    return readRows<NewestTrade>(body, newestOf);
}

RestResult<std::vector<common::Trade>> readTrades(std::string_view body) {
    return readRows<common::Trade>(
        body, [](Value const& row) { return tradeOf(row, "id", "price", "qty", "time", "isBuyerMaker"); });
}

RestResult<ExchangeRest::Aggregates> readAggregates(std::string_view body) {
    auto rows = readRows<Aggregate>(body, aggregateOf);
    if (!rows) return std::unexpected(std::move(rows.error()));
    ExchangeRest::Aggregates aggregates;
    for (auto const& row : *rows) {
        aggregates.rows.push_back(row.trade);
        aggregates.aggregateIds.push_back(row.aggregateId);
    }
    return aggregates;
}

RestResult<std::vector<Kline>> readKlines(std::string_view body) {
    return readRows<Kline>(body, klineOf);
}

RestFailure readFailure(int status, std::string_view body, std::optional<common::DurationMs> retryAfterMs) {
    using Kind = RestFailure::Kind;
    std::int64_t code = 0;
    std::string message;
    if (auto const root = common::json::parse(body); root && root->isObject()) {
        code = integerOf(root->find("code")).value_or(0);
        if (auto const* const text = root->find("msg")) message = text->text();
    }
    constexpr std::int64_t kTooMany = -1003;
    constexpr std::int64_t kTimeout = -1007;
    constexpr std::int64_t kOverloaded = -1008;
    auto kind = Kind::Unreachable;
    if (status == 429 || status == 418 || code == kTooMany)
        kind = Kind::Limited;
    else if (status == 403 || status == 451)
        kind = Kind::Forbidden;
    else if (status >= 400 && status < 500 && code != kTimeout && code != kOverloaded)
        kind = Kind::Refused;
    message.resize(std::min(message.size(), kShownBytesMax));
    return {kind, fmt::format("HTTP {} code {} {}", status, code, message), retryAfterMs.value_or(0)};
}

bool SymbolListReader::fail(std::string_view why) {
    failure_ = why;
    return true;
}

bool SymbolListReader::enter() {
    std::string_view const text = body_;
    at_ = skipBlanks(text, 0);
    if (charAt(text, at_) != '{') return false;
    ++at_;
    for (;;) {
        at_ = skipBlanks(text, at_);
        auto const nameEnd = skipValue(text, at_);
        if (charAt(text, at_) != '"' || nameEnd == std::string_view::npos) return false;
        bool const isList = text.substr(at_, nameEnd - at_) == "\"symbols\"";
        at_ = skipBlanks(text, nameEnd);
        if (charAt(text, at_) != ':') return false;
        at_ = skipBlanks(text, at_ + 1);
        if (isList) return charAt(text, at_++) == '[';
        at_ = skipValue(text, at_);
        if (at_ == std::string_view::npos || charAt(text, at_ = skipBlanks(text, at_)) != ',') return false;
        ++at_;
    }
}

bool SymbolListReader::step(std::size_t count) {
    std::string_view const text = body_;
    if (!std::exchange(entered_, true) && !enter()) return fail("no symbol list");
    for (; count > 0; --count) {
        at_ = skipBlanks(text, at_);
        if (charAt(text, at_) == ']') return symbols_.empty() ? fail("an empty symbol list") : true;
        if (!symbols_.empty()) {
            if (charAt(text, at_) != ',') return fail("a broken symbol list");
            at_ = skipBlanks(text, at_ + 1);
        }
        auto const end = skipValue(text, at_);
        if (end == std::string_view::npos) return fail("a symbol list cut short");
        auto const value = common::json::parse(text.substr(at_, end - at_));
        if (!value) return fail(value.error().message);
        auto info = symbolOf(*value);
        if (!info) return fail("a symbol without name or status");
        symbols_.push_back(std::move(*info));
        at_ = end;
    }
    return false;
}

RestResult<std::vector<common::SymbolInfo>> SymbolListReader::take() {
    if (!failure_.empty()) return garbage(failure_);
    return std::move(symbols_);
}

std::string queryEncoded(std::string_view text) {
    std::string out;
    for (char const c : text) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        if (plain)
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string querySymbols(std::vector<common::Symbol> const& symbols) {
    common::json::Writer writer;
    writer.beginArray();
    for (auto const& symbol : symbols)
        writer.value(symbol);
    writer.endArray();
    return queryEncoded(writer.text());
}

}  // namespace ingestion::binance
