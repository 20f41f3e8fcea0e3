#include "tests/simulation/scenario.hpp"

#include "tests/support/naive_evaluator.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace simulation {
namespace {

constexpr std::int64_t kUnit = common::Decimal::kUnitsPerOne;

std::vector<common::Symbol> symbolNames(int count) {
    std::vector<common::Symbol> names;
    for (int i = 0; i < count; ++i)
        names.push_back(fmt::format("SYM{}USDT", i));
    return names;
}

/// What has to be equal (spec section 7.1).
std::string key(std::int64_t rev, std::int64_t fire, std::int64_t trade, common::ExactDecimal const& price,
                std::optional<std::int64_t> prev, std::string extra) {
    return fmt::format("rev {} fire {} trade {} at {} after {} {}", rev, fire, trade, price.text(),
                       prev ? std::to_string(*prev) : "none", extra);
}

}  // namespace

Plan planOf(std::uint64_t seed) {
    Plan plan;
    World dice(seed ^ 0xABCDEF);
    auto& weather = plan.weather;
    weather.tradesPerSecond = static_cast<int>(dice.random(5, 60));
    auto const all = seed % 8 == 7;
    if (all || seed % 8 == 1) plan.crashesPerMinute = static_cast<int>(dice.random(2, 12));
    if (all || seed % 8 == 2) weather.dropsPerMinute = static_cast<int>(dice.random(2, 15));
    if (all || seed % 8 == 3) weather.skipPercent = static_cast<int>(dice.random(1, 4));
    if (all || seed % 8 == 4) weather.repeatPercent = weather.reorderPercent = static_cast<int>(dice.random(1, 20));
    if (all || seed % 8 == 5) {
        plan.faults.commitFailPercent = static_cast<int>(dice.random(1, 10));
        plan.faults.commitDelayMaxUs = dice.random(500, 60'000);
    }
    if (all || seed % 8 == 6) {
        weather.stallsPerMinute = static_cast<int>(dice.random(1, 6));
        weather.restFailPercent = static_cast<int>(dice.random(1, 100));
        weather.restLagIds = static_cast<int>(dice.random(0, 6));
        weather.restDelayMaxMs = dice.random(2, 1'500);
        weather.skipPercent = std::max(weather.skipPercent, 1);
    }
    if (all || seed % 5 == 2) plan.clockJumpsPerMinute = static_cast<int>(dice.random(1, 8));
    if (all || seed % 7 == 3) plan.faults.lostChangePercent = static_cast<int>(dice.random(5, 60));
    // Some last for minutes, so that candles end.
    if (seed % 10 == 3 || seed % 10 == 8) {
        plan.durationMs = 250'000;
        weather.tradesPerSecond = 1 + weather.tradesPerSecond / 10;
    }
    plan.exactQuantities = seed % 8 == 0;
    if (seed % 5 == 0) {
        plan.repairHoldMs = 1'000;
        plan.gapsAllowed = true;
    }
    return plan;
}

Scenario::Scenario(std::uint64_t seed, Plan plan)
    : seed_(seed),
      plan_(plan),
      world_(seed),
      symbols_(symbolNames(plan.symbols)),
      exchange_(world_, symbols_, plan.weather),
      database_(world_, plan.faults) {}

void Scenario::startEngine() {
    ingestion::Engine::Options options;
    options.exchangeUrl = "sim";
    options.lingerMs = 3'000;
    options.tape.repairHoldMs = plan_.repairHoldMs;
    engine_ = std::make_unique<ingestion::Engine>(
        ingestion::Engine::Deps{.rest = exchange_, .channel = database_, .clock = world_}, options);
    exchange_.connect(engine_.get());
    engine_->attach(exchange_);
    database_.onBell([this] { engine_->onBell(); });
    engine_->start();
    pump(++incarnation_);
}

void Scenario::pump(std::uint64_t incarnation) {
    if (incarnation != incarnation_ || !engine_) return;
    engine_->onTimer();
    auto const wait = std::clamp<std::int64_t>(engine_->nextWake() - world_.monotonicMs(), 1, 20);
    world_.inMs(wait, [this, incarnation] { pump(incarnation); });
}

void Scenario::crash() {
    if (!engine_) return;
    ++incarnation_;
    database_.crash();
    exchange_.disconnect();
    engine_.reset();
    world_.inMs(world_.random(5, 4'000), [this] { startEngine(); });
}

common::Condition Scenario::randomCondition(common::Symbol const& symbol) {
    using enum common::ConditionKind;
    constexpr std::array kKinds{Above, Below, CrossUp, CrossDown, Cross, Enter,     Exit,
                                Move,  Trail, Change,  Change,    Spike, Volatility};
    auto const near = [&] {
        return common::Decimal::fromUnits(
            std::clamp(exchange_.price(symbol).units() + world_.random(-4, 4) * kUnit, 81 * kUnit, 119 * kUnit));
    };
    common::Condition condition{.kind = kKinds[static_cast<std::size_t>(world_.random(0, kKinds.size() - 1))]};
    condition.initial = common::initialByDefault(condition.kind);
    condition.price = near();
    switch (condition.kind) {
        case Enter:
        case Exit: {
            auto const other = near();
            condition.low = std::min(condition.price, other);
            condition.high = std::max(condition.price, other);
            condition.price = {};
            break;
        }
        case Move:
            condition.price = {};
            condition.abs = common::Decimal::fromUnits(world_.random(1, 5) * kUnit);
            if (world_.chance(50)) condition.anchor = common::Anchor::LastFire;
            break;
        case Trail:
            condition.price = {};
            condition.abs = common::Decimal::fromUnits(world_.random(1, 5) * kUnit);
            condition.direction = world_.chance(50) ? common::Direction::Up : common::Direction::Down;
            break;
        case Change:
            condition.price = {};
            condition.pct = common::Decimal::fromUnits(world_.random(1, 30) * kUnit / 4);
            condition.window = world_.chance(80) ? world_.random(10'000, 40'000) : 2 * common::kHourMs;
            condition.direction = static_cast<common::Direction>(world_.random(0, 2));
            break;
        case Spike:
            condition.price = {};
            // Quantities are exact only where no aggregate had to be split by a restart.
            condition.metric = static_cast<common::SpikeMetric>(world_.random(plan_.exactQuantities ? 0 : 2, 3));
            condition.bucket = common::kMinuteMs * world_.random(1, 2);
            condition.window = condition.bucket * world_.random(2, 3);
            condition.factor = common::Decimal::fromUnits(world_.random(1, 200) * kUnit / 100);
            break;
        case Volatility:
            condition.price = {};
            condition.pct = common::Decimal::fromUnits(world_.random(1, 300) * kUnit / 100);
            condition.window = common::kMinuteMs * 3;
            break;
        default:
            break;
    }
    if (!common::isEvent(condition.kind)) {
        if (world_.chance(30)) condition.initial = !condition.initial;
        if (world_.chance(20)) condition.forDuration = world_.random(1, 3'000);
    }
    if (condition.kind == Above && world_.chance(30))
        condition.rearm = common::Decimal::fromUnits(condition.price.units() - world_.random(0, 2) * kUnit);
    if (condition.kind == Below && world_.chance(30))
        condition.rearm = common::Decimal::fromUnits(condition.price.units() + world_.random(0, 2) * kUnit);
    return condition;
}

void Scenario::command() {
    if (!busy_) return;
    auto const dice = world_.random(1, 100);
    if (dice <= 60 || made_.empty()) {
        common::AlertDefinition definition;
        definition.account = common::AccountId{world_.random(1, 3)};
        definition.symbol = symbols_[static_cast<std::size_t>(world_.random(0, plan_.symbols - 1))];
        definition.condition = randomCondition(definition.symbol);
        definition.mode = world_.chance(25) ? common::AlertMode::Once : common::AlertMode::Every;
        if (world_.chance(25)) definition.cooldown = world_.random(1, 4'000);
        if (world_.chance(10)) definition.expires = 1'760'000'000'000 + world_.nowMs() + world_.random(1'000, 30'000);
        made_.push_back(database_.create(std::move(definition)));
    } else {
        auto const alert =
            made_[static_cast<std::size_t>(world_.random(0, static_cast<std::int64_t>(made_.size()) - 1))];
        auto const found = database_.alerts().find(alert);
        if (dice <= 75)
            database_.remove(alert);
        else if (dice <= 85)
            database_.pause(alert);
        else if (dice <= 90)
            database_.extend(alert, world_.random(1, 10'000));
        else if (found != database_.alerts().end())
            database_.renew(alert, randomCondition(found->second.definition.symbol));
    }
    world_.inMs(world_.random(0, 2'000 / plan_.commandsPerSecond), [this] { command(); });
}

/// Everything that was traded is judged, and every alert that can be is armed.
std::string Scenario::unsettled() {
    if (!engine_) return "ingestion does not run";
    std::size_t wanted = 0;
    for (auto const& [id, record] : database_.alerts())
        if (!common::isEnded(common::shownStatus(record, 0)) && !record.definition.paused()) ++wanted;
    std::size_t held = 0;
    for (auto const& symbol : engine_->status())
        held += symbol.alerts;
    if (held != wanted) return fmt::format("{} alerts are held, {} are wanted", held, wanted);
    for (auto const& [id, record] : database_.alerts()) {
        if (common::isEnded(common::shownStatus(record, 0)) || record.definition.paused()) continue;
        auto const& symbol = record.definition.symbol;
        auto const& tape = exchange_.tape(symbol);
        if (tape.empty()) continue;
        auto const position = database_.positionOf(symbol);
        if (record.state.rev != record.definition.rev || record.state.status == common::AlertStatus::Warming)
            return fmt::format("{} revision {} is not armed", record.definition.publicId, record.definition.rev);
        if (position != tape.back().id)
            return fmt::format("{} stands at {}, its tape ends at {}", symbol, position.value_or(0), tape.back().id);
        if (auto open = unfinishedMinutes(symbol); !open.empty()) return open;
    }
    return {};
}

/// Minutes of a followed symbol that are not complete although they have ended.
std::string Scenario::unfinishedMinutes(common::Symbol const& symbol) {
    if (plan_.gapsAllowed) return {};
    auto const& rows = database_.candles(symbol);
    auto const now = 1'760'000'000'000 + world_.nowMs();
    if (rows.empty()) return symbol + " has no candles";
    for (auto open = rows.begin()->first; open + common::kMinuteMs < now - 5'000; open += common::kMinuteMs) {
        auto const row = rows.find(open);
        if (row == rows.end()) return fmt::format("{}: minute {} has no candle", symbol, open);
        if (!row->second.complete()) return fmt::format("{}: minute {} is not complete", symbol, open);
    }
    return {};
}

std::string Scenario::run() {
    startEngine();
    world_.inMs(10, [this] { command(); });
    auto const crashes = plan_.durationMs * plan_.crashesPerMinute / 60'000;
    for (std::int64_t i = 0; i < crashes; ++i)
        world_.inMs(world_.random(100, plan_.durationMs), [this] { crash(); });
    auto const jumps = plan_.durationMs * plan_.clockJumpsPerMinute / 60'000;
    for (std::int64_t i = 0; i < jumps; ++i)
        world_.inMs(world_.random(100, plan_.durationMs), [this] {
            constexpr common::DurationMs kJumpMinMs = 20'000, kJumpMaxMs = 3'600'000;
            world_.jumpWall((world_.chance(50) ? 1 : -1) * world_.random(kJumpMinMs, kJumpMaxMs));
        });
    world_.runUntil(plan_.durationMs);
    busy_ = false;
    exchange_.calm();
    database_.setFaults({});
    constexpr common::DurationMs kSettleMaxMs = 120'000;
    for (auto at = plan_.durationMs; !unsettled().empty(); at += 100) {
        if (at > plan_.durationMs + kSettleMaxMs) return "does not come to rest: " + unsettled();
        world_.runUntil(at);
    }
    auto wrong = compare();
    repairs_ = engine_->counters().reconciled;
    if (repairs_ != 0 && plan_.faults.lostChangePercent == 0)
        wrong += fmt::format(" {} changes were made good although none was lost", repairs_);
    engine_.reset();
    return wrong;
}

std::size_t Scenario::fires() const {
    return static_cast<std::size_t>(std::ranges::count_if(database_.events(), [](auto const& event) {
        return std::holds_alternative<common::Notification>(event.body);
    }));
}

std::string Scenario::compare() {
    std::map<std::string, std::vector<common::Notification>> stored;
    std::map<common::Symbol, std::pair<std::int64_t, std::int64_t>> lastFire;  // trade id, alert id
    for (auto const& event : database_.events()) {
        auto const* const notification = std::get_if<common::Notification>(&event.body);
        if (notification == nullptr) {
            ++gaps_;
            auto const& gap = std::get<common::Gap>(event.body);
            if (!plan_.gapsAllowed)
                return fmt::format("{}: {} to {} given up ({}) although nothing had to be", gap.symbol, gap.fromId,
                                   gap.toId, common::gapReasonText(gap.reason));
            continue;
        }
        stored[notification->alertPublicId].push_back(*notification);
        auto const alert = std::stoll(notification->alertPublicId.substr(3));
        auto& last = lastFire[notification->symbol];
        auto const now = std::pair(notification->trade.id, static_cast<std::int64_t>(alert));
        if (now < last)
            return fmt::format("{}: fires out of order: {} of alert {} after {} of alert {}", notification->symbol,
                               now.first, now.second, last.first, last.second);
        last = now;
    }
    for (auto const& symbol : symbols_)
        if (auto wrong = compareCandles(symbol); !wrong.empty()) return wrong;
    for (auto const alert : made_)
        if (auto wrong = compareAlert(alert, stored["al_" + std::to_string(alert.value)]); !wrong.empty()) return wrong;
    return {};
}

/// A complete candle holds exactly the trades of its minute, however it came about.
std::string Scenario::compareCandles(common::Symbol const& symbol) {
    struct Minute {
        std::vector<common::Trade> trades;
    };
    std::map<common::TimeMs, Minute> minutes;
    for (auto const& trade : exchange_.tape(symbol))
        minutes[trade.time / 60'000 * 60'000].trades.push_back(trade);
    for (auto const& [open, row] : database_.candles(symbol)) {
        if (!row.complete()) continue;
        ++candles_;
        auto const& trades = minutes[open].trades;
        std::int64_t low = row.close.units(), high = low, volume = 0;
        __int128 quote = 0;
        if (!trades.empty()) low = high = trades.front().price.value.units();
        for (auto const& trade : trades) {
            low = std::min(low, trade.price.value.units());
            high = std::max(high, trade.price.value.units());
            volume += trade.qty.value.units();
            quote += static_cast<__int128>(trade.price.value.units()) * trade.qty.value.units();
        }
        bool right = row.trades == static_cast<std::int64_t>(trades.size()) && row.low.units() == low &&
                     row.high.units() == high && row.volume == volume &&
                     row.quoteVolumeUnits() == (quote + 50'000'000) / 100'000'000;
        if (!trades.empty())
            right = right && row.open == trades.front().price.value && row.close == trades.back().price.value &&
                    row.firstId.value_or(trades.front().id) == trades.front().id &&
                    row.lastId.value_or(trades.back().id) == trades.back().id;
        if (!right)
            return fmt::format(
                "{}: candle {} has {} trades {}-{}, volume {}, low {}, high {}; the tape has {} {}-{}, {}, "
                "{}, {}",
                symbol, open, row.trades, row.firstId.value_or(-1), row.lastId.value_or(-1), row.volumeText(),
                row.low.text(), row.high.text(), trades.size(), trades.empty() ? 0 : trades.front().id,
                trades.empty() ? 0 : trades.back().id, common::wideText(volume), common::Decimal::fromUnits(low).text(),
                common::Decimal::fromUnits(high).text());
    }
    return {};
}

std::string Scenario::compareAlert(common::AlertId alert, std::vector<common::Notification> const& stored) {
    auto const& revisions = database_.history().at(alert);
    auto const& symbol = revisions.front().definition.symbol;
    // What the alert could not judge is no part of its tape.
    std::vector<common::Trade> tape = exchange_.tape(symbol);
    auto const whole = tape;
    for (auto const& event : database_.events()) {
        auto const* const gap = std::get_if<common::Gap>(&event.body);
        if (gap == nullptr || gap->symbol != symbol) continue;
        if (std::ranges::find(gap->alertPublicIds, revisions.front().definition.publicId) == gap->alertPublicIds.end())
            continue;
        std::erase_if(tape, [&](auto const& trade) { return trade.id >= gap->fromId && trade.id <= gap->toId; });
    }
    auto const conditionOf = [&](std::int64_t rev) {
        return std::ranges::find_if(revisions, [&](auto const& entry) { return entry.definition.rev == rev; })
            ->definition.condition;
    };
    // What a repair brings as one aggregate is judged as one: a sum is met at its end, not inside.
    auto const keyOf = [&](common::Condition const& condition, std::int64_t rev, std::int64_t fire,
                           common::Trade const& trade, std::optional<std::int64_t> prev, std::string extra) {
        auto id = trade.id;
        if (condition.kind == common::ConditionKind::Spike && condition.metric != common::SpikeMetric::Price) {
            extra = extra.substr(extra.find(R"("mean")"));
            id = exchange_.aggregateOf(symbol, id).id;
            bool const begins = std::ranges::any_of(revisions, [&](auto const& entry) {
                return entry.from && *entry.from >= id && *entry.from <= trade.id;
            });
            if (prev && *prev >= id) prev = begins ? std::nullopt : std::optional(id - 1);
        }
        return key(rev, fire, id, trade.price, prev, std::move(extra));
    };
    std::vector<std::string> expected;
    std::int64_t before = 0;
    for (std::size_t i = 0; i < revisions.size(); ++i) {
        auto const& revision = revisions[i];
        if (!revision.from) continue;
        support::NaiveTask task{.alert = revision.definition,
                                .fromTradeId = *revision.from,
                                .toTradeId = revision.boundary,
                                .firesBefore = before};
        // The next revision that was armed takes over where this one stopped.
        for (auto next = i + 1; next < revisions.size() && !task.toTradeId; ++next)
            if (revisions[next].from) task.toTradeId = *revisions[next].from - 1;
        for (auto next = i + 1; next < revisions.size(); ++next)
            if (revisions[next].boundary && !revisions[next].from)
                task.toTradeId =
                    std::min(task.toTradeId.value_or(*revisions[next].boundary), *revisions[next].boundary);
        // Windows are loaded anew after a gap: what was lost is in them.
        bool const windowed = common::isWindowed(revision.definition.condition.kind);
        for (auto const& fire : support::naiveJudge(task, windowed ? whole : tape).fires) {
            expected.push_back(
                keyOf(revision.definition.condition, fire.rev, fire.fire, fire.trade, fire.prevId, fire.extra));
            before = fire.fire;
        }
    }
    std::vector<std::string> found;
    for (auto const& row : stored)
        found.push_back(keyOf(conditionOf(row.rev), row.rev, row.fire, row.trade,
                              row.prev ? std::optional(row.prev->id) : std::nullopt, row.extra));
    if (found == expected) return {};
    auto const [a, b] = std::ranges::mismatch(expected, found);
    std::string ranges;
    for (auto const& revision : revisions)
        ranges +=
            fmt::format(" rev {} {}{} {}-{};", revision.definition.rev, common::alertText(revision.definition),
                        revision.definition.expires ? fmt::format(" expires {}", *revision.definition.expires) : "",
                        revision.from ? std::to_string(*revision.from) : "never",
                        revision.boundary ? std::to_string(*revision.boundary) : "end");
    if (auto const row = database_.alerts().find(alert); row != database_.alerts().end())
        ranges +=
            fmt::format(" now {} of rev {};", common::statusText(row->second.state.status), row->second.state.rev);
    return fmt::format("{} (judged{}): expected {} fires, found {}; first difference: expected {}, found {}",
                       revisions.front().definition.publicId, ranges, expected.size(), found.size(),
                       a == expected.end() ? "nothing" : *a, b == found.end() ? "nothing" : *b);
}

}  // namespace simulation
