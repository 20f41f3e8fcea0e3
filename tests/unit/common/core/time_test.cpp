#include "common/core/time.hpp"

#include <gtest/gtest.h>

#include <array>

namespace common {
namespace {

TEST(Duration, Parse_EachUnit_IsMilliseconds) {
    EXPECT_EQ(parseDuration("500ms"), 500);
    EXPECT_EQ(parseDuration("30s"), 30'000);
    EXPECT_EQ(parseDuration("5m"), 300'000);
    EXPECT_EQ(parseDuration("1h"), 3'600'000);
    EXPECT_EQ(parseDuration("2d"), 172'800'000);
    EXPECT_EQ(parseDuration("1500"), 1'500);
    EXPECT_EQ(parseDuration("0"), 0);
}

TEST(Duration, Parse_AnythingElse_IsRefused) {
    constexpr std::array<std::string_view, 15> kRefused{"",   "s",    "-5s", "+5s",   " 5s", "5 s", "5s ", "1.5h",
                                                        "5S", "5min", "5w",  "1h30m", "0x5", "1e3", "5ms5"};
    for (auto const text : kRefused)
        EXPECT_FALSE(parseDuration(text)) << text;
}

TEST(Duration, Parse_HundredYears_IsTheEnd) {
    EXPECT_EQ(parseDuration("36525d"), 36'525LL * 24 * 60 * 60 * 1'000);
    EXPECT_FALSE(parseDuration("36526d"));
    EXPECT_FALSE(parseDuration("99999999999999999999999d"));
    EXPECT_FALSE(parseDuration("9223372036854775807"));
}

TEST(Duration, Text_AnyLength_IsLargestUnitThatDivides) {
    EXPECT_EQ(durationText(300'000), "5m");
    EXPECT_EQ(durationText(90'000), "90s");
    EXPECT_EQ(durationText(86'400'000), "1d");
    EXPECT_EQ(durationText(90'000'000), "25h");
    EXPECT_EQ(durationText(1'001), "1001ms");
    EXPECT_EQ(parseDuration(durationText(0)), 0);
    for (DurationMs length = 1; length < 400'000'000; length = length * 3 + 1)
        EXPECT_EQ(parseDuration(durationText(length)), length);
}

}  // namespace
}  // namespace common
