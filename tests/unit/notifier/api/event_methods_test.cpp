#include "tests/unit/notifier/api/handler_fixture.hpp"

namespace notifier::test {
namespace {

using common::ErrorCode;

struct EventMethodsTest : HandlerTest {
    std::shared_ptr<Client> client = newClient();

    /// Three firings (seq 1 to 3, the second without push) and a gap (seq 4).
    void fillHistory() {
        auto const loud = addAlert(client, "1");
        auto const quiet = addAlert(client, "2", R"("channels":[])");
        arm(loud);
        arm(quiet);
        fire(loud, 5);
        fire(quiet, 6);
        fire(loud, 7);
        gap(loud);
    }
    CommandOutcome resume(std::string const& epoch, std::int64_t after) {
        return run(client, R"({"method":"resume","epoch":")" + epoch + R"(","after":)" + std::to_string(after) + "}");
    }
};

TEST_F(EventMethodsTest, Resume_Recovers_AndCountsWhatWillBePushed) {
    fillHistory();
    auto const all = resume("epoch-1", 0);
    EXPECT_EQ(all.result, R"({"recovered":true,"epoch":"epoch-1","after":0,"replaying":3,"up_to":4})");
    auto const& effect = std::get<ResumeFrom>(all.effect);
    EXPECT_TRUE(effect.recovered);
    EXPECT_EQ(effect.after, 0);
    EXPECT_EQ(effect.upTo, 4);
    EXPECT_EQ(resume("epoch-1", 1).result, R"({"recovered":true,"epoch":"epoch-1","after":1,"replaying":2,"up_to":4})");
    EXPECT_EQ(resume("epoch-1", 4).result, R"({"recovered":true,"epoch":"epoch-1","after":4,"replaying":0,"up_to":4})");
}

TEST_F(EventMethodsTest, Resume_WithAnotherEpoch_DoesNotRecover) {
    fillHistory();
    auto const outcome = resume("epoch-0", 2);
    EXPECT_EQ(outcome.result, R"({"recovered":false,"epoch":"epoch-1","reason":"epoch_changed","up_to":4})");
    auto const& effect = std::get<ResumeFrom>(outcome.effect);
    EXPECT_FALSE(effect.recovered);
    EXPECT_EQ(effect.upTo, 4);
}

TEST_F(EventMethodsTest, Resume_FromTheFuture_IsAhead) {
    fillHistory();
    EXPECT_EQ(resume("epoch-1", 5).result, R"({"recovered":false,"epoch":"epoch-1","reason":"ahead","up_to":4})");
}

TEST_F(EventMethodsTest, Resume_BehindWhatIsStored_IsTooOldAndNamesTheOldest) {
    auto const id = addAlert(client);
    arm(id);
    fire(id, 5);
    fire(id, 6);
    clock_.advance(1'000);
    fire(id, 7);
    ingest([&](common::Database& database) { EXPECT_EQ(database.events().removeBefore(clock_.wallMs(), 100), 2); });
    EXPECT_EQ(resume("epoch-1", 1).result,
              R"({"recovered":false,"epoch":"epoch-1","reason":"too_old","oldest":3,"up_to":3})");
    EXPECT_EQ(resume("epoch-1", 2).result, R"({"recovered":true,"epoch":"epoch-1","after":2,"replaying":1,"up_to":3})");
    ingest([&](common::Database& database) { database.events().removeBefore(clock_.wallMs() + 1, 100); });
    EXPECT_EQ(resume("epoch-1", 2).result,
              R"({"recovered":false,"epoch":"epoch-1","reason":"too_old","oldest":4,"up_to":3})");
    EXPECT_EQ(resume("epoch-1", 3).result, R"({"recovered":true,"epoch":"epoch-1","after":3,"replaying":0,"up_to":3})");
}

TEST_F(EventMethodsTest, Resume_OfAnOfferedAccount_StandsAtZero) {
    EXPECT_EQ(resume("epoch-1", 0).result, R"({"recovered":true,"epoch":"epoch-1","after":0,"replaying":0,"up_to":0})");
    EXPECT_EQ(resume("epoch-1", 1).result, R"({"recovered":false,"epoch":"epoch-1","reason":"ahead","up_to":0})");
}

TEST_F(EventMethodsTest, Ack_MaxWinsAndStopsAtTheLastSeq) {
    fillHistory();
    EXPECT_EQ(run(client, R"({"method":"ack","seq":2})").result, R"({"acked":2})");
    EXPECT_EQ(run(client, R"({"method":"ack","seq":1})").result, R"({"acked":2})");
    EXPECT_EQ(run(client, R"({"method":"ack","seq":9})").result, R"({"acked":4})");
    EXPECT_EQ(textOf(ok(client, R"({"method":"history"})"), "next_after"), "4") << "ack deletes nothing";
    EXPECT_EQ(run(newClient(), R"({"method":"ack","seq":9})").result, R"({"acked":0})");
}

TEST_F(EventMethodsTest, History_PagesThroughAllEvents) {
    fillHistory();
    auto const first = ok(client, R"({"method":"history","limit":3})");
    ASSERT_EQ(first.find("events")->items().size(), 3U);
    EXPECT_EQ(textOf(first, "next_after"), "3");
    auto const& fired = first.find("events")->items()[1];
    EXPECT_EQ(textOf(fired, "type"), "notification");
    EXPECT_EQ(textOf(fired, "seq"), "2") << "also what was not pushed";
    EXPECT_EQ(textOf(fired, "epoch"), "epoch-1");
    EXPECT_EQ(fired.find("times")->find("sent"), nullptr);
    auto const second = ok(client, R"({"method":"history","after":3})");
    ASSERT_EQ(second.find("events")->items().size(), 1U);
    EXPECT_EQ(textOf(second.find("events")->items()[0], "type"), "gap");
    EXPECT_EQ(textOf(second, "next_after"), "4");
    EXPECT_EQ(run(client, R"({"method":"history","after":4})").result, R"({"events":[],"next_after":4})");
}

TEST_F(EventMethodsTest, AnotherAccount_SeesNothingOfIt) {
    fillHistory();
    auto const other = newClient();
    addAlert(other);
    EXPECT_EQ(run(other, R"({"method":"history"})").result, R"({"events":[],"next_after":0})");
}

TEST_F(EventMethodsTest, Refusals) {
    expectError(client, R"({"method":"resume","epoch":"e"})", ErrorCode::MissingField, "after");
    expectError(client, R"({"method":"ack"})", ErrorCode::MissingField, "seq");
    expectError(client, R"({"method":"history","limit":0})", ErrorCode::BadValue, "limit");
}

}  // namespace
}  // namespace notifier::test
