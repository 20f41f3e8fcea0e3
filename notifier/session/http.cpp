#include "notifier/session/http.hpp"

#include "common/core/json_writer.hpp"

#include <algorithm>

namespace notifier {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool sameWord(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
    auto const from = text.find_first_not_of(" \t");
    if (from == text.npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

}  // namespace

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

bool HttpRequest::hasToken(std::string_view name, std::string_view token) const {
    for (auto const& [key, value] : headers) {
        if (!sameWord(key, name)) continue;
        std::string_view rest = value;
        while (true) {
            auto const comma = rest.find(',');
            if (sameWord(trimmed(rest.substr(0, comma)), token)) return true;
            if (comma == rest.npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    return false;
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

}  // namespace notifier
