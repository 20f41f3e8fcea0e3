#include "ingestion/market/backfill.hpp"

#include <algorithm>
#include <utility>

namespace ingestion {
namespace {

using common::kDayMs;
using common::kMinuteMs;

constexpr int kJobsMax = 4;  // so many symbols at a time: each answer holds up to 1,000 rows
constexpr int kRowsMax = 1'000;
constexpr int kRefillRows = 30;                           // single minutes are among the newest, as a rule
constexpr std::size_t kStoreRowsMax = 200;                // one commit: a fire waits about a millisecond
constexpr common::DurationMs kHistoryMaxMs = 7 * kDayMs;  // minutes are not kept longer by default
constexpr common::DurationMs kDayAndRunningMs = kDayMs + kMinuteMs;
constexpr common::DurationMs kRetryFirstMs = 2'000;
constexpr common::DurationMs kRetryMaxMs = 300'000;

}  // namespace

std::optional<common::Candle> candleOf(Kline const& kline) {
    auto const volume = common::parseWide(kline.volume);
    auto const quoteVolume = common::parseWide(kline.quoteVolume);
    if (!volume || !quoteVolume || kline.openTime % kMinuteMs != 0 || kline.close.value.isZero()) return {};
    common::Candle candle;
    candle.openTime = kline.openTime;
    candle.open = kline.open.value;
    candle.high = kline.high.value;
    candle.low = kline.low.value;
    candle.close = kline.close.value;
    candle.priceDecimals = kline.close.decimals;
    candle.volume = *volume;
    candle.quoteVolume = *quoteVolume * common::Decimal::kUnitsPerOne;
    candle.trades = kline.trades;
    candle.whole = candle.closed = true;
    return candle;
}

Backfill::Job& Backfill::job(Asker asker) {
    auto& job = jobs_[asker.index];
    if (job.asker.generation != asker.generation || job.asker.symbol != asker.symbol) {
        if (job.out) answered(job);
        job = {};
        job.asker = std::move(asker);
    }
    job.again = job.out;
    return job;
}

void Backfill::begin(Asker asker, bool fresh) {
    auto& wanted = job(std::move(asker));
    wanted.day = true;
    wanted.fresh = fresh;
    wanted.coverage.reset();
    wanted.dueAt = 0;
}

void Backfill::refill(Asker asker, CandleBuilder::Span span) {
    auto& wanted = job(std::move(asker));
    if (wanted.span) span = {std::min(wanted.span->from, span.from), std::max(wanted.span->to, span.to)};
    wanted.span = span;
}

void Backfill::leave(SymbolIndex index) {
    auto const found = jobs_.find(index);
    if (found == jobs_.end()) return;
    if (found->second.out) answered(found->second);
    jobs_.erase(found);
}

void Backfill::onTimer(common::TimeMs monoMs) {
    for (auto at = jobs_.begin(); at != jobs_.end() && out_ < kJobsMax;) {
        auto& job = (at++)->second;
        if (!job.out && job.dueAt <= monoMs) ask(job);
    }
}

Backfill::Job* Backfill::waiting(SymbolIndex index, std::uint64_t number) {
    auto const found = jobs_.find(index);
    if (found == jobs_.end() || !found->second.out || found->second.number != number) return nullptr;
    return &found->second;
}

void Backfill::ask(Job& job) {
    job.out = true;
    job.number = ++lastNumber_;
    ++out_;
    if (!job.day || job.coverage) return askRows(job);
    deps_.channel.loadCoverage(job.asker.symbol, [this, index = job.asker.index, number = job.number](auto coverage) {
        auto* const asked = waiting(index, number);
        if (asked == nullptr) return;
        if (coverage)
            onCoverage(*asked, *coverage);
        else
            retry(*asked, 0);
    });
}

void Backfill::onCoverage(Job& job, CandleChannel::Coverage coverage) {
    // What went on without a hole needs nothing.
    if (!job.fresh && coverage.newestEnd && !coverage.holeFrom) job.day = false;
    if (!job.day && !job.span) return finish(job);
    job.coverage = coverage;
    askRows(job);
}

void Backfill::askRows(Job& job) {
    job.limit = job.day || job.pageEnd != 0 ? kRowsMax : kRefillRows;
    deps_.rest.klines(job.asker.symbol, "1m", 0, job.pageEnd == 0 ? 0 : job.pageEnd - 1, job.limit,
                      [this, index = job.asker.index, number = job.number](auto rows) {
                          auto* const asked = waiting(index, number);
                          if (asked == nullptr) return;
                          if (rows) return onRows(*asked, *rows);
                          if (rows.error().kind == RestFailure::Kind::Refused) return finish(*asked);
                          retry(*asked, rows.error().retryAfterMs);
                      });
}

void Backfill::onRows(Job& job, std::vector<Kline> const& rows) {
    std::vector<common::Candle> candles;
    for (auto const& row : rows)
        if (auto candle = candleOf(row)) candles.push_back(*candle);
    bool const newest = job.pageEnd == 0;
    auto const running = candles.empty() ? 0 : candles.back().openTime;
    // The last one of the newest still runs.
    if (newest && !candles.empty()) candles.pop_back();
    if (candles.empty()) return finish(job);
    if (newest) {
        // The exchange itself has not ended the minute yet.
        bool const early = job.span && job.span->to > running;
        if (early && !job.day) return retry(job, 0);
        job.again = job.again || early;
        job.target = targetOf(job, running);
    }
    job.pageEnd = candles.front().openTime;
    if (static_cast<int>(rows.size()) < job.limit) job.target = job.pageEnd;
    store(job, candles, newest);
}

common::TimeMs Backfill::targetOf(Job const& job, common::TimeMs running) {
    auto from = running;
    if (job.span) from = job.span->from;
    if (job.day) {
        from = std::min(from, running - kDayAndRunningMs);
        if (job.coverage->holeFrom) from = std::min(from, *job.coverage->holeFrom);
        if (job.coverage->newestEnd) from = std::min(from, *job.coverage->newestEnd);
    }
    return std::max(from, running - kHistoryMaxMs);
}

/// Stores a page in small commits, oldest first.
void Backfill::store(Job& job, std::vector<common::Candle> const& candles, bool newest) {
    auto const number = job.number;
    auto const asker = job.asker;
    for (std::size_t from = 0; from < candles.size(); from += kStoreRowsMax) {
        auto const to = std::min(from + kStoreRowsMax, candles.size());
        bool const last = to == candles.size();
        auto lastClosed = newest ? std::optional(candles.back()) : std::nullopt;
        deps_.channel.fillCandles(
            asker.symbol,
            {candles.begin() + static_cast<std::ptrdiff_t>(from), candles.begin() + static_cast<std::ptrdiff_t>(to)},
            [this, index = asker.index, number, last, lastClosed](auto stored) {
                if (!stored) {
                    if (auto* const asked = waiting(index, number)) retry(*asked, 0);
                } else if (last) {
                    onStored(index, number, lastClosed);
                }
            });
    }
}

void Backfill::onStored(SymbolIndex index, std::uint64_t number, std::optional<common::Candle> const& lastClosed) {
    if (auto* const asked = waiting(index, number); asked != nullptr && lastClosed) filled_(asked->asker, *lastClosed);
    auto* const asked = waiting(index, number);
    if (asked == nullptr) return;
    if (asked->pageEnd <= *asked->target) return finish(*asked);
    answered(*asked);
}

void Backfill::answered(Job& job) {
    job.out = false;
    --out_;
}

void Backfill::retry(Job& job, common::DurationMs atLeastMs) {
    answered(job);
    job.pageEnd = 0;
    job.backoffMs = std::clamp(job.backoffMs * 2, kRetryFirstMs, kRetryMaxMs);
    job.dueAt = deps_.clock.monotonicMs() + std::max(job.backoffMs, atLeastMs);
}

void Backfill::finish(Job& job) {
    answered(job);
    if (!job.again) {
        jobs_.erase(job.asker.index);
        return;
    }
    job.again = false;
    job.pageEnd = 0;
    job.backoffMs = 0;
    // What was asked for first is there; a day that was asked for meanwhile has no coverage yet.
    if (job.coverage) job.day = false;
    job.dueAt = deps_.clock.monotonicMs() + kRetryFirstMs;
}

}  // namespace ingestion
