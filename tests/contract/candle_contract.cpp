#include "tests/contract/store_contract.hpp"

namespace contract {
namespace {

using namespace common;

class CandleContract : public StoreContract {
protected:
    static Candle candle(TimeMs openTime, std::int64_t price, std::int64_t trades = 1) {
        auto candle =
            Candle::quiet(openTime, kMinuteMs, Decimal::fromUnits(price), static_cast<std::uint8_t>(price % 9));
        candle.trades = trades;
        candle.volume = trades * 5;
        candle.quoteVolume = Wide{trades} * 5 * price;
        if (trades != 0) candle.firstId = price, candle.lastId = price + trades - 1;
        return candle;
    }
    void write(Symbol const& symbol, std::vector<Candle> const& candles, bool correction = false) {
        Step step;
        for (auto const& one : candles)
            step.candles.push_back({.symbol = symbol, .candle = one, .correction = correction});
        ASSERT_FALSE(step.empty());
        apply(step);
    }
    void fill(std::vector<Candle> const& candles) {
        committed(*ingestion, [&] { ingestion->candles().fill("BTCUSDT", candles); });
    }
    std::vector<Candle> all(std::string_view symbol = "BTCUSDT") {
        return notifier->candles().range(symbol, 0, kNever, 1'000'000);
    }
    static constexpr TimeMs kNever = std::int64_t{1} << 60;
};

TEST_P(CandleContract, Writing_EveryMemberBeyond64Bits_ComesBackTheSame) {
    Candle full;
    full.openTime = 1'760'000'040'000;
    full.open = *Decimal::parse("0.00000001");
    full.high = *Decimal::parse("92233720368.54775807");
    full.low = *Decimal::parse("0.00000001");
    full.close = *Decimal::parse("70000.01");
    full.priceDecimals = 2;
    full.volume = *parseWide("18278186645237.12345678");  // one pair's base volume of a day
    full.quoteVolume = *parseWide("79228162514264.99999999") * Decimal::kUnitsPerOne + 99'999'999;
    full.trades = 15'400'000;
    full.firstId = 6'600'000'001;
    full.lastId = 6'615'400'000;
    full.whole = true;
    write("BTCUSDT", {full});
    EXPECT_EQ(all(), std::vector{full});
    full.closed = true;
    full.firstId.reset();
    full.lastId.reset();
    write("BTCUSDT", {full});
    EXPECT_EQ(all(), std::vector{full});
}

TEST_P(CandleContract, Reading_InPages_GivesEachOnceInOrder) {
    std::vector<Candle> candles;
    for (int i = 0; i < 25; ++i)
        candles.push_back(candle(i * kMinuteMs, 100 + i));
    write("BTCUSDT", candles);
    write("BTCUSDC", {candle(0, 1)});
    write("ETHUSDT", {candle(0, 2)});
    std::vector<Candle> paged;
    for (TimeMs from = 0;;) {
        auto const page = notifier->candles().range("BTCUSDT", from, kNever, 10);
        if (page.empty()) break;
        paged.insert(paged.end(), page.begin(), page.end());
        from = page.back().endTime();
    }
    EXPECT_EQ(paged, candles);
    EXPECT_EQ(notifier->candles().range("BTCUSDT", kMinuteMs, 3 * kMinuteMs, 10),
              (std::vector{candles[1], candles[2]}));
    EXPECT_EQ(notifier->candles().count("BTCUSDT", kMinuteMs, 3 * kMinuteMs), 2);
    EXPECT_EQ(notifier->candles().lastBefore("BTCUSDT", 3 * kMinuteMs), candles[2]);
    EXPECT_FALSE(notifier->candles().lastBefore("BTCUSDT", 0));
    EXPECT_FALSE(notifier->candles().lastBefore("XRPUSDT", kNever));
    EXPECT_EQ(notifier->candles().symbolAfter(""), "BTCUSDC");
    EXPECT_EQ(notifier->candles().symbolAfter("BTCUSDC"), "BTCUSDT");
    EXPECT_FALSE(notifier->candles().symbolAfter("ETHUSDT"));
}

TEST_P(CandleContract, Writing_IncompleteOverComplete_KeepsTheComplete) {
    auto const complete = candle(0, 100);
    auto partial = candle(0, 200);
    partial.whole = false;
    write("BTCUSDT", {complete});
    write("BTCUSDT", {partial});
    EXPECT_EQ(all(), std::vector{complete});
    write("BTCUSDT", {partial}, true);
    EXPECT_EQ(all(), std::vector{partial}) << "what seemed complete was not";
    auto const again = candle(0, 300);
    write("BTCUSDT", {again});
    EXPECT_EQ(all(), std::vector{again});
}

TEST_P(CandleContract, Filling_AroundOwnCandles_ReplacesOnlyIncompleteOnes) {
    auto partial = candle(kMinuteMs, 100);
    partial.whole = false;
    auto running = candle(2 * kMinuteMs, 100);
    running.closed = false;
    auto const own = candle(3 * kMinuteMs, 100);
    write("BTCUSDT", {partial, running, own});
    std::vector<Candle> exchange;
    for (int i = 0; i < 5; ++i)
        exchange.push_back(candle(i * kMinuteMs, 500 + i));
    fill(exchange);
    auto want = exchange;
    want[3] = own;
    EXPECT_EQ(all(), want);
}

TEST_P(CandleContract, Step_WithACandleAndAConflict_StoresNeither) {
    Step step;
    step.positions.push_back({.expected = 7, .next = Position{.symbol = "BTCUSDT", .tradeId = 8}, .symbol = "BTCUSDT"});
    step.candles.push_back({.symbol = "BTCUSDT", .candle = candle(0, 1), .correction = false});
    ingestion->begin();
    EXPECT_ANY_THROW(ingestion->steps().apply(step));
    ingestion->rollback();
    EXPECT_TRUE(all().empty());
}

TEST_P(CandleContract, Merging_AWholeHour_SumsItIntoOneRow) {
    std::vector<Candle> minutes;
    for (int i = 0; i < 120; ++i)
        minutes.push_back(candle(i * kMinuteMs, i == 30 ? 90 : i == 31 ? 900 : 100 + i, i % 3));
    write("BTCUSDT", minutes);
    committed(*ingestion, [&] { ingestion->candles().merge("BTCUSDT", 0, kHourMs); });
    auto const rows = all();
    ASSERT_EQ(rows.size(), 61U);
    auto const& hour = rows.front();
    EXPECT_EQ(hour.openTime, 0);
    EXPECT_EQ(hour.length, kHourMs);
    EXPECT_EQ(hour.open.units(), 101) << "minute 0 is quiet: the first trade opens";
    EXPECT_EQ(hour.high.units(), 900);
    EXPECT_EQ(hour.low.units(), 101) << "minute 30 is quiet";
    EXPECT_EQ(hour.close.units(), 159);
    EXPECT_EQ(hour.trades, 60);
    EXPECT_EQ(hour.firstId, 101);
    EXPECT_EQ(hour.lastId, 160);
    EXPECT_TRUE(hour.complete());
    EXPECT_EQ(rows[1], minutes[60]);
}

TEST_P(CandleContract, Merging_HoursWithHoles_IsNotWhole) {
    auto partial = candle(kHourMs, 100);
    partial.whole = false;
    write("BTCUSDT", {candle(0, 100), partial});
    committed(*ingestion, [&] {
        ingestion->candles().merge("BTCUSDT", 0, kHourMs);
        ingestion->candles().merge("BTCUSDT", kHourMs, kHourMs);
        ingestion->candles().merge("BTCUSDT", 2 * kHourMs, kHourMs);
    });
    auto rows = all();
    ASSERT_EQ(rows.size(), 2U) << "nothing is made of nothing";
    EXPECT_FALSE(rows[0].whole);
    EXPECT_TRUE(rows[0].closed);
    EXPECT_FALSE(rows[1].whole);
    committed(*ingestion, [&] { ingestion->candles().merge("BTCUSDT", 0, kDayMs); });
    fill({candle(0, 7), candle(30 * kMinuteMs, 7), candle(kDayMs, 7)});
    rows = all();
    ASSERT_EQ(rows.size(), 2U) << "a minute inside a longer row is not stored";
    EXPECT_EQ(rows[0].length, kDayMs);
    EXPECT_EQ(rows[0].trades, 2);
    EXPECT_FALSE(rows[0].whole);
}

TEST_P(CandleContract, Oldest_OfALength_IsFoundBehindTheCoarserOnes) {
    auto& store = ingestion->candles();
    EXPECT_FALSE(store.oldestOf("BTCUSDT", kMinuteMs, kNever));
    std::vector<Candle> minutes;
    for (int i = 0; i < 180; ++i)
        minutes.push_back(candle(i * kMinuteMs, 100));
    write("BTCUSDT", minutes);
    EXPECT_EQ(store.oldestOf("BTCUSDT", kMinuteMs, kNever), 0);
    committed(*ingestion, [&] { store.merge("BTCUSDT", 0, kHourMs); });
    EXPECT_EQ(store.oldestOf("BTCUSDT", kMinuteMs, kNever), kHourMs);
    EXPECT_EQ(store.oldestOf("BTCUSDT", kMinuteMs, kHourMs), std::nullopt);
    EXPECT_EQ(store.oldestOf("BTCUSDT", kHourMs, kNever), 0);
    EXPECT_EQ(store.oldestOf("BTCUSDT", kHourMs, 0), std::nullopt);
    EXPECT_FALSE(store.oldestOf("ETHUSDT", kMinuteMs, kNever));
}

TEST_P(CandleContract, Exchange_Another_DeletesWhatTheFirstSaid) {
    auto const adopt = [&](std::string_view url) {
        return committed(*ingestion, [&] { return ingestion->candles().adoptExchange(url); });
    };
    EXPECT_FALSE(adopt("wss://one.test"));
    write("BTCUSDT", {candle(0, 1)});
    EXPECT_FALSE(adopt("wss://one.test"));
    EXPECT_EQ(all().size(), 1U);
    EXPECT_TRUE(adopt("wss://two.test"));
    EXPECT_TRUE(all().empty());
}

INSTANTIATE_TEST_SUITE_P(Stores, CandleContract, ::testing::ValuesIn(storesUnderTest()), storeName);

class RankContract : public StoreContract {
protected:
    static RankRun run(std::int64_t number, std::int64_t of) {
        return {.metric = RankMetric::Stdev, .window = kHourMs, .run = number, .asOf = number * 10, .of = of};
    }
    void publish(RankRun const& ranking, std::vector<RankRow> const& rows) {
        committed(*ingestion, [&] { ingestion->ranks().addRows(ranking, rows); });
        committed(*ingestion, [&] { ingestion->ranks().publish(ranking); });
    }
};

TEST_P(RankContract, Publishing_TheNext_ShowsItAtOnceAndRemovesTheOld) {
    EXPECT_FALSE(notifier->ranks().latest(RankMetric::Stdev, kHourMs));
    std::vector<RankRow> const rows{
        {"AUSDT", 1, 0.5, 0}, {"DUSDT", 2, 0.25, 1}, {"BUSDT", 2, 0.25, 1}, {"CUSDT", 4, 1e-300, 0}};
    publish(run(1, 4), rows);
    EXPECT_EQ(notifier->ranks().latest(RankMetric::Stdev, kHourMs), run(1, 4));
    EXPECT_FALSE(notifier->ranks().latest(RankMetric::Stdev, kDayMs));
    EXPECT_FALSE(notifier->ranks().latest(RankMetric::Volume, kHourMs));
    EXPECT_EQ(notifier->ranks().list(run(1, 4), 0, 2), (std::vector{rows[0], rows[2]}));
    EXPECT_EQ(notifier->ranks().list(run(1, 4), 2, 9), (std::vector{rows[1], rows[3]}));
    EXPECT_EQ(notifier->ranks().find(run(1, 4), "CUSDT"), rows[3]);
    EXPECT_FALSE(notifier->ranks().find(run(1, 4), "XUSDT"));

    committed(*ingestion, [&] { ingestion->ranks().addRows(run(2, 1), std::vector<RankRow>{{"AUSDT", 1, 2, 0}}); });
    EXPECT_EQ(notifier->ranks().latest(RankMetric::Stdev, kHourMs), run(1, 4)) << "not published yet";
    publish(run(2, 1), {{"AUSDT", 1, 2, 0}});
    EXPECT_EQ(notifier->ranks().list(*notifier->ranks().latest(RankMetric::Stdev, kHourMs), 0, 9).size(), 1U);
    EXPECT_EQ(notifier->ranks().list(run(1, 4), 0, 9).size(), 4U);
    auto const remove = [&](std::int64_t before, std::int64_t limit) {
        return committed(
            *ingestion, [&] { return ingestion->ranks().removeRunsBefore(RankMetric::Stdev, kHourMs, before, limit); });
    };
    EXPECT_EQ(remove(2, 3), 3);
    EXPECT_EQ(remove(2, 3), 1);
    EXPECT_EQ(remove(2, 3), 0);
    EXPECT_EQ(notifier->ranks().list(run(2, 1), 0, 9).size(), 1U);
}

TEST_P(RankContract, Closes_AddedAndRemoved_AreReadByMinute) {
    auto const add = [&](std::vector<MinuteClose> const& closes) {
        committed(*ingestion, [&] { ingestion->ranks().addCloses(closes); });
    };
    auto const from = [&](TimeMs minute) {
        std::vector<MinuteClose> closes;
        notifier->ranks().forEachClose(minute, 10 * kMinuteMs, [&](auto const& close) { closes.push_back(close); });
        return closes;
    };
    MinuteClose const a0{0, "AUSDT", Decimal::fromUnits(1)};
    MinuteClose const b0{0, "BUSDT", Decimal::fromUnits(2)};
    MinuteClose const a1{kMinuteMs, "AUSDT", Decimal::fromUnits(3)};
    add({a1, b0, a0});
    add({{kMinuteMs, "AUSDT", Decimal::fromUnits(3)}});
    EXPECT_EQ(from(0), (std::vector{a0, b0, a1}));
    EXPECT_EQ(from(1), std::vector{a1});
    auto const remove = [&](std::int64_t limit) {
        return committed(*ingestion, [&] { return ingestion->ranks().removeClosesBefore(kMinuteMs, limit); });
    };
    EXPECT_EQ(remove(1), 1);
    EXPECT_EQ(remove(9), 1);
    EXPECT_EQ(from(0), std::vector{a1});
}

INSTANTIATE_TEST_SUITE_P(Stores, RankContract, ::testing::ValuesIn(storesUnderTest()), storeName);

}  // namespace
}  // namespace contract
