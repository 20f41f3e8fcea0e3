#include "notifier/protocol/requests.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

namespace notifier {
namespace {

using common::Error;
using common::ErrorCode;
using common::Result;

Command command(std::string const& text) {
    auto const parsed = parseFrame(text);
    EXPECT_TRUE(parsed) << text;
    return parsed.value_or(Command{});
}

/// A request of this method with these parameters (`"a":1,"b":2`).
Command request(std::string const& method, std::string const& parameters) {
    return command(R"({"method":")" + method + "\"" + (parameters.empty() ? "" : ",") + parameters + "}");
}

template <class T>
void expectError(Result<T> const& result, ErrorCode code, std::string const& field, std::string const& about) {
    ASSERT_FALSE(result) << about;
    EXPECT_EQ(static_cast<int>(result.error().code), static_cast<int>(code)) << about;
    EXPECT_EQ(result.error().field, field) << about;
    EXPECT_FALSE(result.error().message.empty()) << about;
}

constexpr auto kAbove = R"("symbol":"btcusdt","when":{"kind":"above","price":"70000.00"})";

TEST(ReadSubscribe, RequiredAlone_TakesTheDefaults) {
    auto const read = readSubscribe(request("subscribe", kAbove));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->symbol, "btcusdt");
    EXPECT_EQ(common::conditionJson(read->condition), R"({"kind":"above","price":"70000"})");
    EXPECT_EQ(read->mode, common::AlertMode::Every);
    EXPECT_EQ(read->cooldown, 0);
    EXPECT_FALSE(read->key || read->upsert || read->expires || read->note || read->channels);
}

TEST(ReadSubscribe, EveryOption_IsRead) {
    auto const read = readSubscribe(request(
        "subscribe", std::string(kAbove) + R"(,"mode":"once","cooldown":"5m","expires":"2h","key":"k","note":"n",)"
                                           R"("channels":["push","wh_1","push"],"upsert":true)"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->mode, common::AlertMode::Once);
    EXPECT_EQ(read->cooldown, 300'000);
    EXPECT_EQ(read->expires, std::optional(std::optional(Expiry{true, 7'200'000})));
    EXPECT_EQ((*read->expires)->at(1'000), 7'201'000);
    EXPECT_EQ(read->key, "k");
    EXPECT_EQ(read->note, std::optional(std::optional<std::string>("n")));
    EXPECT_EQ(read->channels, std::optional(std::optional(std::vector<std::string>{"push", "wh_1"})));
    EXPECT_TRUE(read->upsert);
}

TEST(ReadSubscribe, Null_ClearsWhatCanBeClearedAndIsElseNotGiven) {
    auto const read = readSubscribe(request(
        "subscribe", std::string(kAbove) + R"(,"mode":null,"cooldown":null,"expires":null,"key":null,"note":null,)"
                                           R"("channels":null,"upsert":null)"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->cooldown, 0);
    EXPECT_TRUE(read->expires && !*read->expires);
    EXPECT_TRUE(read->note && !*read->note);
    EXPECT_TRUE(read->channels && !*read->channels);
    EXPECT_FALSE(read->key || read->upsert);
}

TEST(ReadSubscribe, ExpiresAsInteger_IsATime) {
    auto const read = readSubscribe(request("subscribe", std::string(kAbove) + R"(,"expires":1760000000000)"));
    ASSERT_TRUE(read);
    EXPECT_EQ((*read->expires)->at(5), 1'760'000'000'000);
}

TEST(ReadSubscribe, ChannelsEmpty_IsHistoryOnly) {
    auto const read = readSubscribe(request("subscribe", std::string(kAbove) + R"(,"channels":[])"));
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->channels && *read->channels && (*read->channels)->empty());
}

TEST(ReadSubscribe, FoundingForm_IsAboveEvery) {
    for (std::string const threshold : {R"("70000.0")", "70000"}) {
        auto const read = readSubscribe(command(R"({"symbol":"BTCUSDT","threshold":)" + threshold + "}"));
        ASSERT_TRUE(read);
        EXPECT_EQ(common::conditionText(read->condition), "above 70000");
        EXPECT_EQ(read->mode, common::AlertMode::Every);
    }
    expectError(readSubscribe(command(R"({"symbol":"BTCUSDT","threshold":"-1"})")), ErrorCode::BadDecimal, "threshold",
                "negative");
    expectError(readSubscribe(command(R"({"threshold":"1"})")), ErrorCode::MissingField, "symbol", "no symbol");
}

TEST(ReadSubscribe, BadParameters_NameTheField) {
    std::string const when = R"("when":{"kind":"above","price":"1"})";
    std::string const symbol = R"("symbol":"BTCUSDT")";
    std::string const both = symbol + "," + when + ",";
    std::vector<std::tuple<std::string, ErrorCode, std::string>> const table{
        {when, ErrorCode::MissingField, "symbol"},
        {R"("symbol":1,)" + when, ErrorCode::BadValue, "symbol"},
        {R"("symbol":null,)" + when, ErrorCode::BadValue, "symbol"},
        {symbol, ErrorCode::MissingField, "when"},
        {symbol + R"(,"when":"above")", ErrorCode::BadValue, "when"},
        {symbol + R"(,"when":{})", ErrorCode::MissingField, "when.kind"},
        {symbol + R"(,"when":{"kind":"abve","price":"1"})", ErrorCode::UnknownKind, "when.kind"},
        {symbol + R"(,"when":{"kind":"above"})", ErrorCode::MissingField, "when.price"},
        {symbol + R"(,"when":{"kind":"above","price":"1","oops":1})", ErrorCode::BadValue, "when.oops"},
        {symbol + R"(,"when":{"kind":"cross","price":"1","initial":false})", ErrorCode::BadValue, "when.initial"},
        {symbol + R"(,"when":{"kind":"enter","low":"2","high":"1"})", ErrorCode::BadValue, "when.low"},
        {both + R"("mode":"sometimes")", ErrorCode::BadValue, "mode"},
        {both + R"("mode":1)", ErrorCode::BadValue, "mode"},
        {both + R"("cooldown":"-5m")", ErrorCode::BadValue, "cooldown"},
        {both + R"("cooldown":"5 m")", ErrorCode::BadValue, "cooldown"},
        {both + R"("cooldown":"5")", ErrorCode::BadValue, "cooldown"},
        {both + R"("cooldown":1.5)", ErrorCode::BadValue, "cooldown"},
        {both + R"("cooldown":{})", ErrorCode::BadValue, "cooldown"},
        {both + R"("expires":"soon")", ErrorCode::BadValue, "expires"},
        {both + R"("expires":0)", ErrorCode::BadValue, "expires"},
        {both + R"("expires":1e12)", ErrorCode::BadValue, "expires"},
        {both + R"("expires":true)", ErrorCode::BadValue, "expires"},
        {both + R"("key":"")", ErrorCode::BadValue, "key"},
        {both + R"("key":")" + std::string(65, 'k') + '"', ErrorCode::BadValue, "key"},
        {both + R"("key":"a\u0000b")", ErrorCode::BadValue, "key"},
        {both + R"("key":7)", ErrorCode::BadValue, "key"},
        {both + R"("note":")" + std::string(1'001, 'n') + '"', ErrorCode::BadValue, "note"},
        {both + R"("note":"\u0007")", ErrorCode::BadValue, "note"},
        {both + R"("note":7)", ErrorCode::BadValue, "note"},
        {both + R"("channels":"push")", ErrorCode::BadValue, "channels"},
        {both + R"("channels":[1])", ErrorCode::BadValue, "channels"},
        {both + R"("upsert":"yes")", ErrorCode::BadValue, "upsert"},
    };
    for (auto const& [parameters, code, field] : table)
        expectError(readSubscribe(request("subscribe", parameters)), code, field, parameters);
}

TEST(ReadSubscribe, BadDecimals_Are1105) {
    for (std::string const price :
         {R"("0")", "0", R"("-1")", "-1", R"("+1")", R"("1e3")", "1e3", R"("1.")", R"(".5")", R"(" 1")", R"("1,5")",
          R"("0x10")", R"("")", "null", "true", "[]", R"("0.123456789")", R"("NaN")", R"("92233720369")"})
        expectError(
            readSubscribe(request("subscribe", R"("symbol":"B","when":{"kind":"above","price":)" + price + "}")),
            ErrorCode::BadDecimal, "when.price", price);
    for (auto const& [price, text] : std::vector<std::pair<std::string, std::string>>{
             {R"("0.00000001")", "0.00000001"}, {"92233720368.54775807", "92233720368.54775807"}, {"007.10", ""}}) {
        auto const parsed =
            parseFrame(R"({"method":"subscribe","symbol":"B","when":{"kind":"above","price":)" + price + "}}");
        if (text.empty()) {
            EXPECT_FALSE(parsed) << "leading zeros are no JSON number";
            continue;
        }
        auto const read = readSubscribe(*parsed);
        ASSERT_TRUE(read) << price;
        EXPECT_EQ(read->condition.price.text(), text);
    }
}

TEST(ReadUnsubscribe, ExactlyOneSelector_IsTaken) {
    EXPECT_EQ(readUnsubscribe(request("unsubscribe", R"("alert_id":"al_1")"))->alertId, "al_1");
    EXPECT_EQ(readUnsubscribe(request("unsubscribe", R"("key":"k")"))->key, "k");
    EXPECT_EQ(readUnsubscribe(request("unsubscribe", R"("symbol":"btcusdt")"))->symbol, "BTCUSDT");
    EXPECT_TRUE(readUnsubscribe(request("unsubscribe", R"("all":true)"))->all);
    EXPECT_EQ(readUnsubscribe(request("unsubscribe", R"("alert_id":"al_1","all":false,"key":null)"))->alertId, "al_1");
}

TEST(ReadUnsubscribe, NoneOrSeveralSelectors_Are1002) {
    for (std::string const given :
         {"", R"("all":false)", R"("key":null)", R"("alert_id":"a","key":"k")", R"("symbol":"A","all":true)"})
        expectError(readUnsubscribe(request("unsubscribe", given)), ErrorCode::BadRequest, "", given);
    expectError(readUnsubscribe(request("unsubscribe", R"("alert_id":1)")), ErrorCode::BadValue, "alert_id", "type");
    expectError(readUnsubscribe(request("unsubscribe", R"("all":"true")")), ErrorCode::BadValue, "all", "type");
}

TEST(ReadList, Defaults_AreTheFirstHundredOfAll) {
    auto const read = readList(request("list", ""));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->limit, 100);
    EXPECT_EQ(read->afterId, 0);
    EXPECT_FALSE(read->symbol || read->status);
}

TEST(ReadList, FilterAndCursor_AreRead) {
    auto const read = readList(request("list", R"("symbol":"ethusdt","state":"halted","limit":1000,"cursor":")" +
                                                   listCursor(common::AlertId{4'711}) + '"'));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->symbol, "ETHUSDT");
    EXPECT_EQ(read->status, common::AlertStatus::Halted);
    EXPECT_EQ(read->limit, 1'000);
    EXPECT_EQ(read->afterId, 4'711);
    EXPECT_EQ(readList(request("list", R"("cursor":null)"))->afterId, 0);
}

TEST(ReadList, BadFilter_NamesTheField) {
    for (std::string const limit : {"0", "1001", "-1", "\"5\"", "1.5", "99999999999999999999"})
        expectError(readList(request("list", R"("limit":)" + limit)), ErrorCode::BadValue, "limit", limit);
    expectError(readList(request("list", R"("state":"dead")")), ErrorCode::BadValue, "state", "state");
    for (std::string const cursor : {"", "c", "c0", "c-5", "cxyz", "5", "c5 ", "cffffffffffffffffff"})
        expectError(readList(request("list", R"("cursor":")" + cursor + '"')), ErrorCode::BadValue, "cursor", cursor);
}

TEST(ReadUpdate, Set_IsRead) {
    auto const read = readUpdate(
        request("update", R"("alert_id":"al_1","if_rev":3,"set":{"when":{"kind":"below","price":"5"},"mode":"once",)"
                          R"("cooldown":null,"note":null,"channels":["push"],"expires":"1h","symbol":"ignored"})"));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->alertId, "al_1");
    EXPECT_EQ(read->ifRev, 3);
    EXPECT_EQ(common::conditionText(*read->condition), "below 5");
    EXPECT_EQ(read->mode, common::AlertMode::Once);
    EXPECT_EQ(read->cooldown, 0);
    EXPECT_TRUE(read->note && !*read->note);
    EXPECT_EQ(**read->channels, std::vector<std::string>{"push"});
    EXPECT_TRUE((*read->expires)->relative);
}

TEST(ReadUpdate, BadParameters_NameTheField) {
    std::vector<std::tuple<std::string, ErrorCode, std::string>> const table{
        {R"("set":{})", ErrorCode::MissingField, "alert_id"},
        {R"("alert_id":"a")", ErrorCode::MissingField, "set"},
        {R"("alert_id":"a","set":[])", ErrorCode::BadValue, "set"},
        {R"("alert_id":"a","set":{},"if_rev":"1")", ErrorCode::BadValue, "if_rev"},
        {R"("alert_id":"a","set":{"when":null})", ErrorCode::BadValue, "when"},
        {R"("alert_id":"a","set":{"when":{"kind":"above","price":"x"}})", ErrorCode::BadDecimal, "when.price"},
        {R"("alert_id":"a","set":{"mode":"twice"})", ErrorCode::BadValue, "mode"},
        {R"("alert_id":"a","set":{"cooldown":"x"})", ErrorCode::BadValue, "cooldown"},
    };
    for (auto const& [parameters, code, field] : table)
        expectError(readUpdate(request("update", parameters)), code, field, parameters);
}

TEST(ReadAlertId, MissingOrMistyped_IsRefused) {
    EXPECT_EQ(*readAlertId(request("pause", R"("alert_id":"al_1")")), "al_1");
    expectError(readAlertId(request("rearm", "")), ErrorCode::MissingField, "alert_id", "missing");
    expectError(readAlertId(request("rearm", R"("alert_id":5)")), ErrorCode::BadValue, "alert_id", "type");
}

TEST(ReadResume, BothParameters_AreRequired) {
    auto const read = readResume(request("resume", R"("epoch":"e","after":41)"));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->epoch, "e");
    EXPECT_EQ(read->after, 41);
    expectError(readResume(request("resume", R"("after":1)")), ErrorCode::MissingField, "epoch", "epoch");
    expectError(readResume(request("resume", R"("epoch":"e")")), ErrorCode::MissingField, "after", "after");
    expectError(readResume(request("resume", R"("epoch":"e","after":-1)")), ErrorCode::BadValue, "after", "negative");
    expectError(readResume(request("resume", R"("epoch":1,"after":1)")), ErrorCode::BadValue, "epoch", "type");
}

TEST(ReadAck, Seq_IsAnIntegerFromZero) {
    EXPECT_EQ(*readAck(request("ack", R"("seq":9223372036854775807)")), 9'223'372'036'854'775'807);
    expectError(readAck(request("ack", "")), ErrorCode::MissingField, "seq", "missing");
    expectError(readAck(request("ack", R"("seq":"1")")), ErrorCode::BadValue, "seq", "type");
    expectError(readAck(request("ack", R"("seq":-1)")), ErrorCode::BadValue, "seq", "negative");
}

TEST(ReadHistory, Defaults_AreTheFirstHundred) {
    auto const read = readHistory(request("history", ""));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->after, 0);
    EXPECT_EQ(read->limit, 100);
    expectError(readHistory(request("history", R"("limit":1001)")), ErrorCode::BadValue, "limit", "limit");
    expectError(readHistory(request("history", R"("after":"0")")), ErrorCode::BadValue, "after", "type");
}

TEST(ReadWatch, Symbols_AreListedWithoutRepeats) {
    auto const read = readWatch(request("watch", R"("symbols":["a","b","a"],"interval_ms":250)"));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->symbols, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(read->intervalMs, 250);
    EXPECT_EQ(readWatch(request("watch", R"("symbols":["a"])"))->intervalMs, 1'000);
}

TEST(ReadWatch, BadParameters_NameTheField) {
    expectError(readWatch(request("watch", "")), ErrorCode::MissingField, "symbols", "missing");
    for (std::string const symbols : {"[]", "\"a\"", "[1]", "null"})
        expectError(readWatch(request("watch", R"("symbols":)" + symbols)), ErrorCode::BadValue, "symbols", symbols);
    for (std::string const interval : {"249", "60001", "\"1s\"", "1.5"})
        expectError(readWatch(request("watch", R"("symbols":["a"],"interval_ms":)" + interval)), ErrorCode::BadValue,
                    "interval_ms", interval);
    std::string many = R"("symbols":["x")";
    for (int i = 0; i < 1'000; ++i)
        many += ",\"s" + std::to_string(i) + '"';
    expectError(readWatch(request("watch", many + "]")), ErrorCode::TooManySymbols, "symbols", "1001 symbols");
}

TEST(ReadAuth, OneSecret_IsTaken) {
    EXPECT_EQ(readAuth(request("auth", R"("token":"t")"))->token, "t");
    EXPECT_EQ(readAuth(request("auth", R"("session":"s")"))->session, "s");
    expectError(readAuth(request("auth", "")), ErrorCode::MissingField, "token", "none");
    expectError(readAuth(request("auth", R"("token":"t","session":"s")")), ErrorCode::BadRequest, "", "both");
    expectError(readAuth(request("auth", R"("token":1)")), ErrorCode::BadValue, "token", "type");
}

}  // namespace
}  // namespace notifier
