#include "tests/system/exchange/replay_world.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace system_test {
namespace {

using ingestion::ExchangeRest;
using ingestion::NewestTrade;
using ingestion::RestResult;
using Kind = ingestion::RestFailure::Kind;

struct BinanceRestTest : ReplayWorld {
    void begin(std::vector<std::string> extra = {}) {
        start({"BTCUSDT", "ETHUSDT"}, std::move(extra));
        makeRest();
    }
    /// Asks and waits; the question gets the callback to hand on.
    template <class T>
    RestResult<T> answerOf(auto question) {
        std::optional<RestResult<T>> answer;
        question([&answer](RestResult<T> result) {
            EXPECT_FALSE(answer) << "answered twice";
            answer = std::move(result);
        });
        EXPECT_FALSE(answer) << "answered inside the call";
        if (!eventually([&] { return answer.has_value(); }))
            return std::unexpected(ingestion::RestFailure{Kind::Unreachable, "no answer", 0});
        return std::move(*answer);
    }
    RestResult<std::vector<NewestTrade>> newest(std::vector<std::string> symbols) {
        return answerOf<std::vector<NewestTrade>>([&](auto done) { rest->newestTrades(symbols, done); });
    }
};

TEST_F(BinanceRestTest, Symbols_AreListedWithStatusAndSizes) {
    begin();
    auto const symbols = answerOf<std::vector<common::SymbolInfo>>([&](auto done) { rest->symbols(done); });
    ASSERT_TRUE(symbols) << symbols.error().detail;
    auto const find = [&](std::string_view name) {
        return *std::ranges::find(*symbols, name, &common::SymbolInfo::symbol);
    };
    EXPECT_EQ(find("BTCUSDT").quote, "USDT");
    EXPECT_GT(find("BTCUSDT").tickSize.units(), 0);
    EXPECT_EQ(find("OLDUSDT").status, common::SymbolStatus::Break);
    EXPECT_EQ(find("HALTUSDT").status, common::SymbolStatus::Halt);
}

TEST_F(BinanceRestTest, NewestTrades_UnknownSymbolAmongThem_LeavesTheOthersAnswered) {
    begin();
    auto const both = newest({"BTCUSDT", "ETHUSDT"});
    ASSERT_TRUE(both) << both.error().detail;
    EXPECT_EQ(both->size(), 2U);
    auto const mixed = newest({"BTCUSDT", "NOSUCH", "ETHUSDT"});
    ASSERT_TRUE(mixed) << mixed.error().detail;
    EXPECT_EQ(mixed->size(), 2U);
    auto const none = newest({"NOSUCH"});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, Kind::Refused);
}

TEST_F(BinanceRestTest, RowsAndAggregates_TellTheSameTape) {
    begin({"--hold"});
    for (int i = 0; i < 50; ++i)
        control(fmt::format("trade?symbol=BTCUSDT&price={}", 100 + i / 3));
    auto const rows = answerOf<std::vector<common::Trade>>([&](auto done) { rest->newestRows("BTCUSDT", 50, done); });
    ASSERT_TRUE(rows) << rows.error().detail;
    ASSERT_EQ(rows->size(), 50U);
    auto const byTime = answerOf<ExchangeRest::Aggregates>(
        [&](auto done) { rest->aggregatesFromTime("BTCUSDT", rows->front().time, done); });
    ASSERT_TRUE(byTime) << byTime.error().detail;
    ASSERT_FALSE(byTime->rows.empty());
    EXPECT_EQ(byTime->rows.back().lastId(), rows->back().id);
    EXPECT_EQ(byTime->rows.size(), byTime->aggregateIds.size());
    auto const byId = answerOf<ExchangeRest::Aggregates>(
        [&](auto done) { rest->aggregatesFromId("BTCUSDT", byTime->aggregateIds.at(1), done); });
    ASSERT_TRUE(byId) << byId.error().detail;
    EXPECT_EQ(byId->rows.front(), byTime->rows.at(1));
    EXPECT_EQ(newest({"BTCUSDT"})->at(0).tradeId, rows->back().id);
}

TEST_F(BinanceRestTest, Klines_CoverTheAskedRange) {
    begin();
    auto const now = clock.wallMs();
    auto const from = (now / 60'000 - 10) * 60'000;
    auto const klines = answerOf<std::vector<ingestion::Kline>>(
        [&](auto done) { rest->klines("BTCUSDT", "1m", from, from + 5 * 60'000 - 1, 1'000, done); });
    ASSERT_TRUE(klines) << klines.error().detail;
    ASSERT_EQ(klines->size(), 5U);
    EXPECT_EQ(klines->front().openTime, from);
    EXPECT_GE(klines->front().high.value, klines->front().low.value);
}

TEST_F(BinanceRestTest, TooMany_TheNextQuestionsWaitForRetryAfter) {
    begin();
    control("rest-status?status=429&retry_after=1");
    auto const startMs = clock.monotonicMs();
    auto const limited = newest({"BTCUSDT"});
    ASSERT_FALSE(limited);
    EXPECT_EQ(limited.error().kind, Kind::Limited);
    EXPECT_GE(limited.error().retryAfterMs, 900);
    EXPECT_TRUE(newest({"BTCUSDT"}));
    EXPECT_GE(clock.monotonicMs() - startMs, 1'000);
}

TEST_F(BinanceRestTest, FailuresOfTheServer_AreToldApart) {
    begin();
    for (auto const& [status, kind] : std::vector<std::pair<int, Kind>>{
             {403, Kind::Forbidden}, {451, Kind::Forbidden}, {500, Kind::Unreachable}, {503, Kind::Unreachable}}) {
        control(fmt::format("rest-status?status={}", status));
        auto const answer = newest({"BTCUSDT"});
        ASSERT_FALSE(answer) << status;
        EXPECT_EQ(answer.error().kind, kind) << status;
    }
    EXPECT_TRUE(newest({"BTCUSDT"}));
}

TEST_F(BinanceRestTest, SlowAnswer_EndsAtTheDeadline) {
    config.rest.deadlineMs = 300;
    begin();
    control("rest-delay?ms=5000");
    auto const answer = newest({"BTCUSDT"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, Kind::Unreachable);
    control("clear");
}

TEST_F(BinanceRestTest, Stop_EveryQuestionIsStillAnswered) {
    begin();
    control("rest-delay?ms=5000");
    int answers = 0;
    for (int i = 0; i < 30; ++i)
        rest->newestTrades({"BTCUSDT"}, [&](auto const& answer) {
            EXPECT_FALSE(answer);
            ++answers;
        });
    io.poll();
    rest->stop();
    rest->newestTrades({"BTCUSDT"}, [&](auto const&) { ++answers; });
    EXPECT_TRUE(eventually([&] { return answers == 31; }));
    control("clear");
}

}  // namespace
}  // namespace system_test
