#include "ingestion/evaluate/symbol_evaluator.hpp"

#include <benchmark/benchmark.h>

#include <malloc.h>

#include <cstdint>
#include <memory>
#include <random>
#include <vector>

namespace {

using ingestion::Judgement;
using ingestion::SymbolEvaluator;

constexpr std::int64_t kUnit = common::Decimal::kUnitsPerOne;
constexpr std::int64_t kMiddle = 50'000 * kUnit;

common::Trade trade(std::int64_t id, std::int64_t units) {
    common::Trade trade;
    trade.id = id;
    trade.price = {common::Decimal::fromUnits(units), 8};
    trade.time = 1'760'000'000'000 + id;
    return trade;
}

common::AlertRecord record(std::int64_t id, common::ConditionKind kind, std::int64_t units,
                           common::DurationMs cooldown = 0) {
    common::AlertRecord record;
    record.definition.id = {id};
    record.definition.condition.kind = kind;
    record.definition.condition.price = common::Decimal::fromUnits(units);
    record.definition.cooldown = cooldown;
    record.state.rev = 1;
    record.state.fromTradeId = 1;
    return record;
}

/// Alerts all over the market, none within one unit of money around the middle.
SymbolEvaluator quietMarket(std::int64_t alerts, common::DurationMs cooldown = 0) {
    SymbolEvaluator evaluator("BTCUSDT");
    std::mt19937_64 random(1);
    for (std::int64_t id = 1; id <= alerts; ++id) {
        auto const distance = static_cast<std::int64_t>(random() % 40'000 + 1) * kUnit;
        bool const above = random() % 2 == 0;
        evaluator.add(record(id, above ? common::ConditionKind::Above : common::ConditionKind::Below,
                             above ? kMiddle + distance : kMiddle - distance, cooldown));
    }
    Judgement out;
    evaluator.judge(trade(1, kMiddle), common::TradeSource::Live, false, out);
    return evaluator;
}

void tradeThatPassesNothing(benchmark::State& state) {
    auto evaluator = quietMarket(state.range(0));
    std::vector<common::Trade> tape;
    std::mt19937_64 random(2);
    for (int i = 0; i < 4'096; ++i)
        tape.push_back(trade(0, kMiddle + static_cast<std::int64_t>(random() % kUnit) - kUnit / 2));
    Judgement out;
    std::int64_t id = 2;
    std::size_t next = 0;
    for (auto _ : state) {
        auto& trade = tape[next++ & 4'095];
        trade.id = id;
        trade.time = id++;
        evaluator.judge(trade, common::TradeSource::Live, false, out);
    }
    if (!out.fires.empty()) state.SkipWithError("something fired");
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(tradeThatPassesNothing)->Arg(1)->Arg(1'000)->Arg(1'000'000);

/// The same over 1,000 symbols in turn: each trade meets cold memory.
void tradeThatPassesNothingManySymbols(benchmark::State& state) {
    std::vector<SymbolEvaluator> symbols;
    for (int i = 0; i < 1'000; ++i)
        symbols.push_back(quietMarket(state.range(0)));
    Judgement out;
    std::int64_t id = 2;
    std::size_t next = 0;
    for (auto _ : state) {
        symbols[next].judge(trade(id, kMiddle + id % kUnit), common::TradeSource::Live, false, out);
        if (++next == symbols.size()) next = 0, ++id;
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(tradeThatPassesNothingManySymbols)->Arg(1'000);

/// Every alert stands on the same level; each second trade fires them all.
void tradeThatFiresAll(benchmark::State& state) {
    SymbolEvaluator evaluator("BTCUSDT");
    for (std::int64_t id = 1; id <= state.range(0); ++id)
        evaluator.add(record(id, common::ConditionKind::Above, kMiddle));
    Judgement out;
    std::int64_t id = 0;
    for (auto _ : state) {
        ++id;
        evaluator.judge(trade(id, kMiddle), common::TradeSource::Live, false, out);
        ++id;
        evaluator.judge(trade(id, kMiddle + 1), common::TradeSource::Live, false, out);
        benchmark::DoNotOptimize(out.fires.data());
        out.clear();
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(tradeThatFiresAll)->Arg(1)->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMicrosecond);

/// A market at a new high with each trade and trailing alerts on it: the worst case for them.
void trailsAtNewHighs(benchmark::State& state) {
    SymbolEvaluator evaluator("BTCUSDT");
    for (std::int64_t id = 1; id <= state.range(0); ++id) {
        auto alert = record(id, common::ConditionKind::Trail, 0);
        alert.definition.condition.pct = common::Decimal::fromUnits((1 + id % 10) * kUnit);
        alert.definition.condition.direction = common::Direction::Down;
        evaluator.add(alert);
    }
    Judgement out;
    std::vector<common::StateWrite> states;
    std::int64_t id = 0;
    for (auto _ : state) {
        ++id;
        evaluator.judge(trade(id, kMiddle + id), common::TradeSource::Live, false, out);
    }
    evaluator.collectDirty(states);
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(trailsAtNewHighs)->Arg(100)->Arg(10'000)->Unit(benchmark::kMicrosecond);

/// One alert comes and goes among many on the same symbol.
void addAndRemove(benchmark::State& state) {
    auto evaluator = quietMarket(state.range(0));
    std::mt19937_64 random(3);
    std::int64_t id = state.range(0);
    for (auto _ : state) {
        evaluator.add(record(++id, common::ConditionKind::Above,
                             kMiddle + static_cast<std::int64_t>(random() % 40'000 + 1) * kUnit));
        evaluator.remove({id});
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(addAndRemove)->Arg(1)->Arg(10'000)->Arg(1'000'000);

/// A symbol's alerts added one by one, and all removed again.
void addAllRemoveAll(benchmark::State& state) {
    std::mt19937_64 random(4);
    for (auto _ : state) {
        SymbolEvaluator evaluator("BTCUSDT");
        for (std::int64_t id = 1; id <= state.range(0); ++id)
            evaluator.add(
                record(id, common::ConditionKind::Above, static_cast<std::int64_t>(random() % 80'000) * kUnit));
        for (std::int64_t id = 1; id <= state.range(0); ++id)
            evaluator.remove({id});
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(addAllRemoveAll)->Arg(10'000)->Unit(benchmark::kMillisecond);

/// A million alerts over a thousand symbols: bytes of heap per alert, with (1) and without (0) a cooldown each.
void memoryOfAMillion(benchmark::State& state) {
    constexpr std::int64_t kSymbols = 1'000;
    constexpr std::int64_t kAlertsEach = 1'000;
    for (auto _ : state) {
        auto const before = mallinfo2().uordblks + mallinfo2().hblkhd;
        std::vector<SymbolEvaluator> symbols;
        for (std::int64_t i = 0; i < kSymbols; ++i)
            symbols.push_back(quietMarket(kAlertsEach, state.range(0) * 60'000));
        auto const used = mallinfo2().uordblks + mallinfo2().hblkhd - before;
        state.counters["bytesPerAlert"] = static_cast<double>(used) / static_cast<double>(kSymbols * kAlertsEach);
    }
}
BENCHMARK(memoryOfAMillion)->Arg(0)->Arg(1)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
