#include "ingestion/engine/window_keeper.hpp"

#include "ingestion/evaluate/change_window.hpp"

#include <algorithm>
#include <utility>

namespace ingestion {
namespace {

using common::PastKind;

constexpr common::DurationMs kClockSlackMs = 60'000;  // where no trade tells the time
constexpr std::size_t kJudgedMax = 50'000;            // trades that wait for the sums before them

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
    for (std::size_t i = 0; i < kKinds; ++i)
        if (loading_[i] && i != indexOf(PastKind::MinuteSums)) loading_[i]->add(trade, tau);
    if (!loading_[indexOf(PastKind::MinuteSums)]) return;
    // What cannot be loaded for so long begins anew.
    if (judged_.size() == kJudgedMax) return stopLoading();
    judged_.push_back({trade, tau});
    last_ = trade.lastId();
    if (loaded_) take();
}

std::optional<WindowKeeper::Wish> WindowKeeper::takeWish(std::vector<common::Condition> const& wanted,
                                                         common::TimeMs time, common::Decimal close,
                                                         std::int64_t last) {
    if (loadingNow_) return {};
    Wish wish;
    for (auto const& condition : wanted) {
        auto const need = needOf(condition);
        if (covers(condition, time)) continue;
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
        auto const grain = PastBook::grainOf(kind);
        // Alerts that are armed go on with the longer past.
        if (books_[i]) span->from = std::min(span->from, books_[i]->from());
        span->from = common::floorTo(span->from, grain);
        auto& book = loading_[i].emplace(kind, span->from);
        if (kind == PastKind::MinuteSums) {
            span->to = close.isZero() ? 0 : common::floorTo(time, grain);
            span->upTo = last;
        } else if (!close.isZero()) {
            span->to = common::floorTo(time, grain);
            book.begin({.open = span->to, .close = close});
        }
    }
    if (!any) return {};
    loadingNow_ = true;
    last_ = last;
    wish.number = ++number_;
    return wish;
}

bool WindowKeeper::onLoaded(std::uint32_t number, Loaded loaded) {
    if (!loadingNow_ || number != number_) return false;
    loaded_ = std::move(loaded);
    return take();
}

bool WindowKeeper::take() {
    auto& sums = loading_[indexOf(PastKind::MinuteSums)];
    if (sums && last_ < loaded_->sumsUpTo) return false;
    bool const good = !sums || takeSums(*sums);
    for (std::size_t i = 0; i < kKinds && good; ++i) {
        auto& book = loading_[i];
        if (!book) continue;
        if (i != indexOf(PastKind::MinuteSums)) book->prepend(loaded_->buckets[i]);
        book->storeAnew();
        books_[i] = std::move(book);
        given_[i] = false;
        dirty_ = true;
    }
    stopLoading();
    return good;
}

/// False when what was loaded does not fit to what was judged: asked too late.
bool WindowKeeper::takeSums(PastBook& book) {
    book.prepend(loaded_->buckets[indexOf(PastKind::MinuteSums)]);
    for (auto const& [trade, tau] : judged_) {
        if (trade.id <= loaded_->sumsUpTo) continue;
        if (tau < loaded_->sumsExactFrom) return false;
        book.add(trade, tau);
    }
    return true;
}

void WindowKeeper::stopLoading() {
    loading_ = {};
    judged_ = {};
    loaded_.reset();
    loadingNow_ = false;
}

void WindowKeeper::drop() {
    stopLoading();
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
