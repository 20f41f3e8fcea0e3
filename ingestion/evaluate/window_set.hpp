#pragma once

#include "common/core/condition.hpp"
#include "common/core/trade.hpp"
#include "ingestion/evaluate/amount.hpp"
#include "ingestion/evaluate/bucket.hpp"
#include "ingestion/evaluate/change_window.hpp"
#include "ingestion/evaluate/spike_window.hpp"
#include "ingestion/evaluate/volatility_window.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ingestion {

/// Which predicate of a windowed alert is true.
enum class Verdict : std::uint8_t { False, Up, Down };

/// The windows of one symbol's `change`, `spike` and `volatility` alerts: one for all alerts whose parameters match. A
/// trade goes into each window; alerts are looked at only where it may have changed what holds for one of them. Pure.
class WindowSet {
public:
    /// What an alert compares its window with.
    struct Terms {
        common::ConditionKind kind = common::ConditionKind::Change;
        common::Direction direction = common::Direction::Both;  ///< change
        Amount amount = {};  ///< change: percent; spike: factor; volatility: percent; units of 1e-8
    };

    bool holds(common::Condition const& condition) const { return find(condition) != nullptr; }
    /// The window of this condition, made from the past if no alert has one yet; a number for the calls below. The
    /// window then stands at the same position as the others.
    std::uint32_t join(common::Condition const& condition, std::uint32_t slot, WindowPast const& past,
                       common::TimeMs tau);
    /// The window goes with its last alert.
    void leave(std::uint32_t window, std::uint32_t slot);
    bool empty() const { return used_ == 0; }

    /// Takes a trade into every window. True when some alert has to be looked at: those of the windows that are
    /// stirred, until settle().
    bool take(common::Trade const& trade, common::TimeMs tau);
    /// Visits the slots of the stirred windows.
    template <class Visit>
    void forEachStirred(Visit visit) const {
        for (auto const& window : windows_)
            if (window != nullptr && window->stirred)
                for (auto const slot : window->slots)
                    visit(slot);
    }
    /// An alert of this window has changed or is new.
    void stir(std::uint32_t window) { windows_[window]->stirred = true; }
    /// At the last trade taken, at this price.
    Verdict judge(std::uint32_t window, Terms const& terms, common::Decimal price) const;
    /// Finds again, for the stirred windows, where nothing changes for any alert. `of(slot)` gives terms and verdict.
    template <class Of>
    void settle(Of of) {
        for (auto const& window : windows_) {
            if (window == nullptr || !window->stirred) continue;
            window->stirred = false;
            window->calm = {};
            for (auto const slot : window->slots) {
                auto const [terms, verdict] = of(slot);
                narrow(*window, terms, verdict);
            }
        }
    }
    /// Members that the kind adds to a notification (spec section 4).
    std::string extra(std::uint32_t window, Verdict verdict) const;

private:
    /// What parameters must match; unused ones stay 0.
    struct Key {
        common::ConditionKind kind = common::ConditionKind::Change;
        common::SpikeMetric metric = common::SpikeMetric::Volume;
        common::DurationMs window = 0;
        common::DurationMs bucket = 0;
        bool operator==(Key const&) const = default;
    };
    /// from <= x < to: no verdict changes. x is the price of a change, v of a spike.
    struct Calm {
        Wide from = 0;
        Wide to = SpikeWindow::kNever;
    };
    struct Window {
        Key key;
        std::variant<ChangeWindow, SpikeWindow, VolatilityWindow> of;
        std::optional<common::Decimal> reference = {};  ///< change: at the last trade
        std::vector<std::uint32_t> slots = {};
        Calm calm = {};
        bool stirred = true;
    };

    static Key keyOf(common::Condition const& condition);
    Window const* find(common::Condition const& condition) const;
    static std::unique_ptr<Window> make(Key const& key, WindowPast const& past, common::TimeMs tau);
    static bool take(Window& window, common::Trade const& trade, common::TimeMs tau);
    static void narrow(Window& window, Terms const& terms, Verdict verdict);

    std::vector<std::unique_ptr<Window>> windows_;  ///< empty places are used again
    std::size_t used_ = 0;
};

}  // namespace ingestion
