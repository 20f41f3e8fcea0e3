#include "tests/unit/notifier/api/handler_fixture.hpp"

namespace notifier::test {
namespace {

using common::ErrorCode;
using common::StoreFailure;

struct StoreFailureTest : HandlerTest {
    std::shared_ptr<Client> client = newClient();

    void expectFailure(StoreFailure failure, ErrorCode code) {
        failCommits(failure);
        auto const error = refused(client, R"({"method":"subscribe","params":"BTCUSDT above 1"})");
        EXPECT_EQ(error.code, code);
        EXPECT_TRUE(common::errorInfo(error.code).retryable);
        EXPECT_EQ(error.message.find("secret"), std::string::npos) << "no paths, no SQL";
        EXPECT_FALSE(client->account);
        failCommits({});
        EXPECT_EQ(accountCount(), 0);
        EXPECT_EQ(textOf(ok(client, R"({"method":"list"})"), "total"), "0");
    }
};

TEST_F(StoreFailureTest, DiskFull_Is1503AndNothingIsStored) {
    expectFailure(StoreFailure::Full, ErrorCode::StorageFull);
    EXPECT_FALSE(addAlert(client, "1").empty()) << "it recovers by itself";
}

TEST_F(StoreFailureTest, Busy_Is1501WithARetryTime) {
    expectFailure(StoreFailure::Busy, ErrorCode::Busy);
    failCommits(StoreFailure::Busy);
    EXPECT_TRUE(refused(client, R"({"method":"subscribe","params":"BTCUSDT above 1"})").retryAfterMs);
}

TEST_F(StoreFailureTest, IoAndOther_Are1502) {
    expectFailure(StoreFailure::Io, ErrorCode::Internal);
    expectFailure(StoreFailure::Other, ErrorCode::Internal);
}

TEST_F(StoreFailureTest, FirstOfTwoFails_SecondStillStoresTheAccount) {
    failCommits(StoreFailure::Busy);
    refused(client, R"({"method":"subscribe","params":"BTCUSDT above 1"})");
    failCommits({});
    auto const outcome = run(client, R"({"method":"subscribe","params":"BTCUSDT above 2"})");
    EXPECT_FALSE(outcome.error);
    EXPECT_TRUE(std::holds_alternative<AccountStored>(outcome.effect));
    EXPECT_EQ(accountCount(), 1);
}

}  // namespace
}  // namespace notifier::test
