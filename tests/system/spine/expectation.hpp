#pragma once

#include "common/core/alert.hpp"
#include "common/core/json.hpp"
#include "common/core/trade.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spine {

/// Trades of a recorded tape (format: tapes/README.md), prices exactly as written.
std::vector<common::Trade> readTape(std::filesystem::path const& file);
/// Recorded tapes, nothing where they are not at hand.
std::optional<std::filesystem::path> tapeFolder();

/// An alert as the test asks for it, and what came of it.
struct Asked {
    std::string request;  ///< the subscribe frame
    common::AlertDefinition definition;
    std::int64_t from = 0;
};
/// `count` alerts of all kinds and modes whose levels lie where the tape moves; the seed decides.
std::vector<Asked> randomAlerts(std::uint64_t seed, int count,
                                std::map<common::Symbol, std::vector<common::Trade>> const& tapes);

/// What a line tells: everything, or what spec section 7.1 promises also where a trade was recovered as a part of an
/// aggregate, whose quantity is another.
enum class Detail { All, Promised };
/// What a client must see of an alert on this tape, one line per notification, from the oracle.
std::vector<std::string> expectedLines(Asked const& asked, std::vector<common::Trade> const& tape, Detail detail);
/// The same line from a notification push.
std::string lineOf(common::json::Value const& notification, Detail detail);

}  // namespace spine
