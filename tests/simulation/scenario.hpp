#pragma once

#include "ingestion/engine/engine.hpp"
#include "tests/simulation/sim_database.hpp"
#include "tests/simulation/sim_exchange.hpp"
#include "tests/simulation/sim_world.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace simulation {

/// What a seed makes of ingestion's world: how long it lasts and what goes wrong.
struct Plan {
    Weather weather;
    SimDatabase::Faults faults;
    common::DurationMs durationMs = 30'000;
    int symbols = 3;
    int crashesPerMinute = 0;
    int clockJumpsPerMinute = 0;  ///< our wall clock is set by up to an hour, either way
    int commandsPerSecond = 4;
    common::DurationMs repairHoldMs = 30'000;
    bool exactQuantities = true;  ///< nothing is missed, so no repair has to guess a quantity
    bool gapsAllowed = false;     ///< faults are hard enough that some ids may be given up
};
/// The plan of a seed: seeds cycle through calm, single faults and everything at once.
Plan planOf(std::uint64_t seed);

/// Runs the whole of ingestion in virtual time and compares what it stored with what the oracle says.
class Scenario {
public:
    explicit Scenario(std::uint64_t seed) : Scenario(seed, planOf(seed)) {}
    Scenario(std::uint64_t seed, Plan plan);
    /// Empty, or what is wrong.
    std::string run();
    std::size_t fires() const;
    std::int64_t gaps() const { return gaps_; }
    std::int64_t candles() const { return candles_; }
    /// Differences that the engine found at the tables and made good, since it last started.
    std::int64_t repairs() const { return repairs_; }

private:
    void startEngine();
    void crash();
    void command();
    common::Condition randomCondition(common::Symbol const& symbol);
    void pump(std::uint64_t incarnation);
    /// What still waits to be judged or armed; empty when everything has come to rest.
    std::string unsettled();
    std::string unfinishedMinutes(common::Symbol const& symbol);
    std::string compare();
    std::string compareCandles(common::Symbol const& symbol);
    std::string compareAlert(common::AlertId alert, std::vector<common::Notification> const& stored);

    std::uint64_t seed_;
    Plan plan_;
    World world_;
    std::vector<common::Symbol> symbols_;
    SimExchange exchange_;
    SimDatabase database_;
    std::unique_ptr<ingestion::Engine> engine_;
    std::uint64_t incarnation_ = 0;
    std::vector<common::AlertId> made_;
    bool busy_ = true;
    std::int64_t gaps_ = 0;
    std::int64_t candles_ = 0;
    std::int64_t repairs_ = 0;
};

}  // namespace simulation
