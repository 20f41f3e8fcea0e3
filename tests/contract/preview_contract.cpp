#include "tests/contract/store_contract.hpp"

namespace contract {
namespace {

using namespace common;

class PreviewContract : public StoreContract {
protected:
    PreviewStore& asking = notifier->previews();
    PreviewStore& answering = ingestion->previews();

    static PreviewQuestion question() {
        PreviewQuestion question{.symbol = "BTCUSDT", .mode = AlertMode::Once, .cooldown = 300'000};
        question.condition.kind = ConditionKind::CrossUp;
        question.condition.price = *Decimal::parse("70000.5");
        question.from = 60'000;
        question.to = 180'000;
        question.asked = 1'000'000;
        question.until = 1'010'000;
        return question;
    }
    std::int64_t ask(PreviewQuestion const& question) {
        std::int64_t id = 0;
        committed(*notifier, [&] { id = asking.ask(question); });
        return id;
    }
};

TEST_P(PreviewContract, Asking_AnyQuestion_ReachesTheOtherSideWhole) {
    auto const asked = question();
    auto const id = ask(asked);
    auto const rows = answering.unansweredAfter(0, 10);
    ASSERT_EQ(rows.size(), 1U);
    auto const& row = rows[0];
    EXPECT_EQ(row.id, id);
    EXPECT_EQ(row.symbol, asked.symbol);
    EXPECT_EQ(row.condition, asked.condition);
    EXPECT_EQ(row.mode, asked.mode);
    EXPECT_EQ(row.cooldown, asked.cooldown);
    EXPECT_EQ(row.from, asked.from);
    EXPECT_EQ(row.to, asked.to);
    EXPECT_EQ(row.asked, asked.asked);
    EXPECT_EQ(row.until, asked.until);
}

TEST_P(PreviewContract, Reading_ByPages_GivesTheUnansweredByAge) {
    auto const first = ask(question());
    auto const second = ask(question());
    auto const third = ask(question());
    committed(*ingestion, [&] { answering.answer(second, "{}"); });
    EXPECT_EQ(answering.unansweredAfter(0, 1).at(0).id, first);
    auto const rest = answering.unansweredAfter(first, 10);
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].id, third);
}

TEST_P(PreviewContract, Answering_ComesBack_UntilRemoved) {
    auto const id = ask(question());
    EXPECT_FALSE(asking.answerOf(id));
    committed(*ingestion, [&] { answering.answer(id, R"({"count":0})"); });
    EXPECT_EQ(asking.answerOf(id), R"({"count":0})");
    committed(*notifier, [&] { asking.remove(id); });
    EXPECT_FALSE(asking.answerOf(id));
    EXPECT_GT(ask(question()), id) << "an id is never given twice";
}

TEST_P(PreviewContract, Answering_QuestionIsGone_DoesNothing) {
    auto const id = ask(question());
    committed(*notifier, [&] { asking.removeAll(); });
    committed(*ingestion, [&] { answering.answer(id, "{}"); });
    EXPECT_FALSE(asking.answerOf(id));
    EXPECT_TRUE(answering.unansweredAfter(0, 10).empty());
}

INSTANTIATE_TEST_SUITE_P(Stores, PreviewContract, ::testing::ValuesIn(storesUnderTest()), storeName);

}  // namespace
}  // namespace contract
