#include "common/runtime/log.hpp"
#include "tests/simulation/scenario.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

namespace {

std::uint64_t environment(char const* name, std::uint64_t fallback) {
    auto const* const text = std::getenv(name);
    return text == nullptr ? fallback : std::stoull(text);
}

// TICKBELL_SEED runs one seed, TICKBELL_SEEDS that many from TICKBELL_SEED on.
TEST(Simulation, Ingestion_AnyFaults_FiresLikeTheOracle) {
    common::log::configure(std::getenv("TICKBELL_SEED") != nullptr ? common::log::Level::Info : common::log::Level::Off,
                           common::log::Format::Text);
    auto const first = environment("TICKBELL_SEED", 1);
    auto const count = environment("TICKBELL_SEEDS", std::getenv("TICKBELL_SEED") == nullptr ? 1'000 : 1);
    std::size_t fires = 0;
    std::int64_t gaps = 0;
    std::int64_t candles = 0;
    std::int64_t repairs = 0;
    int failures = 0;
    for (auto seed = first; seed < first + count && failures < 5; ++seed) {
        simulation::Scenario scenario(seed);
        auto const wrong = scenario.run();
        fires += scenario.fires();
        gaps += scenario.gaps();
        candles += scenario.candles();
        repairs += scenario.repairs();
        if (wrong.empty()) continue;
        ++failures;
        ADD_FAILURE() << "seed " << seed << ": " << wrong << "\n  repeat: TICKBELL_SEED=" << seed
                      << " build/release/bin/simulation_tests";
    }
    RecordProperty("fires", static_cast<int>(fires));
    std::printf("%llu seeds, %zu fires and %lld candles compared, %lld gap events, %lld lost changes made good\n",
                static_cast<unsigned long long>(count), fires, static_cast<long long>(candles),
                static_cast<long long>(gaps), static_cast<long long>(repairs));
    if (count >= 100) EXPECT_GT(repairs, 0) << "no loss of a change was made good";
    if (count >= 100) EXPECT_GT(fires, count * 20) << "the simulated market hardly meets any alert";
}

}  // namespace
