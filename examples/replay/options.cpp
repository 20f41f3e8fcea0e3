#include "examples/replay/options.hpp"

#include "common/core/symbol.hpp"
#include "common/core/time.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace replay {
namespace {

constexpr std::size_t kSymbolsMax = 2'000;

/// Reads a value into `target`; the sentence is CLI11's complaint, empty when all is well.
template <class Target, class Parse>
CLI::Option* addParsed(CLI::App& app, std::string const& name, Target& target, Parse parse, std::string const& help) {
    return app.add_option_function<std::string>(
        name,
        [&target, parse, name](std::string const& text) {
            auto const value = parse(text);
            if (!value) throw CLI::ValidationError(name, "cannot read \"" + text + "\"");
            target = *value;
        },
        help);
}

std::optional<Speed> parseSpeed(std::string const& text) {
    if (text == "max") return Speed{1, true};
    double factor = 0;
    auto const* const end = text.data() + text.size();
    auto const [last, error] = std::from_chars(text.data(), end, factor);
    if (error != std::errc{} || last != end || !std::isfinite(factor) || factor < 0.001 || factor > 100'000) return {};
    return Speed{factor, false};
}

std::optional<std::pair<std::string, std::uint16_t>> parseListen(std::string const& text) {
    auto const colon = text.rfind(':');
    if (colon == std::string::npos || colon == 0) return {};
    std::uint16_t port = 0;
    auto const* const end = text.data() + text.size();
    auto const [last, error] = std::from_chars(text.data() + colon + 1, end, port);
    if (error != std::errc{} || last != end) return {};
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return std::pair{host, port};
}

}  // namespace

std::expected<Options, int> parseOptions(int argc, char const* const* argv) {
    Options options;
    CLI::App app{"A stand-in for Binance spot: WebSocket streams, REST and fault injection on one port.",
                 "tickbell-replay"};
    app.set_version_flag("--version", "tickbell-replay " TICKBELL_VERSION);
    std::pair<std::string, std::uint16_t> listen{options.host, options.port};
    std::string limits = "enforce";
    addParsed(app, "--listen", listen, parseListen,
              "HOST:PORT for WebSocket, REST and /control; port 0 picks a free one");
    auto* const tape = app.add_option("--tape", options.tapes, "tapes to play: SYMBOL.MARKET.DAY.csv.gz");
    auto* const synthetic =
        app.add_option("--synthetic", options.seed, "play an invented market with this seed (the default, seed 1)");
    tape->excludes(synthetic)->check(CLI::ExistingFile);
    app.add_option("--symbols", options.symbols, "symbols of the invented market")->delimiter(',')->excludes(tape);
    app.add_option("--rate", options.tradesPerSecond, "mean trades a second and symbol of the invented market")
        ->check(CLI::Range(0.001, 10'000.0))
        ->excludes(tape);
    addParsed(app, "--speed", options.speed, parseSpeed, "times real spacing, or max: as fast as readers take it");
    app.add_flag("--restamp", options.restamp, "tape times become now, spacing kept");
    app.add_flag("--hold", options.hold, "wait for POST /control/start");
    auto* const certificate =
        app.add_option("--tls-certificate", options.tlsCertificate, "PEM file: the port speaks TLS");
    auto* const key = app.add_option("--tls-key", options.tlsKey, "PEM file of its key");
    certificate->needs(key)->check(CLI::ExistingFile);
    key->needs(certificate)->check(CLI::ExistingFile);
    app.add_option("--batch", options.framesPerWriteMax, "frames in one write at most; 0 = all that wait");
    app.add_option("--history", options.historyTradesMax, "trades kept per symbol")
        ->check(CLI::Range(1'000, 5'000'000));
    app.add_option("--limits", limits, "what happens to clients that break the exchange's rules")
        ->check(CLI::IsMember({"enforce", "count"}));
    auto& rules = options.rules;
    addParsed(app, "--ping-interval", rules.pingIntervalMs, common::parseDuration, "between two pings (20s)");
    addParsed(app, "--pong-deadline", rules.pongDeadlineMs, common::parseDuration, "for the answer to a ping (60s)");
    addParsed(app, "--life", rules.lifeMs, common::parseDuration, "of a WebSocket connection (24h)");
    app.add_option("--connects", rules.connectsMax, "WebSocket connects per address and 5 minutes (300)");
    app.add_option("--log-level", options.logLevel)->check(CLI::IsMember({"error", "warn", "info", "debug", "trace"}));
    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& e) {
        return std::unexpected(app.exit(e));
    }
    rules.enforced = limits == "enforce";
    options.host = listen.first;
    options.port = listen.second;
    for (auto& symbol : options.symbols)
        symbol = common::upperSymbol(symbol);
    std::ranges::sort(options.symbols);
    auto const repeated = std::ranges::unique(options.symbols);
    options.symbols.erase(repeated.begin(), repeated.end());
    std::erase(options.symbols, "");
    if (options.symbols.size() > kSymbolsMax) {
        fmt::print(stderr, "--symbols: at most {} symbols\n", kSymbolsMax);
        return std::unexpected(2);
    }
    return options;
}

}  // namespace replay
