#include "notifier/api/query.hpp"

#include <gtest/gtest.h>

namespace notifier {
namespace {

using common::ErrorCode;

Query parsed(std::string_view text) {
    auto query = Query::parse(text);
    EXPECT_TRUE(query) << text;
    return query.value_or(Query());
}

TEST(Query, Text_EscapesPlusAndEmptyParts_AreDecoded) {
    auto const query = parsed("&a=b%20c+d&&e=%C3%A4&f&g=1=2");
    EXPECT_EQ(query.find("a"), "b c d");
    EXPECT_EQ(query.find("e"), "ä");
    EXPECT_EQ(query.find("f"), "");
    EXPECT_EQ(query.find("g"), "1=2");
    EXPECT_EQ(query.find("x"), std::nullopt);
}

TEST(Query, Text_BrokenEscapeOrRepeat_IsRefused) {
    for (auto const* const text : {"a=%", "a=%4", "a=%zz", "%G1=a", "a=%-1", "a=1&a=2", "a=1&%61=2"}) {
        auto const query = Query::parse(text);
        ASSERT_FALSE(query) << text;
        EXPECT_EQ(query.error().code, ErrorCode::BadRequest);
    }
}

TEST(Query, Integer_OutsideItsLimitsOrNoNumber_IsRefusedByName) {
    for (auto const* const text : {"n=0", "n=11", "n=", "n=1.0", "n=+5", "n=1e1", "n=99999999999999999999", "n=5x"}) {
        auto const number = parsed(text).integer("n", 1, 10, 7);
        ASSERT_FALSE(number) << text;
        EXPECT_EQ(number.error().code, ErrorCode::BadValue);
        EXPECT_EQ(number.error().field, "n");
    }
    EXPECT_EQ(parsed("n=10").integer("n", 1, 10, 7), 10);
    EXPECT_EQ(parsed("").integer("n", 1, 10, 7), 7);
}

TEST(Query, DurationAndTime_AnyForm_IsReadOrRefused) {
    EXPECT_EQ(parsed("d=5m").duration("d", 0), 300'000);
    EXPECT_EQ(parsed("d=250").duration("d", 0), 250);
    EXPECT_EQ(parsed("").duration("d", 9), 9);
    EXPECT_FALSE(parsed("d=soon").duration("d", 0));
    EXPECT_EQ(parsed("t=1760000000000").time("t").value(), 1'760'000'000'000);
    EXPECT_EQ(parsed("").time("t").value(), std::nullopt);
    EXPECT_FALSE(parsed("t=9000000000000000000").time("t")) << "sums of times would overflow";
    EXPECT_FALSE(parsed("t=yesterday").time("t"));
}

TEST(Query, RequiredText_Missing_IsNamed) {
    auto const missing = parsed("a=1").text("symbol");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::MissingField);
    EXPECT_EQ(missing.error().field, "symbol");
}

}  // namespace
}  // namespace notifier
