#include "ingestion/market/candle_builder.hpp"

#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace ingestion {
namespace {

using common::Candle;
using common::CandleWrite;
using common::kMinuteMs;

constexpr common::TimeMs kStart = 1'760'000'040'000;  // a full minute

common::Trade trade(std::int64_t id, common::TimeMs sinceStart, char const* price, char const* qty = "1",
                    std::int64_t lastId = 0) {
    common::Trade made;
    made.id = id;
    made.aggLastId = lastId;
    made.price = common::ExactDecimal::parse(price).value();
    made.qty = common::ExactDecimal::parse(qty).value();
    made.time = kStart + sinceStart;
    return made;
}

struct CandleBuilderTest : ::testing::Test {
    CandleBuilder builder;

    std::vector<CandleWrite> collected() {
        std::vector<CandleWrite> out;
        builder.collect("S", out);
        return out;
    }
    /// As if everything before kStart had been seen.
    void wholeFromStart(char const* close = "10.00") {
        auto before = Candle::quiet(kStart - kMinuteMs, kMinuteMs, common::Decimal::parse(close).value(), 2);
        builder.restore(before);
    }
};

TEST_F(CandleBuilderTest, Trades_OfAMinute_MakeItsCandleExactly) {
    wholeFromStart();
    builder.add(trade(5, 0, "10.00", "0.5"));
    builder.add(trade(6, 1'000, "12.00", "0.00000003"));
    builder.add(trade(7, 59'999, "9.50", "2", 9));
    auto writes = collected();
    ASSERT_EQ(writes.size(), 1U);
    auto candle = writes[0].candle;
    EXPECT_EQ(candle.openTime, kStart);
    EXPECT_EQ(candle.priceText(candle.open), "10.00");
    EXPECT_EQ(candle.priceText(candle.high), "12.00");
    EXPECT_EQ(candle.priceText(candle.low), "9.50");
    EXPECT_EQ(candle.priceText(candle.close), "9.50");
    EXPECT_EQ(candle.volumeText(), "2.50000003");
    EXPECT_EQ(candle.quoteVolumeText(), "24.00000036");  // 5 + 0.00000036 + 19
    EXPECT_EQ(candle.trades, 5) << "the aggregate holds three";
    EXPECT_EQ(candle.firstId, 5);
    EXPECT_EQ(candle.lastId, 9);
    EXPECT_TRUE(candle.whole);
    EXPECT_FALSE(candle.closed);
    EXPECT_TRUE(collected().empty()) << "nothing has changed";

    builder.add(trade(10, 60'000, "9.60"));
    writes = collected();
    ASSERT_EQ(writes.size(), 2U);
    candle.closed = true;
    EXPECT_EQ(writes[0].candle, candle);
    EXPECT_EQ(writes[1].candle.openTime, kStart + kMinuteMs);
    EXPECT_EQ(writes[1].candle.trades, 1);
    EXPECT_FALSE(builder.takeRefill());
}

TEST_F(CandleBuilderTest, QuoteVolume_ManyHalfUnits_IsRoundedOnce) {
    wholeFromStart();
    // Each is 0.5 units of 1e-8: rounded one by one they would be 4 units.
    for (int i = 0; i < 4; ++i)
        builder.add(trade(i + 1, 0, "0.5", "0.00000001"));
    EXPECT_EQ(collected()[0].candle.quoteVolumeText(), "0.00000002");
}

TEST_F(CandleBuilderTest, FirstMinute_OfAFollowing_IsNotWholeAndAskedFor) {
    builder.add(trade(5, 10'000, "10"));
    EXPECT_FALSE(collected()[0].candle.whole);
    builder.add(trade(6, 60'001, "11"));
    auto const writes = collected();
    ASSERT_EQ(writes.size(), 2U);
    EXPECT_FALSE(writes[0].candle.whole);
    EXPECT_TRUE(writes[0].candle.closed);
    EXPECT_TRUE(writes[1].candle.whole);
    EXPECT_EQ(builder.takeRefill(), (CandleBuilder::Span{kStart, kStart + kMinuteMs}));
    EXPECT_FALSE(builder.takeRefill());
}

TEST_F(CandleBuilderTest, QuietMinutes_BetweenTrades_RepeatTheClose) {
    wholeFromStart();
    builder.add(trade(5, 0, "10.00"));
    builder.add(trade(6, 3 * kMinuteMs, "11.00"));
    auto const writes = collected();
    ASSERT_EQ(writes.size(), 4U);
    EXPECT_EQ(writes[1].candle, Candle::quiet(kStart + kMinuteMs, kMinuteMs, common::Decimal::parse("10").value(), 2));
    EXPECT_EQ(writes[2].candle.openTime, kStart + 2 * kMinuteMs);
    EXPECT_TRUE(writes[2].candle.complete());
}

TEST_F(CandleBuilderTest, Clock_EndsMinutesWithoutATrade_AndALateTradeIsAddedAllTheSame) {
    wholeFromStart("10.00");
    builder.closeUpTo(kStart + 59'999);
    EXPECT_FALSE(builder.dirty());
    builder.closeUpTo(kStart + kMinuteMs);
    auto writes = collected();
    ASSERT_EQ(writes.size(), 1U);
    EXPECT_TRUE(writes[0].candle.complete());
    EXPECT_EQ(writes[0].candle.trades, 0);
    builder.add(trade(5, 59'000, "12.00"));
    writes = collected();
    ASSERT_EQ(writes.size(), 1U);
    EXPECT_EQ(writes[0].candle.openTime, kStart);
    EXPECT_EQ(writes[0].candle.trades, 1);
    EXPECT_TRUE(writes[0].candle.complete());
    builder.closeUpTo(kStart + 2 * kMinuteMs);
    writes = collected();
    ASSERT_EQ(writes.size(), 1U);
    EXPECT_EQ(writes[0].candle.open, common::Decimal::parse("12")) << "the close before it";
}

TEST_F(CandleBuilderTest, LateTrade_BehindMinutesThatWereEndedAsQuiet_CorrectsAllOfThem) {
    wholeFromStart();
    builder.add(trade(5, 0, "10"));
    builder.closeUpTo(kStart + 4 * kMinuteMs);
    EXPECT_EQ(collected().size(), 4U);
    builder.add(trade(6, 59'000, "11"));
    builder.add(trade(7, kMinuteMs + 1, "12"));
    builder.add(trade(8, 3 * kMinuteMs, "13"));
    auto const writes = collected();
    ASSERT_EQ(writes.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(writes[i].candle.openTime, kStart + static_cast<std::int64_t>(i) * kMinuteMs);
        EXPECT_EQ(writes[i].candle.trades, (std::array<int, 4>{2, 1, 0, 1}[i]));
        EXPECT_EQ(writes[i].candle.close,
                  common::Decimal::parse(std::array<char const*, 4>{"11", "12", "12", "13"}[i]));
        EXPECT_TRUE(writes[i].correction);
        EXPECT_TRUE(writes[i].candle.complete());
    }
    builder.add(trade(9, 4 * kMinuteMs, "14"));
    builder.add(trade(10, 5 * kMinuteMs, "14"));
    EXPECT_EQ(collected()[0].candle.open, common::Decimal::parse("14"));
    EXPECT_FALSE(builder.takeRefill());
}

TEST_F(CandleBuilderTest, Loss_MakesItsMinutesIncompleteAndAsksForThem) {
    wholeFromStart();
    builder.add(trade(5, 0, "10"));
    builder.lose();
    builder.add(trade(9, 2 * kMinuteMs, "11"));
    builder.add(trade(10, 3 * kMinuteMs, "11"));
    auto const writes = collected();
    ASSERT_EQ(writes.size(), 3U) << "the minute between may have had trades: it is not there";
    EXPECT_FALSE(writes[0].candle.whole);
    EXPECT_EQ(writes[1].candle.openTime, kStart + 2 * kMinuteMs);
    EXPECT_FALSE(writes[1].candle.whole);
    EXPECT_TRUE(writes[2].candle.whole);
    EXPECT_EQ(builder.takeRefill(), (CandleBuilder::Span{kStart, kStart + 3 * kMinuteMs}));
}

TEST_F(CandleBuilderTest, Loss_BehindMinutesThatWereEndedAsQuiet_TakesBackThatTheyWereComplete) {
    wholeFromStart();
    builder.add(trade(5, 0, "10"));
    builder.closeUpTo(kStart + 2 * kMinuteMs);
    collected();
    builder.lose();
    auto const writes = collected();
    ASSERT_EQ(writes.size(), 2U);
    for (auto const& write : writes) {
        EXPECT_FALSE(write.candle.whole);
        EXPECT_TRUE(write.correction);
    }
    EXPECT_EQ(builder.takeRefill(), (CandleBuilder::Span{kStart, kStart + 2 * kMinuteMs}));
}

TEST_F(CandleBuilderTest, Guess_OfAQuantity_LeavesTheMinuteToTheExchange) {
    wholeFromStart();
    builder.guess();
    builder.add(trade(5, 0, "10"));
    builder.add(trade(6, kMinuteMs, "10"));
    auto const writes = collected();
    EXPECT_FALSE(writes[0].candle.whole);
    EXPECT_TRUE(writes[1].candle.whole);
    EXPECT_EQ(builder.takeRefill(), (CandleBuilder::Span{kStart, kStart + kMinuteMs}));
}

TEST_F(CandleBuilderTest, Guess_OfALateTrade_TakesBackThatItsMinuteWasComplete) {
    wholeFromStart();
    builder.add(trade(5, 0, "10"));
    builder.closeUpTo(kStart + kMinuteMs);
    collected();
    builder.guess();
    builder.add(trade(6, 59'999, "10"));
    auto const writes = collected();
    ASSERT_EQ(writes.size(), 1U);
    EXPECT_FALSE(writes[0].candle.whole);
    EXPECT_TRUE(writes[0].correction);
    EXPECT_EQ(builder.takeRefill(), (CandleBuilder::Span{kStart, kStart + kMinuteMs}));
}

TEST_F(CandleBuilderTest, Restoring_TheRunningCandle_GoesOnInIt) {
    wholeFromStart();
    builder.add(trade(5, 0, "10.00"));
    auto const stored = collected()[0].candle;
    CandleBuilder next;
    next.restore(stored);
    next.add(trade(6, 30'000, "11.00"));
    next.add(trade(7, kMinuteMs, "12.00"));
    builder.add(trade(6, 30'000, "11.00"));
    builder.add(trade(7, kMinuteMs, "12.00"));
    std::vector<CandleWrite> continued;
    next.collect("S", continued);
    auto const uninterrupted = collected();
    ASSERT_EQ(continued.size(), 2U);
    EXPECT_EQ(continued[0].candle, uninterrupted[0].candle);
    EXPECT_EQ(continued[1].candle, uninterrupted[1].candle);
}

TEST_F(CandleBuilderTest, Restoring_BehindTheExchangesOwn_DropsWhatItHoldsAlready) {
    auto kline = Candle::quiet(kStart, kMinuteMs, common::Decimal::parse("10").value(), 2);
    kline.trades = 4;
    builder.restore(kline);
    builder.add(trade(5, 1'000, "11"));
    EXPECT_TRUE(collected().empty());
    builder.add(trade(6, kMinuteMs, "11"));
    EXPECT_EQ(collected()[0].candle.trades, 1);
}

TEST_F(CandleBuilderTest, Resuming_BeforeAnyTrade_BeginsBehindTheExchangesOwn) {
    auto const closed = Candle::quiet(kStart - kMinuteMs, kMinuteMs, common::Decimal::parse("10.00").value(), 2);
    builder.resume(closed);
    builder.closeUpTo(kStart + 2 * kMinuteMs);
    auto const writes = collected();
    ASSERT_EQ(writes.size(), 1U) << "of the minute in which following began nothing is known";
    EXPECT_EQ(writes[0].candle.openTime, kStart + kMinuteMs);
    EXPECT_TRUE(writes[0].candle.complete());
    EXPECT_EQ(writes[0].candle.close, closed.close);
    EXPECT_EQ(builder.takeRefill(), (CandleBuilder::Span{kStart, kStart + kMinuteMs}));
}

TEST_F(CandleBuilderTest, Silence_OfDays_IsLeftToTheExchange) {
    wholeFromStart();
    builder.add(trade(5, 0, "10"));
    builder.add(trade(6, 2'000 * kMinuteMs, "10"));
    EXPECT_EQ(collected().size(), 2U);
    EXPECT_EQ(builder.takeRefill(), (CandleBuilder::Span{kStart + kMinuteMs, kStart + 2'000 * kMinuteMs}));
}

TEST_F(CandleBuilderTest, PriceOfZero_IsNoTrade) {
    wholeFromStart();
    builder.add(trade(5, 0, "0"));
    EXPECT_TRUE(collected().empty());
}

}  // namespace
}  // namespace ingestion
