#pragma once

#include "common/core/time.hpp"
#include "common/runtime/address.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/options.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ingestion {

/// What an operator may choose (spec section 1).
struct Options {
    std::string database;
    common::log::Level logLevel = common::log::Level::Info;
    common::log::Format logFormat = common::log::Format::Text;
    std::string exchangeWs;
    std::string exchangeRest;
    std::string exchangeCa;
    std::vector<std::string> symbols;
    common::DurationMs linger = 0;
    common::DurationMs repairHold = 0;
    std::int64_t repairLimit = 0;
    common::DurationMs catchupLimit = 0;
    bool marketSnapshots = false;
    common::DurationMs keepMinutes = 0;
    common::DurationMs keepHours = 0;
    std::optional<common::HostPort> metricsListen;
};

/// The one table of ingestion's options; `target` must outlive it.
common::OptionTable optionTable(Options& target);

}  // namespace ingestion
