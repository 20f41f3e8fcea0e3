#include "examples/replay/rest/rest_api.hpp"

#include "common/core/json.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace replay {
namespace {

using common::json::Value;
constexpr TimeMs kNow = 1'723'161'255'342;

class RestApiTest : public ::testing::Test {
protected:
    RestApiTest()
        : exchange_(Exchange::synthetic({makeListing("BTCUSDT"), makeListing("ETHUSDT")}, 7, {}, kNow)),
          weights_(limits_),
          api_(*exchange_, weights_, faults_, violations_, true) {}

    HttpReply ask(std::string const& rest, bool micro = false) {
        return api_.handle({"/api/v3/" + rest, "1.2.3.4", micro}, kNow);
    }
    Value get(std::string const& rest) {
        auto const reply = ask(rest);
        EXPECT_EQ(reply.status, 200) << rest << " " << reply.body;
        auto const value = common::json::parse(reply.body);
        EXPECT_TRUE(value) << reply.body;
        return value.value_or(Value{});
    }
    static std::string header(HttpReply const& reply, std::string_view name) {
        for (auto const& [key, value] : reply.headers)
            if (key == name) return value;
        return {};
    }

    RuleLimits limits_;
    std::unique_ptr<Exchange> exchange_;
    WeightMeter weights_;
    RestFaults faults_;
    Violations violations_;
    RestApi api_;
};

struct Refusal {
    char const* request;
    int code;
};
class RestRefusals : public RestApiTest, public ::testing::WithParamInterface<Refusal> {};

TEST_P(RestRefusals, Request_IsWrong_AnswersTheDocumentedCode) {
    auto const reply = ask(GetParam().request);
    EXPECT_EQ(reply.status, 400);
    auto const body = common::json::parse(reply.body).value();
    EXPECT_EQ(body.find("code")->integer(), GetParam().code) << reply.body;
    EXPECT_FALSE(body.find("msg")->text().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Documented, RestRefusals,
    ::testing::Values(Refusal{"trades", -1102}, Refusal{"trades?symbol=", -1105},
                      Refusal{"trades?symbol=btcusdt", -1100}, Refusal{"trades?symbol=NOSUCH", -1121},
                      Refusal{"trades?symbol=BTCUSDT&limit=x", -1100}, Refusal{"trades?symbol=BTCUSDT&limit=0", -1130},
                      Refusal{"klines?symbol=BTCUSDT", -1102}, Refusal{"klines?symbol=BTCUSDT&interval=7m", -1120},
                      Refusal{"klines?symbol=BTCUSDT&interval=1d&timeZone=99", -1130},
                      Refusal{"aggTrades?symbol=BTCUSDT&fromId=1&startTime=1", -1128},
                      Refusal{"aggTrades?symbol=BTCUSDT&fromId=-1", -1100},
                      Refusal{"ticker/price?symbols=BTCUSDT", -1100},
                      Refusal{"ticker/price?symbols=[\"BTCUSDT\",\"BTCUSDT\"]", -1151},
                      Refusal{"ticker/price?symbols=[\"BTCUSDT\",\"NOSUCH\"]", -1121},
                      Refusal{"ticker/price?symbol=BTCUSDT&symbols=[\"BTCUSDT\"]", -1128},
                      Refusal{"ticker/price?symbol=BTCUSDT&symbolStatus=HALT", -1220},
                      Refusal{"exchangeInfo?symbolStatus=GONE", -1122}, Refusal{"exchangeInfo?symbol=NOSUCH", -1121},
                      Refusal{"exchangeInfo?symbol=BTCUSDT&symbolStatus=TRADING", -1128},
                      Refusal{"ticker?symbol=BTCUSDT&windowSize=90m", -1130}, Refusal{"ticker", -1102},
                      Refusal{"ticker/24hr?symbol=BTCUSDT&type=BIG", -1130}));

TEST_F(RestApiTest, AggTrades_PagedByFromId_HoldEveryTradeOnce) {
    auto const& book = exchange_->books()[0];
    std::int64_t next = book.newestTrades(1'000'000).front().id;
    std::int64_t aggregate = 0;
    for (;;) {
        auto const page = get("aggTrades?symbol=BTCUSDT&limit=100&fromId=" + std::to_string(aggregate));
        if (page.items().empty()) break;
        for (auto const& row : page.items()) {
            ASSERT_EQ(row.find("f")->integer(), next);
            next = row.find("l")->integer().value() + 1;
            aggregate = row.find("a")->integer().value() + 1;
        }
    }
    EXPECT_EQ(next, book.lastTrade()->id + 1);
}

TEST_F(RestApiTest, HistoricalTrades_FromId_ContinuesTrades) {
    auto const newest = get("trades?symbol=BTCUSDT&limit=10");
    ASSERT_EQ(newest.items().size(), 10U);
    auto const from = newest.items()[4].find("id")->text();
    auto const rows = get("historicalTrades?symbol=BTCUSDT&fromId=" + from + "&limit=3");
    ASSERT_EQ(rows.items().size(), 3U);
    EXPECT_EQ(rows.items()[0].find("id")->text(), from);
    EXPECT_EQ(rows.items()[0].find("price")->text(), newest.items()[4].find("price")->text());
    EXPECT_EQ(get("trades?symbol=BTCUSDT&limit=5000").items().size(), 1'000U);
}

TEST_F(RestApiTest, Tickers_OneSeveralAll_HaveTheDocumentedShape) {
    auto const one = get("ticker/24hr?symbol=BTCUSDT");
    for (auto const* const name :
         {"symbol",      "priceChange", "priceChangePercent", "weightedAvgPrice", "prevClosePrice",
          "lastPrice",   "lastQty",     "bidPrice",           "bidQty",           "askPrice",
          "askQty",      "openPrice",   "highPrice",          "lowPrice",         "volume",
          "quoteVolume", "openTime",    "closeTime",          "firstId",          "lastId",
          "count"})
        EXPECT_NE(one.find(name), nullptr) << name;
    EXPECT_EQ(one.members().size(), 21U);
    EXPECT_EQ(get("ticker/24hr?symbol=BTCUSDT&type=MINI").members().size(), 12U);
    EXPECT_EQ(get("ticker/24hr?symbols=[\"BTCUSDT\"]").items().size(), 1U);
    EXPECT_EQ(get("ticker/price").items().size(), 2U);
    EXPECT_EQ(get("ticker/bookTicker").items().size(), 2U);
    EXPECT_EQ(get("ticker?symbol=BTCUSDT&windowSize=1h").find("count")->integer().has_value(), true);
    EXPECT_EQ(one.find("lastId")->integer(), exchange_->books()[0].lastTrade()->id);
}

TEST_F(RestApiTest, ExchangeInfo_ListsAll_StatusFilters_AndFiltersAreComplete) {
    EXPECT_EQ(get("exchangeInfo").find("symbols")->items().size(), 4U);
    auto const halted = get("exchangeInfo?symbolStatus=HALT");
    ASSERT_EQ(halted.find("symbols")->items().size(), 1U);
    EXPECT_EQ(halted.find("symbols")->items()[0].find("symbol")->text(), "HALTUSDT");
    auto const info = get("exchangeInfo?symbol=BTCUSDT&showPermissionSets=false");
    auto const& symbol = info.find("symbols")->items().at(0);
    EXPECT_TRUE(symbol.find("permissionSets")->items().empty());
    auto const& filters = symbol.find("filters")->items();
    EXPECT_EQ(filters.at(0).find("tickSize")->text(), "0.01000000");
    EXPECT_EQ(filters.at(1).find("stepSize")->text(), "0.00001000");
}

TEST_F(RestApiTest, Klines_Row_HasTwelvePlacesOfTheRightType) {
    auto const rows = get("klines?symbol=BTCUSDT&interval=1h&limit=25");
    ASSERT_EQ(rows.items().size(), 25U);
    auto const& row = rows.items()[3].items();
    ASSERT_EQ(row.size(), 12U);
    for (std::size_t const at : {0U, 6U, 8U})
        EXPECT_TRUE(row[at].isNumber());
    for (std::size_t const at : {1U, 2U, 3U, 4U, 5U, 7U, 9U, 10U, 11U})
        EXPECT_TRUE(row[at].isString());
    EXPECT_EQ(row[6].integer().value(), row[0].integer().value() + 3'599'999);
}

TEST_F(RestApiTest, Microseconds_ScaleTheTimes) {
    auto const body = common::json::parse(ask("time", true).body).value();
    EXPECT_EQ(body.find("serverTime")->integer(), kNow * 1'000);
}

TEST_F(RestApiTest, Weight_IsCountedInTheHeader_AndEndsIn429) {
    EXPECT_EQ(header(ask("exchangeInfo"), "X-MBX-USED-WEIGHT-1M"), "20");
    EXPECT_EQ(header(ask("ticker/24hr"), "X-MBX-USED-WEIGHT-1M"), "100");
    EXPECT_EQ(header(ask("ticker/24hr?symbols=[\"BTCUSDT\",\"ETHUSDT\"]"), "X-MBX-USED-WEIGHT-1M"), "102");
    HttpReply reply;
    for (int i = 0; i < 74; ++i)
        reply = ask("ticker/24hr");
    EXPECT_EQ(reply.status, 429);
    EXPECT_EQ(header(reply, "Retry-After"), "45");
    EXPECT_EQ(common::json::parse(reply.body)->find("code")->integer(), -1003);
    EXPECT_EQ(violations_.total(), 1U);
}

TEST_F(RestApiTest, InjectedStatus_IsAnsweredAsOftenAsAsked) {
    faults_ = {.status = 403, .retryAfterSeconds = 7, .count = 1};
    auto const reply = ask("ping");
    EXPECT_EQ(reply.status, 403);
    EXPECT_EQ(reply.contentType, "text/html");
    EXPECT_EQ(header(reply, "Retry-After"), "7");
    EXPECT_EQ(ask("ping").status, 200);
}

TEST_F(RestApiTest, UnknownPath_Is404) {
    EXPECT_EQ(ask("nothing").status, 404);
}

TEST_F(RestApiTest, Depth_BidsLieBelowAsks) {
    auto const book = get("depth?symbol=BTCUSDT&limit=5");
    ASSERT_EQ(book.find("bids")->items().size(), 5U);
    auto const bid = Decimal::parse(book.find("bids")->items()[0].items()[0].text()).value();
    auto const ask = Decimal::parse(book.find("asks")->items()[0].items()[0].text()).value();
    EXPECT_LT(bid, ask);
}

}  // namespace
}  // namespace replay
