#include "tests/contract/store_contract.hpp"

namespace contract {
namespace {

using namespace common;

/// What windowed alerts look back on (schema/README.md, `pasts`).
class PastContract : public StoreContract {
protected:
    static PastWrite write(Symbol symbol, PastKind kind, TimeMs from, std::vector<PastChunk> chunks) {
        return {.symbol = std::move(symbol),
                .kind = kind,
                .from = from,
                .anew = false,
                .keepFrom = 0,
                .chunks = std::move(chunks)};
    }
    void store(PastWrite past) {
        Step step;
        step.pasts.push_back(std::move(past));
        apply(step);
    }
    std::vector<StoredPast> pasts(std::optional<std::string_view> symbol = {}) {
        return ingestion->demand().pasts(symbol);
    }
};

TEST_P(PastContract, Writing_RowByRow_ComesBackAscendingWithTheNewestsBegin) {
    EXPECT_TRUE(pasts().empty());
    store(write("BTCUSDT", PastKind::SecondCloses, 100, {{120'000, "b"}, {60'000, "a"}}));
    store(write("BTCUSDT", PastKind::SecondCloses, 200, {{120'000, "bb"}, {180'000, "c"}}));
    auto const stored = pasts("BTCUSDT");
    ASSERT_EQ(stored.size(), 1U);
    EXPECT_EQ(stored[0].symbol, "BTCUSDT");
    EXPECT_EQ(stored[0].kind, PastKind::SecondCloses);
    EXPECT_EQ(stored[0].from, 200);
    EXPECT_EQ(stored[0].chunks, (std::vector<PastChunk>{{60'000, "a"}, {120'000, "bb"}, {180'000, "c"}}));
}

TEST_P(PastContract, Writing_OldRowsAreNotNeeded_DeletesThemOfThisKindOnly) {
    for (auto const kind : {PastKind::MinuteCloses, PastKind::MinuteSums})
        store(write("BTCUSDT", kind, 0, {{0, "a"}, {600'000, "b"}, {1'200'000, "c"}}));
    auto later = write("BTCUSDT", PastKind::MinuteSums, 700'000, {{1'200'000, "cc"}});
    later.keepFrom = 600'000;
    store(later);
    auto const stored = pasts();
    ASSERT_EQ(stored.size(), 2U);
    EXPECT_EQ(stored[0].chunks.size(), 3U);
    EXPECT_EQ(stored[1].chunks, (std::vector<PastChunk>{{600'000, "b"}, {1'200'000, "cc"}}));
}

TEST_P(PastContract, Writing_Anew_ReplacesAllRowsOfTheKind) {
    for (auto const* const symbol : {"BTCUSDT", "ETHUSDT"})
        store(write(symbol, PastKind::MinuteCloses, 0, {{0, "a"}, {600'000, "b"}}));
    auto anew = write("BTCUSDT", PastKind::MinuteCloses, 5, {{1'200'000, "c"}});
    anew.anew = true;
    store(anew);
    ASSERT_EQ(pasts("BTCUSDT").size(), 1U);
    EXPECT_EQ(pasts("BTCUSDT")[0].chunks, (std::vector<PastChunk>{{1'200'000, "c"}}));
    EXPECT_EQ(pasts("ETHUSDT")[0].chunks.size(), 2U);
    anew.chunks.clear();
    store(anew);
    EXPECT_TRUE(pasts("BTCUSDT").empty()) << "given up";
    EXPECT_EQ(pasts().size(), 1U);
}

TEST_P(PastContract, Leaving_TheSymbol_DeletesItsPastWithThePosition) {
    for (auto const* const symbol : {"BTCUSDT", "ETHUSDT"}) {
        Step step;
        step.positions.push_back({.expected = {}, .next = Position{.symbol = symbol, .tradeId = 7}, .symbol = symbol});
        step.pasts.push_back(write(symbol, PastKind::MinuteCloses, 0, {{0, "a"}}));
        apply(step);
    }
    Step left;
    left.positions.push_back({.expected = 7, .next = {}, .symbol = "BTCUSDT"});
    apply(left);
    ASSERT_EQ(pasts().size(), 1U);
    EXPECT_EQ(pasts()[0].symbol, "ETHUSDT");
}

TEST_P(PastContract, Step_ThatFails_LeavesThePastAsItWas) {
    store(write("BTCUSDT", PastKind::MinuteCloses, 0, {{0, "a"}}));
    Step step;
    step.positions.push_back({.expected = 7, .next = Position{.symbol = "BTCUSDT", .tradeId = 8}, .symbol = "BTCUSDT"});
    step.pasts.push_back(write("BTCUSDT", PastKind::MinuteCloses, 0, {{0, "b"}}));
    ingestion->begin();
    EXPECT_ANY_THROW(ingestion->steps().apply(step));
    ingestion->rollback();
    EXPECT_EQ(pasts()[0].chunks[0].text, "a");
}

INSTANTIATE_TEST_SUITE_P(Stores, PastContract, ::testing::ValuesIn(storesUnderTest()), storeName);

}  // namespace
}  // namespace contract
