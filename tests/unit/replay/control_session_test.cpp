#include "examples/replay/protocol/control.hpp"

#include <gtest/gtest.h>

namespace replay {
namespace {

ControlSession opened(std::string_view target, ControlSession::Limits limits = {}) {
    ControlSession session(limits);
    EXPECT_TRUE(session.open(target)) << target;
    return session;
}

TEST(ControlSession, Open_EveryUrlShape_IsAccepted) {
    EXPECT_EQ(opened("/ws").streams().size(), 0U);
    EXPECT_EQ(opened("/ws/0").streams().size(), 0U);
    EXPECT_EQ(opened("/ws/btcusdt@trade/ethusdt@trade").streams().size(), 2U);
    EXPECT_EQ(opened("/ws/btcusdt%40trade").streams().at(0).name, "btcusdt@trade");
    EXPECT_FALSE(opened("/ws/btcusdt@trade").isCombined());
    EXPECT_TRUE(opened("/stream").isCombined());
    EXPECT_EQ(opened("/stream?streams=").streams().size(), 0U);
    EXPECT_EQ(opened("/stream?streams=btcusdt@trade/btcusdt@kline_1d@+08:00").streams().at(1).name,
              "btcusdt@kline_1d@+08:00");
    EXPECT_TRUE(opened("/stream?streams=a@trade&timeUnit=MICROSECOND").isMicroseconds());
    EXPECT_TRUE(opened("/ws?timeUnit=microsecond").isMicroseconds());
    EXPECT_FALSE(opened("/ws?timeUnit=MILLISECOND").isMicroseconds());
    ControlSession other({});
    EXPECT_FALSE(other.open("/api/v3/ping"));
    EXPECT_FALSE(other.open("/wsx"));
}

TEST(ControlSession, Subscribe_Names_AnswersNullAndKeepsOrder) {
    auto session = opened("/ws");
    auto const answer =
        session.request(R"({"method":"SUBSCRIBE","params":["btcusdt@trade","nosuchcoin@trade"],"id":1})");
    EXPECT_EQ(answer.text, R"({"result":null,"id":1})");
    EXPECT_FALSE(answer.fatal);
    EXPECT_EQ(answer.subscribed.size(), 2U);
    auto const again = session.request(R"({"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":2})");
    EXPECT_EQ(again.text, R"({"result":null,"id":2})");
    EXPECT_TRUE(again.subscribed.empty());
    EXPECT_EQ(session.request(R"({"method":"LIST_SUBSCRIPTIONS","id":3})").text,
              R"({"result":["btcusdt@trade","nosuchcoin@trade"],"id":3})");
    auto const left = session.request(R"({"method":"UNSUBSCRIBE","params":["btcusdt@trade","never@trade"],"id":"u1"})");
    EXPECT_EQ(left.text, R"({"result":null,"id":"u1"})");
    EXPECT_EQ(left.unsubscribed.size(), 1U);
}

TEST(ControlSession, Properties_Combined_SwitchesTheWrapper) {
    auto session = opened("/ws");
    EXPECT_EQ(session.request(R"({"method":"GET_PROPERTY","params":["combined"],"id":5})").text,
              R"({"result":false,"id":5})");
    EXPECT_EQ(session.request(R"({"method":"SET_PROPERTY","params":["combined",true],"id":null})").text,
              R"({"result":null,"id":null})");
    EXPECT_TRUE(session.isCombined());
}

struct ErrorCase {
    char const* request;
    char const* answer;
};
class ControlErrors : public ::testing::TestWithParam<ErrorCase> {};

TEST_P(ControlErrors, Request_IsWrong_AnswersTheWrappedErrorAndEnds) {
    auto session = opened("/ws");
    auto const answer = session.request(GetParam().request);
    EXPECT_EQ(answer.text, GetParam().answer);
    EXPECT_TRUE(answer.fatal);
    EXPECT_FALSE(answer.violation.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Documented, ControlErrors,
    ::testing::Values(
        ErrorCase{"{", R"({"error":{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"},"id":null})"},
        ErrorCase{R"({"id":1})",
                  R"({"error":{"code":2,"msg":"Invalid request: missing field `method` at line 1 column 8"},"id":1})"},
        ErrorCase{
            R"({"method":"SUBSCRIBES","id":1})",
            R"({"error":{"code":2,"msg":"Invalid request: unknown variant `SUBSCRIBES`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY` at line 1 column 22"},"id":1})"},
        ErrorCase{R"({"method":"LIST_SUBSCRIPTIONS"})",
                  R"({"error":{"code":2,"msg":"Invalid request: request ID must be an unsigned integer"},"id":null})"},
        ErrorCase{R"({"method":"LIST_SUBSCRIPTIONS","id":[]})",
                  R"({"error":{"code":2,"msg":"Invalid request: request ID must be an unsigned integer"},"id":null})"},
        ErrorCase{R"({"method":"SUBSCRIBE","params":["btcusdt"],"id":1})",
                  R"({"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":1})"},
        ErrorCase{R"({"method":"SUBSCRIBE","params":[7],"id":1})",
                  R"({"error":{"code":2,"msg":"Invalid request: invalid stream"},"id":1})"},
        ErrorCase{R"({"method":"GET_PROPERTY","params":["other"],"id":1})",
                  R"({"error":{"code":0,"msg":"Unknown property"},"id":1})"},
        ErrorCase{R"({"method":"SET_PROPERTY","params":["combined","yes"],"id":1})",
                  R"({"error":{"code":1,"msg":"Invalid value type: expected Boolean"},"id":1})"},
        ErrorCase{R"({"method":"GET_PROPERTY","params":[1],"id":1})",
                  R"({"error":{"code":2,"msg":"Invalid request: property name must be a string"},"id":1})"},
        ErrorCase{R"({"method":"SET_PROPERTY","params":["combined",true,1],"id":1})",
                  R"({"error":{"code":2,"msg":"Invalid request: too many parameters"},"id":1})"}));

TEST(ControlSession, Subscribe_OverTheLimit_IsErrorFour) {
    auto session = opened("/ws", {.streamsMax = 2, .requestBytesMax = 4'096});
    session.request(R"({"method":"SUBSCRIBE","params":["a@trade"],"id":1})");
    auto const answer = session.request(R"({"method":"SUBSCRIBE","params":["b@trade","c@trade"],"id":2})");
    EXPECT_EQ(answer.text, R"({"error":{"code":4,"msg":"Too many subscriptions"},"id":2})");
    EXPECT_EQ(session.streams().size(), 1U);
}

TEST(ControlSession, Request_Over4096Bytes_IsIgnored) {
    auto session = opened("/ws");
    std::string const padding(4'096, ' ');
    auto const answer = session.request(R"({"method":"LIST_SUBSCRIPTIONS","id":1})" + padding);
    EXPECT_TRUE(answer.text.empty());
    EXPECT_FALSE(answer.fatal);
    EXPECT_EQ(answer.violation, "oversized_request");
}

TEST(StreamName, Parse_Kinds_AreRecognised) {
    auto const kind = [](std::string_view name) { return parseStream(name).value().kind; };
    EXPECT_EQ(kind("btcusdt@trade"), StreamKind::Trade);
    EXPECT_EQ(kind("btcusdt@aggTrade"), StreamKind::AggTrade);
    EXPECT_EQ(kind("btcusdt@kline_1M"), StreamKind::Kline);
    EXPECT_EQ(kind("btcusdt@kline_7m"), StreamKind::Silent);
    EXPECT_EQ(kind("btcusdt@ticker_4h"), StreamKind::RollingTicker);
    EXPECT_EQ(kind("!miniTicker@arr"), StreamKind::AllMiniTickers);
    EXPECT_EQ(kind("!ticker_1d@arr"), StreamKind::AllRollingTickers);
    EXPECT_EQ(kind("!ticker@arr"), StreamKind::Silent);
    EXPECT_EQ(kind("btcusdt@noSuchStream"), StreamKind::Silent);
    EXPECT_EQ(kind("BTCUSDT@trade"), StreamKind::Silent);
    EXPECT_EQ(parseStream("\xe5\xb8\x81usdt@trade").value().symbol, "\xe5\xb8\x81USDT");
    for (auto const* const bad :
         {"", "btcusdt", "@trade", "btcusdt@", "btc usdt@trade", "btcusdt@trade\n", "!", "a\"b@trade"})
        EXPECT_FALSE(parseStream(bad)) << bad;
}

}  // namespace
}  // namespace replay
