#include "ingestion/evaluate/window_set.hpp"

#include "common/core/candle.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ingestion {
namespace {

using enum common::ConditionKind;

std::uint64_t unitsOf(common::Decimal price) {
    return static_cast<std::uint64_t>(price.units());
}

double percentOf(Amount const& amount) {
    return static_cast<double>(amount.units) / common::Decimal::kUnitsPerOne;
}

}  // namespace

WindowSet::Key WindowSet::keyOf(common::Condition const& condition) {
    Key key{.kind = condition.kind, .window = condition.window};
    if (condition.kind == Spike) key.metric = condition.metric, key.bucket = condition.bucket;
    return key;
}

WindowSet::Window const* WindowSet::find(common::Condition const& condition) const {
    auto const key = keyOf(condition);
    for (auto const& window : windows_)
        if (window != nullptr && window->key == key) return window.get();
    return nullptr;
}

std::unique_ptr<WindowSet::Window> WindowSet::make(Key const& key, WindowPast const& past, common::TimeMs tau) {
    switch (key.kind) {
        case Spike: {
            SpikeWindow window(key.metric, key.bucket, key.window / key.bucket);
            auto const sums = past.minuteSums;
            // What the past does not hold was empty, also before the first trade of a young market.
            if (auto const from = window.historyFrom(tau);
                key.metric != common::SpikeMetric::Price && (sums.empty() || sums.front().open > from)) {
                Bucket const empty{.open = from};
                window.loadBuckets({&empty, 1});
            }
            window.loadBuckets(key.metric == common::SpikeMetric::Price ? past.minuteCloses : sums);
            return std::make_unique<Window>(Window{.key = key, .of = std::move(window)});
        }
        case Volatility: {
            VolatilityWindow window(key.window / common::kMinuteMs);
            window.loadBuckets(past.minuteCloses);
            return std::make_unique<Window>(Window{.key = key, .of = std::move(window)});
        }
        default: {
            ChangeWindow window(key.window);
            window.loadBuckets(ChangeWindow::grainOf(key.window) < common::kMinuteMs ? past.secondCloses
                                                                                     : past.minuteCloses);
            auto made = std::make_unique<Window>(Window{.key = key, .of = std::move(window)});
            made->reference = std::get<ChangeWindow>(made->of).reference(tau);
            return made;
        }
    }
}

std::uint32_t WindowSet::join(common::Condition const& condition, std::uint32_t slot, WindowPast const& past,
                              common::TimeMs tau) {
    auto const key = keyOf(condition);
    auto place =
        std::ranges::find_if(windows_, [&](auto const& window) { return window != nullptr && window->key == key; });
    if (place == windows_.end()) {
        place = std::ranges::find_if(windows_, [](auto const& window) { return window == nullptr; });
        if (place == windows_.end()) place = windows_.insert(windows_.end(), nullptr);
        *place = make(key, past, tau);
        ++used_;
    }
    (*place)->slots.push_back(slot);
    (*place)->stirred = true;
    return static_cast<std::uint32_t>(place - windows_.begin());
}

void WindowSet::leave(std::uint32_t window, std::uint32_t slot) {
    auto& slots = windows_[window]->slots;
    std::erase(slots, slot);
    if (!slots.empty()) return;
    windows_[window].reset();
    --used_;
}

bool WindowSet::take(common::Trade const& trade, common::TimeMs tau) {
    bool any = false;
    for (auto const& window : windows_)
        if (window != nullptr) any |= window->stirred |= take(*window, trade, tau);
    return any;
}

bool WindowSet::take(Window& window, common::Trade const& trade, common::TimeMs tau) {
    auto const price = trade.price.value;
    auto const leaves = [&](Wide x) { return x < window.calm.from || x >= window.calm.to; };
    if (auto* const change = std::get_if<ChangeWindow>(&window.of)) {
        auto const before = std::exchange(window.reference, change->reference(tau));
        change->add(tau, price);
        return before != window.reference || leaves(price.units());
    }
    if (auto* const spike = std::get_if<SpikeWindow>(&window.of)) {
        bool const isNew = spike->add(tau, price, trade.qty.value, trade.lastId() - trade.id + 1);
        return isNew || leaves(spike->value());
    }
    return std::get<VolatilityWindow>(window.of).add(tau, price);
}

Verdict WindowSet::judge(std::uint32_t index, Terms const& terms, common::Decimal price) const {
    auto const& window = *windows_[index];
    if (auto const* const spike = std::get_if<SpikeWindow>(&window.of))
        return spike->isOver(common::Decimal::fromUnits(static_cast<std::int64_t>(terms.amount.units)))
                   ? Verdict::Up
                   : Verdict::False;
    if (auto const* const volatility = std::get_if<VolatilityWindow>(&window.of))
        return volatility->percent() && *volatility->percent() >= percentOf(terms.amount) ? Verdict::Up
                                                                                          : Verdict::False;
    if (!window.reference) return Verdict::False;
    auto const base = unitsOf(*window.reference);
    if (terms.direction != common::Direction::Down && unitsOf(price) >= terms.amount.reachedUp(base))
        return Verdict::Up;
    if (terms.direction != common::Direction::Up && unitsOf(price) < terms.amount.reachedDown(base))
        return Verdict::Down;
    return Verdict::False;
}

void WindowSet::narrow(Window& window, Terms const& terms, Verdict verdict) {
    auto& calm = window.calm;
    auto const within = [&](Wide from, Wide to) { calm = {std::max(calm.from, from), std::min(calm.to, to)}; };
    if (auto const* const spike = std::get_if<SpikeWindow>(&window.of)) {
        auto const over = spike->overFrom(common::Decimal::fromUnits(static_cast<std::int64_t>(terms.amount.units)));
        return verdict == Verdict::Up ? within(over, SpikeWindow::kNever) : within(0, over);
    }
    if (!window.reference || terms.kind == Volatility) return;
    auto const base = unitsOf(*window.reference);
    Wide const up = terms.direction == common::Direction::Down ? SpikeWindow::kNever : terms.amount.reachedUp(base);
    Wide const down = terms.direction == common::Direction::Up ? 0 : terms.amount.reachedDown(base);
    if (verdict == Verdict::False)
        within(down, up);
    else if (verdict == Verdict::Up)
        within(up, SpikeWindow::kNever);
    else
        within(0, down);
}

std::string WindowSet::extra(std::uint32_t index, Verdict verdict) const {
    auto const& window = *windows_[index];
    if (auto const* const spike = std::get_if<SpikeWindow>(&window.of))
        return fmt::format(R"("value":"{}","mean":"{}")", spike->valueText(), spike->meanText());
    if (auto const* const volatility = std::get_if<VolatilityWindow>(&window.of))
        return fmt::format(R"("value":"{:.4f}")", volatility->percent().value_or(0));
    return fmt::format(R"("reference":"{}","direction":"{}")", window.reference.value_or(common::Decimal()).text(),
                       verdict == Verdict::Down ? "down" : "up");
}

}  // namespace ingestion
