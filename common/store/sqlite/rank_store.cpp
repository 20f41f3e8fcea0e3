#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/stores.hpp"

namespace common::sqlite {
namespace {

constexpr char kRowSelect[] =
    "SELECT symbol, rank, value, ties FROM ranks WHERE metric = ? AND window = ? AND run = ? ";
constexpr auto kRows = joinSql(kRowSelect, "ORDER BY rank, symbol LIMIT ? OFFSET ?");
constexpr auto kRowOf = joinSql(kRowSelect, "AND symbol = ?");

RankRow readRow(Query const& row) {
    return {.symbol = row.text(0), .rank = row.integer(1), .value = row.real(2), .ties = row.integer(3)};
}

}  // namespace

void SqliteRankStore::addCloses(std::span<MinuteClose const> closes) {
    for (auto const& close : closes)
        Query(connection_,
              "INSERT INTO market_closes (minute, symbol, close) VALUES (?, ?, ?) "
              "ON CONFLICT (minute, symbol) DO UPDATE SET close = excluded.close",
              close.minute, close.symbol, close.close)
            .run();
}

void SqliteRankStore::forEachClose(TimeMs from, TimeMs to, std::function<void(MinuteClose const&)> const& visit) {
    Query query(connection_,
                "SELECT minute, symbol, close FROM market_closes WHERE minute >= ? AND minute < ? ORDER BY minute",
                from, to);
    while (query.next())
        visit({.minute = query.integer(0), .symbol = query.text(1), .close = query.decimal(2)});
}

std::int64_t SqliteRankStore::removeClosesBefore(TimeMs before, std::int64_t limit) {
    return Query(connection_,
                 "DELETE FROM market_closes WHERE (minute, symbol) IN "
                 "(SELECT minute, symbol FROM market_closes WHERE minute < ? ORDER BY minute LIMIT ?)",
                 before, limit)
        .run();
}

std::optional<RankRun> SqliteRankStore::latest(RankMetric metric, DurationMs window) {
    Query query(connection_, "SELECT run, as_of, of FROM rank_runs WHERE metric = ? AND window = ?", metric, window);
    if (!query.next()) return {};
    return RankRun{
        .metric = metric, .window = window, .run = query.integer(0), .asOf = query.integer(1), .of = query.integer(2)};
}

std::vector<RankRow> SqliteRankStore::list(RankRun const& run, std::int64_t offset, std::int64_t limit) {
    std::vector<RankRow> rows;
    Query query(connection_, kRows.text, run.metric, run.window, run.run, limit, offset);
    while (query.next())
        rows.push_back(readRow(query));
    return rows;
}

std::optional<RankRow> SqliteRankStore::find(RankRun const& run, std::string_view symbol) {
    Query query(connection_, kRowOf.text, run.metric, run.window, run.run, symbol);
    if (!query.next()) return {};
    return readRow(query);
}

void SqliteRankStore::addRows(RankRun const& run, std::span<RankRow const> rows) {
    for (auto const& row : rows)
        Query(connection_,
              "INSERT INTO ranks (metric, window, run, symbol, rank, value, ties) VALUES (?, ?, ?, ?, ?, ?, ?) "
              "ON CONFLICT DO NOTHING",
              run.metric, run.window, run.run, row.symbol, row.rank, row.value, row.ties)
            .run();
}

void SqliteRankStore::publish(RankRun const& run) {
    Query(connection_,
          "INSERT INTO rank_runs (metric, window, run, as_of, of) VALUES (?, ?, ?, ?, ?) "
          "ON CONFLICT (metric, window) DO UPDATE SET run = excluded.run, as_of = excluded.as_of, of = excluded.of",
          run.metric, run.window, run.run, run.asOf, run.of)
        .run();
}

std::int64_t SqliteRankStore::removeRunsBefore(RankMetric metric, DurationMs window, std::int64_t run,
                                               std::int64_t limit) {
    return Query(connection_,
                 "DELETE FROM ranks WHERE (metric, window, run, symbol) IN "
                 "(SELECT metric, window, run, symbol FROM ranks WHERE metric = ? AND window = ? AND run < ? LIMIT ?)",
                 metric, window, run, limit)
        .run();
}

}  // namespace common::sqlite
