// What was acknowledged survives a power cut at any write or sync, with what a disk may do to the rest.

#include "common/store/backup.hpp"
#include "common/store/open.hpp"
#include "common/store/store_error.hpp"
#include "tests/unit/common/store/sqlite/crashing_vfs.hpp"
#include "tests/unit/common/store/sqlite/temp_database.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace store_test {
namespace {

using namespace common;
namespace fs = std::filesystem;

constexpr int kCommits = 60;
constexpr int kCutsPerSeed = 12;

/// What is left of a cut, and how many commits had been acknowledged when it came.
struct Remains {
    std::unique_ptr<TempDatabase> place;
    int acknowledged = 0;
};

std::string name(char side, int number) {
    return std::string(1, side) + std::to_string(number);
}

/// Always two accounts and an alert that fires: half a commit would show.
void commitOne(Database& database, int number) {
    database.begin();
    AlertDefinition alert;
    alert.publicId = "al_" + std::to_string(number);
    alert.account = database.accounts().createAnonymous(name('l', number), name('l', number), number).id;
    alert.symbol = "BTCUSDT";
    alert.note = std::string(static_cast<std::size_t>(number) * 37 % 3'000, 'n');
    alert.condition.price = Decimal::fromUnits(number + 1);
    alert.id = database.alerts().insert(alert);
    Step step;
    step.positions.push_back({.expected = number == 0 ? std::nullopt : std::optional<std::int64_t>(number - 1),
                              .next = Position{.symbol = "BTCUSDT", .tradeId = number},
                              .symbol = "BTCUSDT"});
    auto& arm = step.arms.emplace_back();
    arm.alert = alert.id;
    arm.rev = 1;
    arm.status = AlertStatus::Armed;
    auto& fire = step.fires.emplace_back();
    fire.alert = alert.id;
    fire.rev = 1;
    fire.trade.id = number;
    database.steps().apply(step);
    database.accounts().createAnonymous(name('r', number), name('r', number), number);
    database.commit();
}

std::string verdict(Remains const& remains) {
    try {
        auto const database = openDatabase(remains.place->url(), {});
        int found = 0;
        while (database->accounts().findBySession(name('l', found)))
            ++found;
        if (found < remains.acknowledged) return "an acknowledged commit is lost: " + std::to_string(found);
        if (found > remains.acknowledged + 1) return "more than was ever begun: " + std::to_string(found);
        for (int i = 0; i < found; ++i)
            if (!database->accounts().findBySession(name('r', i))) return "half of commit " + std::to_string(i);
        if (database->accounts().findBySession(name('r', found))) return "the other half of " + std::to_string(found);
        auto const position = database->demand().position("BTCUSDT");
        if ((position ? position->tradeId : -1) != found - 1) return "the position stands elsewhere";
        if (std::ssize(database->events().tail(0, kCommits + 1)) != found) return "events and commits differ";
        // And it goes on from there.
        commitOne(*database, found);
    } catch (StoreError const& error) {
        return error.what();
    }
    auto const faults = verifyDatabase(remains.place->url()).faults;
    return faults.empty() ? "" : faults.front();
}

/// Commits and checkpoints by chance while the power may go at any write; judges every remainder.
std::string run(std::uint64_t seed) {
    std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
    auto& disk = CrashingDisk::instance();
    std::vector<Remains> remains;
    {
        TempDatabase place;
        auto const database = openDatabase(place.url(), {});
        database->checkpoint(true);
        disk.watch(place.directory);
        int acknowledged = 0;
        disk.beforeEach = [&] {
            if (remains.size() == kCutsPerSeed || random() % 20 != 0) return;
            auto& cut = remains.emplace_back(std::make_unique<TempDatabase>(), acknowledged);
            disk.cutPower(cut.place->directory, random);
        };
        for (int i = 0; i < kCommits; ++i) {
            commitOne(*database, i);
            ++acknowledged;
            if (random() % 8 == 0) database->checkpoint(random() % 2 == 0);
        }
        disk.forget();
    }
    for (auto const& cut : remains)
        if (auto wrong = verdict(cut); !wrong.empty())
            return "after " + std::to_string(cut.acknowledged) + " commits: " + wrong;
    return {};
}

// TICKBELL_SEED runs one seed, TICKBELL_SEEDS that many from TICKBELL_SEED on.
TEST(PowerLoss, AtAnyWrite_TornPages_NothingAcknowledgedIsLost) {
    auto const environment = [](char const* variable, std::uint64_t fallback) {
        auto const* const text = std::getenv(variable);
        return text == nullptr ? fallback : std::stoull(text);
    };
    auto const first = environment("TICKBELL_SEED", 1);
    auto const count = environment("TICKBELL_SEEDS", std::getenv("TICKBELL_SEED") == nullptr ? 20 : 1);
    for (auto seed = first; seed < first + count; ++seed)
        if (auto const wrong = run(seed); !wrong.empty())
            FAIL() << "seed " << seed << " " << wrong << "\n  repeat: TICKBELL_SEED=" << seed
                   << " build/release/bin/unit_store_power_loss";
    std::printf("%llu seeds, %d power cuts each\n", static_cast<unsigned long long>(count), kCutsPerSeed);
}

}  // namespace
}  // namespace store_test
