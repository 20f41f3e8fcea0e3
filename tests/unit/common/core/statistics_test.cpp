#include "common/core/statistics.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace common;

Decimal price(char const* text) {
    return Decimal::parse(text).value();
}

Statistics of(std::vector<Candle> const& candles) {
    StatisticsBuilder builder;
    for (auto const& candle : candles)
        builder.add(candle);
    return builder.result();
}

Candle quiet(char const* close) {
    return Candle::quiet(0, kMinuteMs, price(close), 2);
}

TEST(Statistics, Of_FourCandles_AreAsWorkedByHand) {
    // Closes 2, 4, 4, 6: mean 4, median 4, squared distances 4+0+0+4 = 8, population sqrt(2), sample sqrt(8/3).
    auto first = quiet("2");
    first.open = price("1.5");
    first.low = price("1.25");
    first.high = price("3");
    first.trades = 2;
    first.volume = 3 * Decimal::kUnitsPerOne;
    first.quoteVolume = Wide{6} * Decimal::kUnitsPerOne * Decimal::kUnitsPerOne;
    auto last = quiet("6");
    last.high = price("7");
    last.trades = 1;
    last.volume = Decimal::kUnitsPerOne;
    last.quoteVolume = Wide{6} * Decimal::kUnitsPerOne * Decimal::kUnitsPerOne;
    auto const stats = of({first, quiet("4"), quiet("4"), last});
    EXPECT_EQ(stats.count, 4);
    EXPECT_EQ(stats.first, price("1.5"));
    EXPECT_EQ(stats.last, price("6"));
    EXPECT_EQ(stats.min, price("1.25"));
    EXPECT_EQ(stats.max, price("7"));
    EXPECT_DOUBLE_EQ(*stats.mean, 4);
    EXPECT_DOUBLE_EQ(*stats.median, 4);
    EXPECT_DOUBLE_EQ(*stats.stdevPop, std::sqrt(2.0));
    EXPECT_DOUBLE_EQ(*stats.stdevSample, std::sqrt(8.0 / 3));
    EXPECT_DOUBLE_EQ(*stats.changePct, 300);
    EXPECT_DOUBLE_EQ(*stats.vwap, 3);
    EXPECT_EQ(wideText(stats.volume), "4.00000000");
    EXPECT_NEAR(*stats.realizedVol, std::sqrt(std::pow(std::log(2.0), 2) + std::pow(std::log(1.5), 2)), 1e-15);
}

TEST(Statistics, Of_NoneOrOne_LeavesOutWhatCannotBeSaid) {
    auto const none = of({});
    EXPECT_EQ(none.count, 0);
    EXPECT_FALSE(none.first || none.last || none.min || none.max || none.mean || none.median || none.changePct ||
                 none.vwap || none.stdevPop || none.stdevSample || none.realizedVol);
    auto const one = of({quiet("5")});
    EXPECT_EQ(one.count, 1);
    EXPECT_DOUBLE_EQ(*one.mean, 5);
    EXPECT_DOUBLE_EQ(*one.median, 5);
    EXPECT_DOUBLE_EQ(*one.changePct, 0);
    EXPECT_FALSE(one.vwap) << "nothing was traded";
    EXPECT_FALSE(one.stdevPop || one.stdevSample || one.realizedVol);
}

TEST(Statistics, Median_EvenCount_IsBetweenTheMiddleTwo) {
    EXPECT_DOUBLE_EQ(*of({quiet("9"), quiet("1"), quiet("4"), quiet("5")}).median, 4.5);
    EXPECT_DOUBLE_EQ(*of({quiet("9"), quiet("1"), quiet("4")}).median, 4);
    EXPECT_DOUBLE_EQ(*of({quiet("0.00000001"), quiet("0.00000002")}).median, 1.5e-8);
}

TEST(Statistics, Deviation_LargePricesTinySteps_LosesNothing) {
    // 679 million, stepping by 1e-8: a sum of squares in doubles would give 0 or nonsense.
    auto const stats = of({quiet("679123145.00000001"), quiet("679123145.00000003")});
    EXPECT_NEAR(*stats.stdevPop, 1e-8, 1e-20);
    EXPECT_DOUBLE_EQ(*of({quiet("90000000000"), quiet("90000000000"), quiet("90000000000")}).stdevSample, 0);
    EXPECT_NEAR(logReturn(price("70000"), price("70000.00000001")) / (1e-8 / 70000), 1, 1e-9);
}

TEST(Statistics, SampleDeviation_OfValues_DividesByOneLess) {
    EXPECT_FALSE(sampleDeviation(std::vector<double>{1}));
    EXPECT_DOUBLE_EQ(*sampleDeviation(std::vector<double>{1, 2, 3, 4}), std::sqrt(5.0 / 3));
    EXPECT_DOUBLE_EQ(*sampleDeviation(std::vector<double>{7, 7}), 0);
}

}  // namespace
