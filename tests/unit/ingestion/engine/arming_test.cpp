#include "tests/unit/ingestion/engine/engine_fixture.hpp"

#include <cstdint>
#include <vector>

namespace ingestion {
namespace {

using Alerts = std::vector<std::int64_t>;

struct ArmingTest : EngineTest {
    common::TimeMs const minute = common::floorTo(clock.exchangeMs(), common::kMinuteMs);

    /// Volume of the running minute over that of the mean of three; each of those had 1.
    void addSpike(std::int64_t id, std::int64_t factor) {
        auto& condition = channel.add(id, "AUSDT").definition.condition;
        condition = {.kind = common::ConditionKind::Spike};
        condition.metric = common::SpikeMetric::Volume;
        condition.factor = common::Decimal::fromUnits(factor * common::Decimal::kUnitsPerOne);
        condition.bucket = common::kMinuteMs;
        condition.window = 3 * common::kMinuteMs;
        for (auto open = minute - 10 * common::kMinuteMs; rest.minutes.size() < 11; open += common::kMinuteMs) {
            auto& row = rest.minutes.emplace_back();
            row.openTime = open;
            row.open = row.high = row.low = row.close = common::ExactDecimal::parse("50").value();
            row.volume = "1";
            row.quoteVolume = "50";
            row.trades = 1;
        }
    }
    /// Trades before the symbol was followed, of quantity 1.
    void addTraded(std::int64_t id, common::TimeMs time) {
        auto& trade = rest.tape.emplace_back();
        trade.id = id;
        trade.price = common::ExactDecimal::parse("50").value();
        trade.qty = {common::Decimal::fromUnits(common::Decimal::kUnitsPerOne), 8};
        trade.time = time;
    }
    common::AlertStatus status(std::int64_t id) { return channel.alerts.at({id}).state.status; }
};

TEST_F(ArmingTest, VolumeSpike_SymbolJustFollowed_IsArmedAtOnceAndCountsFromTheMinutesStart) {
    addTraded(98, minute - 1);
    addTraded(99, minute);
    addTraded(100, minute + 500);
    addSpike(1, 3);
    start();
    EXPECT_EQ(status(1), common::AlertStatus::Armed);
    EXPECT_EQ(firesAt(50), Alerts{}) << "3 are not more than three times 1";
    EXPECT_EQ(firesAt(50), (Alerts{1}));
    EXPECT_EQ(channel.fires.at(0).extra, R"("value":"4","mean":"1")");
}

TEST_F(ArmingTest, VolumeSpike_NothingTradedInTheMinute_IsArmedWithinThreeSeconds) {
    addTraded(100, minute - 2 * common::kMinuteMs);
    addSpike(1, 2);
    rest.minutes[9].volume = rest.minutes[10].volume = "0";
    start();
    pass(2'000);
    EXPECT_EQ(status(1), common::AlertStatus::Armed);
    EXPECT_EQ(firesAt(50), Alerts{});
    EXPECT_EQ(firesAt(50), (Alerts{1}));
}

TEST_F(ArmingTest, VolumeSpike_TradesComeWhileItLoads_CountOnce) {
    addTraded(100, minute + 500);
    addSpike(1, 3);
    rest.delayed = true;
    start();
    EXPECT_EQ(firesAt(50), Alerts{});
    EXPECT_EQ(firesAt(50), Alerts{});
    EXPECT_EQ(status(1), common::AlertStatus::Warming);
    rest.delayed = false;
    rest.late();  // holds both, but they belong to what was judged since
    pass(1'000);
    EXPECT_EQ(status(1), common::AlertStatus::Armed);
    EXPECT_EQ(firesAt(50), (Alerts{1})) << "the fourth of this minute";
}

}  // namespace
}  // namespace ingestion
