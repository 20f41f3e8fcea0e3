#include "examples/replay/faults/faults.hpp"

#include <gtest/gtest.h>

namespace replay {
namespace {

using Ids = std::vector<std::int64_t>;

Ids ids(std::vector<StreamFaults::Frame> const& frames) {
    Ids all;
    for (auto const& frame : frames)
        all.push_back(frame.trade.id);
    return all;
}

StreamFaults::Frame frame(std::int64_t id, std::uint32_t symbol = 0) {
    return {symbol, {id, Decimal::fromUnits(1), Decimal::fromUnits(1), 0, false}};
}

Ids passed(StreamFaults& faults, std::int64_t from, std::int64_t to, TimeMs now = 0) {
    std::vector<StreamFaults::Frame> out;
    for (auto id = from; id <= to; ++id)
        faults.pass(frame(id), now, out);
    return ids(out);
}

TEST(StreamFaults, None_PassesAll) {
    StreamFaults faults;
    EXPECT_FALSE(faults.isActive());
    EXPECT_EQ(passed(faults, 1, 3), (Ids{1, 2, 3}));
}

TEST(StreamFaults, Skip_OfOneSymbol_LosesItsNextTradesOnly) {
    StreamFaults faults;
    faults.skip(0, 2);
    std::vector<StreamFaults::Frame> out;
    faults.pass(frame(1, 1), 0, out);
    EXPECT_EQ(ids(out), (Ids{1}));
    EXPECT_EQ(passed(faults, 1, 4), (Ids{3, 4}));
    EXPECT_FALSE(faults.isActive());
}

TEST(StreamFaults, Duplicate_SendsTwice) {
    StreamFaults faults;
    faults.duplicate(-1, 2);
    EXPECT_EQ(passed(faults, 1, 3), (Ids{1, 1, 2, 2, 3}));
}

TEST(StreamFaults, Reorder_SendsInReverse) {
    StreamFaults faults;
    faults.reorder(0, 3);
    EXPECT_EQ(passed(faults, 1, 5), (Ids{3, 2, 1, 4, 5}));
}

TEST(StreamFaults, Lag_DelaysInOrder_AlsoAfterItEnds) {
    StreamFaults faults;
    faults.setLag(100);
    EXPECT_TRUE(passed(faults, 1, 2, 0).empty());
    faults.setLag(0);
    EXPECT_TRUE(passed(faults, 3, 3, 50).empty());
    std::vector<StreamFaults::Frame> out;
    faults.due(99, out);
    EXPECT_TRUE(out.empty());
    faults.due(100, out);
    EXPECT_EQ(ids(out), (Ids{1, 2, 3}));
    EXPECT_FALSE(faults.isActive());
}

TEST(StreamFaults, Clear_GivesBackWhatWasHeld) {
    StreamFaults faults;
    faults.skip(0, 0);
    EXPECT_FALSE(faults.isActive());
    faults.reorder(0, 5);
    EXPECT_TRUE(passed(faults, 1, 2).empty());
    faults.clear();
    std::vector<StreamFaults::Frame> out;
    faults.due(0, out);
    EXPECT_EQ(ids(out), (Ids{1, 2}));
}

TEST(RestFaults, Spoils_CountAndPath) {
    RestFaults faults{.status = 429, .count = 1, .path = "aggTrades"};
    EXPECT_FALSE(faults.spoils("/api/v3/ping"));
    EXPECT_TRUE(faults.spoils("/api/v3/aggTrades"));
    EXPECT_FALSE(faults.spoils("/api/v3/aggTrades"));
}

}  // namespace
}  // namespace replay
