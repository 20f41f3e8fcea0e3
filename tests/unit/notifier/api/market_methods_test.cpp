#include "tests/unit/notifier/api/handler_fixture.hpp"

namespace notifier::test {
namespace {

using common::ErrorCode;

struct MarketMethodsTest : HandlerTest {
    MarketMethodsTest() : HandlerTest({.facts = {.epoch = "epoch-1"}, .watchedSymbolsMax = 3}) {}
    std::shared_ptr<Client> client = newClient();
};

TEST_F(MarketMethodsTest, Watch_AnswersAndAsksTheSession) {
    auto const outcome =
        run(client, R"({"method":"watch","symbols":["btcusdt","ETHUSDT","BTCUSDT"],"interval_ms":250})");
    EXPECT_EQ(outcome.result, R"({"symbols":["BTCUSDT","ETHUSDT"],"interval_ms":250})");
    auto const& effect = std::get<WatchChange>(outcome.effect);
    EXPECT_TRUE(effect.watch);
    EXPECT_EQ(effect.symbols, (std::vector<common::Symbol>{"BTCUSDT", "ETHUSDT"}));
    EXPECT_EQ(effect.intervalMs, 250);
    EXPECT_EQ(accountCount(), 0) << "watching stores no account";
}

TEST_F(MarketMethodsTest, Unwatch_AnswersAndAsksTheSession) {
    ok(client, R"({"method":"watch","symbols":["BTCUSDT"]})");
    auto const outcome = run(client, R"({"method":"unwatch","symbols":["btcusdt","never"]})");
    EXPECT_EQ(outcome.result, R"({"symbols":["BTCUSDT","NEVER"],"interval_ms":1000})");
    EXPECT_FALSE(std::get<WatchChange>(outcome.effect).watch);
}

TEST_F(MarketMethodsTest, Watch_OverTheLimit_Is1303AndChangesNothing) {
    ok(client, R"({"method":"watch","symbols":["BTCUSDT","ETHUSDT"]})");
    expectError(client, R"({"method":"watch","symbols":["BNBBTC","BTCUSDC"]})", ErrorCode::TooManySymbols, "symbols");
    ok(client, R"({"method":"watch","symbols":["BTCUSDT","ETHUSDT","BNBBTC"]})");
    expectError(client, R"({"method":"watch","symbols":["BTCUSDC"]})", ErrorCode::TooManySymbols, "symbols");
    ok(client, R"({"method":"unwatch","symbols":["BNBBTC"]})");
    ok(client, R"({"method":"watch","symbols":["BTCUSDC"]})");
}

TEST_F(MarketMethodsTest, Watch_Refusals) {
    expectError(client, R"({"method":"watch"})", ErrorCode::MissingField, "symbols");
    expectError(client, R"({"method":"watch","symbols":["BTCUSDT","ETHUSD"]})", ErrorCode::UnknownSymbol, "symbols");
    expectError(client, R"({"method":"watch","symbols":["LUNAUSDT"]})", ErrorCode::SymbolNotTrading, "symbols");
    expectError(client, R"({"method":"watch","symbols":["BTCUSDT"],"interval_ms":100})", ErrorCode::BadValue,
                "interval_ms");
    symbols_ = SymbolDirectory();
    expectError(client, R"({"method":"watch","symbols":["BTCUSDT"]})", ErrorCode::Busy, "symbols");
}

TEST_F(MarketMethodsTest, Ping_AnswersTheTime) {
    EXPECT_EQ(run(client, R"({"method":"ping"})").result, R"({"ts":1760000000000})");
}

TEST_F(MarketMethodsTest, Help_ListsTheMethods) {
    EXPECT_EQ(ok(client, R"({"method":"help"})").find("methods")->items().size(), methodTable().size());
}

}  // namespace
}  // namespace notifier::test
