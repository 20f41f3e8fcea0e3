#include "tests/unit/replay/book_support.hpp"

#include "examples/replay/market/synthetic_market.hpp"

#include <gtest/gtest.h>

#include <map>

namespace replay {
namespace {

constexpr TimeMs kStart = 1'723'161'255'342;

/// Aggregates by the definition alone: walk the list, start a new one whenever something differs.
std::vector<Aggregate> simpleAggregates(std::vector<Trade> const& trades) {
    std::vector<Aggregate> all;
    for (std::size_t i = 0; i < trades.size(); ++i) {
        auto const& t = trades[i];
        bool const same = i > 0 && trades[i - 1].price == t.price && trades[i - 1].time == t.time &&
                          trades[i - 1].buyerMaker == t.buyerMaker;
        if (!same) all.push_back({0, t.id, t.id, t.price, Decimal{}, t.time, t.buyerMaker});
        all.back().lastId = t.id;
        all.back().qty = Decimal::fromUnits(all.back().qty.units() + t.qty.units());
    }
    return all;
}

TEST(SymbolBook, Aggregates_RandomTrades_EqualASimpleComputation) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        auto const trades = randomTrades(900, seed, kStart, 50);
        auto const book = bookWith(trades);
        auto expected = simpleAggregates(trades);
        auto const got = book.aggregates({.fromId = 0, .startTime = {}, .endTime = {}, .limit = 1'000});
        ASSERT_EQ(got.size(), expected.size());
        for (std::size_t i = 0; i < got.size(); ++i) {
            expected[i].id = got[0].id + static_cast<std::int64_t>(i);
            EXPECT_EQ(got[i], expected[i]) << "seed " << seed << " row " << i;
        }
    }
}

TEST(SymbolBook, AggregatesByTime_StartEndAndBoth_ChooseAsTheExchangeDoes) {
    auto const trades = randomTrades(600, 5, kStart, 40);
    auto const book = bookWith(trades);
    auto const all = book.aggregates({.fromId = 0, .startTime = {}, .endTime = {}, .limit = 1'000});
    TimeMs const middle = all[all.size() / 2].time;

    auto const newest = book.aggregates({{}, {}, {}, 7});
    ASSERT_EQ(newest.size(), 7U);
    EXPECT_EQ(newest.back(), all.back());
    auto const oldestFrom = book.aggregates({{}, middle, {}, 7});
    ASSERT_EQ(oldestFrom.size(), 7U);
    EXPECT_EQ(oldestFrom.front().time, middle);
    auto const newestTo = book.aggregates({{}, {}, middle, 7});
    ASSERT_EQ(newestTo.size(), 7U);
    EXPECT_EQ(newestTo.back().time, middle);
    for (auto const& row : book.aggregates({{}, middle - 100, middle, 1'000})) {
        EXPECT_GE(row.time, middle - 100);
        EXPECT_LE(row.time, middle);
    }
}

TEST(SymbolBook, MinuteCandles_RandomTrades_EqualASimpleComputation) {
    auto const trades = randomTrades(5'000, 11, kStart, 4'000);
    auto const book = bookWith(trades);
    std::map<TimeMs, std::vector<Trade>> minutes;
    for (auto const& trade : trades)
        minutes[trade.time - trade.time % 60'000].push_back(trade);
    TimeMs const now = trades.back().time;

    auto const rows = book.candles({Interval::parse("1m").value(), minutes.begin()->first, {}, 1'000}, now);
    ASSERT_EQ(rows.size(), static_cast<std::size_t>((now / 60'000) - (kStart / 60'000) + 1));
    Decimal close = trades.front().price;
    for (auto const& row : rows) {
        auto const found = minutes.find(row.openTime);
        if (found == minutes.end()) {
            EXPECT_EQ(row.count, 0);
            EXPECT_EQ(row.open, close);
            EXPECT_EQ(row.close, close);
            continue;
        }
        auto const& list = found->second;
        Decimal high = list[0].price;
        Decimal low = list[0].price;
        std::int64_t volume = 0;
        for (auto const& t : list) {
            if (t.price > high) high = t.price;
            if (t.price < low) low = t.price;
            volume += t.qty.units();
        }
        EXPECT_EQ(row.open, list.front().price);
        EXPECT_EQ(row.high, high);
        EXPECT_EQ(row.low, low);
        EXPECT_EQ(row.close, list.back().price);
        EXPECT_EQ(row.count, static_cast<std::int64_t>(list.size()));
        EXPECT_TRUE(row.volume == volume);
        EXPECT_EQ(row.firstId, list.front().id);
        EXPECT_EQ(row.lastId, list.back().id);
        close = row.close;
    }
}

TEST(SymbolBook, SecondCandles_OfAMinute_AddUpToIt) {
    auto const trades = randomTrades(2'000, 3, kStart, 900);
    auto const book = bookWith(trades);
    TimeMs const minute = (trades[1'000].time / 60'000) * 60'000;
    auto const whole = book.candleAt(Interval::parse("1m").value(), minute);
    Candle sum;
    for (auto const& second :
         book.candles({Interval::parse("1s").value(), minute, minute + 59'999, 60}, trades.back().time))
        sum.add(second);
    EXPECT_EQ(sum.open, whole.open);
    EXPECT_EQ(sum.high, whole.high);
    EXPECT_EQ(sum.low, whole.low);
    EXPECT_EQ(sum.close, whole.close);
    EXPECT_EQ(sum.count, whole.count);
    EXPECT_TRUE(sum.volume == whole.volume && sum.quoteVolume == whole.quoteVolume);
}

TEST(SymbolBook, Candles_InventedPast_ReachBackAndJoinTheTrades) {
    SyntheticMarket const market(makeListing("BTCUSDT"), 7);
    SymbolBook book(makeListing("BTCUSDT"), {});
    book.setPast(&market);
    TimeMs const start = kStart / 60'000 * 60'000;
    for (TimeMs second = start / 1'000; second < start / 1'000 + 120; ++second)
        for (auto const& trade : market.second(second))
            book.append(trade.price, trade.qty, trade.time, trade.buyerMaker);
    TimeMs const now = start + 119'000;

    auto const minutes = book.candles({Interval::parse("1m").value(), {}, {}, 1'000}, now);
    ASSERT_EQ(minutes.size(), 1'000U);
    for (std::size_t i = 1; i < minutes.size(); ++i)
        ASSERT_EQ(minutes[i].openTime, minutes[i - 1].openTime + 60'000);
    EXPECT_GT(minutes.front().count, 0);
    auto const ticker = book.ticker(24 * 3'600'000LL, now);
    EXPECT_EQ(ticker.window.lastId, book.lastTrade()->id);
    EXPECT_EQ(ticker.window.lastId - ticker.window.firstId + 1, ticker.window.count);
    EXPECT_GT(ticker.window.count, 100'000);
}

TEST(SymbolBook, Ticker_OfTheInventedPast_IsTheSumOfItsMinutes) {
    SyntheticMarket const market(makeListing("ETHUSDT"), 7);
    SymbolBook book(makeListing("ETHUSDT"), {});
    book.setPast(&market);
    TimeMs const start = kStart / 60'000 * 60'000;
    book.append(market.minute(start).open, decimal("1"), start, false);
    // Minute by minute over three hours: the window's edges pass whole hours.
    for (TimeMs now = start; now < start + 3 * 3'600'000LL; now += 7 * 60'000) {
        Candle sum;
        for (TimeMs at = now - 24 * 3'600'000LL + 1; at < start; at += 60'000)
            sum.add(market.minute(at / 60'000 * 60'000));
        auto const window = book.ticker(24 * 3'600'000LL, now).window;
        EXPECT_EQ(window.count, sum.count + 1);
        EXPECT_EQ(window.open, sum.open);
        EXPECT_EQ(window.high, std::max(sum.high, market.minute(start).open));
        EXPECT_EQ(window.low, std::min(sum.low, market.minute(start).open));
        EXPECT_TRUE(window.volume == sum.volume + decimal("1").units());
    }
}

TEST(SymbolBook, Ticker_OldTradesOnly_HasNoIds) {
    auto const book = bookWith(randomTrades(10, 1, kStart, 10));
    auto const ticker = book.ticker(24 * 3'600'000LL, kStart + 3 * 24 * 3'600'000LL);
    EXPECT_EQ(ticker.window.count, 0);
    EXPECT_EQ(ticker.window.lastId, -1);
}

TEST(SymbolBook, Baseline_BeforeAnyTrade_IsTheNewestIdAndPartOfNoCandle) {
    SymbolBook book(makeListing("BTCUSDT"), {});
    book.setBaseline({99, decimal("70000"), decimal("1"), kStart, false});
    EXPECT_EQ(book.ticker(24 * 3'600'000LL, kStart + 5).window.lastId, 99);
    EXPECT_EQ(book.aggregates({{}, {}, {}, 1}).at(0).lastId, 99);
    book.append(decimal("70001"), decimal("2"), kStart + 1, false);
    EXPECT_EQ(book.lastTrade()->id, 100);
    auto const minute = book.candleAt(Interval::parse("1m").value(), kStart);
    EXPECT_EQ(minute.count, 1);
    EXPECT_EQ(minute.open, decimal("70001"));
}

TEST(SymbolBook, HiddenTrades_AreMissingFromEveryQuery) {
    auto const trades = randomTrades(100, 2, kStart, 20);
    auto book = bookWith(trades);
    book.setHiddenTrades(3);
    EXPECT_EQ(book.newestTrades(5).back().id, trades[96].id);
    EXPECT_EQ(book.tradesFrom(trades[95].id, 100).size(), 2U);
    EXPECT_LE(book.aggregates({{}, {}, {}, 1}).back().lastId, trades[96].id);
    book.setHiddenTrades(0);
    EXPECT_EQ(book.newestTrades(5).back().id, trades[99].id);
}

TEST(SymbolBook, Append_OverTheLimit_ForgetsTheOldest) {
    auto const trades = randomTrades(500, 4, kStart, 20);
    auto const book = bookWith(trades, {.tradesMax = 100, .minutesMax = 10});
    auto const kept = book.tradesFrom(0, 1'000);
    ASSERT_EQ(kept.size(), 100U);
    EXPECT_EQ(kept.front().id, trades[400].id);
    EXPECT_GE(book.aggregates({.fromId = 0, .startTime = {}, .endTime = {}, .limit = 1'000}).front().lastId,
              trades[400].id);
}

TEST(SymbolBook, Append_EarlierTime_IsRaisedToTheNewest) {
    auto book = bookWith({{1, decimal("5"), decimal("1"), kStart, false}});
    EXPECT_EQ(book.append(decimal("6"), decimal("1"), kStart - 50, false).time, kStart);
}

TEST(SymbolBook, Reset_GoesOnWithLowerIds) {
    auto book = bookWith(randomTrades(50, 6, kStart, 20));
    book.reset(10);
    EXPECT_EQ(book.lastTrade()->id, 10);
    EXPECT_EQ(book.tradesFrom(0, 100).size(), 1U);
    EXPECT_EQ(book.append(decimal("101"), decimal("1"), kStart + 10'000, false).id, 11);
}

TEST(SymbolBook, ZeroPrice_TakesAnIdButNoPlaceInACandle) {
    auto book = bookWith(randomTrades(5, 6, kStart, 20));
    auto const before = book.candleAt(Interval::parse("1d").value(), kStart);
    auto const id = book.append(Decimal{}, Decimal{}, kStart + 500, false).id;
    EXPECT_EQ(id, before.lastId + 1);
    EXPECT_EQ(book.candleAt(Interval::parse("1d").value(), kStart).low, before.low);
}

}  // namespace
}  // namespace replay
