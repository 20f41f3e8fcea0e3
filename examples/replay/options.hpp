#pragma once

#include "common/runtime/address.hpp"
#include "common/runtime/options.hpp"
#include "examples/replay/market/player.hpp"
#include "examples/replay/rules/rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace replay {

/// What an operator may choose; README.md says what each means.
struct Options {
    common::HostPort listen;
    std::vector<std::string> tapes;
    std::optional<std::uint64_t> seed;
    std::vector<std::string> symbols;
    std::optional<double> tradesPerSecond;
    Speed speed;
    bool restamp = false;
    bool hold = false;
    std::string tlsCertificate;
    std::string tlsKey;
    std::size_t framesPerWriteMax = 0;
    std::size_t historyTradesMax = 0;
    RuleLimits rules;
    std::string logLevel;
};

/// The one table of replay's options; `target` must outlive it.
common::OptionTable optionTable(Options& target);

/// Of the synthetic market: upper case, sorted, each once; empty = the default dozen.
std::vector<std::string> marketSymbols(Options const& options);

}  // namespace replay
