#include "ingestion/app/options.hpp"

#include "common/core/utf8.hpp"
#include "common/runtime/url.hpp"
#include "common/store/open.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace ingestion {
namespace {

constexpr common::DurationMs kDayMs = 86'400'000;
constexpr std::array<std::string_view, 2> kWebSocketSchemes{"ws", "wss"};
constexpr std::array<std::string_view, 2> kHttpSchemes{"http", "https"};

template <std::size_t N>
common::OptionTable::Parser<std::string> url(std::array<std::string_view, N> const& schemes) {
    return [&schemes](std::string_view text) -> std::expected<std::string, std::string> {
        auto const parsed = common::Url::parse(text, schemes);
        if (!parsed) return std::unexpected(parsed.error());
        return std::string(text);
    };
}

/// What no symbol can be. Which ones there are, the exchange says later; they may hold letters of any script.
bool isSymbolLike(std::string_view text) {
    constexpr std::size_t kBytesMax = 64;
    return text.size() <= kBytesMax && common::isUtf8(text) && std::ranges::all_of(text, [](char c) {
               bool const ascii = static_cast<unsigned char>(c) < 0x80;
               return !ascii || std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
           });
}

}  // namespace

common::OptionTable optionTable(Options& target) {
    using common::log::Format;
    using common::log::Level;
    common::OptionTable table("tickbell-ingestion", "Follows the exchange and decides when alerts fire.");
    table.text(&target.database, "database", "sqlite:tickbell.db", "URL", "sqlite:PATH or postgresql://…");
    table.parsed<std::string>(&target.exchangeWs, "exchange-ws", "wss://data-stream.binance.vision", "URL",
                              "WebSocket base of the exchange; /ws or /stream is appended", url(kWebSocketSchemes));
    table.parsed<std::string>(&target.exchangeRest, "exchange-rest", "https://data-api.binance.vision", "URL",
                              "REST base of the exchange; /api/v3/… is appended", url(kHttpSchemes));
    table.text(&target.exchangeCa, "exchange-ca", "", "FILE",
               "certificates to trust besides the system's, for an exchange of one's own");
    table.list(&target.symbols, "symbols", "", "A,B", "symbols that are followed even if no alert needs them");
    table.rule([&target]() -> std::optional<std::string> {
        auto const wrong = std::ranges::find_if_not(target.symbols, isSymbolLike);
        if (wrong == target.symbols.end()) return {};
        return "--symbols: \"" + *wrong + "\" is no symbol; separate them by commas: BTCUSDT,ETHUSDT";
    });
    table.duration(&target.linger, "linger", "60s", 0, kDayMs, "how long a symbol nobody needs is followed on");
    table.duration(&target.repairHold, "repair-hold", "30s", 100, kDayMs,
                   "how long newer trades wait for a gap to be repaired");
    table.integer(&target.repairLimit, "repair-limit", 100'000, 1, 10'000'000,
                  "a gap of more trades is given up at once");
    table.duration(&target.catchupLimit, "catchup-limit", "6h", 0, 7 * kDayMs,
                   "how much downtime is caught up after a restart");
    table.flag(&target.marketSnapshots, "market-snapshots",
               "stores minute closes of every symbol, so that ranks are among all pairs");
    table.duration(&target.keepMinutes, "keep-minutes", "7d", 2 * kDayMs, 36'500 * kDayMs,
                   "how long candles are kept by minute; then by hour");
    table.duration(&target.keepHours, "keep-hours", "90d", 2 * kDayMs, 36'500 * kDayMs,
                   "how long candles are kept by hour; then by day, for good");
    table.rule([&target]() -> std::optional<std::string> {
        if (auto fault = common::databaseUrlFault(target.database)) return "--database: " + *fault;
        if (target.keepHours >= target.keepMinutes) return {};
        return "keep-hours must not be shorter than keep-minutes";
    });
    table.parsed<std::optional<common::HostPort>>(
        &target.metricsListen, "metrics-listen", "", "HOST:PORT", "serves /metrics, /healthz, /readyz; empty = off",
        [](std::string_view text) -> std::expected<std::optional<common::HostPort>, std::string> {
            if (text.empty()) return std::nullopt;
            auto const parsed = common::HostPort::parse(text);
            if (!parsed) return std::unexpected(parsed.error());
            return *parsed;
        });
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
    return table;
}

}  // namespace ingestion
