#include "notifier/session/upgrade.hpp"

#include "common/net/ws_frames.hpp"
#include "common/runtime/address.hpp"
#include "common/runtime/crypto.hpp"

#include <algorithm>

namespace notifier {
namespace {

constexpr std::string_view kSchemeEnd = "://";

std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

HttpHeaders upgradeHeaders() {
    return {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
}

/// `host[:port]` in lower case with the port spelled out.
std::optional<std::string> normalAuthority(std::string_view text, std::string_view defaultPort) {
    auto const bracket = text.rfind(']');
    auto const colon = text.rfind(':');
    bool const hasPort = colon != text.npos && (bracket == text.npos || colon > bracket);
    auto const host = text.substr(0, hasPort ? colon : text.npos);
    auto const port = hasPort ? text.substr(colon + 1) : defaultPort;
    auto const isDigit = [](char c) { return c >= '0' && c <= '9'; };
    bool const literal = host.starts_with('[') && host.ends_with(']');
    if (port.empty() || port.size() > 5 || !std::ranges::all_of(port, isDigit)) return std::nullopt;
    if (literal ? !common::IpAddress::parse(host.substr(1, host.size() - 2))
                : !common::isHostName(host) && !common::IpAddress::parse(host))
        return std::nullopt;
    return lowered(host) + ":" + std::string(port);
}

}  // namespace

std::optional<std::string> normalOrigin(std::string_view text) {
    auto const at = text.find(kSchemeEnd);
    if (at == text.npos) return std::nullopt;
    auto const scheme = lowered(text.substr(0, at));
    if (scheme != "http" && scheme != "https") return std::nullopt;
    auto const authority = normalAuthority(text.substr(at + kSchemeEnd.size()), scheme == "https" ? "443" : "80");
    if (!authority) return std::nullopt;
    return scheme + std::string(kSchemeEnd) + *authority;
}

bool originAllowed(HttpRequest const& request, OriginRule const& rule) {
    auto const count = request.headerCount("Origin");
    if (count == 0) return true;
    auto const origin = count == 1 ? normalOrigin(request.header("Origin")) : std::nullopt;
    if (!origin) return false;
    if (!rule.allowed.empty())
        return std::ranges::any_of(rule.allowed, [&](auto const& allowed) { return normalOrigin(allowed) == origin; });
    // A Host without port means the default one of the scheme the page was loaded with.
    auto const host = normalAuthority(request.header("Host"), origin->starts_with("https") ? "443" : "80");
    return host && origin->substr(origin->find(kSchemeEnd) + kSchemeEnd.size()) == *host;
}

std::expected<Upgrade, HttpResponse> checkUpgrade(HttpRequest const& request, OriginRule const& rule) {
    auto const refuse = [](int status, std::string_view detail, HttpHeaders headers = {}) {
        return std::unexpected(problem(status, statusText(status), detail, std::move(headers)));
    };
    if (request.method != "GET") return refuse(405, "a WebSocket is opened with GET", {{"Allow", "GET"}});
    if (request.version < 11) return refuse(400, "a WebSocket needs HTTP/1.1");
    if (request.headerCount("Host") != 1 || request.header("Host").empty())
        return refuse(400, "exactly one Host header is needed");
    if (!request.body.empty()) return refuse(400, "an upgrade request has no body");
    if (!request.hasToken("Upgrade", "websocket"))
        return refuse(426, "this path speaks WebSocket only: send Upgrade: websocket", upgradeHeaders());
    if (!request.hasToken("Connection", "upgrade")) return refuse(400, "the Connection header must hold Upgrade");
    if (request.headerCount("Sec-WebSocket-Version") != 1 || request.header("Sec-WebSocket-Version") != "13")
        return refuse(426, "only WebSocket version 13 is spoken here", upgradeHeaders());
    auto const key = common::decodeBase64(request.header("Sec-WebSocket-Key"));
    if (request.headerCount("Sec-WebSocket-Key") != 1 || !key || key->size() != 16)
        return refuse(400, "Sec-WebSocket-Key must be 16 bytes in base64");
    if (!originAllowed(request, rule)) return refuse(403, "this Origin may not connect; see --allowed-origins");
    auto secret = bearerSecret(request);
    if (secret && secret->empty())
        return refuse(401, "Authorization must be: Bearer KEY", {{"WWW-Authenticate", "Bearer"}});
    return Upgrade{common::net::wsAcceptText(request.header("Sec-WebSocket-Key")), std::move(secret)};
}

}  // namespace notifier
