#include "tests/unit/notifier/api/rest_fixture.hpp"

namespace notifier::test {
namespace {

class AccountRoutesTest : public RestTest {
protected:
    std::string create(std::string const& price = "70000") {
        auto const made = json("POST", "/api/v1/alerts",
                               R"({"symbol":"btcusdt","when":{"kind":"above","price":")" + price + R"("}})", 201);
        return textOf(made, "id");
    }
    static std::vector<std::string> seqs(common::json::Value const& page) {
        std::vector<std::string> all;
        for (auto const& item : page.find("items")->items())
            all.push_back(textOf(item, "seq"));
        return all;
    }
};

TEST_F(AccountRoutesTest, Create_NewAndAgain_Is201WithLocationThen200) {
    auto const body = R"({"symbol":"BTCUSDT","when":{"kind":"above","price":"70000.0"},"note":"n"})";
    auto const made = answer(request("POST", "/api/v1/alerts", body, secret_));
    EXPECT_EQ(made.status, 201);
    auto const alert = common::json::parse(made.body).value();
    auto const location = header(made, "Location");
    EXPECT_EQ(location, "/api/v1/alerts/" + textOf(alert, "id"));
    EXPECT_EQ(textOf(alert, "text"), "BTCUSDT above 70000 every");
    EXPECT_EQ(textOf(*alert.find("alert"), "id"), textOf(alert, "id"));
    EXPECT_EQ(textOf(json("GET", location), "note"), "n");
    auto const again = answer(request("POST", "/api/v1/alerts", body, secret_));
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(header(again, "Location"), "");
    EXPECT_EQ(textOf(json("POST", "/api/v1/alerts", R"({"symbol":"ETHUSDT","threshold":"5"})", 201), "symbol"),
              "ETHUSDT");
}

TEST_F(AccountRoutesTest, Create_BadInput_IsRefusedLikeOverTheWebSocket) {
    EXPECT_EQ(failure("POST", "/api/v1/alerts", "{"), "400 1001 null");
    EXPECT_EQ(failure("POST", "/api/v1/alerts", "[]"), "400 1002 null");
    EXPECT_EQ(failure("POST", "/api/v1/alerts", ""), "400 1101 symbol");
    EXPECT_EQ(failure("POST", "/api/v1/alerts", R"({"symbol":"NOPE","threshold":"1"})"), "404 1104 symbol");
    EXPECT_EQ(failure("POST", "/api/v1/alerts", R"({"symbol":"LUNAUSDT","threshold":"1"})"), "400 1108 symbol");
    EXPECT_EQ(failure("POST", "/api/v1/alerts", R"({"symbol":"BTCUSDT","threshold":"-1"})"), "400 1105 threshold");
    for (int i = 1; i <= 5; ++i)
        create(std::to_string(i));
    EXPECT_EQ(failure("POST", "/api/v1/alerts", R"({"symbol":"BTCUSDT","threshold":"9"})").substr(0, 8), "429 1302");
}

TEST_F(AccountRoutesTest, List_Pages_GoThroughAllByCursor) {
    auto const first = create("1"), second = create("2");
    auto const page = json("GET", "/api/v1/alerts?limit=1");
    EXPECT_EQ(textOf(page.find("items")->items().at(0), "id"), first);
    EXPECT_EQ(textOf(page, "total"), "2");
    auto const next = json("GET", "/api/v1/alerts?limit=1&cursor=" + textOf(page, "next_cursor"));
    EXPECT_EQ(textOf(next.find("items")->items().at(0), "id"), second);
    EXPECT_EQ(textOf(next, "next_cursor"), "null");
    EXPECT_EQ(json("GET", "/api/v1/alerts?symbol=ethusdt").find("items")->items().size(), 0U);
    EXPECT_EQ(failure("GET", "/api/v1/alerts?limit=0"), "400 1102 limit");
    EXPECT_EQ(failure("GET", "/api/v1/alerts?state=happy"), "400 1102 state");
}

TEST_F(AccountRoutesTest, Patch_SetOrItsContent_ChangesTheAlert) {
    auto const path = "/api/v1/alerts/" + create();
    EXPECT_EQ(textOf(json("PATCH", path, R"({"note":"a"})"), "note"), "a");
    EXPECT_EQ(textOf(json("PATCH", path, R"({"set":{"note":"b"},"if_rev":1})"), "note"), "b");
    auto const renewed = json("PATCH", path, R"({"when":{"kind":"below","price":"5"}})");
    EXPECT_EQ(textOf(renewed, "rev"), "2");
    EXPECT_EQ(textOf(renewed, "state"), "pending");
    EXPECT_EQ(failure("PATCH", path, R"({"note":"c","if_rev":1})"), "409 1403 if_rev");
    EXPECT_EQ(failure("PATCH", "/api/v1/alerts/al_no", R"({"note":"c"})").substr(0, 8), "404 1401");
}

TEST_F(AccountRoutesTest, PauseRearmDelete_OfTheAlert_AreAnnouncedToItsConnections) {
    auto const id = create();
    arm(id);
    auto const path = "/api/v1/alerts/" + id;
    EXPECT_EQ(textOf(json("POST", path + "/pause"), "state"), "paused");
    EXPECT_EQ(textOf(json("POST", path + "/rearm"), "state"), "pending");
    EXPECT_EQ(answer(request("DELETE", path, {}, secret_)).status, 204);
    EXPECT_EQ(failure("DELETE", path).substr(0, 8), "404 1401");
    EXPECT_EQ(failure("GET", path).substr(0, 8), "404 1401");
    ASSERT_EQ(announced_.size(), 2U);
    EXPECT_NE(announced_[0].frame.find("paused"), std::string::npos);
    EXPECT_NE(announced_[1].frame.find("removed"), std::string::npos);
}

TEST_F(AccountRoutesTest, AnothersAlert_AnyWay_IsNotFound) {
    auto const path = "/api/v1/alerts/" + addAlert(keyHolder("other"));
    for (auto const* const method : {"GET", "PATCH", "DELETE"})
        EXPECT_EQ(failure(method, path, R"({"note":"x"})").substr(0, 8), "404 1401") << method;
    for (auto const* const what : {"/pause", "/rearm"})
        EXPECT_EQ(failure("POST", path + what).substr(0, 8), "404 1401") << what;
    EXPECT_EQ(failure("GET", path + "/fires").substr(0, 8), "404 1401");
}

TEST_F(AccountRoutesTest, NotificationsAndFires_Pages_HaveEachEventOnce) {
    auto const id = create(), other = create("60000");
    arm(id);
    arm(other);
    fire(id, 1);
    fire(other, 2);
    fire(id, 3);
    gap(id);
    auto const page = json("GET", "/api/v1/notifications?limit=3");
    EXPECT_EQ(seqs(page), (std::vector<std::string>{"1", "2", "3"}));
    EXPECT_EQ(textOf(page, "next_cursor"), "3");
    auto const rest = json("GET", "/api/v1/notifications?after=3");
    EXPECT_EQ(seqs(rest), std::vector<std::string>{"4"});
    EXPECT_EQ(textOf(rest, "next_cursor"), "null");
    EXPECT_EQ(textOf(rest, "next_after"), "4");
    EXPECT_EQ(seqs(json("GET", "/api/v1/alerts/" + id + "/fires")), (std::vector<std::string>{"1", "3"}));
    EXPECT_EQ(seqs(json("GET", "/api/v1/alerts/" + id + "/fires?after=1")), std::vector<std::string>{"3"});
    EXPECT_EQ(textOf(json("POST", "/api/v1/notifications/ack", R"({"seq":3})"), "acked"), "3");
    EXPECT_EQ(failure("POST", "/api/v1/notifications/ack"), "400 1101 seq");
}

TEST_F(AccountRoutesTest, Wait_NothingThereYet_AnswersWithTheNextEvent) {
    auto const id = create();
    arm(id);
    auto const waiting = begin(request("GET", "/api/v1/notifications?wait=90s", {}, secret_));
    // The look into the store comes before the answer to this.
    json("GET", "/api/v1/alerts");
    EXPECT_FALSE(waiting->has_value());
    EXPECT_EQ(waits_.lastWait, 60'000) << "a proxy between would give up";
    fire(id, 1);
    waits_.event(*client_->account);
    ASSERT_TRUE(tasks_.runUntil([&] { return waiting->has_value(); }));
    EXPECT_EQ(seqs(common::json::parse((*waiting)->body).value()), std::vector<std::string>{"1"});
    EXPECT_EQ(waits_.size(), 0U);
}

TEST_F(AccountRoutesTest, Wait_EventBetweenBeginningAndLook_IsNotMissed) {
    auto const id = create();
    arm(id);
    auto const waiting = begin(request("GET", "/api/v1/notifications?wait=1s", {}, secret_));
    ASSERT_TRUE(tasks_.runUntil([&] { return waits_.size() == 1; }));
    waits_.event(*client_->account);  // told before the look into the store has come back
    fire(id, 1);
    ASSERT_TRUE(tasks_.runUntil([&] { return waiting->has_value(); }));
    EXPECT_EQ((*waiting)->status, 200);
}

TEST_F(AccountRoutesTest, Wait_KeyRevokedMeanwhile_TellsNothingMore) {
    auto const id = create();
    arm(id);
    auto const waiting = begin(request("GET", "/api/v1/notifications?wait=60s", {}, secret_));
    json("GET", "/api/v1/alerts");
    fire(id, 1);
    waits_.end(*client_->account, WaitEnd::Revoked);
    ASSERT_TRUE(tasks_.runUntil([&] { return waiting->has_value(); }));
    EXPECT_EQ((*waiting)->status, 401);
    EXPECT_EQ((*waiting)->body.find(id), std::string::npos);
}

TEST_F(AccountRoutesTest, Store_Fails_Is503AndNothingIsChanged) {
    failCommits(common::StoreFailure::Full);
    EXPECT_EQ(failure("POST", "/api/v1/alerts", R"({"symbol":"BTCUSDT","threshold":"1"})"), "503 1503 null");
    failCommits({});
    EXPECT_EQ(textOf(json("GET", "/api/v1/alerts"), "total"), "0");
}

}  // namespace
}  // namespace notifier::test
