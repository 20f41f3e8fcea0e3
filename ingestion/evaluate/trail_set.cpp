#include "ingestion/evaluate/trail_set.hpp"

#include <algorithm>

namespace ingestion {

std::uint32_t TrailSet::insert(std::uint32_t slot, Calm calm) {
    items_.push_back({calm, slot});
    narrow(calm);
    return static_cast<std::uint32_t>(items_.size() - 1);
}

std::uint32_t TrailSet::erase(std::uint32_t index) {
    settled_ = false;
    auto const erased = items_[index].slot;
    items_[index] = items_.back();
    items_.pop_back();
    return index < items_.size() ? items_[index].slot : erased;
}

void TrailSet::set(std::uint32_t index, Calm calm) {
    settled_ = false;
    items_[index].calm = calm;
    narrow(calm);
}

void TrailSet::gather(std::uint64_t price, std::vector<std::uint32_t>& slots) const {
    for (auto const& item : items_)
        if (price < item.calm.lo || price >= item.calm.hi) slots.push_back(item.slot);
}

void TrailSet::settle() {
    if (settled_) return;
    settled_ = true;
    calm_ = {};
    for (auto const& item : items_)
        narrow(item.calm);
}

void TrailSet::narrow(Calm calm) {
    calm_.lo = std::max(calm_.lo, calm.lo);
    calm_.hi = std::min(calm_.hi, calm.hi);
}

}  // namespace ingestion
