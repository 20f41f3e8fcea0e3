#include "tests/contract/store_contract.hpp"

#include "common/store/store_error.hpp"

namespace contract {
namespace {

using namespace common;

class AlertContract : public StoreContract {
protected:
    AccountId account = addAccount();
    AlertStore& alerts = notifier->alerts();

    void end(AlertDefinition const& alert, TimeMs now = 700) {
        Step step;
        step.now = now;
        step.arms.push_back(armWrite(alert));
        step.fires.push_back(fireAt(alert, 5));
        step.fires.back().ends = true;
        ASSERT_EQ(apply(step).fired, 1);
    }
    std::vector<std::string> listed(AlertFilter const& filter, TimeMs now = 0) {
        std::vector<std::string> ids;
        for (auto const& record : alerts.list(account, filter, now))
            ids.push_back(record.definition.publicId);
        return ids;
    }
};

using Ids = std::vector<std::string>;

TEST_P(AlertContract, Inserting_EveryMemberSet_ComesBackTheSame) {
    auto const alert = addAlert(account, "al_full", [](AlertDefinition& a) {
        a.key = "my key";
        a.symbol = "币安人生USDT";
        a.condition = {.kind = ConditionKind::Above,
                       .price = *Decimal::parse("92233720368.54775807"),
                       .initial = false,
                       .forDuration = 30'000,
                       .rearm = *Decimal::parse("0.00000001")};
        a.mode = AlertMode::Once;
        a.cooldown = 300'000;
        a.expires = 1'760'000'000'000;
        a.note = "say \"hello\"\n€";
        a.channels = std::vector<std::string>{"push", "wh_1"};
        a.rev = 3;
        a.liveFromRev = 2;
        a.created = 42;
    });
    auto const found = alerts.find(account, "al_full");
    ASSERT_TRUE(found);
    auto const& definition = found->definition;
    EXPECT_EQ(definition.id, alert.id);
    EXPECT_EQ(definition.publicId, "al_full");
    EXPECT_EQ(definition.account, account);
    EXPECT_EQ(definition.key, "my key");
    EXPECT_EQ(definition.symbol, "币安人生USDT");
    EXPECT_EQ(definition.condition, alert.condition);
    EXPECT_EQ(definition.mode, AlertMode::Once);
    EXPECT_EQ(definition.cooldown, 300'000);
    EXPECT_EQ(definition.expires, 1'760'000'000'000);
    EXPECT_EQ(definition.note, "say \"hello\"\n€");
    EXPECT_EQ(definition.channels, (std::vector<std::string>{"push", "wh_1"}));
    EXPECT_EQ(definition.rev, 3);
    EXPECT_EQ(definition.liveFromRev, 2);
    EXPECT_EQ(definition.created, 42);
    EXPECT_EQ(found->state.rev, 0);
    EXPECT_EQ(found->state.fires, 0);
    EXPECT_EQ(shownStatus(*found, 0), AlertStatus::Pending);
}

TEST_P(AlertContract, Inserting_EveryKindOfCondition_ComesBackTheSame) {
    auto const two = *Decimal::parse("2.5");
    std::vector<Condition> const conditions{
        {.kind = ConditionKind::Below, .price = two},
        {.kind = ConditionKind::CrossUp, .price = two},
        {.kind = ConditionKind::Cross, .price = two},
        {.kind = ConditionKind::Enter, .low = two, .high = *Decimal::parse("3"), .initial = false},
        {.kind = ConditionKind::Move, .pct = two, .direction = Direction::Up, .anchor = Anchor::LastFire},
        {.kind = ConditionKind::Move, .abs = two, .anchor = Anchor::Price, .anchorPrice = two},
        {.kind = ConditionKind::Change, .pct = two, .window = 60'000},
        {.kind = ConditionKind::Spike,
         .metric = SpikeMetric::Trades,
         .factor = two,
         .window = 3'600'000,
         .bucket = 60'000},
        {.kind = ConditionKind::Volatility, .pct = two, .window = 180'000},
        {.kind = ConditionKind::Trail, .pct = two, .direction = Direction::Down},
    };
    for (std::size_t i = 0; i < conditions.size(); ++i) {
        auto const alert =
            addAlert(account, "al_" + std::to_string(i), [&](AlertDefinition& a) { a.condition = conditions[i]; });
        EXPECT_EQ(stored(alert.id)->definition.condition, conditions[i]) << conditionJson(conditions[i]);
    }
}

TEST_P(AlertContract, Finding_AnothersAlert_IsNothing) {
    auto const other = addAccount("acc_2", "2");
    addAlert(account, "al_1", [](AlertDefinition& a) { a.key = "k"; });
    EXPECT_TRUE(alerts.find(account, "al_1"));
    EXPECT_FALSE(alerts.find(other, "al_1"));
    EXPECT_TRUE(alerts.findByKey(account, "k"));
    EXPECT_FALSE(alerts.findByKey(other, "k"));
    EXPECT_FALSE(alerts.findByKey(account, "K"));
}

TEST_P(AlertContract, Inserting_SameKeyInOneAccount_IsAConflict) {
    auto const other = addAccount("acc_2", "2");
    auto const first = addAlert(account, "al_1", [](AlertDefinition& a) { a.key = "k"; });
    addAlert(other, "al_2", [](AlertDefinition& a) { a.key = "k"; });
    notifier->begin();
    auto twin = first;
    twin.publicId = "al_3";
    EXPECT_THROW(alerts.insert(twin), StoreError);
    notifier->rollback();
}

TEST_P(AlertContract, FindingTwin_EachDifference_CountsAsAnother) {
    auto const alert = addAlert(account, "al_1", [](AlertDefinition& a) { a.cooldown = 5'000; });
    auto const finds = [&](auto edit) {
        auto probe = alert;
        probe.publicId = "al_probe";
        edit(probe);
        auto const twin = alerts.findTwin(probe);
        return twin && twin->definition.id == alert.id;
    };
    EXPECT_TRUE(finds([](AlertDefinition&) {}));
    EXPECT_TRUE(finds([](AlertDefinition& a) { a.note = "another note", a.expires = 5; }));
    EXPECT_FALSE(finds([](AlertDefinition& a) { a.symbol = "ETHUSDT"; }));
    EXPECT_FALSE(finds([](AlertDefinition& a) { a.condition.price = *Decimal::parse("70000.1"); }));
    EXPECT_FALSE(finds([](AlertDefinition& a) { a.mode = AlertMode::Once; }));
    EXPECT_FALSE(finds([](AlertDefinition& a) { a.cooldown = 5'001; }));
    EXPECT_FALSE(finds([](AlertDefinition& a) { a.account = AccountId{99}; }));
}

TEST_P(AlertContract, FindingTwin_KeyedOrEnded_IsNotOne) {
    auto keyed = addAlert(account, "al_1", [](AlertDefinition& a) { a.key = "k"; });
    EXPECT_FALSE(alerts.findTwin(keyed));
    auto const once = addAlert(account, "al_2", [](AlertDefinition& a) { a.mode = AlertMode::Once; });
    EXPECT_TRUE(alerts.findTwin(once));
    end(once);
    EXPECT_FALSE(alerts.findTwin(once));
}

TEST_P(AlertContract, Listing_PagesAndFilters_InOrderOfCreation) {
    for (int i = 1; i <= 5; ++i)
        addAlert(account, "al_" + std::to_string(i),
                 [&](AlertDefinition& a) { a.symbol = i % 2 == 0 ? "ETHUSDT" : "BTCUSDT"; });
    addAlert(addAccount("acc_2", "2"), "al_other");
    EXPECT_EQ(listed({}), (Ids{"al_1", "al_2", "al_3", "al_4", "al_5"}));
    auto const second = alerts.find(account, "al_2")->definition.id;
    EXPECT_EQ(listed({.afterId = second.value, .limit = 2}), (Ids{"al_3", "al_4"}));
    EXPECT_EQ(listed({.symbol = "ETHUSDT"}), (Ids{"al_2", "al_4"}));
    EXPECT_EQ(listed({.symbol = "ETHUSDT", .afterId = second.value}), (Ids{"al_4"}));
    EXPECT_EQ(alerts.count(account, {.afterId = second.value, .limit = 1}, 0), 5);
    EXPECT_EQ(alerts.count(account, {.symbol = "BTCUSDT", .limit = 1}, 0), 3);
    EXPECT_EQ(alerts.count(account, {.symbol = "XRPUSDT"}, 0), 0);
}

TEST_P(AlertContract, Listing_ByShownState_MatchesWhatClientsSee) {
    auto const pending = addAlert(account, "al_pending");
    auto const armed = addAlert(account, "al_armed");
    auto const done = addAlert(account, "al_done");
    auto const renewed = addAlert(account, "al_renewed");
    auto const cooling = addAlert(account, "al_cooling", [](AlertDefinition& a) { a.cooldown = 10'000; });
    auto paused = addAlert(account, "al_paused");
    for (auto const& alert : {armed, renewed, cooling, paused})
        arm(alert);
    end(done);
    Step step;
    step.fires.push_back(fireAt(cooling, 1));  // event time 1001
    apply(step);
    paused.liveFromRev = paused.rev + 1;
    update(paused);
    auto next = renewed;
    next.rev = 2;
    update(next);

    EXPECT_EQ(listed({.status = AlertStatus::Pending}, 2'000), (Ids{"al_pending", "al_renewed"}));
    EXPECT_EQ(listed({.status = AlertStatus::Armed}, 2'000), (Ids{"al_armed"}));
    EXPECT_EQ(listed({.status = AlertStatus::Cooldown}, 2'000), (Ids{"al_cooling"}));
    EXPECT_EQ(listed({.status = AlertStatus::Armed}, 11'001), (Ids{"al_armed", "al_cooling"}));
    EXPECT_EQ(listed({.status = AlertStatus::Done}, 2'000), (Ids{"al_done"}));
    EXPECT_EQ(listed({.status = AlertStatus::Paused}, 2'000), (Ids{"al_paused"}));
    EXPECT_EQ(listed({.status = AlertStatus::Pending, .limit = 1}, 2'000), (Ids{"al_pending"}));
    EXPECT_EQ(alerts.count(account, {.status = AlertStatus::Pending, .limit = 1}, 2'000), 2);
    EXPECT_EQ(alerts.count(account, {.symbol = "ETHUSDT", .status = AlertStatus::Pending}, 2'000), 0);
    EXPECT_EQ(pending.rev, 1);
}

TEST_P(AlertContract, CountingLive_DoneOnes_DoNotCountUntilArmedAfresh) {
    auto done = addAlert(account, "al_1");
    addAlert(account, "al_2");
    EXPECT_EQ(alerts.countLive(account), 2);
    end(done);
    EXPECT_EQ(alerts.countLive(account), 1);
    done.note = "in place";
    update(done);
    EXPECT_EQ(alerts.countLive(account), 1);
    done.rev = 2;
    update(done);
    EXPECT_EQ(alerts.countLive(account), 2);
    EXPECT_EQ(shownStatus(*stored(done.id), 0), AlertStatus::Pending);
}

TEST_P(AlertContract, Updating_NewRevision_KeepsFiresAndStartsTheRestFresh) {
    auto alert = addAlert(account, "al_1");
    Step step;
    step.arms.push_back(armWrite(alert));
    step.fires.push_back(fireAt(alert, 5));
    step.states.push_back(armWrite(alert));
    step.states.back().suppressed = 4;
    step.states.back().cooldownFrom = 77;
    step.states.back().engine = "engine";
    apply(step);
    EXPECT_EQ(stored(alert.id)->state.engine, "engine");
    EXPECT_EQ(stored(alert.id)->state.suppressed, 4);

    alert.rev = 2;
    alert.condition.price = *Decimal::parse("71000");
    alert.mode = AlertMode::Once;
    alert.cooldown = 9;
    alert.expires = 8;
    alert.note = "n";
    alert.channels.emplace();
    update(alert);
    auto const renewed = *stored(alert.id);
    EXPECT_EQ(renewed.definition.condition.price, *Decimal::parse("71000"));
    EXPECT_EQ(renewed.definition.mode, AlertMode::Once);
    EXPECT_EQ(renewed.definition.cooldown, 9);
    EXPECT_EQ(renewed.definition.expires, 8);
    EXPECT_EQ(renewed.definition.note, "n");
    EXPECT_EQ(renewed.definition.channels, std::vector<std::string>{});
    EXPECT_EQ(renewed.state.fires, 1);
    EXPECT_EQ(renewed.state.lastFired, 905);
    EXPECT_EQ(renewed.state.suppressed, 0);
    EXPECT_EQ(renewed.state.cooldownFrom, std::nullopt);
    EXPECT_EQ(renewed.state.engine, "");
    EXPECT_EQ(shownStatus(renewed, 0), AlertStatus::Pending);
}

TEST_P(AlertContract, Removing_WithState_LeavesNothingAndLogs) {
    auto const alert = addAlert(account, "al_1");
    arm(alert);
    auto const before = ingestion->demand().newestChangeId();
    committed(*notifier, [&] { alerts.remove(alert.id); });
    EXPECT_FALSE(alerts.find(account, "al_1"));
    EXPECT_FALSE(stored(alert.id));
    ASSERT_EQ(ingestion->demand().changesAfter(before, 9).size(), 1U);
    EXPECT_EQ(ingestion->demand().changesAfter(before, 9)[0].alert, alert.id);
    EXPECT_GT(addAlert(account, "al_2").id.value, alert.id.value);
}

TEST_P(AlertContract, RemovingEnded_OlderThanTheLimit_LeavesTheOthers) {
    auto const early = addAlert(account, "al_early");
    auto const late = addAlert(account, "al_late");
    addAlert(account, "al_live");
    end(early, 1'000);
    end(late, 2'000);
    auto const remove = [&](TimeMs before, std::int64_t limit) {
        return committed(*notifier, [&] { return alerts.removeEndedBefore(before, limit); });
    };
    EXPECT_EQ(remove(1'000, 10), 0);
    EXPECT_EQ(remove(2'000, 10), 1);
    EXPECT_EQ(listed({}), (Ids{"al_late", "al_live"}));
    EXPECT_EQ(remove(9'000, 0), 0);
    EXPECT_EQ(remove(9'000, 10), 1);
    EXPECT_EQ(events().size(), 2U) << "notifications outlive their alert";
}

INSTANTIATE_TEST_SUITE_P(Stores, AlertContract, ::testing::ValuesIn(storesUnderTest()), storeName);

}  // namespace
}  // namespace contract
