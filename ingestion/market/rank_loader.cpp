#include "ingestion/market/rank_loader.hpp"

#include <algorithm>

namespace ingestion {
namespace {

constexpr common::DurationMs kClosesPageMs = 20 * common::kMinuteMs;

}  // namespace

void loadRankBook(RankBook& book, common::CandleStore& candles, common::RankStore& ranks, common::TimeMs end) {
    auto const dayBefore = end - common::kDayMs;
    // All but the last minute before the old end were there when it was read.
    auto const known = end < book.end() ? 0 : book.end() - common::kMinuteMs;
    auto const closesFrom = std::max(dayBefore - common::kMinuteMs, known);
    book.advance(end);
    for (auto symbol = candles.symbolAfter(""); symbol; symbol = candles.symbolAfter(*symbol)) {
        auto const from = book.missingFrom(*symbol);
        if (from >= end) continue;
        for (auto const& candle : candles.range(*symbol, from, end, (end - from) / common::kMinuteMs))
            book.add(*symbol, candle);
    }
    for (auto from = closesFrom; from < end; from += kClosesPageMs)
        ranks.forEachClose(from, std::min(from + kClosesPageMs, end),
                           [&](common::MinuteClose const& close) { book.addClose(close); });
}

std::vector<Ranking> rankAll(RankBook const& book, common::RankStore& ranks, std::int64_t runAtLeast) {
    std::vector<Ranking> rankings;
    for (auto const metric : common::kRankMetrics)
        for (auto const window : common::kRankWindows) {
            auto const latest = ranks.latest(metric, window);
            Ranking ranking;
            ranking.rows = book.rank(metric, window);
            ranking.run = {.metric = metric,
                           .window = window,
                           .run = std::max(runAtLeast, latest ? latest->run + 1 : 1),
                           .asOf = book.end(),
                           .of = static_cast<std::int64_t>(ranking.rows.size())};
            rankings.push_back(std::move(ranking));
        }
    return rankings;
}

}  // namespace ingestion
