#pragma once

#include "common/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ingestion {

/// Side from which a price entered a band or to which it left.
enum class Edge : std::uint8_t { None, Low, High };

/// An unbroken run of a predicate that has not lasted for `for` yet.
struct Run {
    common::TimeMs since = 0;  ///< event time of its first trade
    bool up = true;            ///< which predicate of `move`; true elsewhere
    Edge edge = Edge::None;    ///< of its first trade
    bool operator==(Run const&) const = default;
};

/// What an alert remembers beyond what the position tells. Prices in units of 1e-8.
struct AlertMemory {
    bool held = false;                     ///< `rearm`: P counts as true until the price has come back
    std::optional<std::uint64_t> anchor;   ///< move
    std::optional<std::uint64_t> extreme;  ///< trail
    std::optional<Run> run;
    bool operator==(AlertMemory const&) const = default;
};

/// AlertState::engine: a version, then one token per remembered thing; empty when nothing is. `1 a9900000000 u17600l`
std::string writeMemory(AlertMemory const& memory);
/// Nothing remembered for an empty, foreign or damaged text: the alert then begins anew at its next trade.
AlertMemory readMemory(std::string_view text);

}  // namespace ingestion
