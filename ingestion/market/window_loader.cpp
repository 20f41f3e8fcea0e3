#include "ingestion/market/window_loader.hpp"

#include "common/core/wide.hpp"
#include "ingestion/evaluate/past_book.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace ingestion {
namespace {

constexpr int kRowsMax = 1'000;
constexpr common::DurationMs kRetryFirstMs = 500;
constexpr common::DurationMs kRetryMaxMs = 30'000;

common::PastKind kindOf(std::size_t index) {
    return static_cast<common::PastKind>(index);
}

Bucket bucketOf(common::Candle const& candle) {
    return {.open = candle.openTime,
            .close = candle.close,
            .volume = candle.volume,
            .quoteVolume = candle.quoteVolume,
            .trades = candle.trades};
}

}  // namespace

void WindowLoader::begin(Backfill::Asker asker, std::uint32_t number, Spans spans) {
    auto& job = jobs_[asker.index] = {};
    job.asker = std::move(asker);
    job.number = number;
    job.spans = spans;
    go(job);
}

WindowLoader::Job* WindowLoader::waiting(SymbolIndex index, std::uint64_t question) {
    auto const found = jobs_.find(index);
    if (found == jobs_.end() || !found->second.out || found->second.question != question) return nullptr;
    found->second.out = false;
    return &found->second;
}

void WindowLoader::onTimer(common::TimeMs monoMs) {
    for (auto at = jobs_.begin(); at != jobs_.end();) {
        auto& job = (at++)->second;
        if (!job.out && job.dueAt <= monoMs) go(job);
    }
}

std::optional<common::TimeMs> WindowLoader::deadline() const {
    std::optional<common::TimeMs> next;
    for (auto const& [index, job] : jobs_)
        if (!job.out) next = std::min(next.value_or(job.dueAt), job.dueAt);
    return next;
}

void WindowLoader::go(Job& job) {
    for (; job.kind < kKinds; ++job.kind) {
        auto const& span = job.spans[job.kind];
        if (!span) continue;
        auto& buckets = job.buckets[job.kind];
        if (kindOf(job.kind) != common::PastKind::SecondCloses) {
            if (!job.stored) return askStored(job);
            if (buckets.empty())
                for (auto const& candle : *job.stored)
                    if (candle.openTime >= span->from && candle.openTime < span->to)
                        buckets.push_back(bucketOf(candle));
            // Stored ones may begin late, where the market does not.
            if (!buckets.empty() && buckets.front().open != span->from) buckets.clear();
        }
        auto const grain = PastBook::grainOf(kindOf(job.kind));
        auto const next = buckets.empty() ? span->from : buckets.back().open + grain;
        if (next < span->to) return askRows(job, next);
    }
    auto const asker = job.asker;
    auto const number = job.number;
    auto buckets = std::move(job.buckets);
    jobs_.erase(asker.index);
    loaded_(asker, number, std::move(buckets));
}

void WindowLoader::askStored(Job& job) {
    Span all{.from = std::numeric_limits<common::TimeMs>::max(), .to = 0};
    for (std::size_t i = 0; i < kKinds; ++i)
        if (auto const& span = job.spans[i]; span && kindOf(i) != common::PastKind::SecondCloses)
            all = {std::min(all.from, span->from), std::max(all.to, span->to)};
    job.out = true;
    deps_.channel.loadMinutes(job.asker.symbol, all.from, all.to,
                              [this, index = job.asker.index, question = job.question = ++lastQuestion_](auto rows) {
                                  auto* const asked = waiting(index, question);
                                  if (asked == nullptr) return;
                                  if (!rows) return retry(*asked, 0);
                                  asked->stored = std::move(*rows);
                                  go(*asked);
                              });
}

void WindowLoader::askRows(Job& job, common::TimeMs from) {
    bool const seconds = kindOf(job.kind) == common::PastKind::SecondCloses;
    job.out = true;
    deps_.rest.klines(job.asker.symbol, seconds ? "1s" : "1m", from, 0, kRowsMax,
                      [this, index = job.asker.index, question = job.question = ++lastQuestion_](auto rows) {
                          auto* const asked = waiting(index, question);
                          if (asked == nullptr) return;
                          if (rows) return onRows(*asked, *rows);
                          retry(*asked, rows.error().retryAfterMs);
                      });
}

void WindowLoader::onRows(Job& job, std::vector<Kline> const& rows) {
    auto const grain = PastBook::grainOf(kindOf(job.kind));
    auto& buckets = job.buckets[job.kind];
    for (auto const& row : rows) {
        auto const volume = common::parseWide(row.volume);
        auto const quoteVolume = common::parseWide(row.quoteVolume);
        if (!volume || !quoteVolume || row.openTime % grain != 0 || row.close.value.isZero()) continue;
        if (!buckets.empty() && row.openTime <= buckets.back().open) continue;
        buckets.push_back({.open = row.openTime,
                           .close = row.close.value,
                           .volume = *volume,
                           .quoteVolume = *quoteVolume * common::Decimal::kUnitsPerOne,
                           .trades = row.trades});
    }
    bool const full = static_cast<int>(rows.size()) == kRowsMax;
    bool const reached = !buckets.empty() && buckets.back().open + grain >= job.spans[job.kind]->to;
    // The source has to have seen what was judged here.
    if (!full && !reached) return retry(job, 0);
    if (!full) {
        ++job.kind;
        job.backoffMs = 0;
    }
    go(job);
}

void WindowLoader::retry(Job& job, common::DurationMs atLeastMs) {
    job.backoffMs = std::clamp(job.backoffMs * 2, kRetryFirstMs, kRetryMaxMs);
    job.dueAt = deps_.clock.monotonicMs() + std::max(job.backoffMs, atLeastMs);
    // What runs at the source may be more by then.
    if (auto& buckets = job.buckets[job.kind]; !buckets.empty()) buckets.pop_back();
}

}  // namespace ingestion
