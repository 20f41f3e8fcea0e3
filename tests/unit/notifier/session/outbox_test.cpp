#include "notifier/session/outbox.hpp"

#include <gtest/gtest.h>

namespace notifier {
namespace {

Frame frame(std::size_t bytes, char fill = 'x') {
    return std::make_shared<std::string const>(bytes, fill);
}

Outbox small() {
    return Outbox({.liveBytesMax = 100, .batchBytesMax = 50, .batchFramesMax = 3});
}

TEST(Outbox, Take_Several_KeepsOrderAndLimits) {
    auto outbox = small();
    outbox.pushPaced(frame(10, 'a'));
    EXPECT_TRUE(outbox.pushLive(frame(10, 'b')));
    outbox.pushPaced(frame(10, 'c'));
    outbox.pushPaced(frame(10, 'd'));
    auto const& first = outbox.take();
    ASSERT_EQ(first.size(), 3U);
    EXPECT_EQ(first[0]->front(), 'a');
    EXPECT_EQ(first[1]->front(), 'b');
    EXPECT_EQ(first[2]->front(), 'c');
    outbox.written();
    EXPECT_EQ(outbox.take().size(), 1U);
    outbox.written();
    EXPECT_EQ(outbox.bytes(), 0U);
}

TEST(Outbox, Take_FrameOverTheBatch_GoesAlone) {
    auto outbox = small();
    outbox.pushPaced(frame(500));
    outbox.pushPaced(frame(1));
    EXPECT_EQ(outbox.take().size(), 1U);
}

TEST(Outbox, Live_OverTheLimit_IsRefusedAndCountsWhatIsBeingWritten) {
    auto outbox = small();
    EXPECT_TRUE(outbox.pushLive(frame(60)));
    outbox.take();
    EXPECT_FALSE(outbox.pushLive(frame(41)));
    EXPECT_TRUE(outbox.pushLive(frame(40)));
    outbox.written();
    EXPECT_TRUE(outbox.pushLive(frame(60)));
}

TEST(Outbox, Paced_HoweverMuch_DoesNotCountAsSlow) {
    auto outbox = small();
    outbox.pushPaced(frame(10'000));
    EXPECT_TRUE(outbox.pushLive(frame(100)));
    EXPECT_EQ(outbox.pacedBytes(), 10'000U);
}

TEST(Outbox, Price_Newer_TakesTheOldOnesPlace) {
    auto outbox = small();
    outbox.pushPrice("BTCUSDT", frame(10, 'a'));
    outbox.pushPrice("BTCUSDT", frame(12, 'b'));
    outbox.pushPrice("ETHUSDT", frame(10, 'c'));
    EXPECT_EQ(outbox.bytes(), 22U);
    auto const& batch = outbox.take();
    ASSERT_EQ(batch.size(), 2U);
    EXPECT_EQ(batch[0]->front(), 'b');
    EXPECT_EQ(batch[1]->front(), 'c');
}

TEST(Outbox, Prices_InTheWayOfALiveFrame_AreDropped) {
    auto outbox = small();
    outbox.pushPrice("BTCUSDT", frame(60));
    EXPECT_TRUE(outbox.pushLive(frame(60)));
    EXPECT_EQ(outbox.bytes(), 60U);
    outbox.pushPrice("BTCUSDT", frame(60));
    EXPECT_EQ(outbox.bytes(), 60U);
}

TEST(Outbox, Prices_GoAfterEverythingElse) {
    auto outbox = small();
    outbox.pushPrice("BTCUSDT", frame(10, 'p'));
    EXPECT_TRUE(outbox.pushLive(frame(10, 'l')));
    EXPECT_EQ(outbox.take().front()->front(), 'l');
}

TEST(Outbox, Clear_WhileWriting_KeepsTheBatch) {
    auto outbox = small();
    EXPECT_TRUE(outbox.pushLive(frame(30)));
    auto const& batch = outbox.take();
    EXPECT_TRUE(outbox.pushLive(frame(30)));
    outbox.clear();
    EXPECT_EQ(batch.size(), 1U);
    EXPECT_EQ(outbox.bytes(), 30U);
    EXPECT_TRUE(outbox.empty());
    outbox.written();
    EXPECT_EQ(outbox.bytes(), 0U);
}

}  // namespace
}  // namespace notifier
