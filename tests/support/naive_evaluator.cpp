#include "tests/support/naive_evaluator.hpp"

#include "tests/support/naive_windows.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>

#include <fmt/format.h>

namespace support {
namespace {

using common::Anchor;
using common::Condition;
using common::ConditionKind;
using common::Decimal;
using common::Direction;
using common::TimeMs;
using common::Trade;

using Wide = __int128;

std::int64_t units(Decimal value) {
    return value.units();
}

/// "reaches": `difference >= abs`, or `100·difference >= pct·base`. All in units of 1e-8, so pct is scaled by 1e8 too.
bool reaches(Wide difference, Wide base, Condition const& condition) {
    if (condition.abs) return difference >= units(*condition.abs);
    return 100 * difference * Decimal::kUnitsPerOne >= Wide{units(*condition.pct)} * base;
}

/// P(n) as a run of equal values: whether it was true, and since when.
struct Predicate {
    std::string direction;  ///< of move
    bool was = false;
    TimeMs since = 0;
    std::string edge;    ///< of the run's first trade, as JSON
    bool spent = false;  ///< this run has fired, or never may
};

/// A fire at one trade before cooldown and mode.
struct Firing {
    std::string extra;
    std::optional<Decimal> level;
};

/// A window is measured at tape[n].
struct Measure {
    std::optional<Decimal> reference;
    std::optional<NaiveSpike> spike;
    std::optional<double> volatility;
};

Measure measure(Condition const& when, NaiveTape const& tape, std::size_t n) {
    switch (when.kind) {
        case ConditionKind::Change:
            return {.reference = naiveReference(tape, n, when.window), .spike = {}, .volatility = {}};
        case ConditionKind::Spike:
            return {.reference = {},
                    .spike = naiveSpike(tape, n, when.metric, when.bucket, when.window / when.bucket, true),
                    .volatility = {}};
        case ConditionKind::Volatility:
            return {.reference = {}, .spike = {}, .volatility = naiveVolatility(tape, n, when.window / 60'000)};
        default:
            return {};
    }
}

class Judge {
public:
    Judge(Condition const& condition) : when_(condition) {
        if (when_.kind == ConditionKind::Move || when_.kind == ConditionKind::Change) {
            predicates_.resize(2);
            predicates_[0].direction = "up";
            predicates_[1].direction = "down";
        } else {
            predicates_.resize(1);
        }
    }

    std::vector<Firing> judge(Decimal price, TimeMs tau, Measure const& measure) {
        measure_ = measure;
        prices_.push_back(units(price));
        bool const first = prices_.size() == 1;
        if (first && when_.kind == ConditionKind::Move)
            anchor_ = when_.anchor == Anchor::Price ? units(when_.anchorPrice) : prices_[0];
        if (when_.kind <= ConditionKind::Cross && when_.kind >= ConditionKind::CrossUp) return judgeCross();
        std::vector<Firing> firings;
        for (auto& predicate : predicates_)
            if (auto firing = judgePredicate(predicate, first, tau)) firings.push_back(*firing);
        if (!firings.empty()) restart();
        return firings;
    }

private:
    std::int64_t now() const { return prices_.back(); }

    /// "side s starts unset; a trade with p > price fires up if s = low, then s = high; mirrored below; p = price
    /// leaves s".
    std::vector<Firing> judgeCross() {
        auto const level = units(when_.price);
        std::vector<Firing> firings;
        if (now() > level) {
            if (side_ == "low" && when_.kind != ConditionKind::CrossDown) firings.push_back({"", when_.price});
            side_ = "high";
        }
        if (now() < level) {
            if (side_ == "high" && when_.kind != ConditionKind::CrossUp) firings.push_back({"", when_.price});
            side_ = "low";
        }
        return firings;
    }

    std::optional<Firing> judgePredicate(Predicate& predicate, bool first, TimeMs tau) {
        bool const is = isTrue(predicate);
        bool const begins = is && !predicate.was;
        predicate.was = is;
        if (begins) {
            predicate.since = tau;
            predicate.edge = first ? "null" : edgeNow();
            predicate.spent = first && !when_.initial;
        }
        if (!is || predicate.spent) return {};
        if (when_.forDuration > 0 && tau - predicate.since < when_.forDuration) return {};
        predicate.spent = true;
        return firingOf(predicate);
    }

    bool isTrue(Predicate const& predicate) const {
        auto const p = now();
        switch (when_.kind) {
            case ConditionKind::Above:
                if (p > units(when_.price)) return true;
                return when_.rearm && predicate.was && p > units(*when_.rearm);
            case ConditionKind::Below:
                if (p < units(when_.price)) return true;
                return when_.rearm && predicate.was && p < units(*when_.rearm);
            case ConditionKind::Enter:
                return units(when_.low) <= p && p <= units(when_.high);
            case ConditionKind::Exit:
                return !(units(when_.low) <= p && p <= units(when_.high));
            case ConditionKind::Move:
                if (predicate.direction == "up")
                    return when_.direction != Direction::Down && reaches(Wide{p} - anchor_, anchor_, when_);
                return when_.direction != Direction::Up && reaches(Wide{anchor_} - p, anchor_, when_);
            case ConditionKind::Trail: {
                auto const x = extreme();
                return reaches(when_.direction == Direction::Up ? Wide{p} - x : Wide{x} - p, x, when_);
            }
            case ConditionKind::Change: {
                if (!measure_.reference) return false;
                auto const r = units(*measure_.reference);
                if (predicate.direction == "up")
                    return when_.direction != Direction::Down && reaches(Wide{p} - r, r, when_);
                return when_.direction != Direction::Up && reaches(Wide{r} - p, r, when_);
            }
            case ConditionKind::Spike: {
                if (!measure_.spike || measure_.spike->s <= 0) return false;
                // Factors of tests are short, so this fits.
                auto const n = when_.window / when_.bucket;
                return 10'000 * n * measure_.spike->v > units(when_.factor) / 10'000 * measure_.spike->s;
            }
            case ConditionKind::Volatility:
                return measure_.volatility &&
                       *measure_.volatility >= static_cast<double>(units(*when_.pct)) / Decimal::kUnitsPerOne;
            default:
                return false;
        }
    }

    /// Highest (side up: lowest) price since f or the last fire.
    std::int64_t extreme() const {
        auto const from = prices_.begin() + static_cast<std::ptrdiff_t>(restartedAt_);
        return when_.direction == Direction::Up ? *std::min_element(from, prices_.end())
                                                : *std::max_element(from, prices_.end());
    }

    /// enter: the side the price came from; exit: the side it went to.
    std::string edgeNow() const {
        auto const outside = when_.kind == ConditionKind::Enter ? prices_[prices_.size() - 2] : now();
        return outside < units(when_.low) ? R"("low")" : R"("high")";
    }

    Firing firingOf(Predicate const& predicate) const {
        Firing firing;
        auto const text = [](std::int64_t value) { return Decimal::fromUnits(value).text(); };
        switch (when_.kind) {
            case ConditionKind::Above:
            case ConditionKind::Below:
                firing.level = when_.price;
                break;
            case ConditionKind::Enter:
            case ConditionKind::Exit:
                firing.extra = fmt::format(R"("edge":{})", predicate.edge);
                if (predicate.edge == R"("low")") firing.level = when_.low;
                if (predicate.edge == R"("high")") firing.level = when_.high;
                break;
            case ConditionKind::Move:
                firing.extra = fmt::format(R"("anchor":"{}","direction":"{}")", text(anchor_), predicate.direction);
                break;
            case ConditionKind::Trail:
                firing.extra = fmt::format(R"("extreme":"{}")", text(extreme()));
                break;
            case ConditionKind::Change:
                firing.extra = fmt::format(R"("reference":"{}","direction":"{}")", measure_.reference->text(),
                                           predicate.direction);
                break;
            case ConditionKind::Spike: {
                auto const rounded = [](Wide value, Wide divisor) {
                    auto const all = (value + divisor / 2) / divisor;
                    return Decimal::fromUnits(static_cast<std::int64_t>(all)).text();
                };
                firing.extra = fmt::format(
                    R"("value":"{}","mean":"{}")", rounded(measure_.spike->v, Decimal::kUnitsPerOne),
                    rounded(measure_.spike->s, Wide{Decimal::kUnitsPerOne} * (when_.window / when_.bucket)));
                break;
            }
            case ConditionKind::Volatility:
                firing.extra = fmt::format(R"("value":"{:.4f}")", *measure_.volatility);
                break;
            default:
                break;
        }
        if (when_.forDuration > 0)
            firing.extra += fmt::format(R"({}"since":{})", firing.extra.empty() ? "" : ",", predicate.since);
        return firing;
    }

    /// What is measured from the last fire begins anew at this trade, as it did at f: there the predicates are false.
    void restart() {
        bool const restarts = when_.kind == ConditionKind::Trail ||
                              (when_.kind == ConditionKind::Move && when_.anchor == Anchor::LastFire);
        if (!restarts) return;
        anchor_ = now();
        restartedAt_ = prices_.size() - 1;
        for (auto& predicate : predicates_)
            predicate.was = false;
    }

    Condition when_;
    std::vector<Predicate> predicates_;
    std::vector<std::int64_t> prices_;  ///< of every judged trade
    Measure measure_;
    std::string side_ = "unset";
    std::int64_t anchor_ = 0;
    std::size_t restartedAt_ = 0;
};

}  // namespace

NaiveResult naiveJudge(NaiveTask const& task, std::span<Trade const> tape) {
    auto const& alert = task.alert;
    NaiveResult result;
    Judge judge(alert.condition);
    TimeMs tau = 0;
    std::optional<TimeMs> notifiedAt;
    Trade const* prev = nullptr;
    std::int64_t fire = task.firesBefore;
    bool const windowed = common::isWindowed(alert.condition.kind);
    std::vector<Trade> priced(windowed ? tape.begin() : tape.end(), tape.end());
    std::erase_if(priced, [](auto const& trade) { return trade.price.value.isZero(); });
    NaiveTape const windows(priced);
    std::size_t n = 0;
    for (auto const& trade : tape) {
        if (trade.price.value.isZero()) continue;
        ++n;
        tau = std::max(tau, trade.time);
        if (trade.lastId() < task.fromTradeId) continue;
        if (task.toTradeId && trade.id > *task.toTradeId) break;
        if (alert.expires && trade.time >= *alert.expires) {
            result.expired = true;
            break;
        }
        for (auto const& firing :
             judge.judge(trade.price.value, tau, windowed ? measure(alert.condition, windows, n - 1) : Measure{})) {
            if (alert.cooldown > 0 && notifiedAt && tau - *notifiedAt < alert.cooldown) {
                ++result.suppressedSince;
                continue;
            }
            auto& out = result.fires.emplace_back();
            out.alert = alert.id;
            out.rev = alert.rev;
            out.fire = ++fire;
            out.level = firing.level;
            out.trade = trade;
            out.trade.id = std::max(trade.id, task.fromTradeId);
            if (prev != nullptr) {
                out.prevId = prev->lastId();
                out.prevPrice = prev->price;
            }
            out.suppressed = result.suppressedSince;
            out.extra = firing.extra;
            out.ends = alert.mode == common::AlertMode::Once;
            out.eventTime = tau;
            result.suppressedSince = 0;
            notifiedAt = tau;
            if (out.ends) {
                result.done = true;
                return result;
            }
        }
        prev = &trade;
    }
    return result;
}

std::vector<NaiveFire> naiveFires(std::span<NaiveTask const> tasks, std::span<Trade const> tape) {
    std::vector<NaiveFire> fires;
    for (auto const& task : tasks)
        for (auto& fire : naiveJudge(task, tape).fires)
            fires.push_back(std::move(fire));
    std::ranges::sort(fires, [](NaiveFire const& a, NaiveFire const& b) {
        return std::tuple(a.trade.lastId(), a.alert, a.fire) < std::tuple(b.trade.lastId(), b.alert, b.fire);
    });
    return fires;
}

std::string naiveText(NaiveFire const& fire) {
    return fmt::format("alert {} rev {} fire {} level {} trade {}{} at {} prev {}@{} suppressed {} tau {} [{}]{}",
                       fire.alert.value, fire.rev, fire.fire, fire.level ? fire.level->text() : "-", fire.trade.id,
                       fire.trade.aggLastId != 0 ? fmt::format("-{}", fire.trade.aggLastId) : "",
                       fire.trade.price.text(), fire.prevId ? fmt::format("{}", *fire.prevId) : "-",
                       fire.prevPrice ? fire.prevPrice->text() : "-", fire.suppressed, fire.eventTime, fire.extra,
                       fire.ends ? " ends" : "");
}

}  // namespace support
