#include "common/core/decimal.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace common {
namespace {

TEST(Decimal, Parse_PlainForms_KeepsEveryDigit) {
    EXPECT_EQ(Decimal::parse("70000")->units(), 7'000'000'000'000);
    EXPECT_EQ(Decimal::parse("0.1")->units(), 10'000'000);
    EXPECT_EQ(Decimal::parse("0.00000001")->units(), 1);
    EXPECT_EQ(Decimal::parse("007.10")->units(), 710'000'000);
    EXPECT_EQ(Decimal::parse("0")->units(), 0);
    EXPECT_EQ(Decimal::parse("0.00000000")->units(), 0);
}

TEST(Decimal, Parse_EdgeOfInt64_TakesLargestAndRefusesNext) {
    EXPECT_EQ(Decimal::parse("92233720368.54775807")->units(), 9'223'372'036'854'775'807);
    EXPECT_FALSE(Decimal::parse("92233720368.54775808"));
    EXPECT_FALSE(Decimal::parse("92233720369"));
    EXPECT_FALSE(Decimal::parse("99999999999999999999999999999999"));
}

TEST(Decimal, Parse_AnythingElse_IsRefused) {
    constexpr std::array<std::string_view, 24> kRefused{
        "",     ".",   "5.",       ".5",  "-1",  "+1", " 1",  "1 ",   "1e5", "1E5", "1.2.3", "1,5",
        "0x10", "NaN", "Infinity", "inf", "1_0", "１", "--1", "1.-5", "\t1", "1\n", "1.+1",  "0.000000001"};
    for (auto const text : kRefused)
        EXPECT_FALSE(Decimal::parse(text)) << text;
    EXPECT_FALSE(Decimal::parse("1.000000000")) << "nine decimals, though all zero";
    EXPECT_FALSE(Decimal::parse(std::string_view("1\0", 2)));
}

TEST(Decimal, Text_AnyValue_IsShortestAndReadsBack) {
    EXPECT_EQ(Decimal::parse("70000.00")->text(), "70000");
    EXPECT_EQ(Decimal::parse("0.10")->text(), "0.1");
    EXPECT_EQ(Decimal::parse("0")->text(), "0");
    EXPECT_EQ(Decimal::fromUnits(1).text(), "0.00000001");
    EXPECT_EQ(Decimal::fromUnits(9'223'372'036'854'775'807).text(), "92233720368.54775807");
}

TEST(Decimal, Parse_RandomDigits_AgreesWithPaddedText) {
    std::mt19937_64 random(7);
    auto const digits = [&](std::size_t count) {
        std::string text;
        while (text.size() < count)
            text += static_cast<char>('0' + random() % 10);
        return text;
    };
    for (int i = 0; i < 20'000; ++i) {
        auto const whole = digits(1 + random() % 10);
        auto const fraction = digits(random() % 9);
        auto const text = fraction.empty() ? whole : whole + "." + fraction;
        auto const padded = whole + fraction + std::string(8 - fraction.size(), '0');
        auto const exact = ExactDecimal::parse(text);
        ASSERT_TRUE(exact) << text;
        EXPECT_EQ(exact->value.units(), std::stoll(padded)) << text;
        EXPECT_EQ(exact->decimals, fraction.size()) << text;
        auto const firstDigit = std::min(whole.find_first_not_of('0'), whole.size() - 1);
        EXPECT_EQ(exact->text(), text.substr(firstDigit)) << "printed as it was written, but for leading zeros";
        EXPECT_EQ(Decimal::parse(exact->value.text()), exact->value) << text;
    }
}

TEST(Decimal, Compare_Values_OrdersByAmount) {
    EXPECT_LT(*Decimal::parse("9.99999999"), *Decimal::parse("10"));
    EXPECT_EQ(*Decimal::parse("1.50"), *Decimal::parse("1.5"));
}

}  // namespace
}  // namespace common
