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
        auto& buckets = job.past.buckets[job.kind];
        if (job.running) return askRunning(job);
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
        if (span->to == 0 || next < span->to) return askRows(job, next);
        if (kindOf(job.kind) == common::PastKind::MinuteSums) return beginRunning(job);
    }
    auto const asker = job.asker;
    auto const number = job.number;
    auto past = std::move(job.past);
    jobs_.erase(asker.index);
    loaded_(asker, number, std::move(past));
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
    auto const kind = kindOf(job.kind);
    auto const grain = PastBook::grainOf(kind);
    auto& buckets = job.past.buckets[job.kind];
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
    if (!full && !reached) {
        // The source has to have seen what was judged here; what runs there may be more by then.
        if (!buckets.empty()) buckets.pop_back();
        return retry(job, 0);
    }
    if (full) return go(job);
    job.backoffMs = 0;
    if (kind == common::PastKind::MinuteSums) return beginRunning(job);
    ++job.kind;
    go(job);
}

/// Closed minutes are there: what follows is summed up trade by trade.
void WindowLoader::beginRunning(Job& job) {
    auto const& span = *job.spans[job.kind];
    auto& buckets = job.past.buckets[job.kind];
    // The trade was the newest when this began: it is of the minute that runs at the source, the one before, or older.
    auto const from = span.to != 0 ? span.to : buckets.back().open - common::kMinuteMs;
    std::erase_if(buckets, [&](auto const& bucket) { return bucket.open >= from; });
    job.running.emplace(from, span.upTo);
    askRunning(job);
}

void WindowLoader::askRunning(Job& job) {
    job.out = true;
    auto const answered = [this, index = job.asker.index, question = job.question = ++lastQuestion_](auto page) {
        auto* const asked = waiting(index, question);
        if (asked == nullptr) return;
        if (page) return onRunning(*asked, *page);
        retry(*asked, page.error().retryAfterMs);
    };
    if (auto const next = job.running->nextAggregate())
        deps_.rest.aggregatesFromId(job.asker.symbol, *next, answered);
    else
        deps_.rest.aggregatesFromTime(job.asker.symbol, job.running->from(), answered);
}

void WindowLoader::onRunning(Job& job, ExchangeRest::Aggregates const& page) {
    switch (job.running->take(page, static_cast<int>(page.rows.size()) == kRowsMax)) {
        case RunningSums::Next::More:
            return askRunning(job);
        case RunningSums::Next::Again:
            return retry(job, 0);
        case RunningSums::Next::Done:
            break;
    }
    auto& buckets = job.past.buckets[job.kind];
    buckets.insert(buckets.end(), job.running->buckets().begin(), job.running->buckets().end());
    job.past.sumsUpTo = job.running->upTo();
    job.past.sumsExactFrom = job.running->from();
    job.running.reset();
    ++job.kind;
    job.backoffMs = 0;
    go(job);
}

void WindowLoader::retry(Job& job, common::DurationMs atLeastMs) {
    job.backoffMs = std::clamp(job.backoffMs * 2, kRetryFirstMs, kRetryMaxMs);
    job.dueAt = deps_.clock.monotonicMs() + std::max(job.backoffMs, atLeastMs);
}

}  // namespace ingestion
