#include "tests/unit/ingestion/engine/engine_fixture.hpp"

namespace ingestion {
namespace {

using ReconcileTest = EngineTest;

TEST_F(ReconcileTest, Reconciling_NothingMissed_RepairsNothing) {
    for (int id = 1; id <= 7; ++id)
        channel.add(id, "AUSDT");
    start();
    pass(300'000);
    EXPECT_EQ(held(), 7U);
    EXPECT_EQ(engine.counters().reconciled, 0);
    EXPECT_EQ(firesAt(51), (std::vector<std::int64_t>{1, 2, 3, 4, 5, 6, 7}));
}

TEST_F(ReconcileTest, Reconciling_RowsChangedWithoutTheLog_MakesAllGood) {
    for (int id = 1; id <= 6; ++id)
        channel.add(id, "AUSDT");
    start();
    channel.alerts.erase({1});
    channel.alerts[{2}].definition.liveFromRev = 2;  // paused
    auto& renewed = channel.alerts[{3}].definition;
    renewed.rev = 2;
    renewed.condition.price = common::Decimal::fromUnits(90 * common::Decimal::kUnitsPerOne);
    channel.alerts[{4}].definition.expires = clock.wallMs() + 90'000;
    channel.alerts[{5}].state.status = common::AlertStatus::Done;
    channel.add(7, "AUSDT");
    channel.add(8, "BUSDT");
    EXPECT_EQ(held(), 6U);
    pass(61'000);
    EXPECT_EQ(engine.counters().reconciled, 7);
    EXPECT_EQ(held(), 5U) << "3, 4, 6, 7 and 8";
    EXPECT_EQ(firesAt(51), (std::vector<std::int64_t>{4, 6, 7}));
    pass(61'000);
    EXPECT_EQ(engine.counters().reconciled, 7) << "nothing twice";
}

TEST_F(ReconcileTest, Reconciling_ChangeStandsInTheLog_IsLeftToTheLog) {
    channel.add(1, "AUSDT");
    start();
    channel.alerts.erase({1});
    channel.changes.push_back({1});
    channel.changesAreRead = false;
    pass(61'000);
    EXPECT_EQ(engine.counters().reconciled, 0);
    channel.changesAreRead = true;
    pass(3'000);
    EXPECT_EQ(held(), 0U);
}

TEST_F(ReconcileTest, Reconciling_PositionChangedBehindIt_LoadsTheSymbolAnew) {
    channel.add(1, "AUSDT");
    start();
    ASSERT_EQ(channel.positions.at("AUSDT").tradeId, kNewest);
    channel.positions["AUSDT"].tradeId = kNewest - 10;
    pass(62'000);
    EXPECT_EQ(channel.symbolLoads, 1);
    EXPECT_EQ(engine.counters().reconciled, 1);
}

}  // namespace
}  // namespace ingestion
