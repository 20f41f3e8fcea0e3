#include "ingestion/evaluate/spike_window.hpp"

#include <algorithm>

namespace ingestion {
namespace {

using common::Decimal;
using common::SpikeMetric;

constexpr common::DurationMs kMinute = 60'000;
constexpr Wide kScale = Decimal::kUnitsPerOne;  // sums are kept in units of 1e-16, as price x quantity comes

Wide roundedToUnits(Wide sum) {
    return (sum + kScale / 2) / kScale;
}

std::string decimalText(Wide units) {
    // Two halves, since a sum may be longer than a Decimal.
    std::string whole;
    auto rest = units / kScale;
    do {
        whole.insert(whole.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
        rest /= 10;
    } while (rest != 0);
    auto const fraction = Decimal::fromUnits(static_cast<std::int64_t>(units % kScale)).text();
    return whole + fraction.substr(1);  // "0.25" without its zero; "0" without anything
}

}  // namespace

Wide SpikeWindow::valueOf(Bucket const& minute) const {
    switch (metric_) {
        case SpikeMetric::Volume:
            return minute.volume * kScale;
        case SpikeMetric::QuoteVolume:
            return minute.quoteVolume;
        case SpikeMetric::Trades:
            return Wide{minute.trades} * kScale * kScale;
        case SpikeMetric::Price:
            break;
    }
    return 0;
}

void SpikeWindow::loadBuckets(std::span<Bucket const> minutes) {
    for (auto const& minute : minutes) {
        rollTo(minute.open);
        minute_ = valueOf(minute);
        close_ = minute.close;
    }
}

bool SpikeWindow::add(common::TimeMs tau, Decimal price, Decimal qty, std::int64_t trades) {
    bool const first = !begun_;
    auto const bucket = bucketIndex_;
    rollTo(tau);
    // Without a past the first bucket is known only from this trade on.
    if (first) partial_ = true;
    close_ = price;
    switch (metric_) {
        case SpikeMetric::Volume:
            minute_ += qty.units() * kScale;
            break;
        case SpikeMetric::QuoteVolume:
            minute_ += Wide{price.units()} * qty.units();
            break;
        case SpikeMetric::Trades:
            minute_ += Wide{trades} * kScale * kScale;
            break;
        case SpikeMetric::Price:
            break;
    }
    return first || bucketIndex_ != bucket;
}

void SpikeWindow::rollTo(common::TimeMs time) {
    auto const bucket = time / bucket_;
    auto const minute = time / kMinute;
    if (!begun_) {
        begun_ = true;
        minuteIndex_ = minute;
        bucketIndex_ = bucket;
        partial_ = minute * kMinute != bucket * bucket_;
        return;
    }
    if (minute > minuteIndex_) closeMinute();
    minuteIndex_ = std::max(minuteIndex_, minute);
    if (bucket <= bucketIndex_) return;
    closeBucket();
    // Empty buckets in between: more than N of them look like N.
    auto const empty = std::min(bucket - bucketIndex_ - 1, count_);
    for (std::int64_t i = 0; i < empty; ++i)
        closeBucket();
    bucketIndex_ = bucket;
}

void SpikeWindow::closeMinute() {
    minutes_ += roundedToUnits(minute_) * kScale;
    minute_ = 0;
}

void SpikeWindow::closeBucket() {
    auto const value = this->value();
    minutes_ = 0;
    bool const known = !partial_ || metric_ == SpikeMetric::Price;  // a close is one however little came before it
    partial_ = false;
    if (!known) return;
    full_.push_back(value);
    sum_ += value;
    if (static_cast<std::int64_t>(full_.size()) <= count_) return;
    sum_ -= full_.front();
    full_.pop_front();
}

Wide SpikeWindow::value() const {
    if (metric_ == SpikeMetric::Price) return close_ ? Wide{close_->units()} * kScale : 0;
    return minutes_ + minute_;
}

Wide SpikeWindow::overFrom(Decimal factor) const {
    if (!isCovered() || sum_ <= 0) return kNever;
    // N·v > factor·S with a factor of at most 4 digits: v > f·S / (1e4·N). In two parts, since f·S need not fit.
    constexpr Wide kFactorScale = 10'000;
    auto const f = Wide{factor.units()} / (kScale / kFactorScale);
    auto const divisor = kFactorScale * count_;
    auto const whole = sum_ / divisor;
    if (whole > kNever / 2 / f) return kNever;
    return f * whole + f * (sum_ % divisor) / divisor + 1;
}

std::string SpikeWindow::valueText() const {
    return decimalText(roundedToUnits(value()));
}

std::string SpikeWindow::meanText() const {
    auto const divisor = kScale * count_;
    return decimalText((sum_ + divisor / 2) / divisor);
}

}  // namespace ingestion
