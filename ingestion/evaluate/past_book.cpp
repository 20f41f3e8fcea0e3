#include "ingestion/evaluate/past_book.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace ingestion {
namespace {

/// The number at the front of `text` and the separator behind it, which then begins behind both.
std::optional<Wide> takeNumber(std::string_view& text) {
    constexpr std::size_t kDigitsMax = 38;
    Wide number = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits)
        number = number * 10 + (text[digits] - '0');
    if (digits == 0 || digits > kDigitsMax) return {};
    text.remove_prefix(std::min(digits + 1, text.size()));
    return number;
}

}  // namespace

void PastBook::add(common::Trade const& trade, common::TimeMs tau) {
    auto const open = common::floorTo(tau, grain());
    // What an older source knew already of later buckets includes this one.
    if (!buckets_.empty() && buckets_.back().open > open) return;
    if (buckets_.empty() || buckets_.back().open != open) buckets_.push_back({.open = open});
    auto& bucket = buckets_.back();
    bucket.close = trade.price.value;
    if (!changedFrom_) changedFrom_ = open;
    if (!sums()) return;
    bucket.volume += trade.qty.value.units();
    bucket.quoteVolume += Wide{trade.price.value.units()} * trade.qty.value.units();
    bucket.trades += trade.lastId() - trade.id + 1;
}

void PastBook::prepend(std::vector<Bucket> const& older) {
    auto const own = buckets_.empty() ? std::numeric_limits<common::TimeMs>::max() : buckets_.front().open;
    std::vector<Bucket> all;
    for (auto const& bucket : older)
        if (bucket.open < own) all.push_back(bucket);
    all.insert(all.end(), buckets_.begin(), buckets_.end());
    buckets_ = std::move(all);
}

void PastBook::forgetBefore(common::TimeMs time) {
    constexpr std::size_t kEraseMin = 256;
    while (dropped_ + 1 < buckets_.size() && buckets_[dropped_ + 1].open + grain() <= time)
        ++dropped_;
    from_ = std::max(from_, time);
    if (dropped_ < kEraseMin || dropped_ * 4 < buckets_.size()) return;
    buckets_.erase(buckets_.begin(), buckets_.begin() + static_cast<std::ptrdiff_t>(dropped_));
    dropped_ = 0;
}

std::optional<common::PastWrite> PastBook::collect(common::Symbol const& symbol) {
    if (!anew_ && !changedFrom_) return {};
    common::PastWrite write{.symbol = symbol, .kind = kind_, .from = from_, .anew = anew_, .keepFrom = 0, .chunks = {}};
    auto const kept = buckets();
    if (!kept.empty()) write.keepFrom = common::floorTo(kept.front().open, chunkMs());
    auto at = anew_ ? kept.begin()
                    : std::ranges::lower_bound(kept, common::floorTo(*changedFrom_, chunkMs()), {}, &Bucket::open);
    for (; at != kept.end(); ++at) {
        auto const start = common::floorTo(at->open, chunkMs());
        if (write.chunks.empty() || write.chunks.back().start != start)
            write.chunks.push_back({.start = start, .text = {}});
        auto& text = write.chunks.back().text;
        fmt::format_to(std::back_inserter(text), "{}{} {}", text.empty() ? "" : ";", (at->open - start) / grain(),
                       at->close.units());
        if (sums()) fmt::format_to(std::back_inserter(text), " {} {} {}", at->volume, at->quoteVolume, at->trades);
    }
    anew_ = false;
    changedFrom_.reset();
    return write;
}

bool PastBook::load(common::PastChunk const& chunk) {
    for (std::string_view text = chunk.text; !text.empty();) {
        auto const index = takeNumber(text);
        auto const close = takeNumber(text);
        if (!index || !close) return false;
        Bucket bucket{.open = chunk.start + static_cast<std::int64_t>(*index) * grain(),
                      .close = common::Decimal::fromUnits(static_cast<std::int64_t>(*close))};
        if (sums()) {
            auto const volume = takeNumber(text);
            auto const quote = takeNumber(text);
            auto const trades = takeNumber(text);
            if (!volume || !quote || !trades) return false;
            bucket.volume = *volume;
            bucket.quoteVolume = *quote;
            bucket.trades = static_cast<std::int64_t>(*trades);
        }
        buckets_.push_back(bucket);
    }
    return true;
}

}  // namespace ingestion
