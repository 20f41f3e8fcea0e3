#include "tests/contract/store_contract.hpp"

#include "common/store/store_error.hpp"

namespace contract {
namespace {

using namespace common;

class PositionContract : public StoreContract {
protected:
    /// True when stored, false on a conflict; then nothing is.
    bool move(std::optional<std::int64_t> expected, std::optional<Position> next) {
        Step step;
        step.positions.push_back({.expected = expected, .next = std::move(next), .symbol = "BTCUSDT"});
        ingestion->begin();
        try {
            ingestion->steps().apply(step);
        } catch (StoreError const& error) {
            EXPECT_EQ(error.failure(), StoreFailure::Conflict);
            ingestion->rollback();
            return false;
        }
        ingestion->commit();
        return true;
    }
    static Position at(std::int64_t id) { return {.symbol = "BTCUSDT", .tradeId = id}; }
    std::optional<Position> stored() { return notifier->demand().position("BTCUSDT"); }
};

TEST_P(PositionContract, Moving_EveryMemberSet_ComesBackTheSame) {
    Position const full{.symbol = "BTCUSDT",
                        .exchange = "wss://exchange.test",
                        .tradeId = 6'600'000'000,
                        .judgedId = 6'599'999'999,
                        .price = *ExactDecimal::parse("70000.010"),
                        .tradeTime = 3,
                        .eventTime = 4,
                        .otherTradeId = 5,
                        .otherPrice = *Decimal::parse("0.1")};
    EXPECT_TRUE(move({}, full));
    EXPECT_EQ(stored(), full);
    auto next = full;
    next.tradeId += 5;
    next.judgedId = 0;
    next.exchange = "wss://other.test";
    next.price = *ExactDecimal::parse("1");
    next.otherTradeId = 0;
    EXPECT_TRUE(move(full.tradeId, next));
    EXPECT_EQ(stored(), next);
    ASSERT_EQ(notifier->demand().positions().size(), 1U);
    EXPECT_EQ(notifier->demand().positions()[0], next);
}

TEST_P(PositionContract, Moving_Unexpected_IsAConflict) {
    EXPECT_FALSE(move(1, at(2)));
    EXPECT_FALSE(stored());
    EXPECT_TRUE(move({}, at(5)));
    EXPECT_FALSE(move({}, at(6)));
    EXPECT_FALSE(move(4, at(6)));
    EXPECT_EQ(stored()->tradeId, 5);
    EXPECT_TRUE(move(5, at(3))) << "a tape reset goes back";
    EXPECT_EQ(stored()->tradeId, 3);
}

TEST_P(PositionContract, Leaving_ExpectedOrNot_DeletesOnlyTheExpected) {
    EXPECT_TRUE(move({}, at(5)));
    EXPECT_FALSE(move(4, {}));
    EXPECT_TRUE(move(5, {}));
    EXPECT_FALSE(stored());
    EXPECT_FALSE(move(5, {}));
}

INSTANTIATE_TEST_SUITE_P(Stores, PositionContract, ::testing::ValuesIn(storesUnderTest()), storeName);

}  // namespace
}  // namespace contract
