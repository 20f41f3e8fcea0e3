#include "notifier/api/keys.hpp"
#include "tests/unit/notifier/api/handler_fixture.hpp"

namespace notifier::test {
namespace {

using common::ErrorCode;

std::string auth(std::string const& member, std::string const& secret) {
    return R"({"method":"auth",")" + member + R"(":")" + secret + "\"}";
}

struct AuthTest : HandlerTest {
    std::string key = *addKey(*ingestion_, "tester", true, 5);
};

TEST_F(AuthTest, Admit_WithoutSecret_OffersAnAccount) {
    auto const a = admit({});
    auto const b = admit({});
    ASSERT_TRUE(a && b);
    EXPECT_EQ(a->greeting.auth, AuthKind::Anonymous);
    EXPECT_TRUE(a->greeting.accountPublicId.starts_with("acc_"));
    EXPECT_TRUE(a->greeting.sessionSecret.starts_with("ses_"));
    EXPECT_NE(a->greeting.accountPublicId, b->greeting.accountPublicId);
    EXPECT_NE(a->greeting.sessionSecret, b->greeting.sessionSecret);
    EXPECT_EQ(a->greeting.seq, 0);
    EXPECT_FALSE(a->client->account);
    EXPECT_EQ(accountCount(), 0) << "an offer writes nothing";
}

TEST_F(AuthTest, Admit_WithAKey_IsItsAccount) {
    auto const admission = admit(key);
    ASSERT_TRUE(admission);
    EXPECT_EQ(admission->greeting.auth, AuthKind::Key);
    EXPECT_EQ(admission->greeting.sessionSecret, "");
    EXPECT_TRUE(admission->client->account);
    EXPECT_TRUE(admission->client->admin);
}

TEST_F(AuthTest, Admit_WithASession_IsItsAccountOnceStored) {
    auto const first = newClient();
    EXPECT_EQ(admit(first->sessionSecret).error().code, ErrorCode::AuthFailed) << "never stored";
    auto const id = addAlert(first);
    arm(id);
    fire(id, 5);
    ok(first, R"({"method":"ack","seq":1})");
    auto const admission = admit(first->sessionSecret);
    ASSERT_TRUE(admission);
    EXPECT_EQ(admission->greeting.auth, AuthKind::Session);
    EXPECT_EQ(admission->greeting.sessionSecret, first->sessionSecret);
    EXPECT_EQ(admission->greeting.accountPublicId, first->accountPublicId);
    EXPECT_EQ(admission->greeting.seq, 1);
    EXPECT_EQ(admission->greeting.acked, 1);
    EXPECT_EQ(admission->client->account, first->account);
    EXPECT_FALSE(admission->client->admin);
}

TEST_F(AuthTest, Admit_WithAWrongSecret_Is1202) {
    for (auto const& secret : std::vector<std::string>{"", "tb_wrong", "ses_wrong", std::string(60'000, 'x')}) {
        auto const admission = admit(secret);
        ASSERT_FALSE(admission);
        EXPECT_EQ(admission.error().code, ErrorCode::AuthFailed);
    }
}

TEST_F(AuthTest, Auth_WithAKey_AnswersTheWelcomesMembers) {
    auto const client = newClient();
    auto const outcome = run(client, auth("token", key));
    ASSERT_FALSE(outcome.error);
    EXPECT_EQ(std::get<Identified>(outcome.effect).seq, 0);
    EXPECT_EQ(outcome.result,
              R"({"version":1,"account":")" + client->accountPublicId +
                  R"(","session":null,"epoch":"epoch-1","seq":0,"acked":0,"auth":"key",)"
                  R"("heartbeat_ms":15000,"limits":{"alerts":5,"commands_per_s":20,"frame_bytes":65536},)"
                  R"("ts":1760000000000})");
    EXPECT_EQ(client->auth, AuthKind::Key);
    EXPECT_TRUE(client->admin);
    EXPECT_EQ(client->sessionSecret, "");
    addAlert(client);
    EXPECT_EQ(accountCount(), 0) << "no anonymous account was stored";
}

TEST_F(AuthTest, Auth_WithASession_BringsTheAlertsBack) {
    auto const first = newClient();
    auto const id = addAlert(first);
    auto const second = newClient();
    auto const result = ok(second, auth("session", first->sessionSecret));
    EXPECT_EQ(textOf(result, "auth"), "session");
    EXPECT_EQ(textOf(result, "session"), first->sessionSecret);
    EXPECT_EQ(textOf(ok(second, R"({"method":"list"})").find("alerts")->items().at(0), "id"), id);
    EXPECT_EQ(addAlert(second), id);
}

TEST_F(AuthTest, Auth_WithAnUnknownSecret_Is1202AndTheOfferStands) {
    auto const client = newClient();
    auto const offered = client->accountPublicId;
    expectError(client, auth("session", "ses_never"), ErrorCode::AuthFailed, "session");
    expectError(client, auth("token", "tb_never"), ErrorCode::AuthFailed, "token");
    expectError(client, auth("token", newClient()->sessionSecret), ErrorCode::AuthFailed, "token");
    EXPECT_EQ(client->accountPublicId, offered);
    addAlert(client);
    EXPECT_EQ(admit(client->sessionSecret)->greeting.accountPublicId, offered);
}

TEST_F(AuthTest, Auth_AfterAnotherCommand_Is1403) {
    auto const client = newClient();
    ok(client, R"({"method":"ping"})");
    expectError(client, auth("token", key), ErrorCode::BadState, "");
}

TEST_F(AuthTest, Auth_Twice_Is1403) {
    auto const client = newClient();
    ok(client, auth("token", key));
    expectError(client, auth("token", key), ErrorCode::BadState, "");
    expectError(admit(key)->client, auth("token", key), ErrorCode::BadState, "");
}

TEST_F(AuthTest, Auth_RevokedKey_Is1202) {
    ASSERT_TRUE(revokeKey(*ingestion_, "tester", 9));
    expectError(newClient(), auth("token", key), ErrorCode::AuthFailed, "token");
    EXPECT_FALSE(admit(key));
}

TEST_F(AuthTest, CommandsSentBehindAuth_WaitUntilItIsKnownWhoAsks) {
    auto const client = newClient();
    auto const first = start(client, auth("token", key));
    auto const second = start(client, R"({"method":"subscribe","params":"BTCUSDT above 1"})");
    auto const third = start(client, R"({"method":"ping"})");
    EXPECT_FALSE(third->has_value());
    ASSERT_TRUE(tasks_.runUntil([&] { return second->has_value() && third->has_value(); }));
    EXPECT_FALSE((*first)->error);
    EXPECT_FALSE((*second)->error);
    EXPECT_EQ(stored((*second)->location).definition.account, client->account);
    EXPECT_EQ(accountCount(), 0);
}

TEST_F(AuthTest, Refusals) {
    auto const client = newClient();
    expectError(client, R"({"method":"auth"})", ErrorCode::MissingField, "token");
    expectError(client, R"({"method":"auth","token":"a","session":"b"})", ErrorCode::BadRequest, "");
    ok(client, auth("token", key));
}

struct AuthRequiredTest : HandlerTest {
    AuthRequiredTest() : HandlerTest({.facts = {.epoch = "epoch-1"}, .authRequired = true}) {}
    std::string key = *addKey(*ingestion_, "tester", false, 5);
};

TEST_F(AuthRequiredTest, Admit_WithoutSecret_OffersNothing) {
    auto const admission = admit({});
    ASSERT_TRUE(admission);
    EXPECT_EQ(admission->greeting.auth, AuthKind::Required);
    EXPECT_EQ(admission->greeting.accountPublicId, "");
    EXPECT_EQ(admission->greeting.sessionSecret, "");
}

TEST_F(AuthRequiredTest, AnyOtherCommand_Is1201UntilAuthSucceeds) {
    auto const client = newClient();
    for (auto const& method : methodTable())
        if (method.method != Method::Auth)
            expectError(client, std::string(method.example), ErrorCode::AuthRequired, "");
    expectError(client, auth("token", "tb_wrong"), ErrorCode::AuthFailed, "token");
    ok(client, auth("token", key));
    EXPECT_EQ(client->auth, AuthKind::Key);
    EXPECT_FALSE(client->admin);
    ok(client, R"({"method":"ping"})");
    addAlert(client);
}

TEST_F(AuthRequiredTest, CommandBehindAFailedAuth_Is1201) {
    auto const client = newClient();
    start(client, auth("token", "tb_wrong"));
    auto const second = start(client, R"({"method":"ping"})");
    ASSERT_TRUE(tasks_.runUntil([&] { return second->has_value(); }));
    EXPECT_EQ((*second)->error->code, ErrorCode::AuthRequired);
}

}  // namespace
}  // namespace notifier::test
