#include "ingestion/evaluate/change_window.hpp"

namespace ingestion {

common::DurationMs ChangeWindow::grainOf(common::DurationMs window) {
    constexpr common::DurationMs kHour = 3'600'000;
    return window <= kHour ? 1'000 : 60'000;
}

void ChangeWindow::loadBuckets(std::span<Bucket const> buckets) {
    for (auto const& bucket : buckets)
        put(bucket.open / grain_, bucket.close);
}

std::optional<common::Decimal> ChangeWindow::reference(common::TimeMs tau) {
    auto const cut = cutAt(tau);
    while (closes_.size() > 1 && closes_[1].index < cut)
        closes_.pop_front();
    if (closes_.empty() || closes_.front().index >= cut) return {};
    return closes_.front().price;
}

void ChangeWindow::add(common::TimeMs tau, common::Decimal price) {
    put(tau / grain_, price);
}

void ChangeWindow::put(std::int64_t index, common::Decimal price) {
    // The past may have been told by a source that was ahead.
    if (!closes_.empty() && closes_.back().index > index) return;
    if (!closes_.empty() && closes_.back().index == index)
        closes_.back().price = price;
    else
        closes_.push_back({index, price});
}

}  // namespace ingestion
