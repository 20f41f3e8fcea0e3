#include "ingestion/exchange/binance/stream_session.hpp"

#include <gtest/gtest.h>

#include "common/core/json.hpp"

#include <algorithm>
#include <deque>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace ingestion::binance {
namespace {

struct Sent {
    std::int64_t atMs;
    std::string method;
    std::int64_t id;
    std::vector<std::string> names;
    std::size_t bytes;
};

Sent parsed(std::string const& text, std::int64_t atMs) {
    auto const root = common::json::parse(text).value();
    Sent sent{atMs, root.find("method")->text(), root.find("id")->integer().value(), {}, text.size()};
    if (auto const* const params = root.find("params"))
        for (auto const& name : params->items())
            sent.names.push_back(name.text());
    return sent;
}

struct StreamSessionTest : ::testing::Test {
    StreamSession session{SessionLimits{}};
    std::int64_t nowMs = 1'000;

    void open() {
        session.openTarget();
        session.opened(nowMs);
    }
    std::vector<Sent> runTo(std::int64_t untilMs) {
        std::vector<Sent> out;
        for (; nowMs <= untilMs; ++nowMs)
            while (auto const text = session.poll(nowMs))
                out.push_back(parsed(*text, nowMs));
        --nowMs;
        return out;
    }
};

TEST_F(StreamSessionTest, OpenTarget_KnownSet_StandsInTheUrlAndHoldsWhenOpened) {
    session.want("BTCUSDT");
    session.want("ETHUSDT");
    EXPECT_EQ(session.openTarget(), "/stream?streams=btcusdt@trade/ethusdt@trade");
    EXPECT_FALSE(session.complete());
    session.opened(nowMs);
    EXPECT_TRUE(session.complete());
    EXPECT_EQ(session.takeAcknowledged(), (std::vector<std::string>{"BTCUSDT", "ETHUSDT"}));
    EXPECT_TRUE(runTo(5'000).empty());
}

TEST_F(StreamSessionTest, OpenTarget_NonAsciiSymbol_IsPercentEncoded) {
    session.want("币USDT");
    EXPECT_EQ(session.openTarget(), "/stream?streams=%E5%B8%81usdt@trade");
}

TEST_F(StreamSessionTest, OpenTarget_ThousandSymbols_IsBoundedAndTheRestFollowsByMessages) {
    for (int i = 0; i < 1'000; ++i)
        session.want(fmt::format("SYMBOL{:04}USDT", i));
    auto const target = session.openTarget();
    EXPECT_LE(target.size(), 4'000U);
    auto const inUrl = static_cast<std::size_t>(std::ranges::count(target, '@'));
    EXPECT_EQ(inUrl, 150U);
    session.opened(nowMs);
    auto const sent = runTo(nowMs + 3'000);
    std::set<std::string> names;
    for (auto const& one : sent) {
        EXPECT_EQ(one.method, "SUBSCRIBE");
        EXPECT_LT(one.bytes, 4'096U);
        EXPECT_LE(one.names.size(), 150U);
        names.insert(one.names.begin(), one.names.end());
        session.acknowledged(one.id, nowMs);
    }
    EXPECT_EQ(names.size() + inUrl, 1'000U);
    EXPECT_TRUE(session.complete());
}

TEST_F(StreamSessionTest, Want_AfterAPause_IsSentAtOnceAndTheNextOnesTogether) {
    open();
    session.want("BTCUSDT");
    auto const first = session.poll(nowMs);
    ASSERT_TRUE(first);
    EXPECT_EQ(parsed(*first, nowMs).names, (std::vector<std::string>{"btcusdt@trade"}));
    session.want("ETHUSDT");
    EXPECT_FALSE(session.poll(nowMs + 10));
    session.want("BNBUSDT");
    EXPECT_EQ(session.dueMs(), nowMs + 250);
    auto const second = session.poll(nowMs + 250);
    ASSERT_TRUE(second);
    EXPECT_EQ(parsed(*second, 0).names, (std::vector<std::string>{"ethusdt@trade", "bnbusdt@trade"}));
}

TEST_F(StreamSessionTest, Poll_AnyMixOfChangesAndPings_NeverMoreThanFiveFramesInARollingSecond) {
    std::mt19937_64 random(7);
    open();
    std::deque<std::int64_t> frames;
    auto const count = [&frames](std::int64_t atMs) {
        frames.push_back(atMs);
        while (frames.front() <= atMs - 1'000)
            frames.pop_front();
        ASSERT_LE(frames.size(), 5U) << "at " << atMs;
    };
    for (; nowMs < 200'000; ++nowMs) {
        auto const symbol = fmt::format("S{}", random() % 300);
        if (random() % 20 == 0) session.want(symbol);
        if (random() % 20 == 0) session.unwant(symbol, nowMs);
        if (nowMs % 1'250 == 0) {
            session.pinged(nowMs);
            count(nowMs);
        }
        while (auto const text = session.poll(nowMs)) {
            count(nowMs);
            session.acknowledged(parsed(*text, nowMs).id, nowMs);
        }
    }
}

TEST_F(StreamSessionTest, Unwant_WhileAsking_LeavesOnlyAfterTheAcknowledgement) {
    open();
    session.want("BTCUSDT");
    auto const sent = runTo(nowMs);
    session.unwant("BTCUSDT", nowMs);
    EXPECT_TRUE(session.complete());
    EXPECT_TRUE(runTo(nowMs + 2'000).empty());
    session.acknowledged(sent.front().id, nowMs);
    EXPECT_TRUE(session.takeAcknowledged().empty());
    auto const left = runTo(nowMs + 1'000);
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].method, "UNSUBSCRIBE");
    session.acknowledged(left[0].id, nowMs);
    EXPECT_EQ(session.streamCount(), 0U);
}

TEST_F(StreamSessionTest, Want_WhileLeaving_IsSubscribedAgain) {
    session.want("BTCUSDT");
    open();
    session.takeAcknowledged();
    session.unwant("BTCUSDT", nowMs);
    auto const left = runTo(nowMs + 300);
    ASSERT_EQ(left.size(), 1U);
    session.want("BTCUSDT");
    EXPECT_FALSE(session.complete());
    session.acknowledged(left[0].id, nowMs);
    auto const again = runTo(nowMs + 300);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].method, "SUBSCRIBE");
    session.acknowledged(again[0].id, nowMs);
    EXPECT_TRUE(session.isAcknowledged("BTCUSDT"));
    EXPECT_EQ(session.takeAcknowledged(), (std::vector<std::string>{"BTCUSDT"}));
}

TEST_F(StreamSessionTest, Want_BeforeTheUnsubscribeLeft_CostsNoMessageAndIsAcknowledgedAgain) {
    session.want("BTCUSDT");
    open();
    session.takeAcknowledged();
    session.unwant("BTCUSDT", nowMs);
    session.want("BTCUSDT");
    EXPECT_EQ(session.takeAcknowledged(), (std::vector<std::string>{"BTCUSDT"}));
    EXPECT_TRUE(runTo(nowMs + 5'000).empty());
}

TEST_F(StreamSessionTest, MissingAck_AsksForTheListAndSubscribesWhatIsMissing) {
    open();
    session.want("BTCUSDT");
    session.want("ETHUSDT");
    ASSERT_EQ(runTo(nowMs).size(), 1U);
    auto const sent = runTo(nowMs + 10'000);
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].method, "LIST_SUBSCRIPTIONS");
    session.listed(sent[0].id, {"ethusdt@trade"}, nowMs);
    EXPECT_EQ(session.takeAcknowledged(), (std::vector<std::string>{"ETHUSDT"}));
    auto const again = runTo(nowMs + 300);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].names, (std::vector<std::string>{"btcusdt@trade"}));
    EXPECT_EQ(session.failure(), "");
}

TEST_F(StreamSessionTest, MissingAck_TwiceInARow_GivesTheConnectionUp) {
    open();
    session.want("BTCUSDT");
    runTo(nowMs);
    auto const first = runTo(nowMs + 10'000);
    session.listed(first.at(0).id, {}, nowMs);
    auto const again = runTo(nowMs + 10'400);
    ASSERT_EQ(again.size(), 2U);
    EXPECT_EQ(again[1].method, "LIST_SUBSCRIPTIONS");
    session.listed(again[1].id, {}, nowMs);
    EXPECT_NE(session.failure(), "");
}

TEST_F(StreamSessionTest, Probe_Unanswered_GivesTheConnectionUpAfterTheTimeout) {
    open();
    session.probe();
    ASSERT_EQ(runTo(nowMs).size(), 1U);
    runTo(nowMs + 9'999);
    EXPECT_EQ(session.failure(), "");
    runTo(nowMs + 1);
    EXPECT_NE(session.failure(), "");
}

TEST_F(StreamSessionTest, Probe_ListLacksASubscription_SubscribesItAgain) {
    session.want("BTCUSDT");
    session.want("ETHUSDT");
    open();
    session.takeAcknowledged();
    session.probe();
    auto const probe = runTo(nowMs);
    session.listed(probe.at(0).id, {"btcusdt@trade"}, nowMs);
    EXPECT_FALSE(session.complete());
    auto const again = runTo(nowMs + 300);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].names, (std::vector<std::string>{"ethusdt@trade"}));
}

TEST_F(StreamSessionTest, Acknowledged_UnknownOrRepeatedIds_ChangeNothing) {
    open();
    session.want("BTCUSDT");
    auto const sent = runTo(nowMs);
    session.acknowledged(999, nowMs);
    EXPECT_FALSE(session.complete());
    session.acknowledged(sent[0].id, nowMs);
    session.acknowledged(sent[0].id, nowMs);
    session.listed(999, {}, nowMs);
    EXPECT_EQ(session.takeAcknowledged().size(), 1U);
    EXPECT_TRUE(session.complete());
}

/// A model exchange that loses some requests: the two sides agree in the end, whatever was asked for in between.
TEST_F(StreamSessionTest, RandomChanges_WithLostRequests_ConvergeToWhatIsWanted) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        std::mt19937_64 random(seed);
        StreamSession subject{SessionLimits{}};
        std::set<std::string> wanted;
        std::set<std::string> exchange;
        subject.openTarget();
        subject.opened(0);
        for (std::int64_t t = 0; t < 200'000; t += 10) {
            if (t < 60'000 && random() % 5 == 0) {
                auto const symbol = fmt::format("S{}", random() % 40);
                if (random() % 2 == 0) {
                    subject.want(symbol);
                    wanted.insert(symbol);
                } else {
                    subject.unwant(symbol, t);
                    wanted.erase(symbol);
                }
            }
            while (auto const text = subject.poll(t)) {
                auto const sent = parsed(*text, t);
                if (sent.method == "LIST_SUBSCRIPTIONS") {
                    subject.listed(sent.id, {exchange.begin(), exchange.end()}, t);
                    continue;
                }
                if (t < 60'000 && random() % 10 == 0) continue;
                for (auto const& name : sent.names)
                    sent.method == "SUBSCRIBE" ? (void)exchange.insert(name) : (void)exchange.erase(name);
                subject.acknowledged(sent.id, t);
            }
            if (!subject.failure().empty()) break;  // given up: the pool's matter
        }
        if (!subject.failure().empty()) continue;
        std::set<std::string> names;
        for (auto const& symbol : wanted)
            names.insert(tradeStream(symbol));
        EXPECT_EQ(exchange, names) << "seed " << seed;
        EXPECT_TRUE(subject.complete());
        EXPECT_EQ(subject.streamCount(), wanted.size());
    }
}

TEST(Commands, IsStreamable_OnlyNamesThatCannotCostTheConnection) {
    for (auto const* const good : {"BTCUSDT", "1000SATSUSDT", "BTC_PERP", "A-B.C", "币安USDT"})
        EXPECT_TRUE(isStreamable(good)) << good;
    for (std::string const& bad :
         {std::string(""), std::string("btcusdt"), std::string("BTC USDT"), std::string("BTC@TRADE"),
          std::string("A/B"), std::string("A\"B"), std::string("A\n"), std::string("\xff\xfe"), std::string(41, 'A')})
        EXPECT_FALSE(isStreamable(bad)) << bad;
}

}  // namespace
}  // namespace ingestion::binance
