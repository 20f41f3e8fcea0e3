#include "common/store/sqlite/query.hpp"
#include "common/store/sqlite/stores.hpp"

namespace common::sqlite {
namespace {

constexpr Wide kVolumeOne = Decimal::kUnitsPerOne;
constexpr Wide kQuoteOne = kVolumeOne * Decimal::kUnitsPerOne;

/// A sum as two columns, since neither an int64 of its units nor a REAL holds it.
std::int64_t wholePart(Wide units, Wide one) {
    return static_cast<std::int64_t>(units / one);
}
std::int64_t fractionPart(Wide units, Wide one) {
    return static_cast<std::int64_t>(units % one);
}

constexpr char kSelect[] =
    "SELECT open_time, length, open, high, low, close, price_decimals, volume_whole, volume_fraction, quote_whole, "
    "quote_fraction, trades, first_id, last_id, whole, closed FROM candles WHERE symbol = ? ";
constexpr auto kRange = joinSql(kSelect, "AND open_time >= ? AND open_time < ? ORDER BY open_time LIMIT ?");
constexpr auto kLastBefore = joinSql(kSelect, "AND open_time < ? ORDER BY open_time DESC LIMIT 1");

Candle readCandle(Query const& row) {
    Candle candle;
    candle.openTime = row.integer(0);
    candle.length = row.integer(1);
    candle.open = row.decimal(2);
    candle.high = row.decimal(3);
    candle.low = row.decimal(4);
    candle.close = row.decimal(5);
    candle.priceDecimals = static_cast<std::uint8_t>(row.integer(6));
    candle.volume = row.integer(7) * kVolumeOne + row.integer(8);
    candle.quoteVolume = row.integer(9) * kQuoteOne + row.integer(10);
    candle.trades = row.integer(11);
    candle.firstId = row.maybeInteger(12);
    candle.lastId = row.maybeInteger(13);
    candle.whole = row.flag(14);
    candle.closed = row.flag(15);
    return candle;
}

}  // namespace

void storeCandle(Connection& connection, std::string_view symbol, Candle const& candle, bool correction) {
    Query(connection,
          "INSERT INTO candles (symbol, open_time, length, open, high, low, close, price_decimals, volume_whole, "
          "volume_fraction, quote_whole, quote_fraction, trades, first_id, last_id, whole, closed) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) "
          "ON CONFLICT (symbol, open_time) DO UPDATE SET length = excluded.length, open = excluded.open, "
          "high = excluded.high, low = excluded.low, close = excluded.close, "
          "price_decimals = excluded.price_decimals, volume_whole = excluded.volume_whole, "
          "volume_fraction = excluded.volume_fraction, quote_whole = excluded.quote_whole, "
          "quote_fraction = excluded.quote_fraction, trades = excluded.trades, first_id = excluded.first_id, "
          "last_id = excluded.last_id, whole = excluded.whole, closed = excluded.closed "
          "WHERE NOT (whole AND closed) OR (excluded.whole AND excluded.closed) OR ?18",
          symbol, candle.openTime, candle.length, candle.open, candle.high, candle.low, candle.close,
          candle.priceDecimals, wholePart(candle.volume, kVolumeOne), fractionPart(candle.volume, kVolumeOne),
          wholePart(candle.quoteVolume, kQuoteOne), fractionPart(candle.quoteVolume, kQuoteOne), candle.trades,
          candle.firstId, candle.lastId, candle.whole, candle.closed, correction)
        .run();
}

std::vector<Candle> SqliteCandleStore::range(std::string_view symbol, TimeMs from, TimeMs to, std::int64_t limit) {
    std::vector<Candle> candles;
    Query query(connection_, kRange.text, symbol, from, to, limit);
    while (query.next())
        candles.push_back(readCandle(query));
    return candles;
}

std::optional<Candle> SqliteCandleStore::lastBefore(std::string_view symbol, TimeMs before) {
    Query query(connection_, kLastBefore.text, symbol, before);
    if (!query.next()) return {};
    return readCandle(query);
}

std::int64_t SqliteCandleStore::count(std::string_view symbol, TimeMs from, TimeMs to) {
    Query query(connection_, "SELECT count(*) FROM candles WHERE symbol = ? AND open_time >= ? AND open_time < ?",
                symbol, from, to);
    return query.next() ? query.integer(0) : 0;
}

std::optional<Symbol> SqliteCandleStore::symbolAfter(std::string_view symbol) {
    Query query(connection_, "SELECT symbol FROM candles WHERE symbol > ? ORDER BY symbol LIMIT 1", symbol);
    if (!query.next()) return {};
    return query.text(0);
}

void SqliteCandleStore::fill(std::string_view symbol, std::span<Candle const> candles) {
    for (auto const& candle : candles) {
        auto const stored = lastBefore(symbol, candle.openTime + 1);
        bool const same = stored && stored->openTime == candle.openTime && stored->length == candle.length;
        bool const covered = stored && stored->endTime() > candle.openTime;
        if (same ? stored->complete() : covered) continue;
        storeCandle(connection_, symbol, candle);
    }
}

std::optional<TimeMs> SqliteCandleStore::oldestOf(std::string_view symbol, DurationMs length, TimeMs before) {
    // Walks down through the finer rows only: merging keeps them few.
    Query query(connection_,
                "SELECT open_time FROM candles WHERE symbol = ?1 AND open_time < ?3 AND length = ?2 AND open_time > "
                "coalesce((SELECT open_time FROM candles WHERE symbol = ?1 AND open_time < ?3 AND length > ?2 "
                "ORDER BY open_time DESC LIMIT 1), -1) ORDER BY open_time LIMIT 1",
                symbol, length, before);
    if (!query.next()) return {};
    return query.integer(0);
}

void SqliteCandleStore::merge(std::string_view symbol, TimeMs openTime, DurationMs length) {
    Candle sum;
    sum.openTime = openTime;
    sum.length = length;
    sum.whole = sum.closed = true;
    DurationMs covered = 0;
    {
        Query query(connection_, kRange.text, symbol, openTime, openTime + length, length / kMinuteMs);
        while (query.next()) {
            auto const finer = readCandle(query);
            mergeInto(sum, finer);
            covered += finer.length;
        }
    }
    if (covered == 0) return;
    sum.closed = true;
    sum.whole = sum.whole && covered == length;
    Query(connection_, "DELETE FROM candles WHERE symbol = ? AND open_time >= ? AND open_time < ?", symbol, openTime,
          openTime + length)
        .run();
    storeCandle(connection_, symbol, sum);
}

bool SqliteCandleStore::adoptExchange(std::string_view url) {
    {
        Query query(connection_, "SELECT exchange FROM ingestion_meta");
        if (query.next() && query.text(0) == url) return false;
    }
    Query(connection_, "UPDATE ingestion_meta SET exchange = ?", url).run();
    auto const candles = Query(connection_, "DELETE FROM candles").run();
    auto const closes = Query(connection_, "DELETE FROM market_closes").run();
    Query(connection_, "DELETE FROM rank_runs").run();
    Query(connection_, "DELETE FROM ranks").run();
    return candles + closes > 0;
}

}  // namespace common::sqlite
