#include "ingestion/preview/preview.hpp"
#include "common/core/json.hpp"
#include "tests/support/naive_evaluator.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace ingestion {
namespace {

using common::Candle;
using common::Decimal;
using common::kMinuteMs;

constexpr common::TimeMs kStart = 1'760'000'040'000;  // a whole minute
constexpr std::int64_t kTradesOfMinute = 4;           // so that each price of a minute is one trade

Decimal price(std::int64_t whole) {
    return Decimal::fromUnits(whole * Decimal::kUnitsPerOne);
}

Candle minute(int index, std::int64_t open, std::int64_t high, std::int64_t low, std::int64_t close) {
    Candle candle;
    candle.openTime = kStart + index * kMinuteMs;
    candle.open = price(open);
    candle.high = price(high);
    candle.low = price(low);
    candle.close = price(close);
    candle.trades = kTradesOfMinute;
    candle.volume = common::Wide{4} * Decimal::kUnitsPerOne;
    candle.whole = candle.closed = true;
    return candle;
}

std::vector<Candle> walk(unsigned seed, int count) {
    std::mt19937 random(seed);
    std::vector<Candle> minutes;
    std::int64_t last = 100;
    for (int i = 0; i < count; ++i) {
        auto const step = [&](int most) {
            return static_cast<std::int64_t>(random() % static_cast<unsigned>(most + 1));
        };
        auto const open = last;
        auto const close = std::max<std::int64_t>(60, open + step(6) - 3);
        minutes.push_back(minute(i, open, std::max(open, close) + step(3), std::min(open, close) - step(3), close));
        last = close;
    }
    return minutes;
}

common::PreviewQuestion question(std::string const& when, int from, int to) {
    common::PreviewQuestion question{.symbol = "BTCUSDT"};
    question.condition = *common::parseCondition(*common::json::parse(when));
    question.from = kStart + from * kMinuteMs;
    question.to = kStart + to * kMinuteMs;
    question.asked = kStart + 1'000'000 * kMinuteMs;
    return question;
}

common::json::Value answer(common::PreviewQuestion const& question, std::vector<Candle> const& minutes) {
    return *common::json::parse(answerPreview(question, minutes));
}

/// The four prices of each minute as the documents say: open, the extreme that `lowFirst` names, the other, close.
std::vector<common::Trade> pathOf(std::vector<Candle> const& minutes, auto const& lowFirst) {
    std::vector<common::Trade> tape;
    for (auto const& candle : minutes) {
        bool const low = lowFirst(candle);
        std::array const prices{candle.open, low ? candle.low : candle.high, low ? candle.high : candle.low,
                                candle.close};
        std::array<common::DurationMs, 4> const offsets{0, 20'000, 40'000, 59'999};
        for (std::size_t i = 0; i < prices.size(); ++i)
            tape.push_back({.id = static_cast<std::int64_t>(tape.size()) + 1,
                            .price = {prices[i], 8},
                            .qty = {price(1), 0},
                            .time = candle.openTime + offsets[i]});
    }
    return tape;
}

TEST(Preview, Answering_AnyKind_FiresLikeTheOracleOverTheSamePrices) {
    auto const always = [](Candle const&) { return true; };
    auto const never = [](Candle const&) { return false; };
    auto const byClose = [](Candle const& candle) { return candle.close >= candle.open; };
    std::vector<std::tuple<std::string, int>> const kinds{
        {R"({"kind":"above","price":"103"})", 0},
        {R"({"kind":"below","price":"97"})", 1},
        {R"({"kind":"cross","price":"100"})", 2},
        {R"({"kind":"enter","low":"99","high":"104"})", 2},
        {R"({"kind":"move","pct":"3","anchor":"last_fire"})", 2},
        {R"({"kind":"trail","pct":"4"})", 1},
        {R"({"kind":"change","pct":"5","window":"20m","direction":"up"})", 0},
        {R"({"kind":"volatility","value":"1.5","window":"10m"})", 2},
        {R"({"kind":"spike","metric":"price","factor":"1.04","window":"12m","bucket":"2m"})", 2},
        {R"({"kind":"above","price":"101","for":"3m"})", 0},
    };
    constexpr int kMinutes = 600, kFrom = 100;
    for (auto const& [when, order] : kinds) {
        int fires = 0;
        for (unsigned seed = 1; seed <= 10; ++seed) {
            auto const minutes = walk(seed, kMinutes);
            auto asked = question(when, kFrom, kMinutes);
            asked.cooldown = seed % 2 == 0 ? 7 * kMinuteMs : 0;
            auto const tape = order == 0   ? pathOf(minutes, always)
                              : order == 1 ? pathOf(minutes, never)
                                           : pathOf(minutes, byClose);
            support::NaiveTask task;
            task.alert.symbol = asked.symbol;
            task.alert.condition = asked.condition;
            task.alert.cooldown = asked.cooldown;
            task.fromTradeId = kFrom * kTradesOfMinute + 1;
            auto const expected = support::naiveJudge(task, tape).fires;
            auto const found = answer(asked, minutes);
            ASSERT_EQ(found.find("count")->integer(), static_cast<std::int64_t>(expected.size())) << when << seed;
            auto const& rows = found.find("fires")->items();
            ASSERT_EQ(rows.size(), expected.size());
            for (std::size_t i = 0; i < rows.size(); ++i) {
                EXPECT_EQ(rows[i].find("time")->integer(), expected[i].trade.time) << when << seed;
                EXPECT_EQ(rows[i].find("price")->text(), expected[i].trade.price.text()) << when << seed;
                EXPECT_EQ(rows[i].find("suppressed")->integer(), expected[i].suppressed) << when << seed;
            }
            fires += static_cast<int>(expected.size());
        }
        EXPECT_GT(fires, 10) << when << " hardly fires: the comparison says nothing";
    }
}

TEST(Preview, Answering_LevelInsideAMinute_IsFoundInThatMinute) {
    std::vector const minutes{minute(0, 100, 101, 99, 100), minute(1, 100, 110, 90, 100), minute(2, 100, 101, 99, 100)};
    for (auto const* const when : {R"({"kind":"above","price":"109"})", R"({"kind":"below","price":"91"})"}) {
        auto const found = answer(question(when, 0, 3), minutes);
        ASSERT_EQ(found.find("count")->integer(), 1) << when;
        EXPECT_EQ(found.find("fires")->items()[0].find("minute")->integer(), kStart + kMinuteMs) << when;
    }
}

TEST(Preview, Answering_ModeOnce_FiresOnce) {
    auto asked = question(R"({"kind":"cross","price":"100"})", 0, 600);
    asked.mode = common::AlertMode::Once;
    EXPECT_EQ(answer(asked, walk(3, 600)).find("count")->integer(), 1);
}

TEST(Preview, Answering_MoreThanTheList_CountsAll) {
    std::vector<Candle> minutes;
    for (int i = 0; i < 800; ++i)
        minutes.push_back(minute(i, 100, 110, 90, 100));
    auto const found = answer(question(R"({"kind":"cross","price":"105"})", 0, 800), minutes);
    EXPECT_EQ(found.find("fires")->items().size(), kPreviewFiresMax);
    EXPECT_GE(found.find("count")->integer(), 1'598) << "up and down in each minute";
}

TEST(Preview, Answering_HoleOrNothing_SaysSoInTheCoverage) {
    auto minutes = walk(1, 60);
    auto const complete = [](common::json::Value const& found) {
        return found.find("coverage")->find("complete")->boolean();
    };
    auto const asked = question(R"({"kind":"above","price":"103"})", 0, 60);
    EXPECT_TRUE(complete(answer(asked, minutes)));
    minutes.erase(minutes.begin() + 30);
    EXPECT_FALSE(complete(answer(asked, minutes)));
    auto const none = answer(asked, {});
    EXPECT_FALSE(complete(none));
    EXPECT_EQ(none.find("count")->integer(), 0);
    EXPECT_TRUE(none.find("coverage")->find("from")->isNull());
}

TEST(Preview, Answering_RunningMinute_TellsNoTimeThatIsStillToCome) {
    auto asked = question(R"({"kind":"above","price":"105"})", 0, 1);
    asked.asked = kStart + 5'000;
    std::vector minutes{minute(0, 100, 110, 90, 100)};
    minutes[0].closed = false;
    auto const found = answer(asked, minutes);
    ASSERT_EQ(found.find("count")->integer(), 1);
    EXPECT_EQ(found.find("fires")->items()[0].find("time")->integer(), asked.asked);
}

}  // namespace
}  // namespace ingestion
