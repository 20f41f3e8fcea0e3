#include "tests/unit/ingestion/evaluate/evaluator_book.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

// Random tapes, alerts, removals, revisions and crashes: the evaluator with the store's model around it against the
// oracle. One seed is one market. Repeat a failure with TICKBELL_SEED=<seed>.

namespace ingestion::testing {
namespace {

using common::Anchor;
using common::Condition;
using common::ConditionKind;
using common::Decimal;
using common::Direction;

constexpr std::uint64_t kSeeds = 3'000;
constexpr std::int64_t kPriceMax = std::numeric_limits<std::int64_t>::max();

class Market {
public:
    explicit Market(std::uint64_t seed) : random_(seed) {
        // A few ticks wide, so that levels are touched, shared and jumped over; or at either end of what a price can
        // be, where sums and products are largest.
        switch (pick(4)) {
            case 0:
                base_ = 0;
                break;
            case 1:
                base_ = kPriceMax - kTicks;
                break;
            default:
                base_ = static_cast<std::int64_t>(random_() % 1'000'000'000'000);
        }
        jumpy_ = pick(2) == 0;
        // In half of the markets every time is a multiple of this, so that ends and trades meet exactly.
        grid_ = pick(2) == 0 ? 500 : 1;
        price_ = base_ + 1 + pick(kTicks);
        // In some a minute is short, so that windows of minutes fill.
        pace_ = pick(3) == 0 ? 25 : 1;
    }

    std::int64_t pick(std::int64_t below) {
        return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(below));
    }
    bool chance(std::int64_t percent) { return pick(100) < percent; }

    common::Trade next(std::int64_t afterId) {
        common::Trade trade;
        trade.id = afterId + (chance(4) ? 1 + pick(4) : 1);
        if (chance(12)) trade.aggLastId = trade.id + pick(4);
        price_ = jumpy_ ? base_ + 1 + pick(kTicks)
                        : base_ + std::clamp<std::int64_t>(price_ - base_ + pick(5) - 2, 1, kTicks);
        trade.price = {Decimal::fromUnits(chance(3) ? 0 : price_), 8};
        time_ += (chance(15) ? -pick(4'000) : pace_ * pick(2'500)) / grid_ * grid_;
        trade.qty = {Decimal::fromUnits(1 + pick(chance(10) ? 1'000 : 50)), 8};
        trade.time = std::max<std::int64_t>(time_, 0);
        return trade;
    }

    common::AlertDefinition alert(std::int64_t id, std::int64_t rev) {
        common::AlertDefinition alert;
        alert.id = {id};
        alert.rev = rev;
        alert.symbol = "BTCUSDT";
        alert.condition = condition();
        if (chance(25)) alert.mode = common::AlertMode::Once;
        if (chance(40)) alert.cooldown = (1 + pick(20)) * 500;
        if (chance(15)) alert.expires = std::max<std::int64_t>(time_, 0) + pick(60'000) / grid_ * grid_;
        return alert;
    }

private:
    static constexpr std::int64_t kTicks = 12;

    Decimal level() { return Decimal::fromUnits(base_ + 1 + pick(kTicks)); }

    Condition condition() {
        constexpr std::array kKinds{ConditionKind::Above,  ConditionKind::Below,     ConditionKind::CrossUp,
                                    ConditionKind::Enter,  ConditionKind::CrossDown, ConditionKind::Cross,
                                    ConditionKind::Exit,   ConditionKind::Move,      ConditionKind::Trail,
                                    ConditionKind::Change, ConditionKind::Spike,     ConditionKind::Volatility};
        Condition condition{.kind = kKinds[static_cast<std::size_t>(pick(kKinds.size()))]};
        condition.price = level();
        condition.low = level();
        condition.high = level();
        if (condition.low > condition.high) std::swap(condition.low, condition.high);
        if (common::isEvent(condition.kind)) return condition;
        condition.initial = chance(60);
        if (chance(30)) condition.forDuration = (1 + pick(12)) * 500;
        if (condition.kind == ConditionKind::Above && chance(40)) condition.rearm = std::min(level(), condition.price);
        if (condition.kind == ConditionKind::Below && chance(40)) condition.rearm = std::max(level(), condition.price);
        if (condition.kind == ConditionKind::Move || condition.kind == ConditionKind::Trail) {
            if (chance(50))
                condition.abs = Decimal::fromUnits(1 + pick(kTicks));
            else
                condition.pct = percent();
            constexpr std::array kDirections{Direction::Down, Direction::Up, Direction::Both};
            condition.direction =
                kDirections[static_cast<std::size_t>(pick(condition.kind == ConditionKind::Move ? 3 : 2))];
            if (condition.kind == ConditionKind::Move) {
                condition.anchor = static_cast<Anchor>(pick(3));
                if (condition.anchor == Anchor::Price) condition.anchorPrice = level();
            }
        }
        constexpr common::DurationMs kMinute = 60'000;
        if (condition.kind == ConditionKind::Change) {
            condition.pct = percent();
            condition.direction = static_cast<Direction>(pick(3));
            condition.window = chance(70) ? (20 + pick(60)) * 500 : 61 * kMinute;
        }
        if (condition.kind == ConditionKind::Spike) {
            condition.metric = static_cast<common::SpikeMetric>(pick(4));
            condition.bucket = (1 + pick(2)) * kMinute;
            condition.window = (2 + pick(3)) * condition.bucket;
            condition.factor = Decimal::fromUnits((1 + pick(60'000)) * 10'000);
            if (condition.metric == common::SpikeMetric::Price)
                condition.factor = Decimal::fromUnits((9'990 + pick(20)) * 10'000);
        }
        if (condition.kind == ConditionKind::Volatility) {
            condition.pct = base_ < 1'000 ? percent() : Decimal::fromUnits(10'000);
            condition.window = 3 * kMinute;
        }
        return condition;
    }

    /// One that is about some ticks of this market: 1e-4 is the smallest step of a percent.
    Decimal percent() {
        if (base_ < 1'000) return Decimal::fromUnits((1 + pick(400)) * Decimal::kUnitsPerOne);
        return Decimal::fromUnits((1 + pick(3)) * 10'000);
    }

    std::mt19937_64 random_;
    std::int64_t base_ = 0;
    bool jumpy_ = false;
    std::int64_t grid_ = 1;
    std::int64_t price_ = 0;
    std::int64_t pace_ = 1;
    common::TimeMs time_ = 1'760'000'010'000;
};

std::vector<std::string> texts(std::vector<support::NaiveFire> const& fires) {
    std::vector<std::string> lines;
    for (auto const& fire : fires)
        lines.push_back(support::naiveText(fire));
    return lines;
}

/// Runs one seed; the fires of the store's model and of the oracle.
struct Outcome {
    std::vector<support::NaiveFire> actual;
    std::vector<support::NaiveFire> expected;
    std::vector<std::string> alerts;
    std::map<ConditionKind, std::size_t> firesByKind;
    bool endsAgree = true;
};

Outcome run(std::uint64_t seed) {
    Market market(seed);
    EvaluatorBook book;
    std::vector<common::Trade> tape;
    std::vector<support::NaiveTask> tasks;
    std::vector<std::size_t> live;  // indexes into tasks
    std::int64_t lastId = 0;        // of the tape
    std::size_t next = 0;           // first trade of the tape that is not judged
    std::size_t committed = 0;      // trades whose effects are in the rows
    std::int64_t alertId = 0;
    Outcome outcome;

    auto const commit = [&] {
        book.commit();
        committed = next;
    };
    auto const arm = [&](common::AlertDefinition definition, std::int64_t from) {
        commit();
        outcome.alerts.push_back(fmt::format("alert {} rev {} from {}: {} initial {} expires {}", definition.id.value,
                                             definition.rev, from, common::alertText(definition),
                                             definition.condition.initial, definition.expires.value_or(-1)));
        live.push_back(tasks.size());
        tasks.push_back({.alert = definition, .fromTradeId = from, .toTradeId = {}});
        book.arm(definition, from);
    };
    auto const end = [&](std::size_t position) {
        commit();
        tasks[live[position]].toTradeId = book.evaluator().position().tradeId;
        live.erase(live.begin() + static_cast<std::ptrdiff_t>(position));
    };

    auto const trades = 40 + market.pick(80);
    while (static_cast<std::int64_t>(next) < trades) {
        auto const judgedId = book.evaluator().position().tradeId;
        auto const dice = market.pick(100);
        if (dice < 12 && live.size() < 12) {
            // At the next id, some ids ahead (held in a repair), or inside what will come as an aggregate.
            arm(market.alert(++alertId, 1), judgedId + 1 + (market.chance(30) ? market.pick(6) : 0));
        } else if (dice < 15 && !live.empty()) {
            auto const position = static_cast<std::size_t>(market.pick(static_cast<std::int64_t>(live.size())));
            auto const id = tasks[live[position]].alert.id;
            end(position);
            book.remove(id);
        } else if (dice < 18 && !live.empty()) {
            auto const position = static_cast<std::size_t>(market.pick(static_cast<std::int64_t>(live.size())));
            auto const old = tasks[live[position]].alert;
            end(position);
            arm(market.alert(old.id.value, old.rev + 1), judgedId + 1);
        } else if (dice < 26) {
            commit();
        } else if (dice < 32) {
            book.crash();
            next = committed;
        } else {
            if (next == tape.size()) {
                tape.push_back(market.next(lastId));
                lastId = tape.back().lastId();
            }
            book.judge(tape[next++]);
        }
    }
    commit();

    // Fire numbers run over all revisions of an alert; the oracle counts within one.
    for (auto& task : tasks) {
        for (auto const& other : tasks)
            if (other.alert.id == task.alert.id && other.alert.rev == task.alert.rev - 1)
                task.firesBefore =
                    other.firesBefore + static_cast<std::int64_t>(support::naiveJudge(other, tape).fires.size());
    }
    outcome.expected = support::naiveFires(tasks, tape);
    outcome.actual = book.notified();
    for (auto const& task : tasks)
        outcome.firesByKind[task.alert.condition.kind] += support::naiveJudge(task, tape).fires.size();
    for (auto const index : live) {
        auto const& task = tasks[index];
        auto const result = support::naiveJudge(task, tape);
        auto const& state = book.record(task.alert.id).state;
        outcome.endsAgree &= result.done == (state.status == common::AlertStatus::Done);
        outcome.endsAgree &= result.expired == (state.status == common::AlertStatus::Expired);
        if (!result.done) outcome.endsAgree &= result.suppressedSince == state.suppressed;
    }
    return outcome;
}

TEST(AgainstNaive, RandomMarkets_SameFires) {
    std::uint64_t first = 1;
    std::uint64_t last = kSeeds;
    if (auto const* const seed = std::getenv("TICKBELL_SEED")) first = last = std::strtoull(seed, nullptr, 10);
    std::size_t fires = 0;
    std::map<ConditionKind, std::size_t> byKind;
    for (auto seed = first; seed <= last; ++seed) {
        auto const outcome = run(seed);
        fires += outcome.expected.size();
        for (auto const& [kind, count] : outcome.firesByKind)
            byKind[kind] += count;
        ASSERT_TRUE(outcome.endsAgree && outcome.actual == outcome.expected)
            << "repeat: TICKBELL_SEED=" << seed
            << " bin/unit_ingestion_evaluate --gtest_filter=AgainstNaive.*\nends agree: " << outcome.endsAgree
            << "\nexpected:\n  " << fmt::format("{}", fmt::join(texts(outcome.expected), "\n  ")) << "\nactual:\n  "
            << fmt::format("{}", fmt::join(texts(outcome.actual), "\n  ")) << "\nalerts:\n  "
            << fmt::format("{}", fmt::join(outcome.alerts, "\n  "));
    }
    // A market in which nothing happens would prove nothing.
    if (first != last) {
        EXPECT_GT(fires, kSeeds * 20);
        for (auto const kind : {ConditionKind::Change, ConditionKind::Spike, ConditionKind::Volatility})
            EXPECT_GT(byKind[kind], kSeeds / 20) << common::kindText(kind);
    }
}

}  // namespace
}  // namespace ingestion::testing
