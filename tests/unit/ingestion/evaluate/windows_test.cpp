#include "ingestion/evaluate/change_window.hpp"
#include "ingestion/evaluate/spike_window.hpp"
#include "ingestion/evaluate/volatility_window.hpp"
#include "tests/support/naive_windows.hpp"

#include <map>
#include <random>
#include <span>
#include <vector>

#include <gtest/gtest.h>

namespace ingestion {
namespace {

using common::Decimal;
using common::SpikeMetric;
using common::Trade;

constexpr common::DurationMs kMinute = 60'000;
constexpr std::int64_t kUnit = Decimal::kUnitsPerOne;

Trade trade(common::TimeMs time, std::int64_t price, std::int64_t qty = kUnit) {
    Trade trade;
    trade.price = {Decimal::fromUnits(price), 8};
    trade.qty = {Decimal::fromUnits(qty), 8};
    trade.time = time;
    return trade;
}

std::vector<Trade> randomTape(std::uint64_t seed, int trades) {
    std::mt19937_64 random(seed);
    std::vector<Trade> tape;
    common::TimeMs time = 1'760'000'000'000 + static_cast<std::int64_t>(random() % 600'000);
    auto price = static_cast<std::int64_t>(random() % 1'000'000'000'000) + 1'000;
    for (int i = 0; i < trades; ++i) {
        // Bursts, quiet minutes, and now and then a trade time that falls back.
        auto const dice = random() % 20;
        time += dice == 0 ? 400'000 : dice == 1 ? -5'000 : static_cast<std::int64_t>(random() % 20'000);
        price += static_cast<std::int64_t>(random() % 201) - 100;
        tape.push_back(trade(time, price, static_cast<std::int64_t>(random() % (10 * kUnit)) + 1));
    }
    return tape;
}

/// What candles of this length say just before trade `end`; with every empty one up to then.
std::vector<Bucket> bucketsOf(std::span<Trade const> tape, std::size_t end, common::DurationMs length) {
    std::map<common::TimeMs, std::vector<std::size_t>> members;
    for (std::size_t i = 0; i < end; ++i)
        members[support::naiveTau(tape, i) / length * length].push_back(i);
    std::vector<Bucket> buckets;
    for (auto open = members.begin()->first; open <= support::naiveTau(tape, end); open += length) {
        Bucket bucket{.open = open, .close = buckets.empty() ? Decimal() : buckets.back().close};
        Wide quote = 0;
        for (auto const i : members[open]) {
            bucket.close = tape[i].price.value;
            bucket.volume += tape[i].qty.value.units();
            quote += Wide{tape[i].price.value.units()} * tape[i].qty.value.units();
            ++bucket.trades;
        }
        bucket.quoteVolume = (quote + kUnit / 2) / kUnit * kUnit;
        buckets.push_back(bucket);
    }
    return buckets;
}

TEST(ChangeWindow, Reference_IsTheLastPriceBeforeTheCut) {
    ChangeWindow window(10'000);
    EXPECT_FALSE(window.reference(1'000));
    window.add(1'000, Decimal::fromUnits(1));
    window.add(1'999, Decimal::fromUnits(2));
    EXPECT_FALSE(window.reference(11'999)) << "its second has not left the window";
    EXPECT_EQ(window.reference(12'000)->units(), 2);
    window.add(12'000, Decimal::fromUnits(3));
    EXPECT_EQ(window.reference(22'999)->units(), 2);
    EXPECT_EQ(window.reference(23'000)->units(), 3);
    EXPECT_EQ(window.reference(9'000'000)->units(), 3) << "carried on through silence";
}

TEST(ChangeWindow, Grain_IsAMinuteBeyondAnHour) {
    EXPECT_EQ(ChangeWindow::grainOf(3'600'000), 1'000);
    EXPECT_EQ(ChangeWindow::grainOf(3'600'001), kMinute);
}

TEST(ChangeWindow, RandomTapes_AgreeWithTheTapeReadWhole) {
    int known = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        auto const tape = randomTape(seed, 110);
        for (common::DurationMs const length : {10'000, 47'500, 600'000, 3'660'000}) {
            ChangeWindow window(length);
            auto const reloadAt = seed * 4;
            for (std::size_t n = 0; n < tape.size(); ++n) {
                auto const tau = support::naiveTau(tape, n);
                if (n == reloadAt) {
                    window = ChangeWindow(length);
                    auto buckets = bucketsOf(tape, n, ChangeWindow::grainOf(length));
                    std::erase_if(buckets, [&](Bucket const& bucket) { return bucket.open < window.historyFrom(tau); });
                    window.loadBuckets(buckets);
                }
                auto const reference = window.reference(tau);
                ASSERT_EQ(reference, support::naiveReference(tape, n, length)) << "seed " << seed << " trade " << n;
                known += reference.has_value();
                window.add(tau, tape[n].price.value);
            }
        }
    }
    EXPECT_GT(known, 2'500);
}

TEST(SpikeWindow, FoundersRule_FiresOverThreeTimesTheMean) {
    SpikeWindow window(SpikeMetric::Volume, kMinute, 2);
    auto const volume = [](std::int64_t minute, std::int64_t units) {
        return Bucket{.open = minute * kMinute, .volume = units};
    };
    std::vector const past{volume(0, 10 * kUnit), volume(1, 20 * kUnit)};
    window.loadBuckets(past);
    EXPECT_FALSE(window.isCovered());
    window.add(2 * kMinute, Decimal::fromUnits(1), Decimal::fromUnits(45 * kUnit));
    EXPECT_TRUE(window.isCovered());
    EXPECT_FALSE(window.isOver(Decimal::fromUnits(3 * kUnit))) << "2·45 = 3·30 is not more";
    EXPECT_EQ(window.valueText(), "45");
    EXPECT_EQ(window.meanText(), "15");
    window.add(2 * kMinute + 1, Decimal::fromUnits(1), Decimal::fromUnits(1));
    EXPECT_TRUE(window.isOver(Decimal::fromUnits(3 * kUnit)));
    EXPECT_EQ(window.valueText(), "45.00000001");
}

TEST(SpikeWindow, EmptyBuckets_CountAsZeroAndNothingIsNoSpike) {
    SpikeWindow window(SpikeMetric::Trades, kMinute, 2);
    window.add(0, Decimal::fromUnits(1), Decimal::fromUnits(1));
    window.add(3 * kMinute, Decimal::fromUnits(1), Decimal::fromUnits(1));
    EXPECT_TRUE(window.isCovered());
    EXPECT_FALSE(window.isOver(Decimal::fromUnits(1))) << "S = 0";
    EXPECT_EQ(window.meanText(), "0");
}

TEST(SpikeWindow, LargeMarkets_DoNotOverflow) {
    // A day of PEPE's volume in a minute, against a factor nobody can mean.
    SpikeWindow window(SpikeMetric::Volume, kMinute, 1'440);
    std::vector<Bucket> past;
    for (std::int64_t i = 0; i < 1'440; ++i)
        past.push_back({.open = i * kMinute, .volume = Wide{18'278'186'645'237} * kUnit});
    window.loadBuckets(past);
    window.add(1'440 * kMinute, Decimal::fromUnits(1), Decimal::fromUnits(std::numeric_limits<std::int64_t>::max()));
    EXPECT_FALSE(window.isOver(Decimal::fromUnits(std::numeric_limits<std::int64_t>::max() / 10'000 * 10'000)));
    EXPECT_TRUE(window.isOver(Decimal::fromUnits(10'000)));
    EXPECT_EQ(window.meanText(), "18278186645237");
    EXPECT_EQ(window.valueText(), "92233720368.54775807");
}

TEST(SpikeWindow, RandomTapes_AgreeWithTheTapeReadWhole) {
    int covered = 0;
    int over = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        auto const tape = randomTape(seed, 100);
        for (auto const metric :
             {SpikeMetric::Volume, SpikeMetric::QuoteVolume, SpikeMetric::Trades, SpikeMetric::Price}) {
            auto const bucket = static_cast<common::DurationMs>(1 + seed % 3) * kMinute;
            auto const count = static_cast<std::int64_t>(2 + seed % 5);
            auto const factor = Decimal::fromUnits(static_cast<std::int64_t>(seed % 7 + 1) * kUnit / 4);
            SpikeWindow window(metric, bucket, count);
            std::size_t const reloadAt = seed * 4;
            bool exact = true;  // a reloaded running minute has lost what its candle rounded away
            for (std::size_t n = 0; n < tape.size(); ++n) {
                auto const tau = support::naiveTau(tape, n);
                if (n == reloadAt) {
                    window = SpikeWindow(metric, bucket, count);
                    auto minutes = bucketsOf(tape, n, kMinute);
                    // The tape's first minute is not whole; what lies before the window is not asked for.
                    std::erase_if(minutes, [&](Bucket const& minute) {
                        return minute.open < window.historyFrom(tau) || minute.open < tape[0].time;
                    });
                    window.loadBuckets(minutes);
                    exact = metric != SpikeMetric::QuoteVolume;
                }
                window.add(tau, tape[n].price.value, tape[n].qty.value);
                auto const naive = support::naiveSpike(tape, n, metric, bucket, count);
                if (!exact || (n >= reloadAt && !window.isCovered())) continue;
                ASSERT_EQ(window.isCovered(), naive.has_value()) << "seed " << seed << " trade " << n;
                if (!naive) continue;
                ++covered;
                bool const isOver = naive->s > 0 && count * naive->v * kUnit > factor.units() * naive->s;
                over += isOver;
                ASSERT_EQ(window.isOver(factor), isOver) << "seed " << seed << " trade " << n;
            }
        }
    }
    EXPECT_GT(covered, 2'000);
    EXPECT_GT(over, 250);
}

TEST(SpikeWindow, QuoteVolume_FromCandlesAgreesOnceTheMinuteIsFull) {
    auto const tape = randomTape(7, 200);
    SpikeWindow seen(SpikeMetric::QuoteVolume, kMinute, 3);
    SpikeWindow loaded(SpikeMetric::QuoteVolume, kMinute, 3);
    std::size_t const reloadAt = 100;
    auto minutes = bucketsOf(tape, reloadAt, kMinute);
    loaded.loadBuckets(minutes);
    int compared = 0;
    for (std::size_t n = 0; n < tape.size(); ++n) {
        auto const tau = support::naiveTau(tape, n);
        seen.add(tau, tape[n].price.value, tape[n].qty.value);
        if (n < reloadAt) continue;
        loaded.add(tau, tape[n].price.value, tape[n].qty.value);
        if (tau / kMinute * kMinute > minutes.back().open) {
            EXPECT_EQ(loaded.valueText(), seen.valueText());
        }
        if (tau / kMinute * kMinute - 3 * kMinute <= minutes.back().open) continue;
        ++compared;
        EXPECT_EQ(loaded.meanText(), seen.meanText());
    }
    EXPECT_GT(compared, 20);
}

TEST(VolatilityWindow, KnownCloses_GiveTheTextbookValue) {
    VolatilityWindow window(3);
    std::vector const past{Bucket{.open = 0, .close = Decimal::fromUnits(100 * kUnit)},
                           Bucket{.open = kMinute, .close = Decimal::fromUnits(110 * kUnit)},
                           Bucket{.open = 2 * kMinute, .close = Decimal::fromUnits(99 * kUnit)}};
    window.loadBuckets(past);
    EXPECT_FALSE(window.percent()) << "the third minute is not full";
    EXPECT_TRUE(window.add(3 * kMinute, Decimal::fromUnits(500 * kUnit)));
    // r = ln 1.1, ln 0.9: their sample deviation is |ln 1.1 - ln 0.9| / √2.
    EXPECT_NEAR(window.percent().value(), 14.189561, 1e-6);
    EXPECT_FALSE(window.add(3 * kMinute + 59'999, Decimal::fromUnits(1)));
    EXPECT_NEAR(window.percent().value(), 14.189561, 1e-6);
}

TEST(VolatilityWindow, RandomTapes_AgreeWithTheTapeReadWhole) {
    int known = 0;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        auto const tape = randomTape(seed, 110);
        for (std::int64_t const minutes : {3, 10, 60}) {
            VolatilityWindow window(minutes);
            auto const reloadAt = seed * 4;
            for (std::size_t n = 0; n < tape.size(); ++n) {
                auto const tau = support::naiveTau(tape, n);
                if (n == reloadAt) {
                    window = VolatilityWindow(minutes);
                    auto buckets = bucketsOf(tape, n, kMinute);
                    std::erase_if(buckets, [&](Bucket const& bucket) { return bucket.open < window.historyFrom(tau); });
                    window.loadBuckets(buckets);
                }
                window.add(tau, tape[n].price.value);
                auto const naive = support::naiveVolatility(tape, n, minutes);
                ASSERT_EQ(window.percent().has_value(), naive.has_value()) << "seed " << seed << " trade " << n;
                if (!naive) continue;
                ++known;
                ASSERT_NEAR(*window.percent(), *naive, 1e-6 * (1 + *naive));
            }
        }
    }
    EXPECT_GT(known, 2'000);
}

}  // namespace
}  // namespace ingestion
