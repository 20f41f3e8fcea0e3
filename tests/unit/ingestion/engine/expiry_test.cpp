#include "tests/unit/ingestion/engine/engine_fixture.hpp"

#include <cstdint>
#include <vector>

namespace ingestion {
namespace {

using Alerts = std::vector<std::int64_t>;

/// `expires` (spec section 4): trades with T >= expires are not judged, all before are.
struct ExpiryTest : EngineTest {
    common::AlertDefinition& addExpiring(common::DurationMs in) {
        auto& definition = channel.add(1, "AUSDT").definition;
        definition.expires = clock.exchangeMs() + in;
        return definition;
    }
    common::AlertStatus status() { return channel.alerts.at({1}).state.status; }
};

TEST_F(ExpiryTest, NoTradeComes_TheWallClockIsAhead_EndsByTheExchangesTime) {
    clock.wrongBy = 12'000;  // too little to be found out
    addExpiring(20'000);
    start();
    EXPECT_EQ(firesAt(49), Alerts{});
    pass(16'000);
    EXPECT_EQ(firesAt(51), (Alerts{1})) << "the time is not up there";
    pass(8'000);
    EXPECT_EQ(status(), common::AlertStatus::Expired);
    EXPECT_EQ(held(), 0U);
}

TEST_F(ExpiryTest, NoTradeComes_TheWallClockIsBehind_EndsByTheExchangesTime) {
    clock.wrongBy = -12'000;
    addExpiring(20'000);
    start();
    EXPECT_EQ(firesAt(49), Alerts{});
    pass(24'000);
    EXPECT_EQ(status(), common::AlertStatus::Expired);
}

TEST_F(ExpiryTest, ExtendedUnseen_TradeBehindTheOldEnd_IsJudged) {
    auto& definition = addExpiring(20'000);
    start();
    EXPECT_EQ(firesAt(49), Alerts{});
    pass(21'000);
    *definition.expires += 60'000;  // the engine does not know yet
    EXPECT_EQ(firesAt(51), Alerts{}) << "by what it knows the time is up";
    pass(1'000);
    EXPECT_EQ(status(), common::AlertStatus::Armed);
    ASSERT_EQ(channel.fires.size(), 1U) << "caught up after the refused end";
    EXPECT_EQ(channel.fires[0].trade.id, kNewest + 2);
}

TEST_F(ExpiryTest, ExtendedUnseen_EndByTimeAlone_IsTakenBack) {
    auto& definition = addExpiring(20'000);
    start();
    EXPECT_EQ(firesAt(49), Alerts{});
    pass(18'000);
    *definition.expires += 60'000;
    pass(10'000);
    EXPECT_EQ(status(), common::AlertStatus::Armed);
    EXPECT_EQ(firesAt(51), (Alerts{1}));
}

}  // namespace
}  // namespace ingestion
