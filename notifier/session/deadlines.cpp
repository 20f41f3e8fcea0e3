#include "notifier/session/deadlines.hpp"

#include <algorithm>
#include <utility>

namespace notifier {

void Deadlines::put(std::size_t at, Place place) {
    heap_[at] = place;
    place.entry->at_ = static_cast<std::uint32_t>(at);
}

void Deadlines::rise(std::size_t at) {
    auto const place = heap_[at];
    while (at > 0 && place.atMs < heap_[(at - 1) / 2].atMs) {
        put(at, heap_[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(at, place);
}

void Deadlines::sink(std::size_t at) {
    auto const place = heap_[at];
    while (true) {
        auto child = 2 * at + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1].atMs < heap_[child].atMs) ++child;
        if (place.atMs <= heap_[child].atMs) break;
        put(at, heap_[child]);
        at = child;
    }
    put(at, place);
}

void Deadlines::set(Entry& entry, std::int64_t atMs) {
    if (!entry.isSet()) heap_.push_back({atMs, &entry});
    auto const at = entry.isSet() ? entry.at_ : heap_.size() - 1;
    heap_[at].atMs = atMs;
    rise(at);
    sink(entry.at_);
}

void Deadlines::cancel(Entry& entry) {
    std::ranges::replace(due_, &entry, nullptr);
    if (!entry.isSet()) return;
    std::size_t const at = std::exchange(entry.at_, Entry::kNowhere);
    auto const last = heap_.back();
    heap_.pop_back();
    if (last.entry == &entry) return;
    put(at, last);
    rise(at);
    sink(last.entry->at_);
}

std::optional<std::int64_t> Deadlines::next() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().atMs;
}

void Deadlines::run(std::int64_t nowMs) {
    std::vector<Entry*> due;
    while (!heap_.empty() && heap_.front().atMs <= nowMs) {
        due.push_back(heap_.front().entry);
        cancel(*due.back());
    }
    due_ = std::move(due);
    for (std::size_t i = 0; i < due_.size(); ++i)
        if (auto* const entry = std::exchange(due_[i], nullptr)) entry->onDue();
    due_.clear();
}

}  // namespace notifier
