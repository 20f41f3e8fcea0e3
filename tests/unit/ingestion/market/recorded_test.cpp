#include "common/core/statistics.hpp"
#include "ingestion/market/candle_builder.hpp"
#include "ingestion/market/rank_book.hpp"
#include "tests/support/recorded_frames.hpp"

#include <cmath>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

// Real minutes and trades against figures that are computed here in another way: prices as text and long doubles.

namespace ingestion {
namespace {

using common::Candle;
using common::Decimal;
using common::kMinuteMs;

struct Minute {
    common::TimeMs open = 0;
    std::string o, h, l, c, v;
};

std::vector<Minute> minutesOf(std::string const& name) {
    std::vector<Minute> minutes;
    for (auto const& row : support::recordedRows("klines", name))
        minutes.push_back({std::stoll(row[0]), row[1], row[2], row[3], row[4], row[5]});
    return minutes;
}

Candle candleOf(Minute const& minute) {
    Candle candle;
    candle.openTime = minute.open;
    candle.open = Decimal::parse(minute.o).value();
    candle.high = Decimal::parse(minute.h).value();
    candle.low = Decimal::parse(minute.l).value();
    candle.close = Decimal::parse(minute.c).value();
    candle.volume = common::parseWide(minute.v).value();
    candle.quoteVolume = candle.volume * candle.close.units();
    candle.trades = candle.volume == 0 ? 0 : 1;
    candle.whole = candle.closed = true;
    return candle;
}

long double number(std::string const& text) {
    return std::strtold(text.c_str(), nullptr);
}

#define EXPECT_RELATIVE(actual, expected) \
    EXPECT_NEAR(actual, static_cast<double>(expected), 1e-9 * std::abs(static_cast<double>(expected)) + 1e-300)

long double deviation(std::vector<long double> const& values, std::size_t divisor) {
    long double sum = 0, squares = 0;
    for (auto const value : values)
        sum += value;
    auto const mean = sum / static_cast<long double>(values.size());
    for (auto const value : values)
        squares += (value - mean) * (value - mean);
    return std::sqrt(squares / static_cast<long double>(divisor));
}

TEST(Recorded, Statistics_OfRealMinutes_EqualAnotherComputation) {
    auto const names = support::recordedTables("klines");
    if (names.empty()) GTEST_SKIP() << "no recordings";
    std::mt19937 dice(7);
    for (auto const& name : names) {
        auto const minutes = minutesOf(name);
        for (std::size_t const length : {2U, 15U, 60U, 1'440U, 4'000U}) {
            auto const from = std::uniform_int_distribution<std::size_t>(0, minutes.size() - length)(dice);
            common::StatisticsBuilder builder;
            std::vector<long double> closes, sorted;
            long double low = 1e30L, high = 0, volume = 0, quote = 0, squares = 0;
            for (auto i = from; i < from + length; ++i) {
                auto const& minute = minutes[i];
                builder.add(candleOf(minute));
                closes.push_back(number(minute.c));
                low = std::min(low, number(minute.l));
                high = std::max(high, number(minute.h));
                volume += number(minute.v);
                quote += std::floor(number(minute.v) * number(minute.c) * 1e8L + 0.5L) / 1e8L;
                if (i > from) squares += std::pow(std::log(closes.back()) - std::log(closes[closes.size() - 2]), 2.0L);
            }
            sorted = closes;
            std::ranges::sort(sorted);
            auto const stats = builder.result();
            long double sum = 0;
            for (auto const close : closes)
                sum += close;
            EXPECT_EQ(stats.count, static_cast<std::int64_t>(length)) << name;
            EXPECT_EQ(stats.first, Decimal::parse(minutes[from].o));
            EXPECT_EQ(stats.last, Decimal::parse(minutes[from + length - 1].c));
            EXPECT_EQ(number(stats.min->text()), low) << name;
            EXPECT_EQ(number(stats.max->text()), high) << name;
            EXPECT_RELATIVE(*stats.mean, sum / static_cast<long double>(length)) << name;
            auto const middle = length / 2;
            EXPECT_RELATIVE(*stats.median, length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2)
                << name;
            EXPECT_RELATIVE(*stats.stdevPop, deviation(closes, length)) << name;
            EXPECT_RELATIVE(*stats.stdevSample, deviation(closes, length - 1)) << name;
            EXPECT_RELATIVE(*stats.realizedVol, std::sqrt(squares)) << name;
            EXPECT_NEAR(*stats.changePct, static_cast<double>(100 * (closes.back() / number(minutes[from].o) - 1)),
                        1e-9);
            if (volume > 0) EXPECT_NEAR(*stats.vwap / static_cast<double>(quote / volume), 1, 1e-9) << name;
        }
    }
}

TEST(Recorded, Ranks_OfFortySymbols_EqualAnotherComputation) {
    auto const names = support::recordedTables("klines");
    if (names.empty()) GTEST_SKIP() << "no recordings";
    std::map<std::string, std::vector<Minute>> market;
    for (auto const& name : names)
        market[name] = minutesOf(name);
    auto const start = market.begin()->second.front().open;
    RankBook book;
    for (std::size_t const end : {1'440U, 2'000U, 2'001U, 3'999U}) {
        book.advance(start + static_cast<common::TimeMs>(end) * kMinuteMs);
        for (auto const& [name, minutes] : market)
            for (auto i = end < 2'001 || end > 2'001 ? end - 1'440 : end - 1; i < end; ++i)
                book.add(name, candleOf(minutes[i]));
        for (auto const window : common::kRankWindows) {
            auto const length = static_cast<std::size_t>(window / kMinuteMs);
            std::map<std::string, long double> volatility;
            for (auto const& [name, minutes] : market) {
                std::vector<long double> returns;
                for (auto i = end - length + 1; i < end; ++i)
                    returns.push_back(std::log(number(minutes[i].c)) - std::log(number(minutes[i - 1].c)));
                volatility[name] = deviation(returns, returns.size() - 1);
            }
            auto const rows = book.rank(common::RankMetric::Volatility, window);
            ASSERT_EQ(rows.size(), market.size());
            for (std::size_t i = 0; i < rows.size(); ++i) {
                EXPECT_RELATIVE(rows[i].value, volatility[rows[i].symbol]) << rows[i].symbol;
                std::int64_t higher = 0;
                for (auto const& [name, value] : volatility)
                    higher += value > volatility[rows[i].symbol] * (1 + 1e-12L) ? 1 : 0;
                EXPECT_EQ(rows[i].rank, higher + 1) << rows[i].symbol;
            }
        }
    }
}

TEST(Recorded, AllMetrics_WithHolesAndIncompleteMinutes_EqualAnotherComputation) {
    using enum common::RankMetric;
    auto const names = support::recordedTables("klines");
    if (names.empty()) GTEST_SKIP() << "no recordings";
    constexpr std::size_t kEnd = 3'000;
    std::map<std::string, std::vector<Minute>> market;
    std::map<std::string, std::vector<bool>> lacks;
    RankBook book;
    std::mt19937 dice(13);
    for (auto const& name : names) {
        auto const& minutes = market[name] = minutesOf(name);
        auto& lacking = lacks[name];
        lacking.resize(kEnd);
        book.advance(minutes[kEnd].open);
        // Of every third symbol some minutes are lost, of every other third some are incomplete.
        auto const kind = lacks.size() % 3;
        for (int i = 0; kind != 0 && i < 3; ++i)
            lacking[kEnd - 1 - dice() % 1'440] = true;
        for (auto i = kEnd - 1'440; i < kEnd; ++i) {
            auto candle = candleOf(minutes[i]);
            candle.whole = !lacking[i];
            if (!lacking[i] || kind == 2) book.add(name, candle);
        }
    }
    for (auto const window : common::kRankWindows) {
        auto const length = static_cast<std::size_t>(window / kMinuteMs);
        std::map<common::RankMetric, std::map<std::string, long double>> expected;
        for (auto const& [name, minutes] : market) {
            auto const from = kEnd - length;
            auto const& lacking = lacks[name];
            if (std::find(lacking.begin() + static_cast<std::ptrdiff_t>(from), lacking.end(), true) != lacking.end())
                continue;
            std::vector<long double> closes, returns;
            long double low = 1e30L, high = 0, volume = 0;
            for (auto i = from; i < kEnd; ++i) {
                closes.push_back(number(minutes[i].c));
                if (closes.size() > 1) returns.push_back(std::log(closes.back() / closes[closes.size() - 2]));
                low = std::min(low, number(minutes[i].l));
                high = std::max(high, number(minutes[i].h));
                volume += number(minutes[i].v);
            }
            expected[Volatility][name] = deviation(returns, returns.size() - 1);
            expected[Stdev][name] = deviation(closes, closes.size() - 1);
            expected[RangePct][name] = 100 * (high - low) / low;
            expected[Volume][name] = volume;
            expected[ChangePct][name] = 100 * (closes.back() / number(minutes[from].o) - 1);
        }
        if (window == common::kDayMs) EXPECT_LT(expected[Volatility].size(), market.size()) << "some are left out";
        for (auto const metric : common::kRankMetrics) {
            auto const rows = book.rank(metric, window);
            ASSERT_EQ(rows.size(), expected[metric].size()) << common::rankMetricText(metric) << window;
            for (auto const& row : rows) {
                ASSERT_TRUE(expected[metric].contains(row.symbol)) << row.symbol;
                auto const value = static_cast<double>(expected[metric].at(row.symbol));
                EXPECT_NEAR(row.value, value, 1e-9 * std::abs(value) + 1e-12)
                    << common::rankMetricText(metric) << ' ' << row.symbol;
            }
        }
    }
}

common::Trade tradeOf(std::vector<std::string> const& row) {
    common::Trade trade;
    trade.id = std::stoll(row[0]);
    trade.price = common::ExactDecimal::parse(row[1]).value();
    trade.qty = common::ExactDecimal::parse(row[2]).value();
    trade.time = std::stoll(row[3]);
    return trade;
}

/// A store that keeps what was collected, and a process that may die after any collection.
struct Recorder {
    CandleBuilder builder;
    std::map<common::TimeMs, Candle> rows;

    void collect() {
        std::vector<common::CandleWrite> writes;
        builder.collect("S", writes);
        for (auto const& write : writes)
            rows[write.candle.openTime] = write.candle;
    }
    void restart() {
        builder.forget();
        if (!rows.empty()) builder.restore(rows.rbegin()->second);
    }
};

TEST(Recorded, Candles_OfInventedTapes_AreTheCandlesTheyWereMadeOf) {
    std::size_t compared = 0, quiet = 0;
    for (auto const& name : support::recordedTables("tapes")) {
        if (name.find(".synth.") == std::string::npos) continue;
        auto const symbol = name.substr(0, name.find('.'));
        std::map<common::TimeMs, Minute> truth;
        for (auto const& minute : minutesOf(symbol + ".1m.20210518.csv.gz"))
            truth[minute.open] = minute;
        Recorder recorder;
        std::mt19937 dice(static_cast<std::mt19937::result_type>(symbol.size()));
        for (auto const& row : support::recordedRows("tapes", name)) {
            recorder.builder.add(tradeOf(row));
            if (dice() % 3 == 0) recorder.collect();
            if (dice() % 50 == 0) {
                recorder.collect();
                recorder.restart();
            }
        }
        recorder.collect();
        bool first = true;
        for (auto const& [open, candle] : recorder.rows) {
            if (std::exchange(first, false) || !candle.closed) continue;
            auto const& minute = truth.at(open);
            EXPECT_TRUE(candle.whole) << symbol << ' ' << open;
            EXPECT_EQ(candle.open, Decimal::parse(minute.o)) << symbol << ' ' << open;
            EXPECT_EQ(candle.high, Decimal::parse(minute.h)) << symbol << ' ' << open;
            EXPECT_EQ(candle.low, Decimal::parse(minute.l)) << symbol << ' ' << open;
            EXPECT_EQ(candle.close, Decimal::parse(minute.c)) << symbol << ' ' << open;
            // Each of the four has a quarter of the volume, rounded.
            auto const off = candle.volume - common::parseWide(minute.v).value();
            EXPECT_LE(static_cast<std::int64_t>(off < 0 ? -off : off), 4) << symbol << ' ' << open;
            ++compared;
            quiet += candle.trades == 0 ? 1 : 0;
        }
    }
    if (compared == 0) GTEST_SKIP() << "no recordings";
    EXPECT_GT(compared, 10'000U);
    EXPECT_GT(quiet, 100U);
}

TEST(Recorded, Candles_OfRecordedTrades_EqualAnotherComputationThroughRestarts) {
    std::size_t compared = 0;
    for (auto const& name : support::recordedTables("tapes")) {
        if (name.find(".spot") == std::string::npos) continue;
        struct Sum {
            std::vector<std::vector<std::string>> rows;
        };
        std::map<common::TimeMs, Sum> truth;
        Recorder recorder;
        std::mt19937 dice(11);
        for (auto const& row : support::recordedRows("tapes", name)) {
            truth[std::stoll(row[3]) / 60'000 * 60'000].rows.push_back(row);
            recorder.builder.add(tradeOf(row));
            if (dice() % 100 == 0) {
                recorder.collect();
                recorder.restart();
            }
        }
        recorder.collect();
        for (auto const& [open, sum] : truth) {
            auto const& candle = recorder.rows.at(open);
            long double quote = 0;
            auto const *low = &sum.rows[0][1], *high = low;
            for (auto const& row : sum.rows) {
                quote += number(row[1]) * number(row[2]);
                if (number(row[1]) < number(*low)) low = &row[1];
                if (number(row[1]) > number(*high)) high = &row[1];
            }
            EXPECT_EQ(candle.priceText(candle.open), sum.rows.front()[1]) << name;
            EXPECT_EQ(candle.priceText(candle.close), sum.rows.back()[1]) << name;
            EXPECT_EQ(candle.priceText(candle.low), *low) << name;
            EXPECT_EQ(candle.priceText(candle.high), *high) << name;
            EXPECT_EQ(candle.trades, static_cast<std::int64_t>(sum.rows.size())) << name;
            EXPECT_EQ(candle.firstId, std::stoll(sum.rows.front()[0])) << name;
            EXPECT_EQ(candle.lastId, std::stoll(sum.rows.back()[0])) << name;
            EXPECT_NEAR(static_cast<double>(number(candle.quoteVolumeText()) / quote), 1, 1e-12) << name;
            EXPECT_EQ(candle.whole, open != truth.begin()->first) << name;
            ++compared;
        }
    }
    if (compared == 0) GTEST_SKIP() << "no recordings";
    EXPECT_GT(compared, 100U);
}

}  // namespace
}  // namespace ingestion
