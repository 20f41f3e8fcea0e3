#include "examples/replay/market/interval.hpp"

#include <gtest/gtest.h>

namespace replay {
namespace {

// 2024-08-08 23:54:15.342 UTC, a Thursday.
constexpr TimeMs kTime = 1'723'161'255'342;
constexpr TimeMs kMidnight = 1'723'075'200'000;

TEST(Interval, Floor_EveryKind_FindsTheStart) {
    auto const floor = [](std::string_view name) { return Interval::parse(name).value().floor(kTime); };
    EXPECT_EQ(floor("1s"), 1'723'161'255'000);
    EXPECT_EQ(floor("1m"), 1'723'161'240'000);
    EXPECT_EQ(floor("15m"), kMidnight + (23 * 60 + 45) * 60'000);
    EXPECT_EQ(floor("1d"), kMidnight);
    EXPECT_EQ(floor("1w"), kMidnight - 3 * kDayMs);  // Monday 2024-08-05
    EXPECT_EQ(floor("1M"), kMidnight - 7 * kDayMs);  // 2024-08-01
}

TEST(Interval, NextAndBack_Months_FollowTheCalendar) {
    auto const month = Interval::parse("1M").value();
    TimeMs const august = month.floor(kTime);
    EXPECT_EQ(month.next(august) - august, 31 * kDayMs);
    EXPECT_EQ(month.next(month.next(august)) - month.next(august), 30 * kDayMs);
    EXPECT_EQ(august - month.back(august, 6), (29 + 31 + 30 + 31 + 30 + 31) * kDayMs);  // from leap February
}

TEST(Interval, Offset_MovesTheDay) {
    auto const day = Interval::parse("1d", 8 * kHourMs).value();
    EXPECT_EQ(day.floor(kTime), kMidnight + 16 * kHourMs);
}

TEST(Interval, Parse_UnknownNames_AreRefused) {
    for (auto const* const name : {"", "1", "2m", "1H", "1y", "60s", "1mm"})
        EXPECT_FALSE(Interval::parse(name)) << name;
}

TEST(UtcOffset, Parse_Forms_AndBounds) {
    EXPECT_EQ(parseUtcOffset("+08:00"), 8 * kHourMs);
    EXPECT_EQ(parseUtcOffset("-3:30"), -(3 * kHourMs + 30 * kMinuteMs));
    EXPECT_EQ(parseUtcOffset("0"), 0);
    EXPECT_EQ(parseUtcOffset("14"), 14 * kHourMs);
    for (auto const* const text : {"", "15", "-12:30", "+14:01", "8:5", "8:60", "+-1", "x"})
        EXPECT_FALSE(parseUtcOffset(text)) << text;
}

}  // namespace
}  // namespace replay
