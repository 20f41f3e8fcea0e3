#include "notifier/app/options.hpp"

#include "common/store/open.hpp"
#include "notifier/delivery/rules/mail_text.hpp"
#include "notifier/session/upgrade.hpp"

#include <array>
#include <expected>
#include <optional>
#include <string_view>
#include <utility>

namespace notifier {
namespace {

using common::CidrList;
using common::OptionTable;

constexpr common::DurationMs kSecondMs = 1'000;
constexpr common::DurationMs kDayMs = 86'400 * kSecondMs;
constexpr std::array<std::string_view, 2> kSmtpSchemes{"smtp", "smtps"};
constexpr std::array<std::string_view, 2> kHttpSchemes{"http", "https"};

/// Empty = off.
template <std::size_t N>
OptionTable::Parser<std::string> optionalUrl(std::array<std::string_view, N> const& schemes) {
    return [&schemes](std::string_view text) -> std::expected<std::string, std::string> {
        if (text.empty()) return std::string();
        auto const parsed = common::Url::parse(text, schemes);
        if (!parsed) return std::unexpected(parsed.error());
        return std::string(text);
    };
}

std::optional<std::string> brokenRule(Options const& options) {
    if (auto fault = common::databaseUrlFault(options.database)) return "--database: " + *fault;
    if (options.tlsCertificate.empty() != options.tlsKey.empty()) return "--tls-certificate and --tls-key go together";
    if (!isMailAddress(options.smtpFrom)) return "--smtp-from must be a plain address such as bell@example.org";
    for (auto const& origin : options.allowedOrigins)
        if (!normalOrigin(origin))
            return "--allowed-origins: " + origin + " is no origin such as https://example.org:8443";
    return {};
}

void addCommands(OptionTable& table, Options& target) {
    table.command("key add", "makes an API key and prints it, once", {{"NAME", &target.keyName}},
                  {{"admin", &target.keyAdmin, "the key may also see /metrics and /status"}});
    table.command("key list", "prints the keys' names and dates");
    table.command("key revoke", "ends a key; its alerts stay", {{"NAME", &target.keyName}});
    table.command("backup", "writes a checked copy of the database, also while both programs run",
                  {{"FILE", &target.file}});
    table.command("restore", "puts a backup in the place of the database; both programs must be stopped",
                  {{"FILE", &target.file}});
    table.command("doctor", "looks at database, disk, clock, exchange and limits, and says what to change", {},
                  {});
    table.command("verify", "reads the whole database and says what is wrong with it");
}

}  // namespace

std::optional<common::Url> smtpRelay(Options const& options) {
    auto relay = common::Url::parse(options.smtpUrl, kSmtpSchemes);
    if (!relay) return {};
    return std::move(*relay);
}

OptionTable optionTable(Options& target) {
    using common::log::Format;
    using common::log::Level;
    OptionTable table("tickbell-notifier", "Serves clients: takes their alerts and tells them what fired.");
    table.text(&target.database, "database", "sqlite:tickbell.db", "URL", "sqlite:PATH or postgresql://…");
    table.parsed<common::HostPort>(&target.listen, "listen", "127.0.0.1:8080", "HOST:PORT",
                                   "where clients connect; port 0 picks a free one", &common::HostPort::parse);
    table.choice<bool>(&target.authRequired, "auth", "open", {{"open", false}, {"required", true}},
                       "whether anyone may come, or only holders of a key");
    table.parsed<std::string>(&target.exchangeRest, "exchange-rest", "https://data-api.binance.vision", "URL",
                              "where doctor asks for the exchange's time", optionalUrl(kHttpSchemes));
    table.list(&target.allowedOrigins, "allowed-origins", "", "A,B",
               "web pages that may connect; empty = only those served from this very host and port");
    table.text(&target.tlsCertificate, "tls-certificate", "", "FILE", "certificate chain in PEM; turns TLS on, SIGHUP reads it again");
    table.text(&target.tlsKey, "tls-key", "", "FILE", "its private key in PEM");
    table.parsed<CidrList>(&target.webhookAllow, "webhook-allow", "", "CIDR,…",
                           "private address ranges that webhooks may go to", &common::parseCidrList);
    table.parsed<std::string>(&target.smtpUrl, "smtp-url", "", "URL", "relay for e-mail; empty = no e-mail",
                              optionalUrl(kSmtpSchemes));
    table.text(&target.smtpFrom, "smtp-from", "tickbell@localhost", "ADDRESS", "whom mails come from");
    table.text(&target.dashboard, "dashboard", "", "DIR", "files to serve at /; empty = none");
    table.parsed<CidrList>(&target.trustedProxies, "trusted-proxies", "", "CIDR,…",
                           "proxies whose X-Forwarded-For is believed", &common::parseCidrList);
    table.parsed<std::string>(&target.publicUrl, "public-url", "", "URL",
                              "where clients reach this server from outside", optionalUrl(kHttpSchemes));
    table.duration(&target.heartbeat, "heartbeat", "15s", 100, 3'600 * kSecondMs,
                   "how often a connection is told that it is alive");
    table.duration(&target.anonymousTtl, "anonymous-ttl", "24h", 100, 3'650 * kDayMs,
                   "how long an anonymous account is kept without a connection");
    table.duration(&target.retention, "retention", "7d", 100, 3'650 * kDayMs, "how long notifications are kept");
    table.integer(&target.limitAlerts, "limit-alerts", 1'000, 1, 1'000'000, "alerts of one account");
    table.integer(&target.limitCommands, "limit-commands", 20, 1, 100'000,
                  "commands per second of one connection; five times as many at once");
    table.integer(&target.connectionsPerAddress, "connections-per-address", 256, 1, 1'000'000,
                  "open connections of one address; loopback and trusted proxies are exempt");
    table.integer(&target.limitConnections, "limit-connections", 20'000, 1, 1'000'000,
                  "open connections of all addresses together; further ones are answered 503");
    table.choice<Level>(&target.logLevel, "log-level", "info",
                        {{"trace", Level::Trace},
                         {"debug", Level::Debug},
                         {"info", Level::Info},
                         {"warn", Level::Warn},
                         {"error", Level::Error},
                         {"off", Level::Off}},
                        "how much is logged");
    table.choice<Format>(&target.logFormat, "log-format", "text", {{"text", Format::Text}, {"json", Format::Json}},
                         "how it is logged");
    table.rule([&target] { return brokenRule(target); });
    addCommands(table, target);
    return table;
}

}  // namespace notifier
