// Real minutes, some of them lost or incomplete, as `/stats` and `/candles` show them, against figures that are
// computed here in another way: prices as text and long doubles.

#include "tests/support/recorded_frames.hpp"
#include "tests/unit/notifier/api/rest_fixture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace notifier::test {
namespace {

using common::Candle;
using common::Decimal;
using common::kMinuteMs;

/// Of the fixture's list: each recording has one of its own.
constexpr std::array<char const*, 5> kSymbols{"BNBBTC", "BTCUSDC", "BTCUSDT", "ETHUSDT", "HALTUSDT"};

struct Minute {
    common::TimeMs open = 0;
    std::string o, h, l, c, v;
    bool lost = false;
    bool incomplete = false;
};

long double number(std::string const& text) {
    return std::strtold(text.c_str(), nullptr);
}

class RecordedMarketTest : public RestTest {
protected:
    void SetUp() override {
        if (support::recordedTables("klines").empty()) GTEST_SKIP() << "no recordings";
    }
    /// Stores a recording under this symbol, but for what is lost.
    void load(std::string const& symbol, std::string const& name) {
        minutes_.clear();
        std::vector<Candle> candles;
        for (auto const& row : support::recordedRows("klines", name)) {
            auto const i = minutes_.size();
            auto& minute = minutes_.emplace_back(Minute{std::stoll(row[0]), row[1], row[2], row[3], row[4], row[5]});
            minute.lost = i % 397 < 2 || i % 211 == 5;
            minute.incomplete = i % 307 == 7;
            if (minute.lost) continue;
            auto& candle = candles.emplace_back(Candle::quiet(minute.open, kMinuteMs, price(minute.c), 8));
            candle.open = price(minute.o);
            candle.high = price(minute.h);
            candle.low = price(minute.l);
            candle.volume = common::parseWide(minute.v).value();
            candle.quoteVolume = candle.volume * candle.close.units();
            candle.trades = candle.volume == 0 ? 0 : 4;
            candle.whole = !minute.incomplete;
        }
        ingest([&](common::Database& database) { database.candles().fill(symbol, candles); });
    }
    static Decimal price(std::string const& text) { return Decimal::parse(text).value(); }
    std::string range(std::size_t from, std::size_t length) const {
        return "&from=" + std::to_string(minutes_[from].open) +
               "&to=" + std::to_string(minutes_[from].open + static_cast<std::int64_t>(length) * kMinuteMs);
    }
    /// The minutes of it that are there, and whether all are, whole.
    std::vector<Minute> known(std::size_t from, std::size_t length, bool& complete) const {
        std::vector<Minute> rows;
        complete = true;
        for (auto i = from; i < from + length; ++i) {
            complete = complete && !minutes_[i].lost && !minutes_[i].incomplete;
            if (!minutes_[i].lost) rows.push_back(minutes_[i]);
        }
        return rows;
    }

    std::vector<Minute> minutes_;
};

void expectNear(common::json::Value const& stats, std::string const& name, long double expected) {
    EXPECT_NEAR(std::stod(textOf(stats, name)), static_cast<double>(expected),
                1e-9 * std::abs(static_cast<double>(expected)) + 1e-300)
        << name;
}

TEST_F(RecordedMarketTest, Stats_WithHolesAndIncompleteMinutes_EqualAnotherComputation) {
    std::mt19937 dice(3);
    auto const names = support::recordedTables("klines");
    int withHoles = 0;
    int whole = 0;
    for (std::size_t i = 0; i < std::min(names.size(), kSymbols.size()); ++i) {
        std::string const symbol = kSymbols[i];
        auto const& name = names[i];
        load(symbol, name);
        for (std::size_t const length : {3U, 15U, 15U, 60U, 60U, 1'440U}) {
            auto const from = std::uniform_int_distribution<std::size_t>(0, minutes_.size() - length)(dice);
            bool complete = false;
            auto const rows = known(from, length, complete);
            auto const stats = json("GET", "/api/v1/stats?symbol=" + symbol + range(from, length));
            (complete ? whole : withHoles) += 1;
            EXPECT_EQ(textOf(*stats.find("coverage"), "complete"), complete ? "true" : "false") << name << ' ' << from;
            EXPECT_EQ(textOf(stats, "count"), std::to_string(rows.size()));
            if (rows.size() < 2) continue;
            long double sum = 0, low = 1e30L, high = 0, volume = 0, quote = 0, squares = 0, spread = 0;
            std::vector<long double> closes;
            for (auto const& row : rows) {
                closes.push_back(number(row.c));
                sum += closes.back();
                low = std::min(low, number(row.l));
                high = std::max(high, number(row.h));
                volume += number(row.v);
                quote += number(row.v) * number(row.c);
                if (closes.size() > 1) squares += std::pow(std::log(closes.back() / closes[closes.size() - 2]), 2.0L);
            }
            auto const count = static_cast<long double>(closes.size());
            auto const mean = sum / count;
            for (auto const close : closes)
                spread += (close - mean) * (close - mean);
            EXPECT_EQ(price(textOf(stats, "first")), price(rows.front().o));
            EXPECT_EQ(price(textOf(stats, "last")), price(rows.back().c));
            EXPECT_EQ(number(textOf(stats, "min")), low);
            EXPECT_EQ(number(textOf(stats, "max")), high);
            expectNear(stats, "mean", mean);
            expectNear(stats, "stdev_pop", std::sqrt(spread / count));
            expectNear(stats, "stdev_sample", std::sqrt(spread / (count - 1)));
            EXPECT_NEAR(std::stod(textOf(stats, "realized_vol")), static_cast<double>(std::sqrt(squares)),
                        1e-9 * static_cast<double>(std::sqrt(squares)) + 1e-15);
            expectNear(stats, "volume", volume);
            if (volume > 0) expectNear(stats, "vwap", quote / volume);
        }
    }
    EXPECT_GT(withHoles, 5);
    EXPECT_GT(whole, 5);
}

TEST_F(RecordedMarketTest, Candles_OfFiveMinutesWithHoles_EqualAnotherComputation) {
    load("BTCUSDT", support::recordedTables("klines").front());
    constexpr std::size_t kLength = 5;
    int compared = 0;
    int broken = 0;
    auto const page = json("GET", "/api/v1/candles?symbol=BTCUSDT&interval=5m&limit=300" + range(0, 1'500));
    EXPECT_EQ(textOf(*page.find("coverage"), "complete"), "false");
    ASSERT_EQ(page.find("items")->items().size(), 300U);
    for (auto const& item : page.find("items")->items()) {
        auto const at = static_cast<std::size_t>((std::stoll(textOf(item, "t")) - minutes_[0].open) / kMinuteMs);
        ASSERT_EQ(at % kLength, 0U);
        bool complete = false;
        auto const rows = known(at, kLength, complete);
        ASSERT_FALSE(rows.empty());
        // A minute without a trade repeats the close; its prices do not count beside those of trades.
        std::vector<Minute> traded;
        std::ranges::copy_if(rows, std::back_inserter(traded), [](Minute const& row) { return number(row.v) > 0; });
        auto const& prices = traded.empty() ? rows : traded;
        long double low = 1e30L, high = 0, volume = 0;
        for (auto const& row : prices) {
            low = std::min(low, number(row.l));
            high = std::max(high, number(row.h));
            volume += number(row.v);
        }
        EXPECT_EQ(textOf(item, "complete"), complete ? "true" : "false") << at;
        EXPECT_EQ(price(textOf(item, "o")), price(prices.front().o)) << at;
        EXPECT_EQ(price(textOf(item, "c")), price(prices.back().c)) << at;
        EXPECT_EQ(number(textOf(item, "l")), low) << at;
        EXPECT_EQ(number(textOf(item, "h")), high) << at;
        EXPECT_NEAR(std::stod(textOf(item, "v")), static_cast<double>(volume), 1e-9 * static_cast<double>(volume));
        EXPECT_EQ(textOf(item, "n"), std::to_string(4 * traded.size())) << at;
        ++compared;
        broken += complete ? 0 : 1;
    }
    EXPECT_EQ(compared, 300);
    EXPECT_GT(broken, 5);
}

}  // namespace
}  // namespace notifier::test
