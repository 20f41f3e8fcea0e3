#pragma once

#include "examples/replay/market/player.hpp"
#include "examples/replay/rules/rules.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace replay {

/// The command line, checked.
struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 9443;
    std::vector<std::string> tapes;
    std::uint64_t seed = 1;
    std::vector<std::string> symbols;  ///< of the synthetic market; empty = the default dozen
    std::optional<double> tradesPerSecond;
    Speed speed;
    bool restamp = false;
    bool hold = false;
    std::string tlsCertificate;
    std::string tlsKey;
    std::size_t framesPerWriteMax = 0;
    std::size_t historyTradesMax = 200'000;
    RuleLimits rules;
    std::string logLevel = "info";
};

/// What `main` does after reading the command line: go on, or end with this code (help, version, mistakes).
std::expected<Options, int> parseOptions(int argc, char const* const* argv);

}  // namespace replay
