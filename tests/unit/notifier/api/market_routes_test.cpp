#include "tests/unit/notifier/api/rest_fixture.hpp"

#include <optional>
#include <utility>

namespace notifier::test {
namespace {

using common::Candle;
using common::Decimal;
using common::kMinuteMs;

constexpr common::TimeMs kNow = 1'760'000'000'000;
constexpr common::TimeMs kMinute = kNow - kNow % kMinuteMs;  // the one that runs

class MarketRoutesTest : public RestTest {
protected:
    static Candle candle(common::TimeMs open, std::string const& price, std::int64_t firstId, std::int64_t trades = 2) {
        auto one = Candle::quiet(open, kMinuteMs, *Decimal::parse(price), 2);
        one.trades = trades;
        if (trades == 0) return one;
        one.volume = 150'000'000;
        one.quoteVolume = one.volume * one.close.units();
        one.firstId = firstId;
        one.lastId = firstId + trades - 1;
        return one;
    }
    void store(std::vector<Candle> const& candles, std::string const& symbol = "BTCUSDT") {
        common::Step step;
        for (auto const& one : candles)
            step.candles.push_back({.symbol = symbol, .candle = one, .correction = false});
        apply(step);
    }
    static std::string coverage(common::json::Value const& page) {
        auto const* const coverage = page.find("coverage");
        std::string text;
        for (auto const* const name : {"from", "to", "complete", "from_trade_id", "to_trade_id"})
            text += (text.empty() ? "" : " ") + textOf(*coverage, name);
        return text;
    }
    static std::string minutesAgo(int minutes) { return std::to_string(kMinute - minutes * kMinuteMs); }
};

TEST_F(MarketRoutesTest, Symbols_List_HasTheTradableOnesOfTheQuote) {
    auto const all = json("GET", "/api/v1/symbols");
    EXPECT_EQ(all.find("items")->items().size(), 5U) << "LUNAUSDT is in break";
    auto const some = json("GET", "/api/v1/symbols?quote=usdt");
    ASSERT_EQ(some.find("items")->items().size(), 3U);
    EXPECT_EQ(textOf(some.find("items")->items()[2], "status"), "HALT");
    auto asked = request("GET", "/api/v1/symbols");
    asked.headers.emplace_back("If-None-Match", header(answer(asked), "ETag"));
    EXPECT_EQ(answer(asked).status, 304);
    asked.headers.emplace_back("Accept-Encoding", "gzip");
    EXPECT_EQ(answer(asked).status, 200);
}

TEST_F(MarketRoutesTest, Price_KnownOrNot_SaysWhatToDo) {
    setPrice("BTCUSDT", "70000.10000000", 7);
    store({candle(kMinute - common::kDayMs - kMinuteMs, "56000.08", 1)});
    auto const price = json("GET", "/api/v1/prices/btcusdt");
    EXPECT_EQ(textOf(price, "price"), "70000.10000000");
    EXPECT_EQ(textOf(price, "trade_id"), "7");
    EXPECT_EQ(textOf(price, "change_24h_pct"), "25");
    auto const missing = answer(request("GET", "/api/v1/prices/ETHUSDT"));
    EXPECT_EQ(missing.status, 404);
    EXPECT_NE(missing.body.find("watch it"), std::string::npos);
    EXPECT_EQ(failure("GET", "/api/v1/prices/BTCUSD"), "404 1104 symbol");
    EXPECT_EQ(json("GET", "/api/v1/prices").find("items")->items().size(), 1U);
}

TEST_F(MarketRoutesTest, Price_DayAgoUnknown_HasNoChange) {
    setPrice("BTCUSDT", "70000.1", 7);
    store({candle(kMinute - common::kDayMs - 60 * kMinuteMs, "56000.08", 1)});
    EXPECT_EQ(textOf(json("GET", "/api/v1/prices/BTCUSDT"), "change_24h_pct"), "null");
}

TEST_F(MarketRoutesTest, Candles_QuietAndRunning_AreShownAsTheyAre) {
    auto running = candle(kMinute, "103", 5);
    running.closed = false;
    store({candle(kMinute - 2 * kMinuteMs, "101", 3), candle(kMinute - kMinuteMs, "101", 0, 0), running});
    auto const page = json("GET", "/api/v1/candles?symbol=BTCUSDT&from=" + minutesAgo(2));
    auto const& items = page.find("items")->items();
    ASSERT_EQ(items.size(), 3U);
    EXPECT_EQ(textOf(items[0], "t"), minutesAgo(2));
    EXPECT_EQ(textOf(items[0], "c"), "101.00");
    EXPECT_EQ(textOf(items[0], "v"), "1.50000000");
    EXPECT_EQ(textOf(items[0], "qv"), "151.50000000");
    EXPECT_EQ(textOf(items[0], "first_id"), "3");
    EXPECT_EQ(textOf(items[1], "c"), "101.00");
    EXPECT_EQ(textOf(items[1], "n"), "0");
    EXPECT_EQ(textOf(items[1], "first_id"), "null");
    EXPECT_EQ(textOf(items[1], "complete"), "true");
    EXPECT_EQ(textOf(items[2], "complete"), "false");
    EXPECT_EQ(coverage(page), minutesAgo(2) + " " + std::to_string(kNow) + " true 3 6");
}

TEST_F(MarketRoutesTest, Candles_Hole_IsNotComplete) {
    store({candle(kMinute - 4 * kMinuteMs, "1", 1), candle(kMinute - 2 * kMinuteMs, "1", 5)});
    auto const ask = [&](int from, int to) {
        auto const page =
            json("GET", "/api/v1/candles?symbol=BTCUSDT&from=" + minutesAgo(from) + "&to=" + minutesAgo(to));
        return std::to_string(page.find("items")->items().size()) + " " + textOf(*page.find("coverage"), "complete");
    };
    EXPECT_EQ(ask(4, 1), "2 false");
    EXPECT_EQ(ask(4, 3), "1 true");
    EXPECT_EQ(ask(5, 3), "1 false") << "the first minute is missing";
    EXPECT_EQ(ask(2, 0), "1 false") << "the last minute is missing";
    EXPECT_EQ(ask(3, 2), "0 false");
    EXPECT_EQ(ask(3, 3), "0 false") << "an empty range";
    EXPECT_EQ(ask(-5, -10), "0 false") << "in the future";
    EXPECT_EQ(ask(0, -10), "0 false") << "the running minute, nothing traded yet";
    EXPECT_EQ(ask(2, 1), "1 true");
    EXPECT_EQ(ask(2, -1), "1 false");
}

TEST_F(MarketRoutesTest, Candles_RangeIntoTheFuture_IsCompleteUpToNow) {
    auto running = candle(kMinute, "103", 5);
    running.closed = false;
    store({candle(kMinute - kMinuteMs, "101", 3), running});
    auto const page = json("GET", "/api/v1/candles?symbol=BTCUSDT&from=" + minutesAgo(1) + "&to=" + minutesAgo(-60));
    EXPECT_EQ(coverage(page), minutesAgo(1) + " " + std::to_string(kNow) + " true 3 6");
    auto const ahead = json("GET", "/api/v1/candles?symbol=BTCUSDT&from=" + minutesAgo(-1) + "&to=" + minutesAgo(-60));
    EXPECT_EQ(coverage(ahead), "null null false null null");
}

TEST_F(MarketRoutesTest, Candles_LongerIntervalAndPages_AreAlignedAndFollowEachOther) {
    std::vector<Candle> minutes;
    auto const from = kMinute - kMinute % (5 * kMinuteMs) - 15 * kMinuteMs;
    for (int i = 0; i < 15; ++i)
        minutes.push_back(candle(from + i * kMinuteMs, std::to_string(100 + i), 10 + 2 * i));
    store(minutes);
    auto const target = "/api/v1/candles?symbol=BTCUSDT&interval=5m&limit=2&from=" + std::to_string(from - 1) +
                        "&to=" + std::to_string(from + 15 * kMinuteMs);
    auto const page = json("GET", target);
    ASSERT_EQ(page.find("items")->items().size(), 2U);
    auto const& first = page.find("items")->items()[0];
    EXPECT_EQ(textOf(first, "t"), std::to_string(from)) << "from <= t, so rounded up";
    EXPECT_EQ(textOf(first, "o"), "100.00");
    EXPECT_EQ(textOf(first, "c"), "104.00");
    EXPECT_EQ(textOf(first, "n"), "10");
    EXPECT_EQ(textOf(first, "last_id"), "19");
    auto const next = json("GET", target + "&cursor=" + textOf(page, "next_cursor"));
    ASSERT_EQ(next.find("items")->items().size(), 1U);
    EXPECT_EQ(textOf(next.find("items")->items()[0], "o"), "110.00");
    EXPECT_EQ(textOf(next, "next_cursor"), "null");
}

TEST_F(MarketRoutesTest, Candles_PageThatIsOver_HasATagOfItsContent) {
    auto running = candle(kMinute, "103", 9);
    running.closed = false;
    store({candle(kMinute - 3 * kMinuteMs, "101", 3), candle(kMinute - 2 * kMinuteMs, "102", 5), running});
    auto const ask = [&](int from, int to, std::string const& known = {}, std::string const& coding = {}) {
        auto asked = request("GET", "/api/v1/candles?symbol=BTCUSDT&from=" + minutesAgo(from) + "&to=" + minutesAgo(to));
        if (!known.empty()) asked.headers.emplace_back("If-None-Match", known);
        if (!coding.empty()) asked.headers.emplace_back("Accept-Encoding", coding);
        return answer(asked);
    };
    auto const first = ask(3, 1);
    auto const tag = header(first, "ETag");
    EXPECT_TRUE(tag.starts_with('"')) << "the same bytes each time: a strong one";
    EXPECT_EQ(header(first, "Cache-Control"), "no-cache");
    EXPECT_EQ(header(first, "Vary"), "Accept-Encoding");
    auto const again = ask(3, 1, tag);
    EXPECT_EQ(again.status, 304);
    EXPECT_EQ(again.body, "");
    EXPECT_EQ(header(again, "ETag"), tag);
    EXPECT_EQ(header(again, "Vary"), "Accept-Encoding");
    EXPECT_EQ(ask(3, 1, "\"other\", W/" + tag).status, 304) << "compared weakly";
    EXPECT_EQ(ask(3, 1, "*").status, 304);

    auto const zipped = ask(3, 1, tag, "gzip");
    EXPECT_EQ(zipped.status, 200) << "another coding, another tag";
    EXPECT_EQ(header(zipped, "Content-Encoding"), "gzip");
    EXPECT_NE(header(zipped, "ETag"), tag);
    EXPECT_EQ(ask(3, 1, header(zipped, "ETag"), "gzip").status, 304);

    EXPECT_NE(header(ask(3, 2), "ETag"), tag) << "of another range that overlaps";
    EXPECT_NE(header(ask(2, 1), "ETag"), tag);
    EXPECT_EQ(ask(3, 2).body.find(minutesAgo(2) + ",\"o\""), std::string::npos);
    EXPECT_EQ(header(ask(3, 0), "ETag"), header(ask(3, 0), "ETag"));
    for (auto const to : {-1, -5}) {
        EXPECT_EQ(header(ask(3, to), "ETag"), "") << "the minute that runs is in it";
        EXPECT_EQ(header(ask(3, to), "Cache-Control"), "no-store");
    }

    clock_.advance(kMinuteMs);
    EXPECT_EQ(ask(3, 1, tag).status, 304) << "time alone changes nothing";
    store({candle(kMinute - kMinuteMs, "102.5", 7)});
    EXPECT_EQ(ask(3, 1, tag).status, 304) << "nor does what comes later";
    common::Step correction;
    correction.candles.push_back(
        {.symbol = "BTCUSDT", .candle = candle(kMinute - 2 * kMinuteMs, "102.01", 5), .correction = true});
    apply(correction);
    EXPECT_EQ(ask(3, 1, tag).status, 200) << "a corrected candle does";
}

TEST_F(MarketRoutesTest, Candles_LongPage_ComesInPiecesThatMakeOneText) {
    std::vector<Candle> minutes;
    for (int i = 1'500; i > 0; --i)
        minutes.push_back(candle(kMinute - i * kMinuteMs, std::to_string(1'000 + i), 10'000 - 2 * i));
    store(minutes);
    auto response = answer(request("GET", "/api/v1/candles?symbol=BTCUSDT&from=" + minutesAgo(1'500)));
    ASSERT_TRUE(response.rest);
    EXPECT_LT(response.body.size(), 100'000U);
    auto text = response.body;
    for (bool more = true; more;) {
        std::optional<std::string> piece;
        response.rest->next([&](std::optional<std::string> next) { piece = std::move(next); });
        ASSERT_TRUE(tasks_.runUntil([&] { return piece.has_value(); }));
        EXPECT_LT(piece->size(), 100'000U);
        text += *piece;
        more = !piece->empty();
    }
    auto const page = common::json::parse(text);
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_EQ(page->find("items")->items().size(), 1'000U);
    for (int i = 0; i < 1'000; ++i) {
        auto const& item = page->find("items")->items()[static_cast<std::size_t>(i)];
        ASSERT_EQ(textOf(item, "t"), minutesAgo(1'500 - i));
        ASSERT_EQ(textOf(item, "c"), std::to_string(2'500 - i) + ".00");
    }
    EXPECT_EQ(textOf(*page, "next_cursor"), minutesAgo(500));
    EXPECT_EQ(coverage(*page), minutesAgo(1'500) + " " + minutesAgo(500) + " true 7000 8999");
}

TEST_F(MarketRoutesTest, AnyPath_GzipAsked_IsCompressed) {
    store({candle(kMinute - 2 * kMinuteMs, "101", 3), candle(kMinute - kMinuteMs, "102", 5)});
    setPrice("BTCUSDT", "70000.10000000", 7);
    for (std::string const target :
         {"/api/v1/symbols", "/api/v1/prices", "/api/v1/candles?symbol=BTCUSDT", "/api/v1/stats?symbol=BTCUSDT"}) {
        auto asked = request("GET", target);
        auto const plain = answer(asked);
        EXPECT_EQ(header(plain, "Vary"), "Accept-Encoding") << target;
        EXPECT_EQ(header(plain, "Content-Encoding"), "") << target;
        asked.headers.emplace_back("Accept-Encoding", "gzip, deflate");
        auto const coded = answer(asked);
        EXPECT_EQ(header(coded, "Vary"), "Accept-Encoding") << target;
        bool const zipped = coded.body.starts_with("\x1f\x8b");
        EXPECT_EQ(header(coded, "Content-Encoding"), zipped ? "gzip" : "") << target;
        EXPECT_TRUE(zipped || plain.body.size() < 200) << target;
    }
}

TEST_F(MarketRoutesTest, CandlesAndStats_BadParameters_AreNamed) {
    std::string const candles = "/api/v1/candles?symbol=BTCUSDT";
    EXPECT_EQ(failure("GET", "/api/v1/candles"), "400 1101 symbol");
    EXPECT_EQ(failure("GET", "/api/v1/candles?symbol=BTCUS"), "404 1104 symbol");
    EXPECT_EQ(failure("GET", candles + "&interval=3m"), "400 1102 interval");
    EXPECT_EQ(failure("GET", candles + "&limit=1001"), "400 1102 limit");
    EXPECT_EQ(failure("GET", candles + "&from=x"), "400 1102 from");
    EXPECT_EQ(failure("GET", candles + "&from=5&to=4"), "400 1102 from");
    std::string const stats = "/api/v1/stats?symbol=BTCUSDT";
    EXPECT_EQ(failure("GET", stats + "&window=90s"), "400 1102 window");
    EXPECT_EQ(failure("GET", stats + "&window=400d"), "400 1102 window");
    EXPECT_EQ(failure("GET", stats + "&from=0&to=1760000000000"), "400 1102 from");
    EXPECT_EQ(failure("GET", stats + "&from=0&window=1h"), "400 1002 window");
    EXPECT_EQ(failure("GET", stats + "&to=60000&window=1h"), "400 1002 window");
    EXPECT_EQ(failure("GET", stats + "&to=60000"), "400 1101 from");
}

TEST_F(MarketRoutesTest, AnyPath_BadParameters_AreNamed) {
    struct Bad {
        std::string target, answer;
    };
    std::string const candles = "/api/v1/candles?symbol=BTCUSDT";
    std::string const stats = "/api/v1/stats?symbol=BTCUSDT";
    for (auto const& [target, answer] : std::vector<Bad>{
             {"/api/v1/stats", "400 1101 symbol"},
             {candles + "&interval=", "400 1102 interval"},
             {candles + "&interval=60000", "400 1102 interval"},
             {candles + "&limit=0", "400 1102 limit"},
             {candles + "&limit=ten", "400 1102 limit"},
             {candles + "&from=", "400 1102 from"},
             {candles + "&from=-1", "400 1102 from"},
             {candles + "&from=1e12", "400 1102 from"},
             {candles + "&to=99999999999999999999", "400 1102 to"},
             {candles + "&cursor=x", "400 1102 cursor"},
             {candles + "&limit=1&limit=2", "400 1002 limit"},
             {stats + "&from=0.5", "400 1102 from"},
             {stats + "&from=60000&to=0", "400 1102 from"},
             {stats + "&from=0&to=now", "400 1102 to"},
             {stats + "&window=", "400 1102 window"},
             {stats + "&window=0", "400 1102 window"},
             {stats + "&window=-1h", "400 1102 window"},
             {"/api/v1/rank?limit=0", "400 1102 limit"},
             {"/api/v1/rank?limit=1001", "400 1102 limit"},
             {"/api/v1/rank?cursor=-1", "400 1102 cursor"},
             {"/api/v1/rank?window=day", "400 1102 window"},
             {"/api/v1/rank/BTCUSDT?metric=", "400 1102 metric"},
             {"/api/v1/rank/BTCUSDT?window=1m", "400 1102 window"},
         })
        EXPECT_EQ(failure("GET", target), answer) << target;
}

TEST_F(MarketRoutesTest, AnyPath_UnknownSymbol_IsAnsweredWithTheNearestOne) {
    for (std::string const target : {"/api/v1/prices/btcusd", "/api/v1/candles?symbol=btcusd",
                                     "/api/v1/stats?symbol=btcusd", "/api/v1/rank/btcusd"}) {
        EXPECT_EQ(failure("GET", target), "404 1104 symbol") << target;
        EXPECT_NE(answer(request("GET", target)).body.find("did you mean BTCUSDT?"), std::string::npos) << target;
    }
}

// Figures worked out by hand: closes 2, 4, 4, 10; each minute has 1.5 traded at its close.
TEST_F(MarketRoutesTest, Stats_OfAFewMinutes_AreRight) {
    store({candle(kMinute - 4 * kMinuteMs, "2", 1), candle(kMinute - 3 * kMinuteMs, "4", 3),
           candle(kMinute - 2 * kMinuteMs, "4", 0, 0), candle(kMinute - kMinuteMs, "10", 5)});
    for (auto const& range : {std::string("&window=4m"), "&from=" + std::to_string(kMinute - 4 * kMinuteMs + 59'999) +
                                                             "&to=" + std::to_string(kMinute - 59'999)}) {
        auto const stats = json("GET", "/api/v1/stats?symbol=BTCUSDT" + range);
        EXPECT_EQ(textOf(stats, "count"), "4") << range;
        EXPECT_EQ(textOf(stats, "first"), "2.00");
        EXPECT_EQ(textOf(stats, "last"), "10.00");
        EXPECT_EQ(textOf(stats, "min"), "2.00");
        EXPECT_EQ(textOf(stats, "max"), "10.00");
        EXPECT_EQ(textOf(stats, "mean"), "5");
        EXPECT_EQ(textOf(stats, "median"), "4");
        EXPECT_EQ(textOf(stats, "stdev_pop"), "3");
        EXPECT_NEAR(std::stod(textOf(stats, "stdev_sample")), 3.4641016151377544, 1e-12);
        EXPECT_EQ(textOf(stats, "change_pct"), "400");
        EXPECT_NEAR(std::stod(textOf(stats, "vwap")), 16.0 / 3, 1e-12);
        EXPECT_EQ(textOf(stats, "volume"), "4.50000000");
        // ln 2 squared, 0, ln 2.5 squared
        EXPECT_NEAR(std::stod(textOf(stats, "realized_vol")), 1.1489306851314731, 1e-9);
        EXPECT_EQ(textOf(*stats.find("coverage"), "complete"), "true");
    }
}

TEST_F(MarketRoutesTest, Stats_NothingStored_AreNull) {
    auto const stats = json("GET", "/api/v1/stats?symbol=ETHUSDT&window=1h");
    EXPECT_EQ(textOf(stats, "count"), "0");
    for (auto const* const name : {"first", "mean", "median", "stdev_pop", "vwap", "realized_vol"})
        EXPECT_EQ(textOf(stats, name), "null") << name;
    EXPECT_EQ(textOf(*stats.find("coverage"), "complete"), "false");
}

TEST_F(MarketRoutesTest, Stats_RangeWithoutMinutes_IsNotComplete) {
    store({candle(kMinute - kMinuteMs, "2", 1)});
    for (auto const& range : {"&from=" + minutesAgo(-5) + "&to=" + minutesAgo(-10),
                              "&from=" + minutesAgo(1) + "&to=" + minutesAgo(1), "&from=" + minutesAgo(0)}) {
        auto const stats = json("GET", "/api/v1/stats?symbol=BTCUSDT" + range);
        EXPECT_EQ(textOf(stats, "count"), "0") << range;
        EXPECT_EQ(textOf(*stats.find("coverage"), "complete"), "false") << range;
    }
}

TEST_F(MarketRoutesTest, Rank_PublishedRun_IsShownByPageAndBySymbol) {
    EXPECT_EQ(textOf(json("GET", "/api/v1/rank"), "as_of"), "null");
    common::RankRun const run{
        .metric = common::RankMetric::Volatility, .window = common::kDayMs, .run = 1, .asOf = 60'000, .of = 4};
    std::vector<common::RankRow> const rows{
        {"BTCUSDT", 1, 0.5, 0}, {"BTCUSDC", 2, 0.25, 1}, {"ETHUSDT", 2, 0.25, 1}, {"HALTUSDT", 4, 0.125, 0}};
    ingest([&](common::Database& database) {
        database.ranks().addRows(run, rows);
        database.ranks().publish(run);
    });
    auto const page = json("GET", "/api/v1/rank?limit=3");
    EXPECT_EQ(textOf(page, "of"), "4");
    EXPECT_EQ(textOf(page, "as_of"), "60000");
    EXPECT_EQ(textOf(page.find("items")->items().at(2), "symbol"), "ETHUSDT");
    auto const next = json("GET", "/api/v1/rank?limit=3&cursor=" + textOf(page, "next_cursor"));
    EXPECT_EQ(textOf(next.find("items")->items().at(0), "rank"), "4");
    EXPECT_EQ(textOf(next, "next_cursor"), "null");
    auto const one = json("GET", "/api/v1/rank/ethusdt");
    EXPECT_EQ(textOf(one, "rank") + textOf(one, "of") + textOf(one, "ties") + textOf(one, "value"), "2410.25");
    EXPECT_EQ(failure("GET", "/api/v1/rank/BNBBTC"), "404 1401 symbol");
    EXPECT_EQ(failure("GET", "/api/v1/rank/BTCUSDT?window=1h"), "404 1401 symbol");
    EXPECT_EQ(failure("GET", "/api/v1/rank?window=2h"), "400 1102 window");
    EXPECT_EQ(failure("GET", "/api/v1/rank?metric=beauty"), "400 1102 metric");
}

}  // namespace
}  // namespace notifier::test
