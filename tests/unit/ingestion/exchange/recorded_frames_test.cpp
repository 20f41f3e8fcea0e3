#include "tests/support/recorded_frames.hpp"
#include "ingestion/exchange/binance/codec.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace ingestion::binance {
namespace {

TEST(RecordedFrames, Decode_EveryFrameOfARecordedDay_IsAConsecutiveTradeOnBothPaths) {
    auto const frames = support::recordedFrames();
    if (frames.empty()) GTEST_SKIP() << "no recordings here";
    EXPECT_EQ(frames.size(), 15'863U);
    std::map<std::string, std::int64_t, std::less<>> lastIds;
    for (auto const& text : frames) {
        Frame fast;
        ASSERT_TRUE(scanTrade(text, fast)) << text;
        Frame slow;
        std::string symbol;
        decodeJson(text, slow, symbol);
        ASSERT_EQ(slow.kind, FrameKind::Trade);
        ASSERT_EQ(fast.trade, slow.trade);
        ASSERT_EQ(fast.symbol, slow.symbol);
        auto& last = lastIds[std::string(fast.symbol)];
        if (last != 0) ASSERT_EQ(fast.trade.id, last + 1);
        last = fast.trade.id;
    }
    EXPECT_EQ(lastIds.size(), 2U);
}

}  // namespace
}  // namespace ingestion::binance
