#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace common {

/// An absolute URL of a peer: http, https, ws, wss, smtp, smtps. Strict: printable ASCII only, no fragment, host a
/// name, an IPv4 or a bracketed IPv6 address, so that no two parts of the program can read one text differently.
struct Url {
    std::string scheme = {};    ///< lower case
    std::string user = {};      ///< percent-decoded; empty when absent
    std::string password = {};  ///< percent-decoded; empty when absent
    std::string host = {};      ///< lower case, without brackets
    std::uint16_t port = 0;
    std::string target = {};  ///< path and query, begins with `/`

    /// `schemes` are those allowed here. The error does not repeat the text, which may hold a password.
    static std::expected<Url, std::string> parse(std::string_view text, std::span<std::string_view const> schemes);

    bool isTls() const { return scheme == "https" || scheme == "wss" || scheme == "smtps"; }
    /// `host`, or `host:port` where the port is not the scheme's own: the value of a Host header.
    std::string authority() const;
    /// `scheme://authority`, without user, password and target.
    std::string origin() const;
};

/// The text with everything between `://` and the last `@`, and every `password=` of a query, masked: for logs.
std::string redactUrl(std::string_view text);

}  // namespace common
