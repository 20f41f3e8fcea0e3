#include "ingestion/evaluate/volatility_window.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace ingestion {
namespace {

constexpr common::DurationMs kMinute = 60'000;

}  // namespace

common::TimeMs VolatilityWindow::historyFrom(common::TimeMs tau) const {
    return (tau / kMinute - count_) * kMinute;
}

void VolatilityWindow::loadBuckets(std::span<Bucket const> minutes) {
    for (auto const& minute : minutes) {
        rollTo(minute.open / kMinute);
        close_ = minute.close;
    }
    if (minute_) compute();
}

bool VolatilityWindow::add(common::TimeMs tau, common::Decimal price) {
    auto const minute = tau / kMinute;
    // The past may have been told by a source that was ahead.
    bool const isNew = !minute_ || minute > *minute_;
    if (isNew) {
        rollTo(minute);
        compute();
    }
    close_ = price;
    return isNew;
}

void VolatilityWindow::rollTo(std::int64_t minute) {
    // The running minute is full now, and empty ones behind it carry its close; more than N of them look like N.
    auto const full = minute_ ? std::min(minute - *minute_, count_) : 0;
    for (std::int64_t i = 0; i < full; ++i) {
        closes_.push_back(static_cast<double>(close_.units()));
        if (static_cast<std::int64_t>(closes_.size()) > count_) closes_.pop_front();
    }
    minute_ = minute;
}

void VolatilityWindow::compute() {
    percent_.reset();
    if (static_cast<std::int64_t>(closes_.size()) < count_) return;
    std::vector<double> returns;
    for (std::size_t i = 1; i < closes_.size(); ++i)
        returns.push_back(std::log(closes_[i] / closes_[i - 1]));
    auto const n = static_cast<double>(returns.size());
    double mean = 0;
    for (auto const r : returns)
        mean += r / n;
    double squares = 0;
    for (auto const r : returns)
        squares += (r - mean) * (r - mean);
    percent_ = 100 * std::sqrt(squares / (n - 1));
}

}  // namespace ingestion
