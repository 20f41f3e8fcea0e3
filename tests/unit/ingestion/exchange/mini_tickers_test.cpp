#include "ingestion/exchange/binance/mini_tickers.hpp"

#include <gtest/gtest.h>

namespace ingestion::binance {
namespace {

constexpr char kTwo[] =
    R"([{"e":"24hrMiniTicker","E":1787000000123,"s":"BTCUSDT","c":"76650.00000000","o":"1","h":"2","l":"1","v":"3","q":"4"},)"
    R"({"e":"24hrMiniTicker","E":1787000000125,"s":"币安人生USDT","c":"0.00000001","o":"1","h":"2","l":"1","v":"3","q":"4"}])";

TEST(MiniTickers, Array_RawOrCombined_IsReadExactly) {
    for (auto const& text : {std::string(kTwo), R"({"stream":"!miniTicker@arr","data":)" + std::string(kTwo) + "}"}) {
        MiniTickers read;
        ASSERT_TRUE(decodeMiniTickers(text, read));
        EXPECT_EQ(read.eventTime, 1'787'000'000'125);
        ASSERT_EQ(read.tickers.size(), 2U);
        EXPECT_EQ(read.tickers[0], (TickerClose{"BTCUSDT", common::Decimal::fromUnits(7'665'000'000'000)}));
        EXPECT_EQ(read.tickers[1], (TickerClose{"币安人生USDT", common::Decimal::fromUnits(1)}));
    }
}

TEST(MiniTickers, OddElements_ArePassedOver) {
    MiniTickers read;
    ASSERT_TRUE(decodeMiniTickers(
        R"([1,null,{},{"e":"other","E":1,"s":"A","c":"1"},{"e":"24hrMiniTicker","E":1,"s":"A","c":"0"},)"
        R"({"e":"24hrMiniTicker","E":"1","s":"A","c":"1"},{"e":"24hrMiniTicker","E":1,"s":"A","c":1},)"
        R"({"e":"24hrMiniTicker","E":1,"s":"A","c":"x"},{"e":"24hrMiniTicker","E":7,"s":"A","c":"1.5"}])",
        read));
    ASSERT_EQ(read.tickers.size(), 1U);
    EXPECT_EQ(read.eventTime, 7);
}

TEST(MiniTickers, AnythingElse_IsRefused) {
    MiniTickers read;
    for (auto const* const text : {"", "[]", "{}", "null", R"({"result":null,"id":1})",
                                   R"({"e":"serverShutdown","E":1})", R"({"stream":"x","data":{}})", "[", "[{}]"})
        EXPECT_FALSE(decodeMiniTickers(text, read)) << text;
}

}  // namespace
}  // namespace ingestion::binance
