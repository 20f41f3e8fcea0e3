#include "ingestion/evaluate/past_book.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ingestion {
namespace {

using common::kMinuteMs;
using common::PastKind;

constexpr common::TimeMs kStart = 1'760'000'400'000;  // a multiple of ten minutes

common::Trade trade(std::int64_t id, std::string_view price, std::int64_t lastId = 0) {
    common::Trade trade;
    trade.id = id;
    trade.aggLastId = lastId;
    trade.price = common::ExactDecimal::parse(price).value();
    trade.qty = common::ExactDecimal::parse("0.5").value();
    return trade;
}

Bucket bucket(common::TimeMs open, std::string_view close, std::int64_t trades = 0) {
    return {.open = open, .close = common::Decimal::parse(close).value(), .trades = trades};
}

/// What the database would hold after these writes, and a book made of it.
struct Stored {
    std::map<common::TimeMs, std::string> rows;
    common::TimeMs from = 0;

    void write(common::PastWrite const& write) {
        if (write.anew) rows.clear();
        std::erase_if(rows, [&](auto const& row) { return row.first < write.keepFrom; });
        for (auto const& chunk : write.chunks)
            rows[chunk.start] = chunk.text;
        from = write.from;
    }
    PastBook load(PastKind kind) const {
        PastBook book(kind, from);
        for (auto const& [start, text] : rows)
            EXPECT_TRUE(book.load({start, text}));
        return book;
    }
};

std::vector<Bucket> bucketsOf(PastBook const& book) {
    return {book.buckets().begin(), book.buckets().end()};
}

TEST(PastBook, Trades_AreSummedUpByTheMinuteOfTheirEventTime) {
    PastBook book(PastKind::MinuteSums, kStart);
    book.add(trade(1, "10"), kStart);
    book.add(trade(2, "12", 4), kStart + kMinuteMs - 1);
    book.add(trade(5, "11"), kStart + 3 * kMinuteMs);
    auto const buckets = bucketsOf(book);
    ASSERT_EQ(buckets.size(), 2U) << "minutes without a trade are left out";
    EXPECT_EQ(buckets[0].open, kStart);
    EXPECT_EQ(buckets[0].close, common::Decimal::parse("12"));
    EXPECT_EQ(buckets[0].volume, 100'000'000);
    EXPECT_EQ(buckets[0].quoteVolume, Wide{11} * 100'000'000 * 100'000'000);
    EXPECT_EQ(buckets[0].trades, 4) << "an aggregate counts as its trades";
    EXPECT_EQ(buckets[1].open, kStart + 3 * kMinuteMs);
}

TEST(PastBook, Closes_HaveNoSums) {
    PastBook book(PastKind::SecondCloses, kStart);
    book.add(trade(1, "10"), kStart + 999);
    book.add(trade(2, "11"), kStart + 1'000);
    EXPECT_EQ(bucketsOf(book), (std::vector{bucket(kStart, "10"), bucket(kStart + 1'000, "11")}));
}

TEST(PastBook, OlderSource_EndsWhereOwnBucketsBegin) {
    PastBook book(PastKind::MinuteCloses, kStart);
    book.begin(bucket(kStart + 2 * kMinuteMs, "10"));
    book.add(trade(1, "11"), kStart + 2 * kMinuteMs + 5);
    book.prepend({bucket(kStart, "7"), bucket(kStart + kMinuteMs, "8"), bucket(kStart + 2 * kMinuteMs, "9")});
    EXPECT_EQ(bucketsOf(book), (std::vector{bucket(kStart, "7"), bucket(kStart + kMinuteMs, "8"),
                                            bucket(kStart + 2 * kMinuteMs, "11")}));
}

TEST(PastBook, OlderSource_IsAhead_HoldsWhatIsJudgedNow) {
    PastBook book(PastKind::MinuteCloses, kStart);
    book.prepend({bucket(kStart, "7"), bucket(kStart + kMinuteMs, "8")});
    book.add(trade(1, "9"), kStart + 5);
    EXPECT_EQ(bucketsOf(book), (std::vector{bucket(kStart, "7"), bucket(kStart + kMinuteMs, "8")}));
}

TEST(PastBook, Forgetting_KeepsTheNewestBefore_ForItsCloseIsCarriedOn) {
    PastBook book(PastKind::MinuteCloses, kStart);
    book.add(trade(1, "10"), kStart);
    book.add(trade(2, "11"), kStart + kMinuteMs);
    book.forgetBefore(kStart + 60 * kMinuteMs);
    EXPECT_EQ(bucketsOf(book), (std::vector{bucket(kStart + kMinuteMs, "11")}));
    EXPECT_EQ(book.from(), kStart + 60 * kMinuteMs);
    book.forgetBefore(kStart);
    EXPECT_EQ(book.from(), kStart + 60 * kMinuteMs) << "what is gone does not come back";
}

TEST(PastBook, Stored_PieceByPiece_IsTheSameBookAgain) {
    for (auto const kind : {PastKind::SecondCloses, PastKind::MinuteCloses, PastKind::MinuteSums}) {
        PastBook book(kind, kStart);
        book.storeAnew();
        Stored stored;
        EXPECT_TRUE(book.collect("S").value().anew);
        for (std::int64_t id = 1; id <= 5'000; ++id) {
            auto const tau = kStart + id * PastBook::grainOf(kind) / 3;
            book.add(trade(id, std::to_string(90 + id % 20), id % 7 == 0 ? id + 2 : 0), tau);
            if (id % 11 != 0) continue;
            book.forgetBefore(tau - 100 * PastBook::grainOf(kind));
            stored.write(book.collect("S").value());
            EXPECT_FALSE(book.collect("S")) << "once";
            EXPECT_LE(stored.rows.size(), 13U) << "old rows go";
        }
        stored.write(book.collect("S").value());
        auto const again = stored.load(kind);
        EXPECT_EQ(again.from(), book.from());
        // Whole rows are stored, so that a few buckets more may be there.
        auto const whole = bucketsOf(again);
        auto const kept = bucketsOf(book);
        ASSERT_GE(whole.size(), kept.size());
        EXPECT_TRUE(std::ranges::equal(kept, std::span(whole).last(kept.size())));
    }
}

TEST(PastBook, Changing_OnlyTheRowsConcernedAreWritten) {
    PastBook book(PastKind::MinuteCloses, kStart);
    book.add(trade(1, "10"), kStart);
    book.add(trade(2, "10"), kStart + 25 * kMinuteMs);
    EXPECT_EQ(book.collect("S").value().chunks.size(), 2U);
    book.add(trade(3, "11"), kStart + 26 * kMinuteMs);
    auto const write = book.collect("S").value();
    EXPECT_EQ(write.chunks, (std::vector<common::PastChunk>{{kStart + 20 * kMinuteMs, "5 1000000000;6 1100000000"}}));
    EXPECT_FALSE(write.anew);
}

TEST(PastBook, Loading_WhatIsNoRow_IsRefused) {
    for (auto const* const text : {"x", "1", "1 x", "-1 2", "99999999999999999999999999999999999999999 1"})
        EXPECT_FALSE(PastBook(PastKind::MinuteCloses, 0).load({kStart, text})) << text;
    for (auto const* const text : {"1 2", "1 2 3 4", "1 2 3 4 x"})
        EXPECT_FALSE(PastBook(PastKind::MinuteSums, 0).load({kStart, text})) << text;
    EXPECT_TRUE(PastBook(PastKind::MinuteCloses, 0).load({kStart, ""}));
    EXPECT_TRUE(PastBook(PastKind::MinuteSums, 0).load({kStart, "1 2 3 4 5;2 2 3 4 5"}));
}

}  // namespace
}  // namespace ingestion
