#include "common/runtime/url.hpp"

#include "common/runtime/address.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace common {
namespace {

struct Scheme {
    std::string_view name;
    std::uint16_t port;
};
constexpr std::array kSchemes{Scheme{"http", 80}, Scheme{"https", 443}, Scheme{"ws", 80},
                              Scheme{"wss", 443}, Scheme{"smtp", 25},   Scheme{"smtps", 465}};
constexpr std::size_t kUrlBytesMax = 16'384;

std::uint16_t defaultPort(std::string_view scheme) {
    auto const row = std::ranges::find(kSchemes, scheme, &Scheme::name);
    return row == kSchemes.end() ? std::uint16_t{0} : row->port;
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return result;
}

bool isHexPair(std::string_view text) {
    auto const hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
    return text.size() == 2 && hex(text[0]) && hex(text[1]);
}

std::optional<std::string> percentDecoded(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            result += text[i];
            continue;
        }
        auto const pair = text.substr(i + 1, 2);
        if (!isHexPair(pair)) return {};
        unsigned value = 0;
        std::from_chars(pair.data(), pair.data() + 2, value, 16);
        // A line break in a user name would become a line of its own in SMTP or in a header.
        if (value < 0x20 || value == 0x7F) return {};
        result += static_cast<char>(value);
        i += 2;
    }
    return result;
}

/// Printable ASCII without those that no URL part may hold bare.
bool isUrlText(std::string_view text) {
    auto const allowed = [](char c) {
        return c > 0x20 && c < 0x7F && std::string_view("\"<>\\^`{|}#").find(c) == std::string_view::npos;
    };
    return std::ranges::all_of(text, allowed);
}

std::optional<std::string> parseUserInfo(std::string_view text, Url& url) {
    auto const colon = text.find(':');
    auto user = percentDecoded(text.substr(0, colon));
    auto password = percentDecoded(colon == std::string_view::npos ? "" : text.substr(colon + 1));
    if (!user || !password || text.find('@') != std::string_view::npos)
        return "has a user or password with characters that must be percent-encoded";
    url.user = std::move(*user);
    url.password = std::move(*password);
    return {};
}

std::optional<std::string> parseAuthority(std::string_view text, Url& url) {
    auto const at = text.rfind('@');
    if (at != std::string_view::npos) {
        if (auto problem = parseUserInfo(text.substr(0, at), url)) return problem;
        text.remove_prefix(at + 1);
    }
    // With a port of its own HostPort's rules hold as they are; without, the scheme's completes it.
    bool const bracketEnd = text.ends_with(']');
    bool const hasPort = !bracketEnd && text.find(':') != std::string_view::npos;
    auto const whole = hasPort ? std::string(text) : fmt::format("{}:{}", text, defaultPort(url.scheme));
    auto const place = HostPort::parse(whole);
    if (!place) return "has a host or port that is none";
    if (place->port == 0) return "has port 0";
    url.host = lower(place->host);
    url.port = place->port;
    return {};
}

}  // namespace

std::expected<Url, std::string> Url::parse(std::string_view text, std::span<std::string_view const> schemes) {
    if (text.size() > kUrlBytesMax) return std::unexpected(fmt::format("is longer than {} bytes", kUrlBytesMax));
    if (!isUrlText(text)) return std::unexpected("has characters that a URL cannot hold");
    auto const colon = text.find("://");
    Url url;
    url.scheme = lower(text.substr(0, colon == std::string_view::npos ? 0 : colon));
    if (std::ranges::find(schemes, url.scheme) == schemes.end())
        return std::unexpected(fmt::format("must begin with {}://", fmt::join(schemes, ":// or ")));
    text.remove_prefix(colon + 3);
    auto const end = text.find_first_of("/?");
    if (auto problem = parseAuthority(text.substr(0, end), url)) return std::unexpected(std::move(*problem));
    url.target = end == std::string_view::npos ? "/" : text.substr(end);
    if (url.target.front() != '/') url.target.insert(0, "/");
    return url;
}

std::string Url::authority() const {
    if (port != defaultPort(scheme)) return HostPort{host, port}.text();
    return host.find(':') != std::string::npos ? fmt::format("[{}]", host) : host;
}

std::string Url::origin() const {
    return fmt::format("{}://{}", scheme, authority());
}

std::string redactUrl(std::string_view text) {
    std::string result(text);
    auto const begin = result.find("://");
    auto const at = result.rfind('@');
    if (begin != std::string::npos && at != std::string::npos && at > begin)
        result.replace(begin + 3, at - begin - 3, "***");
    constexpr std::string_view kPassword = "password=";
    for (auto found = result.find(kPassword); found != std::string::npos; found = result.find(kPassword, found + 1)) {
        auto const value = found + kPassword.size();
        auto const stop = result.find('&', value);
        result.replace(value, (stop == std::string::npos ? result.size() : stop) - value, "***");
    }
    return result;
}

}  // namespace common
