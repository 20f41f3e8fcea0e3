// What the store costs: a commit, a firing by group size, a row of each kind, loading everything at start.
// The database lies in TMPDIR; a commit costs what that disk's fsync costs.
#include "common/store/open.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <stdlib.h>

namespace {

using namespace common;

/// A fresh database with one account.
class Bench {
public:
    Bench() {
        auto pattern = (std::filesystem::temp_directory_path() / "tickbell-benchmark-XXXXXX").string();
        directory_ = ::mkdtemp(pattern.data());
        database = open();
        database->begin();
        account = database->accounts().createAnonymous("acc_1", "1", 1).id;
        database->commit();
    }
    ~Bench() {
        database.reset();
        std::filesystem::remove_all(directory_);
    }
    std::unique_ptr<Database> open() const {
        return openDatabase("sqlite:" + (directory_ / "tickbell.db").string(), {});
    }

    AlertDefinition addAlert(std::int64_t number, int symbols = 1) {
        AlertDefinition alert;
        alert.publicId = "al_0123456789abcdefghij" + std::to_string(number);
        alert.account = account;
        alert.symbol = "SYMBOL" + std::to_string(number % symbols) + "USDT";
        alert.condition.price = Decimal::fromUnits(7'000'000'000'000 + number);
        alert.created = number;
        alert.id = database->alerts().insert(alert);
        return alert;
    }
    std::vector<AlertDefinition> addArmed(std::int64_t count, int symbols = 1) {
        std::vector<AlertDefinition> alerts;
        database->begin();
        Step step;
        for (std::int64_t i = 0; i < count; ++i) {
            alerts.push_back(addAlert(i, symbols));
            step.arms.push_back({.alert = alerts.back().id,
                                 .rev = 1,
                                 .status = AlertStatus::Armed,
                                 .fromTradeId = 1,
                                 .suppressed = 0,
                                 .cooldownFrom = {},
                                 .engine = {},
                                 .announce = false});
        }
        database->steps().apply(step);
        database->commit();
        return alerts;
    }

    std::unique_ptr<Database> database;
    AccountId account;

private:
    std::filesystem::path directory_;
};

Fire fireOf(AlertDefinition const& alert, std::int64_t tradeId) {
    Fire fire;
    fire.alert = alert.id;
    fire.rev = 1;
    fire.level = alert.condition.price;
    fire.trade.id = tradeId;
    fire.trade.price = *ExactDecimal::parse("70000.01000000");
    fire.trade.qty = *ExactDecimal::parse("0.00120000");
    fire.trade.time = fire.trade.received = fire.eventTime = 1'760'000'000'000 + tradeId;
    fire.prev = {.id = tradeId - 1, .price = *ExactDecimal::parse("69999.99000000")};
    return fire;
}

void commitOfOnePosition(benchmark::State& state) {
    Bench bench;
    Step first;
    first.positions.push_back(
        {.expected = {}, .next = Position{.symbol = "BTCUSDT", .tradeId = 0}, .symbol = "BTCUSDT"});
    bench.database->begin();
    bench.database->steps().apply(first);
    bench.database->commit();
    std::int64_t id = 0;
    for (auto _ : state) {
        Step step;
        step.positions.push_back(
            {.expected = id, .next = Position{.symbol = "BTCUSDT", .tradeId = id + 1}, .symbol = "BTCUSDT"});
        ++id;
        bench.database->begin();
        bench.database->steps().apply(step);
        bench.database->commit();
    }
}
BENCHMARK(commitOfOnePosition)->Unit(benchmark::kMicrosecond);

/// One trade fires this many alerts, in one commit.
void firesInOneCommit(benchmark::State& state) {
    Bench bench;
    auto const alerts = bench.addArmed(state.range(0));
    std::int64_t id = 1;
    for (auto _ : state) {
        Step step;
        step.now = id;
        for (auto const& alert : alerts)
            step.fires.push_back(fireOf(alert, id));
        ++id;
        bench.database->begin();
        bench.database->steps().apply(step);
        bench.database->commit();
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(firesInOneCommit)->Arg(1)->Arg(100)->Arg(1'000)->Unit(benchmark::kMicrosecond);

/// The same without the commit: what a firing itself costs.
void firesUncommitted(benchmark::State& state) {
    Bench bench;
    auto const alerts = bench.addArmed(state.range(0));
    std::int64_t id = 1;
    bench.database->begin();
    for (auto _ : state) {
        Step step;
        step.now = id;
        for (auto const& alert : alerts)
            step.fires.push_back(fireOf(alert, id));
        ++id;
        bench.database->steps().apply(step);
    }
    bench.database->rollback();
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(firesUncommitted)->Arg(1)->Arg(100)->Arg(1'000)->Unit(benchmark::kMicrosecond);

void pricesUncommitted(benchmark::State& state) {
    Bench bench;
    Step step;
    for (int i = 0; i < 100; ++i)
        step.prices.push_back({.symbol = "SYMBOL" + std::to_string(i),
                               .price = *ExactDecimal::parse("70000.01"),
                               .tradeId = i,
                               .time = i});
    bench.database->begin();
    for (auto _ : state)
        bench.database->steps().apply(step);
    bench.database->rollback();
    state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(pricesUncommitted)->Unit(benchmark::kMicrosecond);

/// What a subscribe asks and writes, in an account that has 1,000 alerts already.
void subscribeUncommitted(benchmark::State& state) {
    Bench bench;
    auto const alerts = bench.addArmed(1'000);
    std::int64_t number = 1'000;
    bench.database->begin();
    for (auto _ : state) {
        auto probe = alerts.front();
        probe.condition.price = Decimal::fromUnits(++number);
        benchmark::DoNotOptimize(bench.database->alerts().findTwin(probe));
        benchmark::DoNotOptimize(bench.database->alerts().countLive(bench.account));
        bench.database->savepoint();
        auto const added = bench.addAlert(number);
        bench.database->releaseSavepoint();
        bench.database->alerts().remove(added.id);
    }
    bench.database->rollback();
}
BENCHMARK(subscribeUncommitted)->Unit(benchmark::kMicrosecond);

void tailOfHundred(benchmark::State& state) {
    Bench bench;
    auto const alerts = bench.addArmed(100);
    Step step;
    for (auto const& alert : alerts)
        step.fires.push_back(fireOf(alert, 1));
    bench.database->begin();
    bench.database->steps().apply(step);
    bench.database->commit();
    for (auto _ : state)
        benchmark::DoNotOptimize(bench.database->events().tail(0, 100));
    state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(tailOfHundred)->Unit(benchmark::kMicrosecond);

void tailOfNone(benchmark::State& state) {
    Bench bench;
    for (auto _ : state)
        benchmark::DoNotOptimize(bench.database->events().tail(0, 100));
}
BENCHMARK(tailOfNone)->Unit(benchmark::kMicrosecond);

/// Start of ingestion with this many alerts on 1,000 symbols.
void loadLiveAlerts(benchmark::State& state) {
    Bench bench;
    bench.addArmed(state.range(0), 1'000);
    bench.database->checkpoint(true);
    for (auto _ : state) {
        std::int64_t loaded = 0;
        bench.database->demand().forEachLive([&](AlertRecord&&) { ++loaded; });
        if (loaded != state.range(0)) state.SkipWithError("alerts are missing");
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(loadLiveAlerts)->Arg(100'000)->Arg(1'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);

/// Opening a database of this many alerts: the quick check reads all of it.
void openDatabaseOf(benchmark::State& state) {
    Bench bench;
    bench.addArmed(state.range(0), 1'000);
    bench.database->checkpoint(true);
    for (auto _ : state)
        benchmark::DoNotOptimize(bench.open());
}
BENCHMARK(openDatabaseOf)->Arg(0)->Arg(100'000)->Arg(1'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
