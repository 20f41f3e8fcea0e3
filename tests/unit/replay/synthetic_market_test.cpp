#include "examples/replay/market/synthetic_market.hpp"

#include "examples/replay/market/exchange.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace replay {
namespace {

constexpr std::int64_t kSecond = 1'723'161'255;

TEST(SyntheticMarket, Second_SameSeed_IsTheSame_OtherSeedIsNot) {
    SyntheticMarket const a(makeListing("BTCUSDT"), 7);
    SyntheticMarket const b(makeListing("BTCUSDT"), 7);
    SyntheticMarket const c(makeListing("BTCUSDT"), 8);
    bool differs = false;
    for (std::int64_t s = kSecond; s < kSecond + 50; ++s) {
        EXPECT_EQ(a.second(s), b.second(s));
        differs = differs || a.second(s) != c.second(s);
    }
    EXPECT_TRUE(differs);
}

TEST(SyntheticMarket, Seconds_AreLively) {
    SyntheticMarket const market(makeListing("BTCUSDT"), 7);
    std::size_t count = 0;
    std::size_t sameTime = 0;
    std::size_t moves = 0;
    Trade last;
    for (std::int64_t s = kSecond; s < kSecond + 600; ++s)
        for (auto const& trade : market.second(s)) {
            ASSERT_GE(trade.time, s * 1'000);
            ASSERT_LT(trade.time, (s + 1) * 1'000);
            ASSERT_GE(trade.time, last.time);
            ASSERT_EQ(trade.price.units() % 1'000'000, 0) << "tick 0.01";
            ASSERT_GT(trade.qty.units(), 0);
            if (trade.time == last.time) ++sameTime;
            if (trade.price != last.price) ++moves;
            last = trade;
            ++count;
        }
    EXPECT_NEAR(static_cast<double>(count), 600 * 8, 600 * 2);
    EXPECT_GT(sameTime, count / 5);
    EXPECT_GT(moves, count / 3);
    EXPECT_NEAR(static_cast<double>(last.price.units()) / 1e8, 70'000, 7'000);
}

TEST(SyntheticMarket, Minutes_JoinAndHoldTheirPrices) {
    SyntheticMarket const market(makeListing("ETHBTC"), 3);
    for (TimeMs open = 1'723'161'240'000; open < 1'723'161'240'000 + 100 * kMinuteMs; open += kMinuteMs) {
        auto const candle = market.minute(open);
        EXPECT_EQ(candle.close, market.minute(open + kMinuteMs).open);
        EXPECT_LE(candle.low, std::min(candle.open, candle.close));
        EXPECT_GE(candle.high, std::max(candle.open, candle.close));
        Candle seconds;
        for (TimeMs s = 0; s < 60; ++s)
            seconds.add(market.secondOf(open + s * 1'000));
        EXPECT_EQ(seconds.open, candle.open);
        EXPECT_EQ(seconds.close, candle.close);
        EXPECT_EQ(seconds.high, candle.high);
        EXPECT_EQ(seconds.low, candle.low);
        EXPECT_EQ(seconds.count, candle.count);
        EXPECT_TRUE(seconds.volume == candle.volume && seconds.quoteVolume == candle.quoteVolume);
    }
}

std::vector<Listing> listings(std::initializer_list<std::string_view> names) {
    std::vector<Listing> all;
    for (auto const name : names)
        all.push_back(makeListing(name));
    return all;
}

TEST(SyntheticExchange, Start_HasHistoryAndIdleListings) {
    TimeMs const now = kSecond * 1'000 + 500;
    auto const exchange = Exchange::synthetic(listings({"BTCUSDT", "ADAUSDT"}), 7, {}, now);
    auto const& book = exchange->books()[static_cast<std::size_t>(exchange->find("BTCUSDT"))];
    ASSERT_NE(book.lastTrade(), nullptr);
    EXPECT_LE(book.lastTrade()->time, now);
    EXPECT_GT(book.newestTrades(1'000'000).size(), 3'000U);
    EXPECT_GE(exchange->find("OLDUSDT"), 0);
    EXPECT_GE(exchange->find("HALTUSDT"), 0);
    EXPECT_EQ(exchange->find("btcusdt"), -1);
}

TEST(SyntheticExchange, Restart_GoesOnWithLargerIds) {
    TimeMs const now = kSecond * 1'000;
    auto const before = Exchange::synthetic(listings({"BTCUSDT"}), 7, {}, now);
    before->player().start(now);
    before->player().step(now + 600'000, 1'000'000, [&](std::uint32_t symbol, Trade const& trade) {
        before->books()[symbol].append(trade.price, trade.qty, trade.time, trade.buyerMaker);
    });
    auto const after = Exchange::synthetic(listings({"BTCUSDT"}), 7, {}, now + 601'000);
    EXPECT_GT(after->books()[0].lastTrade()->id, before->books()[0].lastTrade()->id);
}

TEST(SyntheticExchange, RareTrades_StillHaveANewestId) {
    auto rare = listings({"RAREUSDT"});
    rare[0].tradesPerSecond = 0.0001;
    auto const exchange = Exchange::synthetic(rare, 7, {}, kSecond * 1'000);
    EXPECT_NE(exchange->books()[0].lastTrade(), nullptr);
}

TEST(Listing, TwoThousandNames_HaveUsablePriceAndSteps) {
    for (int i = 0; i < 2'000; ++i) {
        auto const listing = makeListing("SYM" + std::to_string(i) + "USDT");
        EXPECT_EQ(listing.info.quote, "USDT");
        EXPECT_GT(listing.info.tickSize.units(), 0);
        EXPECT_GT(listing.info.lotSize.units(), 0);
        EXPECT_GT(listing.referencePrice * 1e8, 100.0 * static_cast<double>(listing.info.tickSize.units()));
    }
}

}  // namespace
}  // namespace replay
