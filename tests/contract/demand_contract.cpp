#include "tests/contract/store_contract.hpp"

#include <algorithm>

namespace contract {
namespace {

using namespace common;

class DemandContract : public StoreContract {
protected:
    DemandStore& demand = ingestion->demand();

    void renew(std::vector<Symbol> const& symbols, TimeMs until) {
        committed(*notifier, [&] { notifier->watches().renew(symbols, until); });
    }
    void release(std::vector<Symbol> const& symbols) {
        committed(*notifier, [&] { notifier->watches().release(symbols); });
    }
    std::vector<std::string> live() {
        std::vector<std::string> ids;
        demand.forEachLive([&](AlertRecord&& record) { ids.push_back(record.definition.publicId); });
        return ids;
    }
};

using Ids = std::vector<std::string>;

TEST_P(DemandContract, FollowingChanges_OfAlerts_NamesEachInOrder) {
    auto const account = addAccount();
    auto a = addAlert(account, "al_a");
    auto const b = addAlert(account, "al_b");
    a.note = "changed";
    update(a);
    committed(*notifier, [&] { notifier->alerts().remove(b.id); });
    auto const rows = changes();
    ASSERT_EQ(rows.size(), 4U);
    EXPECT_EQ(rows[0].alert, a.id);
    EXPECT_EQ(rows[1].alert, b.id);
    EXPECT_EQ(rows[2].alert, a.id);
    EXPECT_EQ(rows[3].alert, b.id);
    EXPECT_EQ(demand.newestChangeId(), rows[3].id);
    EXPECT_EQ(demand.changesAfter(rows[1].id, 1).at(0).id, rows[2].id);

    committed(*ingestion, [&] { demand.removeChangesUpTo(rows[2].id); });
    EXPECT_EQ(changes().size(), 1U);
    committed(*ingestion, [&] { demand.removeChangesUpTo(rows[3].id); });
    EXPECT_EQ(demand.newestChangeId(), rows[3].id);
    addAlert(account, "al_c");
    EXPECT_GT(changes().at(0).id, rows[3].id);
}

TEST_P(DemandContract, Loading_RemovedAlert_IsNothing) {
    auto const alert = addAlert(addAccount(), "al_1");
    EXPECT_EQ(demand.load(alert.id)->definition.publicId, "al_1");
    EXPECT_FALSE(demand.load(AlertId{alert.id.value + 1}));
}

TEST_P(DemandContract, VisitingLive_EndedLeftOut_ByAge) {
    auto const account = addAccount();
    auto const on = [](std::string symbol) { return [symbol](AlertDefinition& a) { a.symbol = symbol; }; };
    addAlert(account, "al_1", on("ETHUSDT"));
    addAlert(account, "al_2", on("BTCUSDT"));
    auto const ended = addAlert(account, "al_3", on("BTCUSDT"));
    addAlert(account, "al_4", on("ETHUSDT"));
    addAlert(account, "al_5", [](AlertDefinition& a) { a.liveFromRev = 2; });  // paused, on BTCUSDT
    Step step;
    step.arms.push_back(armWrite(ended));
    step.arms.back().status = AlertStatus::Expired;
    apply(step);
    EXPECT_EQ(live(), (Ids{"al_1", "al_2", "al_4", "al_5"}));

    Ids ofEth;
    demand.forEachLiveOf("ETHUSDT", [&](AlertRecord&& record) { ofEth.push_back(record.definition.publicId); });
    EXPECT_EQ(ofEth, (Ids{"al_1", "al_4"}));
}

TEST_P(DemandContract, VisitingLive_MoreThanOneRead_MissesAndRepeatsNone) {
    auto const account = addAccount();
    constexpr int kAlerts = 2'500;
    notifier->begin();
    for (int i = 0; i < kAlerts; ++i) {
        AlertDefinition alert;
        alert.publicId = "al_" + std::to_string(i);
        alert.account = account;
        alert.symbol = "S" + std::to_string(i % 3);
        alert.condition.price = Decimal::fromUnits(i + 1);
        notifier->alerts().insert(alert);
    }
    notifier->commit();
    std::vector<AlertId> seen;
    demand.forEachLive([&](AlertRecord&& record) { seen.push_back(record.definition.id); });
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(kAlerts));
    EXPECT_TRUE(std::ranges::is_sorted(seen));
    EXPECT_EQ(std::ranges::adjacent_find(seen), seen.end());
}

TEST_P(DemandContract, Paging_ThroughLiveAlerts_ShowsEachOnceAndWhatIsAskedOfIt) {
    auto const account = addAccount();
    auto const a = addAlert(account, "al_a");
    auto b = addAlert(account, "al_b");
    auto const c = addAlert(account, "al_c");
    b.rev = 3;
    b.liveFromRev = 4;
    b.expires = 77;
    update(b);
    auto const first = demand.demandPage({}, 2);
    EXPECT_EQ(first, (std::vector<DemandRow>{{.alert = a.id, .rev = 1, .expires = {}, .paused = false},
                                             {.alert = b.id, .rev = 3, .expires = 77, .paused = true}}));
    EXPECT_EQ(demand.demandPage(b.id, 2),
              (std::vector<DemandRow>{{.alert = c.id, .rev = 1, .expires = {}, .paused = false}}));
    auto const page = demand.livePage(a.id, 10);
    ASSERT_EQ(page.size(), 2U);
    EXPECT_EQ(page[0].definition.publicId, "al_b");
    EXPECT_EQ(page[1].definition.publicId, "al_c");
    EXPECT_EQ(demand.livePage(a.id, 1).size(), 1U);
}

TEST_P(DemandContract, Watching_RenewedReleasedLapsed_FollowsTheLease) {
    renew({"BTCUSDT", "ETHUSDT"}, 1'000);
    EXPECT_EQ(ingestion->watches().watched(999), (std::vector<Symbol>{"BTCUSDT", "ETHUSDT"}));
    EXPECT_EQ(ingestion->watches().watched(1'000), std::vector<Symbol>{});
    renew({"BTCUSDT"}, 2'000);
    renew({"BTCUSDT"}, 1'500);
    EXPECT_EQ(ingestion->watches().watched(1'999), std::vector<Symbol>{"BTCUSDT"}) << "a lease never shrinks";
    committed(*ingestion, [&] { ingestion->watches().removeLapsed(1'000); });
    EXPECT_EQ(ingestion->watches().watched(0), std::vector<Symbol>{"BTCUSDT"});
    release({"BTCUSDT", "UNKNOWN"});
    EXPECT_TRUE(ingestion->watches().watched(0).empty());
}

TEST_P(DemandContract, Watching_RenewAndRelease_EnterTheChangeLog) {
    renew({"BTCUSDT"}, 1'000);
    release({"BTCUSDT"});
    auto const rows = changes();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].alert, std::nullopt);
    EXPECT_EQ(rows[1].alert, std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Stores, DemandContract, ::testing::ValuesIn(storesUnderTest()), storeName);

}  // namespace
}  // namespace contract
