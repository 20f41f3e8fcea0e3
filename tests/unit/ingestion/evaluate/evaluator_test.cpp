#include "tests/unit/ingestion/evaluate/evaluator_book.hpp"

#include <gtest/gtest.h>

namespace ingestion::testing {
namespace {

constexpr auto kAboveJson = R"({"kind":"above","price":"100"})";

TEST(Evaluator, Fires_OfOneTradeAscendByAlert) {
    EvaluatorBook book;
    for (std::int64_t const id : {5, 3, 9, 1, 7})
        book.arm(alertOf(id % 3 == 0 ? R"({"kind":"cross_up","price":"99.5"})" : kAboveJson, id), 1);
    book.judge(tradeAt(1, "99", 1'000));
    book.arm(alertOf(kAboveJson, 2), 2);
    book.judge(tradeAt(2, "101", 2'000));
    book.commit();
    std::vector<std::int64_t> order;
    for (auto const& fire : book.lastFires())
        order.push_back(fire.alert.value);
    EXPECT_EQ(order, (std::vector<std::int64_t>{1, 2, 3, 5, 7, 9}));
}

TEST(Evaluator, Fire_CarriesTheTradeAndItsOrigin) {
    SymbolEvaluator evaluator("BTCUSDT");
    evaluator.setPosition(unpricedAt(0));
    common::AlertRecord record{.definition = alertOf(kAboveJson), .state = {}};
    record.definition.rev = 4;
    record.state.rev = 4;
    record.state.fromTradeId = 1;
    evaluator.add(record);
    auto trade = tradeAt(1, "101.5", 1'000);
    trade.received = 1'040;
    Judgement out;
    evaluator.judge(trade, common::TradeSource::Catchup, true, out);
    ASSERT_EQ(out.fires.size(), 1U);
    EXPECT_EQ(out.fires[0].rev, 4);
    EXPECT_EQ(out.fires[0].trade, trade);
    EXPECT_EQ(out.fires[0].source, common::TradeSource::Catchup);
    EXPECT_TRUE(out.fires[0].late);
    EXPECT_EQ(out.fires[0].level->text(), "100");
    EXPECT_EQ(out.judged, 1U);
}

TEST(Evaluator, Needs_FromTheFirstReceiptOn) {
    EvaluatorBook book(10);
    auto& evaluator = book.evaluator();
    EXPECT_FALSE(evaluator.needs(11));
    book.arm(alertOf(kAboveJson, 2), 20);
    book.arm(alertOf(kAboveJson, 1), 15);
    EXPECT_FALSE(evaluator.needs(14));
    EXPECT_TRUE(evaluator.needs(15));
    EXPECT_EQ(evaluator.armedUpTo(14), std::vector<common::AlertId>{});
    EXPECT_EQ(evaluator.armedUpTo(19), std::vector<common::AlertId>{{1}});
    EXPECT_EQ(evaluator.armedUpTo(20), (std::vector<common::AlertId>{{1}, {2}}));
    book.judge(tradeAt(16, "99", 1'000));
    EXPECT_FALSE(evaluator.needs(16)) << "judged";
    EXPECT_TRUE(evaluator.needs(17));
    book.remove({1});
    EXPECT_FALSE(evaluator.needs(17));
    EXPECT_TRUE(evaluator.needs(20));
}

TEST(Evaluator, Add_ReplacesTheRevisionOfTheSameAlert) {
    EvaluatorBook book;
    auto alert = alertOf(kAboveJson);
    book.arm(alert, 1);
    book.judge(tradeAt(1, "101", 1'000));
    alert.rev = 2;
    book.arm(alert, 2);
    EXPECT_EQ(book.evaluator().size(), 1U);
    EXPECT_EQ(book.evaluator().revision({1}), 2);
    EXPECT_EQ(book.evaluator().revision({2}), std::nullopt);
    book.judge(tradeAt(2, "102", 2'000));
    book.commit();
    ASSERT_EQ(book.notified().size(), 2U) << "a new revision judges its first trade afresh";
    EXPECT_EQ(book.notified()[1].rev, 2);
    EXPECT_EQ(book.notified()[1].fire, 2);
    EXPECT_FALSE(book.notified()[1].prevId);
}

TEST(Evaluator, Remove_IsFinalAndUnknownIsIgnored) {
    EvaluatorBook book;
    book.evaluator().remove({77});
    book.arm(alertOf(kAboveJson), 1);
    book.remove({1});
    EXPECT_FALSE(book.evaluator().contains({1}));
    book.judge(tradeAt(1, "101", 1'000));
    book.commit();
    EXPECT_TRUE(book.lastFires().empty());
}

TEST(Evaluator, Remove_TakesItsLevelsAlong) {
    EvaluatorBook book;
    book.arm(alertOf(kAboveJson, 1), 1);
    book.judge(tradeAt(1, "60", 1'000));
    book.remove({1});
    book.arm(alertOf(R"({"kind":"above","price":"50"})", 2), 2);  // takes the place of the removed one in memory
    book.judge(tradeAt(2, "61", 2'000));
    book.judge(tradeAt(3, "101", 3'000));
    book.commit();
    EXPECT_EQ(shortTexts(book.notified()), std::vector<std::string>{"2"});
}

TEST(Evaluator, SkippedIds_LeaveTheStateAndTheFirstTrade) {
    EvaluatorBook book;
    book.arm(alertOf(kAboveJson, 1), 1);
    book.judge(tradeAt(1, "99", 1'000));
    book.arm(alertOf(kAboveJson, 2), 3);  // armed inside what is then given up
    book.skipTo(10);
    book.commit();
    EXPECT_EQ(book.stored().tradeId, 10);
    EXPECT_EQ(book.stored().judgedId, 1);
    book.crash();
    book.judge(tradeAt(11, "101", 11'000));
    book.commit();
    ASSERT_EQ(book.notified().size(), 2U);
    EXPECT_EQ(book.notified()[0].prevId, 1);
    EXPECT_FALSE(book.notified()[1].prevId) << "its first";
}

TEST(Evaluator, DerivableState_CausesNoWrites) {
    EvaluatorBook book;
    book.arm(alertOf(kAboveJson, 1), 1);
    book.arm(alertOf(R"({"kind":"cross","price":"100"})", 2), 1);
    book.arm(alertOf(R"({"kind":"exit","low":"90","high":"110"})", 3), 1);
    book.arm(alertOf(R"({"kind":"move","abs":"5","anchor":"100"})", 4), 1);
    for (auto const& trade : tapeOf({"100", "101", "99", "120", "100", "80"})) {
        book.judge(trade);
        book.commit();
    }
    EXPECT_GT(book.notified().size(), 6U);
    EXPECT_EQ(book.stateWrites(), 0U);
}

TEST(Evaluator, Suppressed_IsWrittenWithTheFullState) {
    EvaluatorBook book;
    auto alert = alertOf(kAboveJson);
    alert.cooldown = 60'000;
    book.arm(alert, 1);
    for (auto const& trade : tapeOf({"101", "99", "101", "99", "101"}))
        book.judge(trade);
    book.commit();
    ASSERT_EQ(book.lastStates().size(), 1U);
    auto const& state = book.lastStates()[0];
    EXPECT_EQ(state.status, common::AlertStatus::Armed);
    EXPECT_EQ(state.suppressed, 2);
    EXPECT_EQ(state.cooldownFrom, 1'000);
    EXPECT_EQ(state.fromTradeId, 1);
    EXPECT_FALSE(state.announce);
}

TEST(Evaluator, Move_WithoutItsAnchor_BeginsAnew) {
    EvaluatorBook book;
    book.arm(alertOf(R"({"kind":"move","abs":"10"})"), 1);
    book.judge(tradeAt(1, "100", 1'000));
    auto record = book.record({1});
    record.state.engine = "9 unknown";
    book.evaluator().add(record);
    book.judge(tradeAt(2, "200", 2'000));
    book.judge(tradeAt(3, "210", 3'000));
    book.commit();
    EXPECT_EQ(shortTexts(book.notified()), (std::vector<std::string>{R"(3 "anchor":"200","direction":"up")"}));
}

TEST(Evaluator, ManyAlertsOnOneLevel_AllFire) {
    EvaluatorBook book;
    constexpr std::int64_t kAlerts = 3'000;
    for (std::int64_t id = 1; id <= kAlerts; ++id)
        book.arm(alertOf(kAboveJson, id), 1);
    book.judge(tradeAt(1, "99", 1'000));
    for (std::int64_t id = 1; id <= kAlerts; id += 3)
        book.remove({id});
    book.judge(tradeAt(2, "101", 2'000));
    book.commit();
    EXPECT_EQ(book.lastFires().size(), 2'000U);
}

}  // namespace
}  // namespace ingestion::testing
