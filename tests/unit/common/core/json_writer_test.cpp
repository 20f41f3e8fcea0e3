#include "common/core/json_writer.hpp"

#include "common/core/json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace common::json {
namespace {

TEST(JsonWriter, Write_EachType_IsOneText) {
    Writer out;
    out.beginObject()
        .field("s", "x")
        .field("i", std::numeric_limits<std::int64_t>::min())
        .field("b", true)
        .nullField("n")
        .field("o", std::optional<std::int64_t>{})
        .key("a")
        .beginArray()
        .value(1)
        .raw("70000.10")
        .endArray()
        .endObject();
    EXPECT_EQ(out.take(), R"({"s":"x","i":-9223372036854775808,"b":true,"n":null,"o":null,"a":[1,70000.10]})");
}

TEST(JsonWriter, Write_HostileText_IsEscapedAndReadsBack) {
    std::string all;
    for (int c = 0; c < 0x80; ++c)
        all += static_cast<char>(c);
    all += "\xE2\x82\xBF\"\\";
    Writer out;
    out.value(all);
    for (char const c : out.text())
        EXPECT_GE(static_cast<unsigned char>(c), 0x20) << "no control character stands bare";
    EXPECT_EQ(parse(out.text())->text(), all);
}

TEST(JsonWriter, Write_Doubles_ReadBackOrAreNull) {
    for (double const number : {0.1, 1.0 / 3.0, 1e300, -2.5, 123456789.125}) {
        Writer out;
        out.value(number);
        EXPECT_EQ(std::stod(out.text()), number);
        EXPECT_TRUE(parse(out.text())->isNumber());
    }
    for (double const number : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
        Writer out;
        out.value(number);
        EXPECT_EQ(out.text(), "null");
    }
}

TEST(JsonWriter, Write_ParsedValue_KeepsNumbersAsTheyStood) {
    constexpr std::string_view kText = R"({"p":70000.00,"e":1E5,"l":[null,true,"ä",{}],"z":-0})";
    Writer out;
    out.value(*parse(kText));
    EXPECT_EQ(out.text(), kText);
}

}  // namespace
}  // namespace common::json
