#include "tests/unit/notifier/api/handler_fixture.hpp"

namespace notifier::test {
namespace {

using common::ErrorCode;

constexpr common::TimeMs kNow = 1'760'000'000'000;

struct PreviewTest : HandlerTest {
    std::shared_ptr<Client> client = newClient();

    PreviewTest() { lifeSign(kNow); }
    void lifeSign(common::TimeMs at) {
        ingest([&](common::Database& database) { database.market().setLifeSign(at); });
    }

    /// Waits until ingestion can read so many questions that have no answer.
    std::vector<common::PreviewQuestion> questions(std::size_t count) {
        std::vector<common::PreviewQuestion> rows;
        tasks_.runUntil([&] {
            rows = ingestion_->previews().unansweredAfter(0, 100);
            return rows.size() >= count;
        });
        return rows;
    }
    void answer(std::int64_t id, std::string const& json) {
        ingest([&](common::Database& database) { database.previews().answer(id, json); });
        handler_->previews().look();
    }
};

TEST_F(PreviewTest, Preview_IsAskedThroughTheDatabaseAndAnswered) {
    auto const place =
        start(client, R"({"method":"preview","symbol":"btcusdt","when":{"kind":"cross","price":"70000"},)"
                      R"("mode":"once","cooldown":"5m","from":1759990000000,"to":1759999950001})");
    auto const asked = questions(1);
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].symbol, "BTCUSDT");
    EXPECT_EQ(asked[0].condition.kind, common::ConditionKind::Cross);
    EXPECT_EQ(asked[0].mode, common::AlertMode::Once);
    EXPECT_EQ(asked[0].cooldown, 300'000);
    EXPECT_EQ(asked[0].from, 1'759'989'960'000) << "down to the minute";
    EXPECT_EQ(asked[0].to, 1'759'999'980'000) << "up to the minute";
    EXPECT_FALSE(*place);
    answer(asked[0].id, R"({"count":3})");
    ASSERT_TRUE(tasks_.runUntil([&] { return place->has_value(); }));
    EXPECT_EQ((*place)->result, R"({"count":3})");
    EXPECT_EQ(accountCount(), 0) << "nothing of the client is stored";
    EXPECT_TRUE(tasks_.runUntil([&] { return !ingestion_->previews().answerOf(asked[0].id); })) << "the row is gone";
}

TEST_F(PreviewTest, Preview_WithoutARange_IsTheLastDay) {
    auto const place = start(client, R"({"method":"preview","params":"ETHUSDT above 1 once"})");
    auto const asked = questions(1);
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].to, 1'760'000'040'000) << "with the running minute";
    EXPECT_EQ(asked[0].from, asked[0].to - common::kDayMs);
    EXPECT_EQ(asked[0].asked, kNow);
}

TEST_F(PreviewTest, Preview_NobodyAnswers_Is1501) {
    auto const place = start(client, R"({"method":"preview","params":"ETHUSDT above 1"})");
    ASSERT_EQ(questions(1).size(), 1U);
    clock_.advance(10'000);
    handler_->previews().look();
    ASSERT_TRUE(tasks_.runUntil([&] { return place->has_value(); }));
    ASSERT_TRUE((*place)->error);
    EXPECT_EQ((*place)->error->code, ErrorCode::Busy);
    EXPECT_TRUE(tasks_.runUntil([&] { return ingestion_->previews().unansweredAfter(0, 9).empty(); }));
}

TEST_F(PreviewTest, Preview_IngestionIsDown_Is1501AtOnce) {
    for (auto const at : {kNow - 10'001, common::TimeMs{0}}) {
        lifeSign(at);
        expectError(client, R"({"method":"preview","params":"ETHUSDT above 1"})", ErrorCode::Busy, "");
        EXPECT_TRUE(ingestion_->previews().unansweredAfter(0, 9).empty());
    }
    lifeSign(kNow - 10'000);
    start(client, R"({"method":"preview","params":"ETHUSDT above 1"})");
    EXPECT_EQ(questions(1).size(), 1U) << "and what was refused does not count";
}

TEST_F(PreviewTest, Preview_TooManyAtOnceOfAnAccount_Is1501AndOthersMay) {
    // As over REST, where each request is a client of its own.
    auto const another = [&] {
        auto same = newClient();
        same->accountPublicId = client->accountPublicId;
        return same;
    };
    for (int i = 0; i < 4; ++i)
        start(another(), R"({"method":"preview","params":"ETHUSDT above 1"})");
    expectError(another(), R"({"method":"preview","params":"ETHUSDT above 1"})", ErrorCode::Busy, "");
    start(newClient(), R"({"method":"preview","params":"ETHUSDT above 1"})");
    auto const asked = questions(5);
    ASSERT_EQ(asked.size(), 5U);
    answer(asked[0].id, "{}");
    EXPECT_TRUE(tasks_.runUntil([&] { return !ingestion_->previews().answerOf(asked[0].id); }));
    start(another(), R"({"method":"preview","params":"ETHUSDT above 1"})");
    EXPECT_EQ(questions(5).size(), 5U) << "one that was answered makes room";
}

TEST_F(PreviewTest, Preview_Stopping_AnswersWhatWaits) {
    auto const place = start(client, R"({"method":"preview","params":"ETHUSDT above 1"})");
    ASSERT_EQ(questions(1).size(), 1U);
    ASSERT_TRUE(tasks_.runUntil([&] {
        handler_->previews().stop();
        return place->has_value();
    }));
    EXPECT_EQ((*place)->error->code, ErrorCode::Busy);
}

TEST_F(PreviewTest, Preview_Refusals) {
    auto const refuse = [&](std::string const& more, ErrorCode code, std::string const& field) {
        expectError(client,
                    R"({"method":"preview","symbol":"BTCUSDT","when":{"kind":"above","price":"1"})" + more + "}", code,
                    field);
    };
    refuse(R"(,"from":1759999999999,"to":1759999999999)", ErrorCode::BadValue, "to");
    refuse(R"(,"from":1760009999999)", ErrorCode::BadValue, "from");
    refuse(R"(,"from":1760009999999,"to":1760019999999)", ErrorCode::BadValue, "from");
    refuse(R"(,"from":1759300000000)", ErrorCode::BadValue, "from");
    refuse(R"(,"from":"yesterday")", ErrorCode::BadValue, "from");
    refuse(R"(,"mode":"twice")", ErrorCode::BadValue, "mode");
    expectError(client, R"({"method":"preview","symbol":"BTCUSDT"})", ErrorCode::MissingField, "when");
    expectError(client, R"({"method":"preview","params":"BTCUSDX above 1"})", ErrorCode::UnknownSymbol, "symbol");
}

}  // namespace
}  // namespace notifier::test
