#include "tests/contract/store_contract.hpp"

namespace contract {
namespace {

using namespace common;

class MarketContract : public StoreContract {
protected:
    void replace(std::vector<SymbolInfo> const& symbols) {
        committed(*ingestion, [&] { ingestion->market().replaceSymbols(symbols, 1); });
    }
    void writePrice(std::string_view symbol, std::string_view price, std::int64_t tradeId) {
        Step step;
        step.prices.push_back(
            {.symbol = Symbol(symbol), .price = *ExactDecimal::parse(price), .tradeId = tradeId, .time = tradeId * 10});
        apply(step);
    }
    static SymbolInfo info(std::string_view symbol, SymbolStatus status = SymbolStatus::Trading) {
        return {.symbol = Symbol(symbol),
                .base = "BASE",
                .quote = "USDT",
                .status = status,
                .tickSize = *Decimal::parse("0.01"),
                .lotSize = *Decimal::parse("0.00001")};
    }
};

TEST_P(MarketContract, ReplacingSymbols_ChangedAndVanished_UpdatesAndUnlists) {
    EXPECT_EQ(notifier->market().symbolsVersion(), 0);
    replace({info("BTCUSDT"), info("ETHUSDT"), info("XRPUSDT")});
    EXPECT_EQ(notifier->market().symbolsVersion(), 1);
    replace({info("BTCUSDT"), info("ETHUSDT", SymbolStatus::Halt), info("币安人生USDT")});
    EXPECT_EQ(notifier->market().symbolsVersion(), 2);
    std::vector<SymbolInfo> const want{info("BTCUSDT"), info("ETHUSDT", SymbolStatus::Halt),
                                       info("XRPUSDT", SymbolStatus::Unlisted), info("币安人生USDT")};
    EXPECT_EQ(notifier->market().symbols(), want);
    replace({info("BTCUSDT"), info("ETHUSDT"), info("XRPUSDT")});
    EXPECT_EQ(notifier->market().symbols()[2], info("XRPUSDT"));
    EXPECT_EQ(notifier->market().symbolsVersion(), 3);
}

TEST_P(MarketContract, Halting_ArmedAlert_IsShownAndAnnouncedUntilTradingGoesOn) {
    auto const account = addAccount();
    auto const armed = addAlert(account, "al_armed");
    arm(armed);
    addAlert(account, "al_pending");
    auto const paused = addAlert(account, "al_paused");
    arm(paused);
    committed(*notifier, [&] {
        auto definition = notifier->alerts().find(account, "al_paused")->definition;
        definition.liveFromRev = definition.rev + 1;
        notifier->alerts().update(definition);
    });
    replace({info("BTCUSDT")});
    auto const before = notifier->events().newestStateId();
    auto const shown = [&](std::string_view id) { return shownStatus(*notifier->alerts().find(account, id), 0); };
    replace({info("BTCUSDT", SymbolStatus::Halt)});
    EXPECT_EQ(shown("al_armed"), AlertStatus::Halted);
    EXPECT_EQ(shown("al_pending"), AlertStatus::Pending);
    EXPECT_EQ(shown("al_paused"), AlertStatus::Paused);
    EXPECT_EQ(notifier->alerts().count(account, {.status = AlertStatus::Halted}, 0), 1);
    replace({info("BTCUSDT", SymbolStatus::Halt), info("ETHUSDT")});
    replace({info("BTCUSDT"), info("ETHUSDT")});
    EXPECT_EQ(shown("al_armed"), AlertStatus::Armed);
    replace({info("ETHUSDT")});  // no longer listed
    EXPECT_EQ(shown("al_armed"), AlertStatus::Halted);

    std::vector<std::pair<std::string, AlertStatus>> told;
    for (auto const& change : notifier->events().stateTail(before, 100))
        told.emplace_back(change.alertPublicId, change.status);
    std::vector<std::pair<std::string, AlertStatus>> const want{
        {"al_armed", AlertStatus::Halted}, {"al_armed", AlertStatus::Armed}, {"al_armed", AlertStatus::Halted}};
    EXPECT_EQ(told, want);
}

TEST_P(MarketContract, ReadingPrices_AfterAVersion_GivesWhatChangedSince) {
    EXPECT_FALSE(notifier->market().price("BTCUSDT"));
    writePrice("BTCUSDT", "70000.01000000", 1);
    writePrice("ETHUSDT", "2000", 2);
    auto const all = notifier->market().pricesAfter(0);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].symbol, "BTCUSDT");
    EXPECT_EQ(all[0].price.text(), "70000.01000000");
    EXPECT_EQ(all[0].tradeId, 1);
    EXPECT_EQ(all[0].time, 10);
    EXPECT_GT(all[1].version, all[0].version);
    EXPECT_TRUE(notifier->market().pricesAfter(all[1].version).empty());
    writePrice("BTCUSDT", "69999.9", 3);
    auto const changed = notifier->market().pricesAfter(all[1].version);
    ASSERT_EQ(changed.size(), 1U);
    EXPECT_EQ(changed[0].price.text(), "69999.9");
    EXPECT_EQ(notifier->market().price("BTCUSDT")->tradeId, 3);
    EXPECT_EQ(notifier->market().price("BTCUSDT")->version, changed[0].version);
}

TEST_P(MarketContract, SettingFeeds_ChangedAndRemoved_RaiseTheVersion) {
    auto const set = [&](std::string_view symbol, FeedState state, TimeMs since, std::string_view reason) {
        committed(*ingestion, [&] {
            ingestion->market().setFeed(
                {.symbol = Symbol(symbol), .state = state, .since = since, .reason = std::string(reason)});
        });
    };
    set("BTCUSDT", FeedState::Live, 1, "");
    set("ETHUSDT", FeedState::Stale, 2, "disconnected");
    auto const all = notifier->market().feeds();
    auto version = notifier->market().versions().feeds;
    auto const raised = [&] {
        auto const before = std::exchange(version, notifier->market().versions().feeds);
        return version > before;
    };
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].symbol, "ETHUSDT");
    EXPECT_EQ(all[1].state, FeedState::Stale);
    EXPECT_EQ(all[1].since, 2);
    EXPECT_EQ(all[1].reason, "disconnected");
    set("BTCUSDT", FeedState::Halted, 3, "halt");
    EXPECT_TRUE(raised());
    EXPECT_EQ(notifier->market().feeds()[0].state, FeedState::Halted);
    committed(*ingestion, [&] { ingestion->market().removeFeed("BTCUSDT"); });
    EXPECT_TRUE(raised());
    EXPECT_EQ(notifier->market().feeds().size(), 1U);
}

TEST_P(MarketContract, LifeSign_Set_IsSeenByTheOther) {
    EXPECT_EQ(notifier->market().lifeSign(), 0);
    committed(*ingestion, [&] { ingestion->market().setLifeSign(77); });
    EXPECT_EQ(notifier->market().lifeSign(), 77);
    EXPECT_EQ(notifier->market().versions().lifeSign, 77);
}

TEST_P(MarketContract, Health_WrittenAgain_ReplacesRowsAndDropsWhatIsLeft) {
    auto const write = [&](std::vector<SymbolHealth> const& rows, std::vector<Symbol> const& followed) {
        committed(*ingestion, [&] { ingestion->market().writeHealth(rows, followed); });
    };
    SymbolHealth const a{"AUSDT", 7, 1'000, 2, 1, 30, 5'000}, b{"BUSDT", 0, 0, 0, 0, 0, 5'000};
    write({b, a}, {"AUSDT", "BUSDT"});
    EXPECT_EQ(notifier->market().health(), (std::vector{a, b}));
    auto newer = a;
    newer.lastId = 8;
    write({newer}, {"AUSDT", "BUSDT"});
    EXPECT_EQ(notifier->market().health(), (std::vector{newer, b}));
    write({}, {"BUSDT"});
    EXPECT_EQ(notifier->market().health(), std::vector{b});
}

TEST_P(MarketContract, DataVersion_AnotherConnectionCommits_Changes) {
    auto const before = notifier->dataVersion();
    EXPECT_EQ(notifier->dataVersion(), before);
    committed(*ingestion, [&] { ingestion->market().setLifeSign(1); });
    EXPECT_NE(notifier->dataVersion(), before);
}

TEST_P(MarketContract, ReadView_AnotherConnectionCommits_StaysAsItWas) {
    notifier->beginRead();
    EXPECT_EQ(notifier->market().lifeSign(), 0);
    committed(*ingestion, [&] { ingestion->market().setLifeSign(5); });
    EXPECT_EQ(notifier->market().lifeSign(), 0);
    notifier->rollback();
    EXPECT_EQ(notifier->market().lifeSign(), 5);
}

INSTANTIATE_TEST_SUITE_P(Stores, MarketContract, ::testing::ValuesIn(storesUnderTest()), storeName);

}  // namespace
}  // namespace contract
