#include "examples/replay/options.hpp"

#include "common/core/symbol.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <expected>
#include <filesystem>
#include <limits>
#include <string_view>

#include <fmt/format.h>

namespace replay {
namespace {

constexpr std::size_t kSymbolsMax = 2'000;

template <class T>
using Parsed = std::expected<T, std::string>;

/// A whole number from `minimum` to `maximum`.
template <class T>
common::OptionTable::Parser<T> whole(T minimum, T maximum) {
    return [minimum, maximum](std::string_view text) -> Parsed<T> {
        T value = 0;
        auto const* const end = text.data() + text.size();
        auto const [last, error] = std::from_chars(text.data(), end, value);
        if (error != std::errc{} || last != end || value < minimum || value > maximum)
            return std::unexpected(fmt::format("must be a whole number from {} to {}", minimum, maximum));
        return value;
    };
}

std::optional<double> decimal(std::string_view text, double minimum, double maximum) {
    double value = 0;
    auto const* const end = text.data() + text.size();
    auto const [last, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || last != end || !std::isfinite(value) || value < minimum || value > maximum) return {};
    return value;
}

Parsed<Speed> parseSpeed(std::string_view text) {
    if (text == "max") return Speed{1, true};
    auto const factor = decimal(text, 0.001, 100'000);
    if (!factor) return std::unexpected("must be max or a factor from 0.001 to 100000");
    return Speed{*factor, false};
}

Parsed<std::optional<double>> parseRate(std::string_view text) {
    if (text.empty()) return std::nullopt;
    auto const rate = decimal(text, 0.001, 10'000);
    if (!rate) return std::unexpected("must be from 0.001 to 10000");
    return rate;
}

Parsed<std::optional<std::uint64_t>> parseSeed(std::string_view text) {
    if (text.empty()) return std::nullopt;
    return whole<std::uint64_t>(0, std::numeric_limits<std::uint64_t>::max())(text);
}

std::optional<std::string> brokenRule(Options const& options) {
    if (!options.tapes.empty() && (options.seed || !options.symbols.empty() || options.tradesPerSecond))
        return "--tape excludes --synthetic, --symbols and --rate";
    if (options.tlsCertificate.empty() != options.tlsKey.empty()) return "--tls-certificate and --tls-key go together";
    for (auto const& tape : options.tapes)
        if (std::error_code error; !std::filesystem::is_regular_file(tape, error))
            return fmt::format("--tape: there is no file {}", tape);
    if (options.symbols.size() > kSymbolsMax) return fmt::format("--symbols: at most {} symbols", kSymbolsMax);
    return {};
}

void addRules(common::OptionTable& table, RuleLimits& rules) {
    constexpr common::DurationMs kDayMs = 86'400'000;
    table.choice<bool>(&rules.enforced, "limits", "enforce", {{"enforce", true}, {"count", false}},
                       "what clients get that break the exchange's rules: its punishment, or only a count");
    table.duration(&rules.pingIntervalMs, "ping-interval", "20s", 1, kDayMs, "between two pings");
    table.duration(&rules.pongDeadlineMs, "pong-deadline", "60s", 1, kDayMs, "for the answer to a ping");
    table.duration(&rules.lifeMs, "life", "24h", 1, 365 * kDayMs, "of a WebSocket connection");
    table.parsed<std::size_t>(&rules.connectsMax, "connects", "300", "N",
                              "WebSocket connects per address and 5 minutes", whole<std::size_t>(0, 1'000'000'000));
}

}  // namespace

common::OptionTable optionTable(Options& target) {
    common::OptionTable table("tickbell-replay",
                              "A stand-in for Binance spot: WebSocket streams, REST and fault injection on one port.");
    table.parsed<common::HostPort>(&target.listen, "listen", "127.0.0.1:9443", "HOST:PORT",
                                   "WebSocket, REST and /control; port 0 picks a free one", &common::HostPort::parse);
    table.files(&target.tapes, "tape", "tapes to play: SYMBOL.MARKET.DAY.csv.gz");
    table.parsed<std::optional<std::uint64_t>>(&target.seed, "synthetic", "", "SEED",
                                               "plays an invented market with this seed; without --tape: seed 1",
                                               &parseSeed);
    table.list(&target.symbols, "symbols", "", "A,B", "symbols of the invented market; empty = a dozen");
    table.parsed<std::optional<double>>(&target.tradesPerSecond, "rate", "", "N",
                                        "mean trades a second and symbol of the invented market", &parseRate);
    table.parsed<Speed>(&target.speed, "speed", "1", "X|max", "times real spacing, or as fast as readers take it",
                        &parseSpeed);
    table.flag(&target.restamp, "restamp", "tape times become now, spacing kept");
    table.flag(&target.hold, "hold", "waits for POST /control/start");
    table.text(&target.tlsCertificate, "tls-certificate", "", "FILE", "certificate chain in PEM; turns TLS on");
    table.text(&target.tlsKey, "tls-key", "", "FILE", "its private key in PEM");
    table.parsed<std::size_t>(&target.framesPerWriteMax, "batch", "0", "N",
                              "frames in one write at most; 0 = all that wait", whole<std::size_t>(0, 1'000'000));
    table.parsed<std::size_t>(&target.historyTradesMax, "history", "200000", "N", "trades kept per symbol",
                              whole<std::size_t>(1'000, 5'000'000));
    addRules(table, target.rules);
    table.choice<std::string>(
        &target.logLevel, "log-level", "info",
        {{"trace", "trace"}, {"debug", "debug"}, {"info", "info"}, {"warn", "warn"}, {"error", "error"}},
        "how much is logged");
    table.rule([&target] { return brokenRule(target); });
    return table;
}

std::vector<std::string> marketSymbols(Options const& options) {
    std::vector<std::string> symbols;
    for (auto const& symbol : options.symbols)
        symbols.push_back(common::upperSymbol(symbol));
    std::ranges::sort(symbols);
    auto const repeated = std::ranges::unique(symbols);
    symbols.erase(repeated.begin(), repeated.end());
    return symbols;
}

}  // namespace replay
