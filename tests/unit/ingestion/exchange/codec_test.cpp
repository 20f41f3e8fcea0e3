#include "ingestion/exchange/binance/codec.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace ingestion::binance {
namespace {

constexpr std::string_view kRaw =
    R"({"e":"trade","E":1787000000123,"s":"BTCUSDT","t":6600000001,"p":"76650.00000000","q":"0.00040000","T":1787000000122,"m":true,"M":true})";
constexpr std::string_view kCombined =
    R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1787000000123,"s":"BTCUSDT","t":6600000001,"p":"76650.00000000","q":"0.00040000","T":1787000000122,"m":true,"M":true}})";

Frame decoded(std::string_view text) {
    Codec codec;
    auto frame = codec.decode(text);
    frame.symbol = {};  // may point into the codec
    return frame;
}

std::string replaced(std::string_view text, std::string_view what, std::string_view with) {
    std::string out(text);
    out.replace(out.find(what), what.size(), with);
    return out;
}

TEST(Codec, Decode_RawAndCombinedTrade_GivesExactMembers) {
    for (auto const text : {kRaw, kCombined}) {
        Codec codec;
        auto const& frame = codec.decode(text);
        ASSERT_EQ(frame.kind, FrameKind::Trade);
        EXPECT_EQ(frame.symbol, "BTCUSDT");
        EXPECT_EQ(frame.eventTime, 1787000000123);
        EXPECT_EQ(frame.trade.id, 6600000001);
        EXPECT_EQ(frame.trade.aggLastId, 0);
        EXPECT_EQ(frame.trade.price.value.units(), 7'665'000'000'000);
        EXPECT_EQ(frame.trade.price.text(), "76650.00000000");
        EXPECT_EQ(frame.trade.qty.text(), "0.00040000");
        EXPECT_EQ(frame.trade.time, 1787000000122);
        EXPECT_TRUE(frame.trade.buyerMaker);
        Frame fast;
        EXPECT_TRUE(scanTrade(text, fast));
    }
}

TEST(Codec, Decode_UnusualButValidTrade_ReadsTheSameTrade) {
    std::array const texts{
        // Members in another order, unknown ones, blanks, an escape, more decimals dropped, no M.
        std::string(
            R"({"data":{"M":true,"m":true,"T":1787000000122,"q":"0.00040000","p":"76650.00000000","t":6600000001,)"
            R"("s":"BTCUSDT","E":1787000000123,"e":"trade"},"stream":"btcusdt@trade"})"),
        replaced(kCombined, R"("e":"trade")", R"("e":"trade","X":{"new":[1,2,{}]})"),
        replaced(kRaw, R"(,"M":true)", R"( ,
 "b":88 )"),
        replaced(kRaw, "BTCUSDT", "BTC\\u0055SDT"),
        replaced(kCombined, ",\"M\":true", ""),
    };
    for (auto const& text : texts) {
        Frame fast;
        EXPECT_FALSE(scanTrade(text, fast)) << text;
        Codec codec;
        auto const& frame = codec.decode(text);
        ASSERT_EQ(frame.kind, FrameKind::Trade) << text;
        EXPECT_EQ(frame.symbol, "BTCUSDT");
        EXPECT_EQ(frame.trade.id, 6600000001);
        EXPECT_EQ(frame.trade.price.text(), "76650.00000000");
        EXPECT_TRUE(frame.trade.buyerMaker);
    }
}

TEST(Codec, Decode_NonAsciiSymbol_KeepsItsBytes) {
    Codec codec;
    auto const text = replaced(kCombined, "BTCUSDT", "币安USDT");
    EXPECT_EQ(codec.decode(text).kind, FrameKind::Trade);
    EXPECT_EQ(codec.decode(text).symbol, "币安USDT");
}

TEST(Codec, Decode_PriceZero_IsStillATrade) {
    auto const frame = decoded(replaced(kCombined, "76650.00000000", "0"));
    ASSERT_EQ(frame.kind, FrameKind::Trade);
    EXPECT_TRUE(frame.trade.price.value.isZero());
}

TEST(Codec, Decode_ExtremesOfInt64_AreExact) {
    auto const largest = decoded(replaced(kRaw, "0.00040000", "92233720368.54775807"));
    ASSERT_EQ(largest.kind, FrameKind::Trade);
    EXPECT_EQ(largest.trade.qty.text(), "92233720368.54775807");
    EXPECT_EQ(decoded(replaced(kRaw, "0.00040000", "92233720368.54775808")).kind, FrameKind::Malformed);
    EXPECT_EQ(decoded(replaced(kRaw, "6600000001", "9223372036854775807")).trade.id, 9223372036854775807);
    EXPECT_EQ(decoded(replaced(kRaw, "6600000001", "9223372036854775808")).kind, FrameKind::Malformed);
}

TEST(Codec, Decode_TradeThatBreaksItsForm_IsMalformed) {
    for (auto const& [what, with] : std::array<std::pair<std::string_view, std::string_view>, 12>{{
             {R"("76650.00000000")", "76650.00000000"},
             {"76650.00000000", "76650.000000001"},
             {"76650.00000000", "-76650.00000000"},
             {"76650.00000000", "7.665e4"},
             {"76650.00000000", ""},
             {"76650.00000000", "."},
             {"6600000001", "-1"},
             {"6600000001", "1.5"},
             {"6600000001", "\"6600000001\""},
             {"\"m\":true", "\"m\":1"},
             {"\"s\":\"BTCUSDT\"", "\"s\":7"},
             {"\"T\":1787000000122", "\"T\":null"},
         }})
        EXPECT_EQ(decoded(replaced(kCombined, what, with)).kind, FrameKind::Malformed) << with;
}

TEST(Codec, Decode_HostileText_IsMalformedAndNothingElse) {
    std::string const deep(200'000, '[');
    for (std::string_view const text :
         {std::string_view(""), std::string_view("{"), std::string_view("nul"), std::string_view("{\"e\":\"trade\"}"),
          std::string_view("\0{}", 3), std::string_view("{\"stream\":\"\xff\",\"data\":{}}"), std::string_view(deep),
          std::string_view("<html>451</html>"), kCombined.substr(0, kCombined.size() - 1)})
        EXPECT_EQ(decoded(text).kind, FrameKind::Malformed) << text.substr(0, 60);
    EXPECT_EQ(decoded(std::string(kRaw) + "}").kind, FrameKind::Malformed);
}

TEST(Codec, Decode_ControlFrames_AreToldApart) {
    auto const ack = decoded(R"({"result":null,"id":17})");
    EXPECT_EQ(ack.kind, FrameKind::Ack);
    EXPECT_EQ(ack.id, 17);
    EXPECT_EQ(decoded(R"({"id":17,"result":null})").kind, FrameKind::Ack);
    EXPECT_EQ(decoded(R"({"result":null,"id":null})").id, std::nullopt);
    EXPECT_EQ(decoded(R"({"result":null,"id":"abc"})").id, std::nullopt);

    auto const list = decoded(R"({"result":["btcusdt@trade","ethusdt@trade"],"id":3})");
    ASSERT_EQ(list.kind, FrameKind::Subscriptions);
    EXPECT_EQ(list.id, 3);
    EXPECT_EQ(list.names, (std::vector<std::string>{"btcusdt@trade", "ethusdt@trade"}));
    EXPECT_TRUE(decoded(R"({"result":[],"id":3})").names.empty());
    EXPECT_EQ(decoded(R"({"result":true,"id":5})").kind, FrameKind::Other);
}

TEST(Codec, Decode_ErrorFrames_WrappedAndFlat) {
    auto const wrapped = decoded(R"({"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":1})");
    EXPECT_EQ(wrapped.kind, FrameKind::Error);
    EXPECT_EQ(wrapped.code, 2);
    EXPECT_EQ(wrapped.message, "Invalid request: invalid stream");
    EXPECT_EQ(wrapped.id, 1);
    auto const flat = decoded(R"({"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"})");
    EXPECT_EQ(flat.kind, FrameKind::Error);
    EXPECT_EQ(flat.code, 3);
    EXPECT_EQ(flat.id, std::nullopt);
    EXPECT_EQ(decoded(R"({"error":"what","id":null})").kind, FrameKind::Error);
}

TEST(Codec, Decode_ServerShutdown_BothShapes) {
    EXPECT_EQ(decoded(R"({"e":"serverShutdown","E":1787000000123})").kind, FrameKind::ServerShutdown);
    EXPECT_EQ(decoded(R"({"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1787000000123}})").kind,
              FrameKind::ServerShutdown);
}

TEST(Codec, Decode_EventsOfOtherStreams_AreOther) {
    for (std::string_view const text :
         {R"([{"e":"24hrMiniTicker","s":"BTCUSDT"}])",
          R"({"stream":"!miniTicker@arr","data":[{"e":"24hrMiniTicker"}]})",
          R"({"u":400900217,"s":"BNBUSDT","b":"25.35","B":"31.2","a":"25.36","A":"40.6"})", "{}", "[]", "7", "null",
          R"({"e":"aggTrade","E":1,"s":"BTCUSDT","a":1,"p":"1","q":"1","f":1,"l":2,"T":1,"m":true,"M":true})",
          R"({"e":"newKind","E":1})", R"({"e":7})"})
        EXPECT_EQ(decoded(text).kind, FrameKind::Other) << text;
}

/// The quick path against the JSON parser, over trades that are broken a little in one or two places.
TEST(Codec, ScanTrade_MutatedFrames_NeverDisagreesWithJson) {
    std::mt19937_64 random(20'260'721);
    auto const below = [&random](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
    constexpr std::string_view kBytes = "0123456789\"\\,:{}[].-+eE \t\n\0tfMms\x7f\x80\xc3";
    int taken = 0;
    for (int round = 0; round < 60'000; ++round) {
        std::string text(round % 2 == 0 ? kRaw : kCombined);
        for (std::size_t changes = below(3); changes > 0; --changes) {
            auto const at = below(text.size());
            switch (below(4)) {
                case 0:
                    text[at] = kBytes[below(kBytes.size())];
                    break;
                case 1:
                    text.erase(at, 1 + below(3));
                    break;
                case 2:
                    text.insert(at, 1, kBytes[below(kBytes.size())]);
                    break;
                default:
                    text.insert(at, text.substr(at, below(12)));
            }
        }
        Frame fast;
        if (!scanTrade(text, fast)) continue;
        ++taken;
        Frame slow;
        std::string symbol;
        decodeJson(text, slow, symbol);
        ASSERT_EQ(slow.kind, FrameKind::Trade) << text;
        ASSERT_EQ(fast.symbol, slow.symbol) << text;
        ASSERT_EQ(fast.trade, slow.trade) << text;
        ASSERT_EQ(fast.eventTime, slow.eventTime) << text;
    }
    EXPECT_GT(taken, 20'000);
}

}  // namespace
}  // namespace ingestion::binance
