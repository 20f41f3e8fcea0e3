#include "ingestion/exchange/binance/rest_answers.hpp"
#include "ingestion/exchange/binance/weight_governor.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace ingestion::binance {
namespace {

using Priority = WeightGovernor::Priority;
using Kind = RestFailure::Kind;

template <class T>
RestFailure failureOf(RestResult<T> const& result) {
    return result ? RestFailure{Kind::Refused, "", 0} : result.error();
}

TEST(WeightGovernor, DueMs_EmptyBudget_GoesAtOnceAndFullWaitsForTheWindow) {
    WeightGovernor governor{{}};
    EXPECT_EQ(governor.dueMs(25, Priority::Urgent, 1'000), 1'000);
    governor.sent(5'400, 1'000);
    EXPECT_EQ(governor.dueMs(25, Priority::Urgent, 2'000), 61'000);
    EXPECT_EQ(governor.dueMs(25, Priority::Urgent, 61'000), 61'000);
}

TEST(WeightGovernor, DueMs_LessUrgentQuestions_LeaveRoomForRepairs) {
    WeightGovernor governor{{}};
    governor.sent(3'000, 0);
    EXPECT_GT(governor.dueMs(2, Priority::Background, 1), 1);
    EXPECT_EQ(governor.dueMs(2, Priority::Normal, 1), 1);
    governor.sent(1'200, 1);
    EXPECT_GT(governor.dueMs(2, Priority::Normal, 2), 2);
    EXPECT_EQ(governor.dueMs(2, Priority::Urgent, 2), 2);
}

TEST(WeightGovernor, Answered_OthersOnTheAddress_CountForAMinute) {
    WeightGovernor governor{{}};
    governor.sent(100, 0);
    governor.answered(200, 5'400, {}, 10);
    EXPECT_EQ(governor.dueMs(4, Priority::Urgent, 20), 60'000);
    governor.answered(200, 90, {}, 30);
    EXPECT_EQ(governor.dueMs(4, Priority::Urgent, 40), 40);
}

TEST(WeightGovernor, Answered_429And418_HoldEverything) {
    WeightGovernor governor{{}};
    governor.answered(429, {}, 7'000, 1'000);
    for (auto const priority : {Priority::Urgent, Priority::Normal, Priority::Background})
        EXPECT_EQ(governor.dueMs(1, priority, 1'001), 8'000);
    governor.answered(418, {}, {}, 8'000);
    EXPECT_EQ(governor.dueMs(1, Priority::Urgent, 8'001), 128'000);
    governor.answered(429, {}, 1'000, 8'002);
    EXPECT_EQ(governor.dueMs(1, Priority::Urgent, 8'003), 128'000) << "a shorter wish does not shorten the ban";
}

TEST(WeightGovernor, AnyTraffic_NeverOverTheLimitInAnyAlignedOrRollingMinute) {
    std::mt19937_64 random(3);
    WeightGovernor governor{{}};
    std::deque<std::pair<std::int64_t, int>> sent;
    int sum = 0;
    for (std::int64_t now = 0; now < 600'000; now += 5) {
        int const weight = std::array{2, 4, 20, 25}[random() % 4];
        auto const priority = static_cast<Priority>(random() % 3);
        if (governor.dueMs(weight, priority, now) > now) continue;
        governor.sent(weight, now);
        sent.emplace_back(now, weight);
        sum += weight;
        while (sent.front().first <= now - 60'000) {
            sum -= sent.front().second;
            sent.pop_front();
        }
        ASSERT_LE(sum, 5'400);
    }
    EXPECT_GT(sum, 5'000);
}

TEST(RestAnswers, ReadNewestTrades_FullAndMini_GiveLastIds) {
    auto const rows = readNewestTrades(
        R"([{"symbol":"BTCUSDT","lastPrice":"1.0","firstId":5,"lastId":6600000001,"count":3},{"symbol":"NEWUSDT","firstId":-1,"lastId":-1}])");
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 2U);
    EXPECT_EQ((*rows)[0].symbol, "BTCUSDT");
    EXPECT_EQ((*rows)[0].tradeId, 6600000001);
    EXPECT_EQ((*rows)[1].tradeId, -1);
}

TEST(RestAnswers, ReadTrades_RowsAreExact) {
    auto const rows = readTrades(
        R"([{"id":28457,"price":"4.00000100","qty":"12.00000000","quoteQty":"48.000012","time":1499865549590,"isBuyerMaker":true,"isBestMatch":true}])");
    ASSERT_TRUE(rows);
    EXPECT_EQ((*rows)[0], (common::Trade{28457, 0, *common::ExactDecimal::parse("4.00000100"),
                                         *common::ExactDecimal::parse("12.00000000"), 1499865549590, 0, true}));
}

TEST(RestAnswers, ReadAggregates_SingleTradesHaveNoLastId) {
    auto const answer = readAggregates(
        R"([{"a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27783,"T":1498793709153,"m":true,"M":true},
            {"a":26130,"p":"0.02","q":"1","f":27784,"l":27784,"T":1498793709154,"m":false,"M":true}])");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->aggregateIds, (std::vector<std::int64_t>{26129, 26130}));
    EXPECT_EQ(answer->rows[0].id, 27781);
    EXPECT_EQ(answer->rows[0].aggLastId, 27783);
    EXPECT_EQ(answer->rows[1].aggLastId, 0);
    EXPECT_FALSE(readAggregates(R"([{"a":1,"p":"1","q":"1","f":10,"l":9,"T":1,"m":true}])"));
}

TEST(RestAnswers, ReadKlines_TwelvePositions) {
    auto const rows = readKlines(
        R"([[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100","148976427813.11427815",1499644799999,"2434.19055334",308,"1756.87","28.46","0"]])");
    ASSERT_TRUE(rows);
    auto const& row = rows->at(0);
    EXPECT_EQ(row.openTime, 1499040000000);
    EXPECT_EQ(row.open.text(), "0.01634790");
    EXPECT_EQ(row.high.text(), "0.80000000");
    EXPECT_EQ(row.low.text(), "0.01575800");
    EXPECT_EQ(row.close.text(), "0.01577100");
    EXPECT_EQ(row.volume, "148976427813.11427815");
    EXPECT_EQ(row.quoteVolume, "2434.19055334");
    EXPECT_EQ(row.trades, 308);
}

TEST(RestAnswers, Read_WhatIsNoAnswer_IsUnreachable) {
    for (std::string_view const body : {"", "<html><body>Forbidden</body></html>", "{}", "[{}]", "[1]", "[[]]", "null",
                                        R"({"code":-1121,"msg":"Invalid symbol."})"}) {
        for (auto const& failure : {failureOf(readNewestTrades(body)), failureOf(readTrades(body)),
                                    failureOf(readAggregates(body)), failureOf(readKlines(body))}) {
            EXPECT_EQ(failure.kind, Kind::Unreachable);
            EXPECT_NE(failure.detail, "") << body;
        }
    }
    EXPECT_TRUE(readTrades("[]")->empty());
}

TEST(RestAnswers, ReadFailure_StatusAndCode_DecideTheKind) {
    EXPECT_EQ(readFailure(400, R"({"code":-1121,"msg":"Invalid symbol."})", {}).kind, Kind::Refused);
    EXPECT_EQ(readFailure(429, "", 3'000).kind, Kind::Limited);
    EXPECT_EQ(readFailure(429, "", 3'000).retryAfterMs, 3'000);
    EXPECT_EQ(readFailure(418, R"({"code":-1003,"msg":"banned"})", {}).kind, Kind::Limited);
    EXPECT_EQ(readFailure(400, R"({"code":-1003,"msg":"Too much request weight used"})", {}).kind, Kind::Limited);
    EXPECT_EQ(readFailure(403, "<html>", {}).kind, Kind::Forbidden);
    EXPECT_EQ(readFailure(451, R"({"code":0,"msg":"restricted location"})", {}).kind, Kind::Forbidden);
    EXPECT_EQ(readFailure(400, R"({"code":-1007,"msg":"timeout"})", {}).kind, Kind::Unreachable);
    for (int const status : {301, 500, 502, 503, 504})
        EXPECT_EQ(readFailure(status, "<html>", {}).kind, Kind::Unreachable);
}

std::string listOf(std::string const& symbols) {
    return R"({"timezone":"UTC","serverTime":1,"rateLimits":[{"a":"]}\"symbols\":["}],"exchangeFilters":[],"symbols":[)" +
           symbols + R"(],"sors":[]})";
}

RestResult<std::vector<common::SymbolInfo>> readAll(std::string body, std::size_t pieces) {
    SymbolListReader reader(std::move(body));
    while (!reader.step(pieces)) {
    }
    return reader.take();
}

TEST(SymbolListReader, Read_InPiecesOfAnySize_GivesAllSymbols) {
    auto const body = listOf(
        R"({"symbol":"ETHBTC","status":"TRADING","baseAsset":"ETH","quoteAsset":"BTC","filters":[{"filterType":"PRICE_FILTER","minPrice":"0.00001000","tickSize":"0.00001000"},{"filterType":"LOT_SIZE","stepSize":"0.00010000"}],"newThing":{"x":["}"]}} ,
 {"symbol":"币USDT","status":"BREAK","baseAsset":"币","quoteAsset":"USDT","filters":[]},
 {"symbol":"LTCBTC","status":"CANCEL_ONLY"},{"symbol":"XUSDT","status":"SOMETHING_NEW","filters":[{"filterType":"LOT_SIZE","stepSize":"0"}]})");
    for (std::size_t const pieces : {1U, 2U, 3U, 100U}) {
        auto const symbols = readAll(body, pieces);
        ASSERT_TRUE(symbols) << symbols.error().detail;
        ASSERT_EQ(symbols->size(), 4U);
        EXPECT_EQ((*symbols)[0],
                  (common::SymbolInfo{"ETHBTC", "ETH", "BTC", common::SymbolStatus::Trading,
                                      *common::Decimal::parse("0.00001"), *common::Decimal::parse("0.0001")}));
        EXPECT_EQ((*symbols)[1].symbol, "币USDT");
        EXPECT_EQ((*symbols)[2].status, common::SymbolStatus::CancelOnly);
        EXPECT_EQ((*symbols)[3].status, common::SymbolStatus::Break);
    }
}

TEST(SymbolListReader, Read_CutShortAnywhere_FailsAndEnds) {
    auto const whole = listOf(R"({"symbol":"ETHBTC","status":"TRADING"},{"symbol":"LTCBTC","status":"BREAK"})");
    auto const listEnd = whole.find(R"(],"sors")");
    for (std::size_t bytes = 0; bytes <= listEnd; ++bytes)
        EXPECT_FALSE(readAll(whole.substr(0, bytes), 3)) << bytes;
    EXPECT_TRUE(readAll(whole, 3));
}

TEST(SymbolListReader, Read_Unusable_IsUnreachable) {
    for (auto const& body :
         {std::string("<html>"), std::string("{}"), std::string("[]"), std::string("{\"symbols\":7}"), listOf(""),
          listOf("{}"), listOf("7"), listOf(R"({"symbol":"A"})"),
          listOf(R"({"symbol":"A","status":"TRADING"} {"symbol":"B","status":"TRADING"})"),
          listOf(R"({"symbol":"A","status":"TRADING"},)")})
        EXPECT_EQ(failureOf(readAll(body, 5)).kind, Kind::Unreachable) << body;
}

TEST(RestAnswers, QuerySymbols_IsJsonPercentEncoded) {
    EXPECT_EQ(querySymbols({"BTCUSDT", "币"}), "%5B%22BTCUSDT%22%2C%22%E5%B8%81%22%5D");
    EXPECT_EQ(queryEncoded("a&b=c d"), "a%26b%3Dc%20d");
}

}  // namespace
}  // namespace ingestion::binance
