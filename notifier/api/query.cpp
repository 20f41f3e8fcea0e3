#include "notifier/api/query.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace notifier {
namespace {

using common::ErrorCode;
using common::fail;
using common::Result;

std::optional<std::int64_t> wholeNumber(std::string_view text) {
    std::int64_t value = 0;
    auto const end = text.data() + text.size();
    auto const [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) return {};
    return value;
}

std::optional<std::string> formDecoded(std::string_view text) {
    std::string plain(text);
    std::ranges::replace(plain, '+', ' ');
    return percentDecoded(plain);
}

}  // namespace

std::optional<std::string> percentDecoded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out.push_back(text[at]);
            continue;
        }
        unsigned char byte = 0;
        auto const* const digits = text.data() + at + 1;
        if (text.size() - at < 3) return {};
        auto const [stop, error] = std::from_chars(digits, digits + 2, byte, 16);
        if (error != std::errc() || stop != digits + 2) return {};
        out.push_back(static_cast<char>(byte));
        at += 2;
    }
    return out;
}

Result<Query> Query::parse(std::string_view text) {
    Query query;
    while (!text.empty()) {
        auto const part = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        if (part.empty()) continue;
        auto const equals = part.find('=');
        auto name = formDecoded(part.substr(0, equals));
        auto value = formDecoded(equals == part.npos ? std::string_view() : part.substr(equals + 1));
        if (!name || !value) return fail(ErrorCode::BadRequest, "a broken % escape stands in the query");
        if (query.find(*name))
            return fail(ErrorCode::BadRequest, fmt::format("\"{}\" stands twice in the query", *name), *name);
        query.values_.emplace_back(std::move(*name), std::move(*value));
    }
    return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const {
    auto const found = std::ranges::find(values_, name, &std::pair<std::string, std::string>::first);
    if (found == values_.end()) return {};
    return found->second;
}

Result<std::string> Query::text(std::string_view name) const {
    auto const value = find(name);
    if (!value) return fail(ErrorCode::MissingField, fmt::format("\"{}\" is missing", name), std::string(name));
    return std::string(*value);
}

Result<std::int64_t> Query::integer(std::string_view name, std::int64_t minimum, std::int64_t maximum,
                                    std::int64_t fallback) const {
    auto const value = find(name);
    if (!value) return fallback;
    auto const number = wholeNumber(*value);
    if (number && *number >= minimum && *number <= maximum) return *number;
    return fail(ErrorCode::BadValue,
                maximum == std::numeric_limits<std::int64_t>::max()
                    ? fmt::format("\"{}\" must be a whole number from {} on", name, minimum)
                    : fmt::format("\"{}\" must be a whole number from {} to {}", name, minimum, maximum),
                std::string(name));
}

Result<std::optional<common::TimeMs>> Query::time(std::string_view name) const {
    if (!find(name)) return std::nullopt;
    // Far enough ahead for any use, and far from where sums of times overflow.
    constexpr common::TimeMs kTimeMax = 32'503'680'000'000;
    return integer(name, 0, kTimeMax, 0);
}

Result<common::DurationMs> Query::duration(std::string_view name, common::DurationMs fallback) const {
    auto const value = find(name);
    if (!value) return fallback;
    if (auto const duration = common::parseDuration(*value)) return *duration;
    return fail(ErrorCode::BadValue, fmt::format("\"{}\" must be a duration such as 30s, 5m or 24h", name),
                std::string(name));
}

}  // namespace notifier
