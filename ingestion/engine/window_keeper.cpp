#include "ingestion/engine/window_keeper.hpp"

#include "ingestion/evaluate/change_window.hpp"

#include <algorithm>
#include <utility>

namespace ingestion {
namespace {

using common::PastKind;

constexpr common::DurationMs kClockSlackMs = 60'000;  // where no trade tells the time

std::size_t indexOf(PastKind kind) {
    return static_cast<std::size_t>(kind);
}

}  // namespace

WindowKeeper::Need WindowKeeper::needOf(common::Condition const& condition) {
    using enum common::ConditionKind;
    auto const isSeconds = condition.kind == Change && ChangeWindow::grainOf(condition.window) < common::kMinuteMs;
    auto const hasSums = condition.kind == Spike && condition.metric != common::SpikeMetric::Price;
    auto const kind = isSeconds ? PastKind::SecondCloses : hasSums ? PastKind::MinuteSums : PastKind::MinuteCloses;
    auto const bucket = condition.kind == Spike ? condition.bucket : PastBook::grainOf(kind);
    return {.kind = kind, .lookbackMs = condition.window + 2 * bucket};
}

bool WindowKeeper::covers(common::Condition const& condition, common::TimeMs time) const {
    auto const need = needOf(condition);
    auto const& book = books_[indexOf(need.kind)];
    return book && book->from() <= time - need.lookbackMs;
}

WindowPast WindowKeeper::past() const {
    auto const of = [&](PastKind kind) {
        auto const& book = books_[indexOf(kind)];
        return book ? book->buckets() : std::span<Bucket const>();
    };
    return {.secondCloses = of(PastKind::SecondCloses),
            .minuteCloses = of(PastKind::MinuteCloses),
            .minuteSums = of(PastKind::MinuteSums)};
}

bool WindowKeeper::keeps() const {
    return loadingNow_ || std::ranges::any_of(books_, [](auto const& book) { return book.has_value(); });
}

bool WindowKeeper::keeps(common::Condition const& condition) const {
    return !common::isWindowed(condition.kind) || books_[indexOf(needOf(condition).kind)];
}

bool WindowKeeper::sums() const {
    auto const sums = indexOf(PastKind::MinuteSums);
    return books_[sums] || (loadingNow_ && loading_[sums]);
}

void WindowKeeper::add(common::Trade const& trade, common::TimeMs tau) {
    for (auto& book : books_)
        if (book) book->add(trade, tau), dirty_ = true;
    if (!loadingNow_) return;
    for (auto& book : loading_)
        if (book) book->add(trade, tau);
}

std::optional<WindowKeeper::Wish> WindowKeeper::takeWish(std::vector<common::Condition> const& wanted,
                                                         common::TimeMs time, common::Decimal close,
                                                         std::optional<Bucket> running) {
    if (loadingNow_) return {};
    Wish wish;
    for (auto const& condition : wanted) {
        auto const need = needOf(condition);
        if (covers(condition, time) || (need.kind == PastKind::MinuteSums && !running)) continue;
        auto& span = wish.spans[indexOf(need.kind)];
        auto const from = time - need.lookbackMs - kClockSlackMs;
        span = WindowLoader::Span{.from = span ? std::min(span->from, from) : from, .to = time + 1};
    }
    bool any = false;
    for (std::size_t i = 0; i < kKinds; ++i) {
        auto& span = wish.spans[i];
        if (!span) continue;
        any = true;
        auto const kind = static_cast<PastKind>(i);
        // Alerts that are armed go on with the longer past.
        if (books_[i]) span->from = std::min(span->from, books_[i]->from());
        span->from = common::floorTo(span->from, PastBook::grainOf(kind));
        auto& book = loading_[i].emplace(kind, span->from);
        if (kind == PastKind::MinuteSums) {
            span->to = running->open;
            book.begin(*running);
        } else if (!close.isZero()) {
            span->to = common::floorTo(time, PastBook::grainOf(kind));
            book.begin({.open = span->to, .close = close});
        }
    }
    if (!any) return {};
    loadingNow_ = true;
    wish.number = ++number_;
    return wish;
}

bool WindowKeeper::onLoaded(std::uint32_t number, Loaded loaded) {
    if (!loadingNow_ || number != number_) return false;
    loadingNow_ = false;
    for (std::size_t i = 0; i < kKinds; ++i) {
        auto& book = loading_[i];
        if (!book) continue;
        book->prepend(loaded[i]);
        book->storeAnew();
        books_[i] = std::exchange(book, std::nullopt);
        given_[i] = false;
        dirty_ = true;
    }
    return true;
}

void WindowKeeper::drop() {
    loading_ = {};
    loadingNow_ = false;
    for (std::size_t i = 0; i < kKinds; ++i) {
        if (!books_[i]) continue;
        books_[i].reset();
        given_[i] = dirty_ = true;
    }
}

void WindowKeeper::keepFor(std::vector<common::Condition> const& conditions) {
    keepMs_ = {};
    for (auto const& condition : conditions) {
        auto const need = needOf(condition);
        auto& keep = keepMs_[indexOf(need.kind)];
        keep = std::max(keep, need.lookbackMs);
    }
    for (std::size_t i = 0; i < kKinds; ++i) {
        if (keepMs_[i] != 0 || !books_[i]) continue;
        books_[i].reset();
        given_[i] = dirty_ = true;
    }
}

void WindowKeeper::collect(common::Symbol const& symbol, common::TimeMs tau, std::vector<common::PastWrite>& out) {
    if (!std::exchange(dirty_, false)) return;
    for (std::size_t i = 0; i < kKinds; ++i) {
        if (std::exchange(given_[i], false))
            out.push_back({.symbol = symbol,
                           .kind = static_cast<PastKind>(i),
                           .from = 0,
                           .anew = true,
                           .keepFrom = 0,
                           .chunks = {}});
        if (!books_[i]) continue;
        books_[i]->forgetBefore(tau - keepMs_[i] - kClockSlackMs);
        if (auto write = books_[i]->collect(symbol)) out.push_back(std::move(*write));
    }
}

void WindowKeeper::restore(common::StoredPast const& stored) {
    PastBook book(stored.kind, stored.from);
    for (auto const& chunk : stored.chunks)
        if (!book.load(chunk)) return;
    books_[indexOf(stored.kind)] = std::move(book);
}

}  // namespace ingestion
