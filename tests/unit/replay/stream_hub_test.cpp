#include "examples/replay/protocol/stream_hub.hpp"

#include "common/core/json.hpp"

#include <gtest/gtest.h>

namespace replay {
namespace {

class FakeReader : public Subscriber {
public:
    explicit FakeReader(bool combined = false, bool micro = false) : combined_(combined), micro_(micro) {}
    bool isCombined() const override { return combined_; }
    bool isMicroseconds() const override { return micro_; }
    void deliver(std::string_view, std::string_view payload) override {
        EXPECT_TRUE(common::json::parse(payload)) << payload;
        got.emplace_back(payload);
    }
    std::vector<std::string> got;

private:
    bool combined_;
    bool micro_;
};

constexpr TimeMs kNow = 1'723'161'255'342;

class StreamHubTest : public ::testing::Test {
protected:
    StreamHubTest()
        : exchange_(Exchange::synthetic({makeListing("BTCUSDT"), makeListing("ETHUSDT")}, 7, {}, kNow)),
          hub_(*exchange_) {}

    std::unique_ptr<Exchange> exchange_;
    StreamHub hub_;
    Trade const trade_{42, Decimal::fromUnits(7'665'000'000'000), Decimal::fromUnits(40'000), kNow, true};
};

TEST_F(StreamHubTest, Trade_RawCombinedAndMicroseconds_AreAsTheExchangeWritesThem) {
    FakeReader raw;
    FakeReader combined(true);
    FakeReader micro(false, true);
    auto const stream = parseStream("btcusdt@trade").value();
    for (auto* const reader : {&raw, &combined, &micro})
        hub_.add(stream, *reader);
    hub_.trade(0, trade_, kNow + 1);
    std::string const event =
        R"({"e":"trade","E":1723161255343,"s":"BTCUSDT","t":42,"p":"76650.00000000","q":"0.00040000","T":1723161255342,"m":true,"M":true})";
    EXPECT_EQ(raw.got, std::vector{event});
    EXPECT_EQ(combined.got, std::vector{R"({"stream":"btcusdt@trade","data":)" + event + "}"});
    ASSERT_EQ(micro.got.size(), 1U);
    EXPECT_NE(micro.got[0].find(R"("T":1723161255342000)"), std::string::npos);
}

TEST_F(StreamHubTest, Remove_EndsTheStream_ForThisReaderOnly) {
    FakeReader a;
    FakeReader b;
    auto const stream = parseStream("btcusdt@trade").value();
    hub_.add(stream, a);
    hub_.add(stream, b);
    hub_.remove(stream, a);
    hub_.trade(0, trade_, kNow);
    hub_.remove(stream, b);
    hub_.trade(0, trade_, kNow);
    EXPECT_TRUE(a.got.empty());
    EXPECT_EQ(b.got.size(), 1U);
}

TEST_F(StreamHubTest, UnknownSymbolsAndStreams_StaySilent) {
    FakeReader reader;
    for (auto const* const name : {"nosuchcoin@trade", "btcusdt@noSuchStream", "BTCUSDT@trade"})
        hub_.add(parseStream(name).value(), reader);
    hub_.trade(0, trade_, kNow);
    hub_.second(kNow);
    EXPECT_TRUE(reader.got.empty());
}

TEST_F(StreamHubTest, Second_EveryPeriodicStream_SendsItsEvent) {
    struct Case {
        char const* stream;
        char const* part;
    };
    for (auto const& [name, part] :
         {Case{"btcusdt@kline_1m", R"("e":"kline")"}, Case{"btcusdt@miniTicker", R"("e":"24hrMiniTicker")"},
          Case{"btcusdt@ticker", R"("e":"24hrTicker")"}, Case{"btcusdt@ticker_1h", R"("e":"1hTicker")"},
          Case{"btcusdt@avgPrice", R"("e":"avgPrice")"}, Case{"!miniTicker@arr", R"([{"e":"24hrMiniTicker")"},
          Case{"!ticker_4h@arr", R"([{"e":"4hTicker")"}}) {
        StreamHub hub(*exchange_);
        FakeReader reader;
        hub.add(parseStream(name).value(), reader);
        hub.second(kNow);
        ASSERT_EQ(reader.got.size(), 1U) << name;
        EXPECT_NE(reader.got[0].find(part), std::string::npos) << reader.got[0];
    }
}

TEST_F(StreamHubTest, Candle_Closes_OnceAndIsMarked) {
    FakeReader reader;
    hub_.add(parseStream("btcusdt@kline_1m").value(), reader);
    TimeMs const minute = kNow / 60'000 * 60'000;
    for (TimeMs now = minute + 50'000; now < minute + 70'000; now += 1'000)
        hub_.second(now);
    int closed = 0;
    for (auto const& text : reader.got) {
        auto const k = *common::json::parse(text)->find("k");
        if (!k.find("x")->boolean()) continue;
        ++closed;
        EXPECT_EQ(k.find("t")->integer(), minute);
        EXPECT_EQ(k.find("T")->integer(), minute + 59'999);
    }
    EXPECT_EQ(closed, 1);
}

TEST_F(StreamHubTest, AllMiniTickers_HoldOnlyChangedSymbols) {
    FakeReader reader;
    hub_.add(parseStream("!miniTicker@arr").value(), reader);
    hub_.second(kNow);
    hub_.second(kNow + 1'000);
    ASSERT_EQ(reader.got.size(), 1U);
    exchange_->books()[1].append(trade_.price, trade_.qty, kNow + 1'500, false);
    hub_.second(kNow + 2'000);
    ASSERT_EQ(reader.got.size(), 2U);
    auto const array = common::json::parse(reader.got[1]).value();
    ASSERT_EQ(array.items().size(), 1U);
    EXPECT_EQ(array.items()[0].find("s")->text(), "ETHUSDT");
}

}  // namespace
}  // namespace replay
