#include "common/core/json.hpp"

#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <limits>
#include <string>

namespace common::json {
namespace {

bool isRefused(std::string_view text) {
    auto const parsed = parse(text);
    return !parsed && parsed.error().code == ErrorCode::BadJson;
}

TEST(Json, Parse_EachType_IsKept) {
    auto const parsed =
        parse(R"( {"s":"a\u0062\n","n":-1.50e3,"i":9223372036854775807,"t":true,"z":null,"a":[1,[]]} )");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->find("s")->text(), "ab\n");
    EXPECT_EQ(parsed->find("n")->text(), "-1.50e3") << "numbers keep their text";
    EXPECT_EQ(parsed->find("n")->integer(), std::nullopt);
    EXPECT_EQ(parsed->find("i")->integer(), 9'223'372'036'854'775'807);
    EXPECT_TRUE(parsed->find("t")->boolean());
    EXPECT_TRUE(parsed->find("z")->isNull());
    ASSERT_EQ(parsed->find("a")->items().size(), 2U);
    EXPECT_TRUE(parsed->find("a")->items()[1].isArray());
    EXPECT_EQ(parsed->find("absent"), nullptr);
    EXPECT_EQ(parsed->members().front().name, "s") << "members keep their order";
}

TEST(Json, Parse_Scalars_AreWholeTexts) {
    EXPECT_TRUE(parse("1")->isNumber());
    EXPECT_TRUE(parse("\"\"")->isString());
    EXPECT_TRUE(parse("null")->isNull());
    EXPECT_EQ(parse("1")->find("x"), nullptr);
    EXPECT_EQ(parse("99999999999999999999")->integer(), std::nullopt);
    EXPECT_EQ(parse("-9223372036854775808")->integer(), std::numeric_limits<std::int64_t>::min());
}

TEST(Json, Parse_LongNumbers_StayText) {
    std::string const digits(300, '9');
    EXPECT_EQ(parse(digits)->text(), digits);
    auto const fraction = "0." + std::string(5'000, '1');
    EXPECT_EQ(parse(fraction)->text(), fraction);
    EXPECT_EQ(parse("1e-300")->text(), "1e-300");
    EXPECT_TRUE(isRefused("1e999999")) << "over the range of a double RapidJSON itself refuses";
}

TEST(Json, Parse_BrokenText_IsRefused) {
    constexpr std::array<std::string_view, 34> kBroken{
        "",          " ",       "{",         "}",    "[1,]",     "{\"a\":1,}", "{\"a\"}",       "{a:1}",     "{'a':1}",
        "[1 2]",     "1 2",     "{} {}",     "{}x",  "NaN",      "-NaN",       "Infinity",      "-Infinity", "nul",
        "True",      "01",      "+1",        "1.",   ".5",       "1e",         "0x10",          "\"a",       "\"\\x\"",
        "\"\\u12\"", "// a\n1", "/* a */ 1", "[1]]", "\"a\nb\"", "\"\tb\"",    "\xEF\xBB\xBF{}"};
    for (auto const text : kBroken)
        EXPECT_TRUE(isRefused(text)) << text;
}

TEST(Json, Parse_NulBytes_AreRefusedWhereverTheyStand) {
    EXPECT_TRUE(isRefused(std::string_view("{}\0", 3)));
    EXPECT_TRUE(isRefused(std::string_view("{}\0{\"a\":1}", 10)));
    EXPECT_TRUE(isRefused(std::string_view("\0{}", 3)));
    EXPECT_TRUE(isRefused(std::string_view("\"a\0b\"", 5)));
    EXPECT_EQ(parse(R"("a\u0000b")")->text(), std::string("a\0b", 3)) << "an escaped one is a character";
}

TEST(Json, Parse_MalformedUtf8_IsRefused) {
    constexpr std::array<std::string_view, 9> kMalformed{
        "\"\xFF\"",         "\"\xC3\"",         "\"\xC0\xAF\"",
        "\"\xE0\x80\xAF\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"",
        "\"\x80\"",         "{\"\xFF\":1}",     "\"\xF8\x88\x80\x80\x80\""};
    for (auto const text : kMalformed)
        EXPECT_TRUE(isRefused(text));
    EXPECT_TRUE(isRefused(R"("\ud800")")) << "a lone surrogate";
    EXPECT_TRUE(isRefused(R"("\udc00\ud800")"));
    EXPECT_EQ(parse(R"("\ud83d\ude00")")->text(), "\xF0\x9F\x98\x80");
    EXPECT_EQ(parse("\"\xF0\x9F\x98\x80\"")->text(), "\xF0\x9F\x98\x80");
}

TEST(Json, Parse_DuplicateMembers_AreRefusedHoweverWritten) {
    EXPECT_TRUE(isRefused(R"({"a":1,"a":2})"));
    EXPECT_TRUE(isRefused(R"({"a":1,"\u0061":2})"));
    EXPECT_TRUE(isRefused(R"({"x":{"a":1,"b":2,"a":3}})"));
    EXPECT_TRUE(isRefused(R"({"":1,"":2})"));
    EXPECT_TRUE(parse(R"({"a":{"a":1},"A":2})"));
    for (int const count : {2, 16, 17, 500}) {
        std::string members;
        for (int i = 0; i < count; ++i)
            members += "\"" + std::to_string(i) + "\":1,";
        EXPECT_TRUE(parse("{" + members + "\"x\":1}")) << count;
        EXPECT_TRUE(isRefused("{" + members + "\"1\":1}")) << count;
    }
}

TEST(Json, Parse_Depth_StopsAtTheLimit) {
    auto const nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    EXPECT_TRUE(parse(nested(32)));
    EXPECT_TRUE(isRefused(nested(33)));
    EXPECT_TRUE(parse(nested(33), {.depthMax = 33}));
    EXPECT_TRUE(isRefused(std::string(1'000'000, '['))) << "costs no stack";
    std::string objects;
    for (int i = 0; i < 33; ++i)
        objects += "{\"a\":";
    EXPECT_TRUE(isRefused(objects));
}

TEST(Json, Parse_FrameFullOfMembers_TakesLittleTime) {
    // 64 KiB is a client's largest frame; the check for duplicates must not make it an attack.
    std::string text = "{";
    for (int i = 0; text.size() < 65'000; ++i)
        text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
    text += '}';
    auto const begin = std::clock();  // processor time: the machine may be busy with others
    EXPECT_TRUE(parse(text));
    EXPECT_LT(std::clock() - begin, CLOCKS_PER_SEC / 15) << "pair by pair it takes twice as long";
}

}  // namespace
}  // namespace common::json
