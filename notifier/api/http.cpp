#include "notifier/api/http.hpp"

#include "common/core/json_writer.hpp"

#include <algorithm>

namespace notifier {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), lower);
    return out;
}

std::string_view trimmed(std::string_view text) {
    auto const from = text.find_first_not_of(" \t");
    if (from == text.npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

}  // namespace

bool sameWord(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view HttpRequest::path() const {
    return std::string_view(target).substr(0, target.find('?'));
}

std::string_view HttpRequest::query() const {
    auto const mark = target.find('?');
    return mark == target.npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

std::string_view HttpRequest::header(std::string_view name) const {
    auto const found = std::ranges::find_if(headers, [&](auto const& header) { return sameWord(header.first, name); });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::size_t HttpRequest::headerCount(std::string_view name) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(headers, [&](auto const& header) { return sameWord(header.first, name); }));
}

std::vector<std::string_view> HttpRequest::elements(std::string_view name) const {
    std::vector<std::string_view> found;
    for (auto const& [key, value] : headers) {
        if (!sameWord(key, name)) continue;
        std::string_view rest = value;
        while (true) {
            auto const comma = rest.find(',');
            found.push_back(trimmed(rest.substr(0, comma)));
            if (comma == rest.npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    return found;
}

bool HttpRequest::hasToken(std::string_view name, std::string_view token) const {
    return std::ranges::any_of(elements(name), [&](std::string_view element) { return sameWord(element, token); });
}

std::string_view statusText(int status) {
    switch (status) {
        case 101:
            return "Switching Protocols";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 204:
            return "No Content";
        case 304:
            return "Not Modified";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 415:
            return "Unsupported Media Type";
        case 426:
            return "Upgrade Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 503:
            return "Service Unavailable";
        default:
            return "Internal Server Error";
    }
}

HttpResponse problem(int status, std::string_view title, std::string_view detail, HttpHeaders headers) {
    common::json::Writer out;
    out.beginObject()
        .field("type", "about:blank")
        .field("title", title)
        .field("status", status)
        .field("detail", detail)
        .endObject();
    return {status, "application/problem+json", out.take(), std::move(headers)};
}

HttpResponse problem(common::Error const& error) {
    auto const& info = common::errorInfo(error.code);
    std::string title(info.name);
    std::ranges::replace(title, '_', ' ');
    common::json::Writer out;
    out.beginObject()
        .field("type", "urn:tickbell:error:" + std::string(info.name))
        .field("title", title)
        .field("status", info.httpStatus)
        .field("detail", error.message)
        .field("code", static_cast<int>(error.code))
        .field("name", info.name)
        .key("field");
    error.field.empty() ? out.null() : out.value(error.field);
    out.field("retryable", info.retryable);
    HttpResponse response{info.httpStatus, "application/problem+json", {}, {}};
    if (error.retryAfterMs) {
        out.field("retry_after_ms", *error.retryAfterMs);
        // Whole seconds, rounded up (RFC 9110 section 10.2.3).
        response.headers.emplace_back("Retry-After", std::to_string((*error.retryAfterMs + 999) / 1'000));
    }
    if (info.httpStatus == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
    response.body = out.endObject().take();
    return response;
}

std::optional<std::string> bearerSecret(HttpRequest const& request) {
    auto const count = request.headerCount("Authorization");
    if (count == 0) return std::nullopt;
    constexpr std::string_view kBearer = "bearer ";
    auto const value = request.header("Authorization");
    if (count > 1 || lowered(value.substr(0, kBearer.size())) != kBearer) return "";
    auto const from = value.find_first_not_of(' ', kBearer.size());
    return from == value.npos ? std::string() : std::string(value.substr(from));
}

}  // namespace notifier
