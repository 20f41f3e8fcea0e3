#include "examples/replay/rest/parameters.hpp"

#include "common/core/json.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace replay {
namespace {

/// Times from here on are microseconds: as milliseconds they would lie in the year 5138.
constexpr std::int64_t kMicrosecondsFrom = 100'000'000'000'000;

ApiError illegalCharacters(std::string_view name, std::string_view range) {
    return {-1100, fmt::format("Illegal characters found in parameter '{}'; legal range is '{}'.", name, range)};
}

bool isSymbolText(std::string_view text) {
    return text.size() <= 64 && std::ranges::all_of(text, [](char c) {
               bool const isPlain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
               return isPlain || c == '-' || c == '_' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
           });
}

ApiResult<SymbolBook const*> findSymbol(Exchange const& exchange, std::string_view name) {
    int const place = exchange.find(name);
    if (place < 0) return std::unexpected(invalidSymbol());
    return &exchange.books()[static_cast<std::size_t>(place)];
}

}  // namespace

ApiError missingParameter(std::string_view name) {
    return {-1102, fmt::format("Mandatory parameter '{}' was not sent, was empty/null, or malformed.", name)};
}
ApiError invalidSymbol() {
    return {-1121, "Invalid symbol."};
}
ApiError invalidParameter(std::string_view name) {
    return {-1130, fmt::format("Data sent for parameter '{}' is not valid.", name)};
}
ApiError invalidCombination() {
    return {-1128, "Combination of optional parameters invalid."};
}

ApiResult<SymbolBook const*> readSymbol(Query const& query, Exchange const& exchange) {
    auto const symbol = query.find("symbol");
    if (!symbol) return std::unexpected(missingParameter("symbol"));
    if (symbol->empty()) return std::unexpected(ApiError{-1105, "Parameter 'symbol' was empty."});
    if (!isSymbolText(*symbol)) return std::unexpected(illegalCharacters("symbol", "^[A-Z0-9-_.]{1,20}$"));
    return findSymbol(exchange, *symbol);
}

ApiResult<std::vector<SymbolBook const*>> readSymbols(Query const& query, Exchange const& exchange) {
    auto const list = common::json::parse(query.find("symbols").value_or(""));
    if (!list || !list->isArray() || list->items().empty())
        return std::unexpected(
            illegalCharacters("symbols", R"(^\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\]$)"));
    std::vector<SymbolBook const*> books;
    for (auto const& name : list->items()) {
        if (!name.isString() || !isSymbolText(name.text()))
            return std::unexpected(illegalCharacters("symbols", "^[A-Z0-9-_.]{1,20}$"));
        auto const book = findSymbol(exchange, name.text());
        if (!book) return std::unexpected(book.error());
        if (std::ranges::find(books, *book) != books.end())
            return std::unexpected(ApiError{-1151, "Symbol is present multiple times in the list."});
        books.push_back(*book);
    }
    return books;
}

ApiResult<std::optional<std::int64_t>> readInteger(Query const& query, std::string_view name) {
    auto const text = query.find(name);
    if (!text) return std::optional<std::int64_t>{};
    if (text->empty()) return std::unexpected(ApiError{-1105, fmt::format("Parameter '{}' was empty.", name)});
    std::int64_t value = 0;
    auto const* const end = text->data() + text->size();
    auto const [last, error] = std::from_chars(text->data(), end, value);
    if (error != std::errc{} || last != end || value < 0)
        return std::unexpected(illegalCharacters(name, "^[0-9]{1,20}$"));
    return value;
}

ApiResult<std::size_t> readLimit(Query const& query, std::size_t byDefault, std::size_t max) {
    auto const limit = readInteger(query, "limit");
    if (!limit) return std::unexpected(limit.error());
    if (!*limit) return byDefault;
    if (**limit == 0) return std::unexpected(invalidParameter("limit"));
    return std::min(static_cast<std::size_t>(**limit), max);
}

ApiResult<std::optional<TimeMs>> readTime(Query const& query, std::string_view name) {
    auto time = readInteger(query, name);
    if (time && *time && **time >= kMicrosecondsFrom) **time /= 1'000;
    return time;
}

}  // namespace replay
