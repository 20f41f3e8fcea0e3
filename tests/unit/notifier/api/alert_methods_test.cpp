#include "tests/unit/notifier/api/handler_fixture.hpp"

namespace notifier::test {
namespace {

using common::ErrorCode;

struct AlertMethodsTest : HandlerTest {
    std::shared_ptr<Client> client = newClient();

    std::string withId(std::string const& method, std::string const& id, std::string const& more = "") {
        return R"({"method":")" + method + R"(","alert_id":")" + id + '"' + more + "}";
    }
    common::json::Value alertOf(std::string const& frame) {
        auto const result = ok(client, frame);
        auto const* const alert = result.find("alert");
        return alert == nullptr ? common::json::Value() : *alert;
    }
    std::vector<std::string> idsOf(common::json::Value const& result) {
        std::vector<std::string> ids;
        for (auto const& alert : result.find("alerts")->items())
            ids.push_back(textOf(alert, "id"));
        return ids;
    }
};

using UnsubscribeTest = AlertMethodsTest;

TEST_F(UnsubscribeTest, EachSelector_RemovesWhatItNames) {
    auto const a = addAlert(client, "1");
    auto const b = addAlert(client, "2", R"("key":"k")");
    addAlert(client, "3");
    auto const eth = ok(client, R"({"method":"subscribe","params":"ETHUSDT above 1"})");

    auto const byId = ok(client, withId("unsubscribe", a));
    EXPECT_EQ(textOf(byId, "removed"), "1");
    EXPECT_EQ(byId.find("alert_ids")->items().at(0).text(), a);
    EXPECT_EQ(ok(client, R"({"method":"unsubscribe","key":"k"})").find("alert_ids")->items().at(0).text(), b);
    EXPECT_EQ(textOf(ok(client, R"({"method":"unsubscribe","symbol":"btcusdt"})"), "removed"), "1");
    EXPECT_EQ(textOf(ok(client, R"({"method":"unsubscribe","all":true})"), "removed"), "1");
    EXPECT_EQ(textOf(ok(client, R"({"method":"list"})"), "total"), "0");
}

TEST_F(UnsubscribeTest, NothingMatched_IsSuccessWithZero) {
    auto const none = [&] {
        for (std::string const selector :
             {R"("alert_id":"al_x")", R"("key":"x")", R"("symbol":"NONE")", R"("all":true)"})
            EXPECT_EQ(run(client, R"({"method":"unsubscribe",)" + selector + "}").result,
                      R"({"removed":0,"alert_ids":[]})");
    };
    none();
    auto const id = addAlert(client);
    ok(client, withId("unsubscribe", id));
    none();
}

TEST_F(UnsubscribeTest, AnotherAccountsAlert_IsNotMatched) {
    auto const id = addAlert(client);
    auto const other = newClient();
    addAlert(other);
    EXPECT_EQ(textOf(ok(other, withId("unsubscribe", id)), "removed"), "0");
    EXPECT_EQ(stored(id).definition.publicId, id);
}

TEST_F(UnsubscribeTest, Removed_IsSilencedAndAnnounced) {
    auto const a = addAlert(client, "1");
    auto const b = addAlert(client, "2");
    auto const outcome = run(client, R"({"method":"unsubscribe","all":true})");
    auto const& silenced = std::get<Silenced>(outcome.effect).alerts;
    ASSERT_EQ(silenced.size(), 2U);
    EXPECT_EQ(silenced[0].id, a);
    EXPECT_EQ(silenced[1].id, b);
    ASSERT_EQ(outcome.announcements.size(), 2U);
    EXPECT_EQ(outcome.announcements[0].account, client->account);
    EXPECT_EQ(outcome.announcements[0].frame, R"({"type":"alert_state","alert_id":")" + a +
                                                  R"(","rev":1,"symbol":"BTCUSDT","state":"removed",)"
                                                  R"("from_trade_id":null,"ts":1760000000000})");
}

TEST_F(UnsubscribeTest, Refusals) {
    expectError(client, R"({"method":"unsubscribe"})", ErrorCode::BadRequest, "");
    expectError(client, R"({"method":"unsubscribe","key":"a","symbol":"B"})", ErrorCode::BadRequest, "");
}

using ListTest = AlertMethodsTest;

TEST_F(ListTest, Pages_FollowTheOrderOfCreation) {
    std::vector<std::string> made;
    for (int i = 1; i <= 5; ++i)
        made.push_back(addAlert(client, std::to_string(i)));
    std::vector<std::string> seen;
    std::string cursor;
    for (int page = 0; page < 3; ++page) {
        auto const result = ok(client, R"({"method":"list","limit":2)" + cursor + "}");
        EXPECT_EQ(textOf(result, "total"), "5");
        for (auto const& id : idsOf(result))
            seen.push_back(id);
        cursor = R"(,"cursor":")" + textOf(result, "next_cursor") + '"';
        EXPECT_EQ(textOf(result, "next_cursor") == "null", page == 2);
    }
    EXPECT_EQ(seen, made);
}

TEST_F(ListTest, LastPageExactlyFull_HasNoCursor) {
    addAlert(client, "1");
    addAlert(client, "2");
    EXPECT_EQ(textOf(ok(client, R"({"method":"list","limit":2})"), "next_cursor"), "null");
}

TEST_F(ListTest, Filters_ApplyToPageAndTotal) {
    auto const armed = addAlert(client, "1");
    auto const paused = addAlert(client, "2");
    auto const eth = ok(client, R"({"method":"subscribe","params":"ETHUSDT above 1"})");
    arm(armed);
    ok(client, withId("pause", paused));
    auto const byState = ok(client, R"({"method":"list","state":"paused"})");
    EXPECT_EQ(idsOf(byState), std::vector<std::string>{paused});
    EXPECT_EQ(textOf(byState, "total"), "1");
    EXPECT_EQ(idsOf(ok(client, R"({"method":"list","state":"armed"})")), std::vector<std::string>{armed});
    EXPECT_EQ(textOf(ok(client, R"({"method":"list","state":"pending"})"), "total"), "1");
    EXPECT_EQ(textOf(ok(client, R"({"method":"list","symbol":"btcusdt"})"), "total"), "2");
    EXPECT_EQ(textOf(ok(client, R"({"method":"list","symbol":"NONE"})"), "total"), "0");
}

TEST_F(ListTest, AccountOnlyOffered_HasNone) {
    EXPECT_EQ(run(client, R"({"method":"list"})").result, R"({"alerts":[],"total":0,"next_cursor":null})");
}

using UpdateTest = AlertMethodsTest;

TEST_F(UpdateTest, ConditionModeCooldown_MakeANewPendingRevision) {
    auto const id = addAlert(client, "70000", R"("note":"n")");
    arm(id);
    std::int64_t rev = 1;
    for (std::string const set : {R"({"when":{"kind":"below","price":"5"}})", R"({"mode":"once"})",
                                  R"({"cooldown":"5m"})", R"({"cooldown":null})"}) {
        auto const alert = alertOf(withId("update", id, R"(,"set":)" + set));
        EXPECT_EQ(textOf(alert, "rev"), std::to_string(++rev)) << set;
        EXPECT_EQ(textOf(alert, "state"), "pending");
        EXPECT_EQ(textOf(alert, "from_trade_id"), "null");
        EXPECT_EQ(textOf(alert, "note"), "n");
    }
    EXPECT_EQ(common::alertText(stored(id).definition), "BTCUSDT below 5 once");
    EXPECT_EQ(stored(id).definition.liveFromRev, 1) << "what the old revision still judges is not lost";
}

TEST_F(UpdateTest, NoteChannelsExpires_ChangeInPlace) {
    auto const id = addAlert(client);
    arm(id, 9);
    auto const alert =
        alertOf(withId("update", id, R"(,"set":{"note":"n","channels":["push"],"expires":1770000000000})"));
    EXPECT_EQ(textOf(alert, "rev"), "1");
    EXPECT_EQ(textOf(alert, "state"), "armed");
    EXPECT_EQ(textOf(alert, "note"), "n");
    EXPECT_EQ(textOf(alert, "expires"), "1770000000000");
    EXPECT_EQ(alert.find("channels")->items().at(0).text(), "push");
    auto const cleared = alertOf(withId("update", id, R"(,"set":{"note":null,"channels":null,"expires":null})"));
    EXPECT_EQ(textOf(cleared, "note"), "null");
    EXPECT_EQ(textOf(cleared, "channels"), "null");
    EXPECT_EQ(textOf(cleared, "expires"), "null");
}

TEST_F(UpdateTest, SameValuesOrNone_ChangeNothing) {
    auto const id = addAlert(client);
    arm(id);
    for (std::string const set :
         {"{}", R"({"when":{"kind":"above","price":"70000.0"},"mode":"every","cooldown":null})", R"({"unknown":1})"}) {
        auto const alert = alertOf(withId("update", id, R"(,"set":)" + set));
        EXPECT_EQ(textOf(alert, "rev"), "1") << set;
        EXPECT_EQ(textOf(alert, "state"), "armed") << set;
    }
}

TEST_F(UpdateTest, IfRev_MustBeTheRevision) {
    auto const id = addAlert(client);
    expectError(client, withId("update", id, R"(,"set":{"note":"n"},"if_rev":2)"), ErrorCode::BadState, "if_rev");
    EXPECT_FALSE(stored(id).definition.note);
    EXPECT_EQ(textOf(alertOf(withId("update", id, R"(,"set":{"note":"n"},"if_rev":1)")), "note"), "n");
}

TEST_F(UpdateTest, PausedAlert_StaysPaused) {
    auto const id = addAlert(client);
    ok(client, withId("pause", id));
    auto const alert = alertOf(withId("update", id, R"(,"set":{"mode":"once"})"));
    EXPECT_EQ(textOf(alert, "rev"), "2");
    EXPECT_EQ(textOf(alert, "state"), "paused");
    EXPECT_EQ(textOf(alertOf(withId("rearm", id)), "state"), "pending");
}

TEST_F(UpdateTest, Refusals) {
    auto const id = addAlert(client);
    expectError(client, withId("update", "al_none", R"(,"set":{})"), ErrorCode::NotFound, "alert_id");
    expectError(newClient(), withId("update", id, R"(,"set":{})"), ErrorCode::NotFound, "alert_id");
    expectError(client, withId("update", id), ErrorCode::MissingField, "set");
    expectError(client, withId("update", id, R"(,"set":{"channels":["wh_none"]})"), ErrorCode::UnknownChannel,
                "channels");
    expectError(client, withId("update", id, R"(,"set":{"when":{"kind":"above","price":"0"}})"), ErrorCode::BadDecimal,
                "when.price");
}

using PauseTest = AlertMethodsTest;

TEST_F(PauseTest, Pause_SilencesAndAnnouncesOnce) {
    auto const id = addAlert(client);
    arm(id);
    auto const outcome = run(client, withId("pause", id));
    ASSERT_FALSE(outcome.error);
    EXPECT_NE(outcome.result.find(R"("state":"paused")"), std::string::npos);
    EXPECT_EQ(std::get<Silenced>(outcome.effect).alerts.at(0).id, id);
    ASSERT_EQ(outcome.announcements.size(), 1U);
    EXPECT_NE(outcome.announcements[0].frame.find(R"("state":"paused","from_trade_id":null)"), std::string::npos);
    EXPECT_TRUE(stored(id).definition.paused());

    auto const again = run(client, withId("pause", id));
    EXPECT_FALSE(again.error);
    EXPECT_TRUE(again.announcements.empty());
    EXPECT_EQ(stored(id).definition.rev, 1);
}

TEST_F(PauseTest, FireOfAPausedAlert_IsDropped) {
    auto const id = addAlert(client);
    arm(id);
    auto const definition = stored(id).definition;
    ok(client, withId("pause", id));
    common::Fire fire;
    fire.alert = definition.id;
    fire.rev = 1;
    fire.trade.price = *common::ExactDecimal::parse("1");
    fire.trade.qty = *common::ExactDecimal::parse("1");
    common::Step step;
    step.fires.push_back(fire);
    ingest([&](common::Database& database) { EXPECT_EQ(database.steps().apply(step).dropped, 1); });
    EXPECT_EQ(run(client, R"({"method":"history"})").result, R"({"events":[],"next_after":0})");
}

TEST_F(PauseTest, Rearm_StartsANewRevisionFromEveryState) {
    auto const id = addAlert(client, "70000", R"("mode":"once","expires":"1s")");
    EXPECT_EQ(textOf(alertOf(withId("rearm", id)), "rev"), "2");
    arm(id);
    auto const afterArmed = alertOf(withId("rearm", id));
    EXPECT_EQ(textOf(afterArmed, "rev"), "3");
    EXPECT_EQ(textOf(afterArmed, "state"), "pending");
    ok(client, withId("pause", id));
    auto const afterPause = alertOf(withId("rearm", id));
    EXPECT_EQ(textOf(afterPause, "rev"), "4");
    EXPECT_EQ(textOf(afterPause, "state"), "pending");
    EXPECT_EQ(stored(id).definition.liveFromRev, 4) << "what was judged before the pause stays out";
    arm(id);
    fire(id, 5, true);
    auto const afterDone = alertOf(withId("rearm", id));
    EXPECT_EQ(textOf(afterDone, "rev"), "5");
    EXPECT_EQ(textOf(afterDone, "state"), "pending");
    EXPECT_EQ(textOf(afterDone, "expires"), "1760000001000") << "still ahead, so it holds";
    arm(id);
    clock_.advance(2'000);
    setState(id, common::AlertStatus::Expired);
    auto const afterExpired = alertOf(withId("rearm", id));
    EXPECT_EQ(textOf(afterExpired, "state"), "pending");
    EXPECT_EQ(textOf(afterExpired, "expires"), "null") << "it would end the alert again at once";
}

TEST_F(PauseTest, Refusals) {
    auto const id = addAlert(client, "70000", R"("mode":"once")");
    arm(id);
    fire(id, 5, true);
    expectError(client, withId("pause", id), ErrorCode::BadState, "alert_id");
    for (std::string const method : {"pause", "rearm"}) {
        expectError(client, withId(method, "al_none"), ErrorCode::NotFound, "alert_id");
        expectError(newClient(), withId(method, id), ErrorCode::NotFound, "alert_id");
        expectError(client, R"({"method":")" + method + "\"}", ErrorCode::MissingField, "alert_id");
    }
}

}  // namespace
}  // namespace notifier::test
