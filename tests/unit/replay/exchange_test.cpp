#include "examples/replay/market/exchange.hpp"

#include <gtest/gtest.h>

namespace replay {
namespace {

std::vector<Tape> oneTape() {
    Tape tape{makeListing("BTCUSDT"), {}, false};
    for (std::int64_t id = 500; id < 510; ++id)
        tape.trades.push_back(
            {id, Decimal::fromUnits(id * Decimal::kUnitsPerOne), Decimal::fromUnits(1), id * 10, false});
    return {tape};
}

TEST(TapeExchange, BeforeTheStart_NewestIdIsOneBelowTheFirst) {
    auto const exchange = Exchange::fromTapes(oneTape(), {});
    auto const* const last = exchange->books()[0].lastTrade();
    ASSERT_NE(last, nullptr);
    EXPECT_EQ(last->id, 499);
    EXPECT_EQ(last->price.text(), "500");
    EXPECT_EQ(last->time, 4'999);
    EXPECT_TRUE(exchange->isTape());
}

TEST(TapeExchange, Played_IdsAreTheTapes) {
    auto const exchange = Exchange::fromTapes(oneTape(), {.speed = {1, true}});
    exchange->player().start(1'000'000);
    exchange->player().step(1'000'000, 100, [&](std::uint32_t symbol, Trade const& trade) {
        auto const id = trade.id;
        EXPECT_EQ(exchange->books()[symbol].append(trade.price, trade.qty, trade.time, trade.buyerMaker).id, id);
    });
    EXPECT_EQ(exchange->books()[0].lastTrade()->id, 509);
}

TEST(TapeExchange, TradeInjectedWhileHeld_MovesTheTapesIdsOn) {
    auto const exchange = Exchange::fromTapes(oneTape(), {.speed = {1, true}});
    auto& book = exchange->books()[0];
    EXPECT_EQ(book.append(Decimal::fromUnits(7), Decimal::fromUnits(1), exchange->clock(0), false).id, 500);
    exchange->player().start(1'000'000);
    exchange->player().step(1'000'000, 1, [&](std::uint32_t, Trade const& trade) {
        EXPECT_EQ(book.append(trade.price, trade.qty, trade.time, trade.buyerMaker).id, 501);
    });
}

TEST(Listing, Names_AreSplitIntoBaseAndQuote) {
    EXPECT_EQ(makeListing("ETHBTC").info.base, "ETH");
    EXPECT_EQ(makeListing("BTCFDUSD").info.quote, "FDUSD");
    EXPECT_EQ(makeListing("BTCUSD_PERP").info.base, "BTC");
    EXPECT_FALSE(makeListing("X").info.quote.empty());
    EXPECT_FALSE(makeListing("USDT").info.base.empty());
}

}  // namespace
}  // namespace replay
