#include "notifier/api/symbol_directory.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace notifier {
namespace {

using common::ErrorCode;
using common::SymbolStatus;

common::SymbolInfo info(std::string name, std::string quote, SymbolStatus status = SymbolStatus::Trading) {
    common::SymbolInfo row;
    row.symbol = std::move(name);
    row.quote = std::move(quote);
    row.status = status;
    return row;
}

SymbolDirectory directory() {
    SymbolDirectory symbols;
    symbols.replace({7,
                     {info("ETHUSDT", "USDT"), info("BTCUSDT", "USDT"), info("BTCUSDC", "USDC"), info("ETHBTC", "BTC"),
                      info("OLDUSDT", "USDT", SymbolStatus::Unlisted), info("LUNAUSDT", "USDT", SymbolStatus::Break),
                      info("EODUSDT", "USDT", SymbolStatus::EndOfDay), info("COUSDT", "USDT", SymbolStatus::CancelOnly),
                      info("HALTUSDT", "USDT", SymbolStatus::Halt), info("币安人生USDT", "USDT")}});
    return symbols;
}

TEST(SymbolDirectory, Resolve_EveryStatusWithData_IsAcceptedInAnyCase) {
    auto const symbols = directory();
    for (std::string const given : {"BTCUSDT", "btcusdt", "BtcUsdt", "EODUSDT", "COUSDT", "HALTUSDT", "币安人生usdt"})
        EXPECT_EQ(symbols.resolve(given, "symbol").value_or(""), common::upperSymbol(given)) << given;
}

TEST(SymbolDirectory, Resolve_SymbolsWithoutData_Are1108) {
    for (std::string const given : {"LUNAUSDT", "OLDUSDT"}) {
        auto const refused = directory().resolve(given, "symbol");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::SymbolNotTrading);
        EXPECT_EQ(refused.error().field, "symbol");
    }
}

TEST(SymbolDirectory, Resolve_Mistyped_SuggestsTheNearest) {
    auto const symbols = directory();
    for (auto const& [given, meant] : std::vector<std::pair<std::string, std::string>>{
             {"BTCUSD", "BTCUSDT"}, {"BTCUSTD", "BTCUSDT"}, {"btc-usdt", "BTCUSDT"}, {"ETHUSD", "ETHUSDT"}}) {
        auto const refused = symbols.resolve(given, "symbol");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::UnknownSymbol);
        EXPECT_NE(refused.error().message.find("did you mean " + meant + "?"), std::string::npos)
            << refused.error().message;
    }
}

TEST(SymbolDirectory, Resolve_NothingNear_SuggestsNothing) {
    auto const symbols = directory();
    for (auto const& given : std::vector<std::string>{"", "X", "SOMETHINGELSE", std::string(60'000, 'B')}) {
        auto const refused = symbols.resolve(given, "symbol");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, ErrorCode::UnknownSymbol);
        EXPECT_EQ(refused.error().message.find("did you mean"), std::string::npos) << refused.error().message;
        EXPECT_LT(refused.error().message.size(), 200U);
    }
    EXPECT_EQ(symbols.resolve("LUNAUSD", "symbol").error().message.find("LUNAUSDT"), std::string::npos)
        << "what cannot be subscribed to is no suggestion";
}

TEST(SymbolDirectory, Resolve_BeforeAnyList_Is1501) {
    EXPECT_EQ(SymbolDirectory().resolve("BTCUSDT", "symbol").error().code, ErrorCode::Busy);
}

TEST(SymbolDirectory, Replace_TakesTheNewList) {
    auto symbols = directory();
    EXPECT_EQ(symbols.version(), 7);
    symbols.replace({8, {info("ADAUSDT", "USDT")}});
    EXPECT_EQ(symbols.version(), 8);
    EXPECT_EQ(symbols.all().size(), 1U);
    EXPECT_FALSE(symbols.resolve("BTCUSDT", "symbol"));
    EXPECT_NE(symbols.find("ADAUSDT"), nullptr);
}

}  // namespace
}  // namespace notifier
