#pragma once

#include "common/core/symbol.hpp"
#include "notifier/session/frame.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace notifier {

/// The newest price frame of each symbol, in the order of the symbols. Pure. Keeps its memory for the next price while
/// it is small, so that prices of a few symbols allocate nothing.
class PriceSlots {
public:
    /// The frame whose place this one takes; null when the slot was free.
    Frame put(common::Symbol const& symbol, Frame frame) {
        auto const at = find(symbol);
        if (at != slots_.end() && at->first == symbol) return std::exchange(at->second, std::move(frame));
        slots_.emplace(at, symbol, std::move(frame));
        return nullptr;
    }
    void erase(common::Symbol const& symbol) {
        auto const at = find(symbol);
        if (at != slots_.end() && at->first == symbol) slots_.erase(at);
    }
    bool empty() const { return slots_.empty(); }
    auto begin() const { return slots_.begin(); }
    auto end() const { return slots_.end(); }
    /// Takes out the first `count`.
    void drop(std::size_t count) {
        slots_.erase(slots_.begin(), slots_.begin() + static_cast<std::ptrdiff_t>(count));
        if (slots_.empty()) clear();
    }
    void clear() {
        slots_.clear();
        if (slots_.capacity() > kKept) slots_.shrink_to_fit();
    }

private:
    using Slot = std::pair<common::Symbol, Frame>;
    static constexpr std::size_t kKept = 4;

    std::vector<Slot>::iterator find(common::Symbol const& symbol) {
        return std::ranges::lower_bound(slots_, symbol, {}, &Slot::first);
    }

    std::vector<Slot> slots_;
};

}  // namespace notifier
