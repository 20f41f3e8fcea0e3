#pragma once

#include "notifier/api/http.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace notifier {

/// The path of the WebSocket; nothing else upgrades.
inline constexpr std::string_view kWebSocketPath = "/ws";

/// Which pages may open a connection. A browser always sends `Origin`; what sends none is no browser.
struct OriginRule {
    std::vector<std::string> allowed;  ///< `https://example.org`; empty = only the page's own host and port
};

/// Judges `Origin` (spec section 3): scheme, host and port are compared whole, so no look-alike passes.
bool originAllowed(HttpRequest const& request, OriginRule const& rule);

/// An `Origin` value as `scheme://host:port` in lower case with the port spelled out; nothing when it is none.
std::optional<std::string> normalOrigin(std::string_view text);

struct Upgrade {
    std::string accept;                 ///< Sec-WebSocket-Accept
    std::optional<std::string> secret;  ///< of `Authorization: Bearer`
};

/// Checks an opening handshake (RFC 6455 section 4.2.1) before anything is promised; the error is the answer.
std::expected<Upgrade, HttpResponse> checkUpgrade(HttpRequest const& request, OriginRule const& rule);

}  // namespace notifier
