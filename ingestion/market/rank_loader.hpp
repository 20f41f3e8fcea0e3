#pragma once

#include "common/store/stores.hpp"
#include "ingestion/market/rank_book.hpp"

#include <vector>

namespace ingestion {

/// Moves the book's end and adds what it lacks. Reads one symbol, or some minutes of all, at a time: no read holds up a
/// checkpoint. Runs on the thread of the connection.
void loadRankBook(RankBook& book, common::CandleStore& candles, common::RankStore& ranks, common::TimeMs end);

struct Ranking {
    common::RankRun run;  ///< `run` is above that of the latest
    std::vector<common::RankRow> rows;
};
/// All metrics and windows at the book's end.
std::vector<Ranking> rankAll(RankBook const& book, common::RankStore& ranks, std::int64_t runAtLeast);

}  // namespace ingestion
