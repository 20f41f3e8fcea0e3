#include "notifier/protocol/command.hpp"

#include <gtest/gtest.h>

#include <string>

namespace notifier {
namespace {

using common::ErrorCode;

FrameError refusal(std::string const& text) {
    auto const command = parseFrame(text);
    EXPECT_FALSE(command) << text.substr(0, 200);
    return command ? FrameError{{ErrorCode::Internal, "accepted", {}, {}}, {}, {}} : command.error();
}

Command accepted(std::string const& text) {
    auto const command = parseFrame(text);
    EXPECT_TRUE(command) << text.substr(0, 200) << ": " << (command ? "" : command.error().error.message);
    return command.value_or(Command{});
}

std::string parameter(Command const& command, std::string_view name) {
    auto const* const value = command.params.find(name);
    return value == nullptr ? "(none)" : value->text();
}

TEST(Frame, Parse_EveryMethodOfTheTable_IsKnownUnderItsName) {
    for (auto const& row : methodTable()) {
        auto const command = accepted(R"({"method":")" + std::string(row.name) + R"("})");
        EXPECT_EQ(command.method, row.method);
        EXPECT_EQ(methodText(command.method), row.name);
    }
}

TEST(Frame, Parse_EveryExampleOfTheTable_IsACommandOfItsMethod) {
    for (auto const& row : methodTable())
        EXPECT_EQ(accepted(std::string(row.example)).method, row.method) << row.example;
}

TEST(Frame, Parse_Ids_AreEchoedAsGiven) {
    EXPECT_EQ(accepted(R"({"id":7,"method":"ping"})").idJson, "7");
    EXPECT_EQ(accepted(R"({"id":-9223372036854775808,"method":"ping"})").idJson, "-9223372036854775808");
    EXPECT_EQ(accepted(R"({"id":9223372036854775807,"method":"ping"})").idJson, "9223372036854775807");
    EXPECT_EQ(accepted(R"({"id":"a\"b","method":"ping"})").idJson, R"("a\"b")");
    EXPECT_EQ(accepted(R"({"id":"","method":"ping"})").idJson, R"("")");
    EXPECT_EQ(accepted(R"({"method":"ping"})").idJson, "");
    // 64 characters of two bytes each: characters count, not bytes.
    std::string id;
    for (int i = 0; i < 64; ++i)
        id += "é";
    EXPECT_EQ(accepted(R"({"id":")" + id + R"(","method":"ping"})").idJson, '"' + id + '"');
}

TEST(Frame, Parse_IdsThatBreakTheRule_Are1002WithNullId) {
    for (std::string const id :
         {"1.0", "1e3", "9223372036854775808", "-9223372036854775809", "true", "null", "[]", "{}",
          "\""
          "12345678901234567890123456789012345678901234567890123456789012345"
          "\""}) {
        auto const refused = refusal(R"({"id":)" + id + R"(,"method":"ping"})");
        EXPECT_EQ(refused.error.code, ErrorCode::BadRequest) << id;
        EXPECT_EQ(refused.error.field, "id");
        EXPECT_EQ(refused.idJson, "null");
        EXPECT_EQ(refused.method, "ping");
    }
}

TEST(Frame, Parse_NoJson_Is1001WithNullId) {
    for (std::string const text :
         {"", " ", "hello", "{", R"({"id":1,"method":"ping"} x)", R"({"id":1,"method":"ping",})", R"({"a":NaN})",
          R"({"a":Infinity})", R"({"a":01})", R"({"a":+1})", R"({'a':1})", R"({"id":1,"id":2,"method":"ping"})",
          R"({"method":"ping","x":{"a":1,"a":1}})", R"({"a":"\ud800"})", R"({"a":"\udc00\ud800"})", "{\"a\":\"\xff\"}",
          "{\"a\":\"\xc0\x80\"}", "{\"a\":\"\xed\xa0\x80\"}"}) {
        auto const refused = refusal(text);
        EXPECT_EQ(refused.error.code, ErrorCode::BadJson) << text;
        EXPECT_EQ(refused.idJson, "null");
        EXPECT_EQ(refused.method, "");
    }
    EXPECT_EQ(refusal(std::string("{\"method\":\"ping\"}\0", 18)).error.code, ErrorCode::BadJson);
    EXPECT_EQ(refusal(std::string("{\"a\":\"\0\"}", 9)).error.code, ErrorCode::BadJson);
}

TEST(Frame, Parse_Depth100000_Is1001AndCostsNoStack) {
    for (std::string const open : {"[", "{\"a\":"}) {
        std::string text = R"({"method":"ping","x":)";
        for (int i = 0; i < 100'000; ++i)
            text += open;
        EXPECT_EQ(refusal(text).error.code, ErrorCode::BadJson);
    }
}

TEST(Frame, Parse_HugeNumbersAndLongStringsInUnknownMembers_AreIgnored) {
    accepted(R"({"method":"ping","x":)" + std::string(300, '9') + "}");
    accepted(R"({"method":"ping","x":1e308})");
    accepted(R"({"method":"ping","x":1e-999999999})");
    accepted(R"({"method":"ping","x":")" + std::string(65'000, 'x') + R"("})");
    accepted(R"({"method":"ping","x":"\ud83d\ude00\u0000"})");
}

TEST(Frame, Parse_NumbersBeyondEveryRange_Are1001) {
    // RFC 8259 section 6 lets a parser bound its numbers; ours ends where a double does.
    EXPECT_EQ(refusal(R"({"method":"ping","x":)" + std::string(60'000, '9') + "}").error.code, ErrorCode::BadJson);
    EXPECT_EQ(refusal(R"({"method":"ping","x":1e309})").error.code, ErrorCode::BadJson);
    EXPECT_EQ(refusal(R"({"method":"ping","x":1e999999999999})").error.code, ErrorCode::BadJson);
}

TEST(Frame, Parse_NoObject_Is1002WithNullId) {
    for (std::string const text : {"[]", "1", "\"ping\"", "null", "true", R"([{"id":1,"method":"ping"}])"}) {
        auto const refused = refusal(text);
        EXPECT_EQ(refused.error.code, ErrorCode::BadRequest) << text;
        EXPECT_EQ(refused.idJson, "null");
    }
}

TEST(Frame, Parse_MethodMissing_Is1101) {
    for (std::string const text : {"{}", R"({"id":5})", R"({"symbol":"BTCUSDT"})", R"({"params":"BTCUSDT above 1"})",
                                   R"({"symbol":"BTCUSDT","threshold":"1","when":{}})"}) {
        auto const refused = refusal(text);
        EXPECT_EQ(refused.error.code, ErrorCode::MissingField) << text;
        EXPECT_EQ(refused.error.field, "method");
    }
    EXPECT_EQ(refusal(R"({"id":5})").idJson, "5");
    EXPECT_EQ(refusal("{}").idJson, "");
}

TEST(Frame, Parse_MethodOfAnotherType_Is1002) {
    for (std::string const method : {"1", "null", "[]", "{}", "true"})
        EXPECT_EQ(refusal(R"({"method":)" + method + "}").error.code, ErrorCode::BadRequest) << method;
}

TEST(Frame, Parse_UnknownMethod_Is1003AndEchoed) {
    for (std::string const method : {"", "Ping", "subscribe ", "foretell", "__proto__"}) {
        auto const refused = refusal(R"({"id":"x","method":")" + method + R"("})");
        EXPECT_EQ(refused.error.code, ErrorCode::UnknownMethod) << method;
        EXPECT_EQ(refused.idJson, R"("x")");
        EXPECT_EQ(refused.method, method);
    }
    // What is long is no method; echoing it would only make the reply long.
    EXPECT_EQ(refusal(R"({"method":")" + std::string(60'000, 'p') + R"("})").method, "");
}

TEST(Frame, Parse_ParametersInParamsOrAtTopLevel_AreTheSame) {
    EXPECT_EQ(parameter(accepted(R"({"method":"pause","alert_id":"al_1"})"), "alert_id"), "al_1");
    EXPECT_EQ(parameter(accepted(R"({"method":"pause","params":{"alert_id":"al_1"}})"), "alert_id"), "al_1");
    auto const top = accepted(R"({"id":1,"method":"pause","alert_id":"al_1"})");
    EXPECT_EQ(top.params.find("id"), nullptr);
    EXPECT_EQ(top.params.find("method"), nullptr);
}

TEST(Frame, Parse_ParametersInBothPlaces_Are1002) {
    auto const refused = refusal(R"({"id":1,"method":"pause","params":{},"alert_id":"al_1"})");
    EXPECT_EQ(refused.error.code, ErrorCode::BadRequest);
    EXPECT_EQ(refused.error.field, "alert_id");
    EXPECT_EQ(refused.idJson, "1");
    EXPECT_EQ(refusal(R"({"method":"subscribe","params":"BTCUSDT above 1","mode":"once"})").error.code,
              ErrorCode::BadRequest);
    EXPECT_EQ(refusal(R"({"params":{"symbol":"BTCUSDT","threshold":1},"threshold":1})").error.code,
              ErrorCode::BadRequest);
    EXPECT_EQ(refusal(R"({"params":{"symbol":"BTCUSDT","threshold":1},"symbol":"X"})").error.code,
              ErrorCode::BadRequest);
}

TEST(Frame, Parse_UnknownMembersBesideParams_AreIgnored) {
    accepted(R"({"jsonrpc":"2.0","id":1,"method":"pause","params":{"alert_id":"al_1"},"trace":true})");
}

TEST(Frame, Parse_ParamsOfAnotherType_Are1002) {
    for (std::string const params : {"1", "null", "[]", "true"}) {
        auto const refused = refusal(R"({"method":"subscribe","params":)" + params + "}");
        EXPECT_EQ(refused.error.code, ErrorCode::BadRequest) << params;
        EXPECT_EQ(refused.error.field, "params");
    }
    EXPECT_EQ(refusal(R"({"method":"list","params":"BTCUSDT"})").error.code, ErrorCode::BadRequest);
}

TEST(Frame, Parse_TextForm_StandsAsString) {
    auto const command = accepted(R"({"id":3,"method":"subscribe","params":"BTCUSDT above 70000"})");
    EXPECT_TRUE(command.params.isString());
    EXPECT_EQ(command.params.text(), "BTCUSDT above 70000");
}

TEST(Frame, Parse_FoundingForm_IsSubscribe) {
    for (std::string const text :
         {R"({"symbol":"BTCUSDT","threshold":"70000"})", R"({"params":{"symbol":"BTCUSDT","threshold":"70000"}})"}) {
        auto const command = accepted(text);
        EXPECT_EQ(command.method, Method::Subscribe);
        EXPECT_TRUE(command.founding);
        EXPECT_EQ(parameter(command, "threshold"), "70000");
    }
    EXPECT_EQ(accepted(R"({"id":4,"symbol":"BTCUSDT","threshold":70000})").idJson, "4");
}

}  // namespace
}  // namespace notifier
