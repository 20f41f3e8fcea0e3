#include "tests/contract/store_contract.hpp"

#include "common/store/store_error.hpp"

namespace contract {
namespace {

using namespace common;

class StepContract : public StoreContract {
protected:
    AccountId account = addAccount();

    static Step firing(std::initializer_list<Fire> fires) {
        Step step;
        step.now = 2'000;
        step.fires = fires;
        return step;
    }
    /// Applies the step in vain.
    void expectConflict(Step const& step) {
        ingestion->begin();
        try {
            ingestion->steps().apply(step);
            ADD_FAILURE() << "no conflict";
        } catch (StoreError const& error) {
            EXPECT_EQ(error.failure(), StoreFailure::Conflict);
        }
        ingestion->rollback();
    }
};

TEST_P(StepContract, Firing_EveryMemberSet_IsStoredWithTheAlertsOwn) {
    auto const alert = addAlert(account, "al_1", [](AlertDefinition& a) {
        a.key = "k";
        a.note = "note";
        a.channels = std::vector<std::string>{"wh_1"};
        a.rev = 4;
    });
    arm(alert);
    Fire fire = fireAt(alert, 3'912'345'678);
    fire.trade.aggLastId = 3'912'345'680;
    fire.trade.price = *ExactDecimal::parse("0.10");
    fire.trade.qty = *ExactDecimal::parse("92233720368");
    fire.trade.buyerMaker = true;
    fire.prev = {.id = 3'912'345'677, .price = *ExactDecimal::parse("69999.990")};
    fire.suppressed = 7;
    fire.source = TradeSource::Catchup;
    fire.late = true;
    fire.extra = R"("edge":"low")";
    EXPECT_EQ(apply(firing({fire})).fired, 1);

    auto const rows = events();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].account, account);
    EXPECT_EQ(rows[0].seq, 1);
    EXPECT_EQ(rows[0].committed, 2'000);
    auto const& n = notificationOf(rows[0]);
    EXPECT_EQ(n.alertPublicId, "al_1");
    EXPECT_EQ(n.rev, 4);
    EXPECT_EQ(n.fire, 1);
    EXPECT_EQ(n.key, "k");
    EXPECT_EQ(n.symbol, "BTCUSDT");
    EXPECT_EQ(n.kind, ConditionKind::Above);
    EXPECT_EQ(n.level, Decimal::parse("70000"));
    EXPECT_EQ(n.trade, fire.trade);
    EXPECT_EQ(n.trade.price.text(), "0.10");
    EXPECT_EQ(n.trade.qty.text(), "92233720368");
    ASSERT_TRUE(n.prev);
    EXPECT_EQ(n.prev->id, 3'912'345'677);
    EXPECT_EQ(n.prev->price.text(), "69999.990");
    EXPECT_EQ(n.suppressed, 7);
    EXPECT_EQ(n.source, TradeSource::Catchup);
    EXPECT_TRUE(n.late);
    EXPECT_EQ(n.extra, R"("edge":"low")");
    EXPECT_EQ(n.note, "note");
    EXPECT_EQ(n.channels, std::vector<std::string>{"wh_1"});
}

TEST_P(StepContract, Firing_LittleSet_StoresNothingInTheRest) {
    auto const alert = addAlert(account, "al_1");
    arm(alert);
    Fire fire = fireAt(alert, 1);
    fire.level.reset();
    apply(firing({fire}));
    auto const rows = events();
    auto const& n = notificationOf(rows.at(0));
    EXPECT_EQ(n.key, std::nullopt);
    EXPECT_EQ(n.level, std::nullopt);
    EXPECT_FALSE(n.prev);
    EXPECT_EQ(n.extra, "");
    EXPECT_EQ(n.note, std::nullopt);
    EXPECT_EQ(n.channels, std::nullopt);
    EXPECT_EQ(n.trade.aggLastId, 0);
    EXPECT_FALSE(n.trade.buyerMaker);
}

TEST_P(StepContract, Firing_ManyAlertsOfTwoAccounts_NumbersFiresAndSeqWithoutHoles) {
    auto const other = addAccount("acc_2", "2");
    auto const a = addAlert(account, "al_a");
    auto const b = addAlert(other, "al_b");
    auto const c = addAlert(account, "al_c");
    for (auto const& alert : {a, b, c})
        arm(alert);
    apply(firing({fireAt(a, 1), fireAt(b, 1), fireAt(c, 1), fireAt(a, 2)}));
    apply(firing({fireAt(c, 3), fireAt(b, 3)}));

    std::vector<std::tuple<std::string, std::int64_t, std::int64_t>> got;
    std::int64_t lastId = 0;
    for (auto const& event : events()) {
        EXPECT_GT(event.id, lastId);
        lastId = event.id;
        got.emplace_back(notificationOf(event).alertPublicId, notificationOf(event).fire, event.seq);
    }
    decltype(got)
        const want{{"al_a", 1, 1}, {"al_b", 1, 1}, {"al_c", 1, 2}, {"al_a", 2, 3}, {"al_c", 2, 4}, {"al_b", 2, 2}};
    EXPECT_EQ(got, want);
    EXPECT_EQ(notifier->accounts().find(account)->seq, 4);
    EXPECT_EQ(notifier->accounts().find(other)->seq, 2);
    EXPECT_EQ(notifier->events().newestId(), lastId);
}

TEST_P(StepContract, Firing_Notified_UpdatesCountTimesAndResetsSuppressed) {
    auto const alert = addAlert(account, "al_1");
    Step step;
    step.arms.push_back(armWrite(alert));
    step.arms.back().suppressed = 9;
    step.fires.push_back(fireAt(alert, 4));
    apply(step);
    auto const state = stored(alert.id)->state;
    EXPECT_EQ(state.rev, 1);
    EXPECT_EQ(state.status, AlertStatus::Armed);
    EXPECT_EQ(state.fromTradeId, 1);
    EXPECT_EQ(state.fires, 1);
    EXPECT_EQ(state.suppressed, 0);
    EXPECT_EQ(state.lastFired, 904);
    EXPECT_EQ(state.cooldownFrom, 1'004);
}

TEST_P(StepContract, Applying_StateAfterFires_IsTheLastWord) {
    auto const alert = addAlert(account, "al_1");
    arm(alert);
    Step step = firing({fireAt(alert, 4)});
    step.states.push_back(armWrite(alert));
    step.states.back().suppressed = 2;
    step.states.back().cooldownFrom = 1'004;
    step.states.back().status = AlertStatus::Holding;
    step.states.back().engine = "run since 5";
    apply(step);
    auto const state = stored(alert.id)->state;
    EXPECT_EQ(state.suppressed, 2);
    EXPECT_EQ(state.status, AlertStatus::Holding);
    EXPECT_EQ(state.engine, "run since 5");
    EXPECT_EQ(state.fires, 1);
    EXPECT_EQ(state.lastFired, 904);
}

TEST_P(StepContract, Firing_RemovedOrPausedAlert_IsDroppedAndThePositionAdvances) {
    auto const removed = addAlert(account, "al_removed");
    auto paused = addAlert(account, "al_paused");
    auto const live = addAlert(account, "al_live");
    for (auto const& alert : {removed, paused, live})
        arm(alert);
    committed(*notifier, [&] { notifier->alerts().remove(removed.id); });
    paused.liveFromRev = 2;
    update(paused);

    Step step = firing({fireAt(removed, 5), fireAt(paused, 5), fireAt(live, 5)});
    step.states.push_back(armWrite(paused));
    step.positions.push_back(
        {.expected = {}, .next = Position{.symbol = "BTCUSDT", .tradeId = 5}, .symbol = "BTCUSDT"});
    auto const outcome = apply(step);
    EXPECT_EQ(outcome.fired, 1);
    EXPECT_EQ(outcome.dropped, 3);
    ASSERT_EQ(events().size(), 1U);
    EXPECT_EQ(events()[0].seq, 1);
    EXPECT_EQ(ingestion->demand().position("BTCUSDT")->tradeId, 5);
}

TEST_P(StepContract, Firing_OlderRevision_CountsUnlessAPauseLiesBetween) {
    auto alert = addAlert(account, "al_1");
    arm(alert);
    auto const late = fireAt(alert, 5);
    alert.rev = 2;
    update(alert);
    EXPECT_EQ(apply(firing({late})).fired, 1);
    EXPECT_EQ(notificationOf(events().at(0)).rev, 1);
    EXPECT_EQ(shownStatus(*stored(alert.id), 0), AlertStatus::Pending);

    // pause, then rearm: revision 3, and everything judged before it is dropped
    alert.liveFromRev = 3;
    update(alert);
    alert.rev = 3;
    update(alert);
    EXPECT_EQ(apply(firing({late})).dropped, 1);
    arm(alert);
    EXPECT_EQ(apply(firing({fireAt(alert, 9)})).fired, 1);
    EXPECT_EQ(notificationOf(events().at(1)).fire, 2);
}

TEST_P(StepContract, Arming_NewRevisionBehindTheOldOnesFire_BothCountInOneStep) {
    auto alert = addAlert(account, "al_1");
    arm(alert);
    auto const last = fireAt(alert, 5);
    alert.rev = 2;
    update(alert);
    auto const first = fireAt(alert, 6);
    auto takeover = armWrite(alert);
    takeover.fromTradeId = 6;
    takeover.firesBefore = 1;

    Step step = firing({last, first});
    step.arms.push_back(takeover);
    EXPECT_EQ(apply(step).fired, 2);
    auto const rows = events();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(notificationOf(rows[0]).rev, 1);
    EXPECT_EQ(notificationOf(rows[1]).rev, 2);
    EXPECT_EQ(notificationOf(rows[1]).fire, 2);
    auto const state = stored(alert.id)->state;
    EXPECT_EQ(state.rev, 2);
    EXPECT_EQ(state.fromTradeId, 6);
    EXPECT_EQ(state.fires, 2);
}

TEST_P(StepContract, Firing_RevisionThatIsNotTheArmedOne_IsDropped) {
    auto alert = addAlert(account, "al_1");
    EXPECT_EQ(apply(firing({fireAt(alert, 5)})).dropped, 1) << "never armed";
    arm(alert);
    auto const old = fireAt(alert, 6);
    alert.rev = 2;
    update(alert);
    EXPECT_EQ(apply(firing({fireAt(alert, 6)})).dropped, 1) << "not armed yet";
    arm(alert);
    EXPECT_EQ(apply(firing({old})).dropped, 1) << "its successor judges already";
    EXPECT_TRUE(events().empty());
}

TEST_P(StepContract, Firing_Once_IsDoneInTheSameTransactionAndNeverAgain) {
    auto const alert = addAlert(account, "al_1", [](AlertDefinition& a) { a.mode = AlertMode::Once; });
    arm(alert);
    auto const armedLog = notifier->events().newestStateId();
    auto fire = fireAt(alert, 5);
    fire.ends = true;
    auto const outcome = apply(firing({fire, fireAt(alert, 6)}));
    EXPECT_EQ(outcome.fired, 1);
    EXPECT_EQ(outcome.dropped, 1);
    EXPECT_EQ(shownStatus(*stored(alert.id), 0), AlertStatus::Done);
    EXPECT_EQ(notifier->alerts().countLive(account), 0);
    auto const log = notifier->events().stateTail(armedLog, 10);
    ASSERT_EQ(log.size(), 1U);
    EXPECT_EQ(log[0].status, AlertStatus::Done);
    EXPECT_EQ(log[0].alertPublicId, "al_1");
    EXPECT_EQ(log[0].fromTradeId, 1);
    EXPECT_EQ(log[0].at, 2'000);
}

TEST_P(StepContract, Firing_OnceOfAnOlderRevision_LeavesTheNewOnePending) {
    auto alert = addAlert(account, "al_1", [](AlertDefinition& a) { a.mode = AlertMode::Once; });
    arm(alert);
    auto fire = fireAt(alert, 5);
    fire.ends = true;
    alert.rev = 2;
    update(alert);
    EXPECT_EQ(apply(firing({fire})).fired, 1);
    EXPECT_EQ(shownStatus(*stored(alert.id), 0), AlertStatus::Pending);
    EXPECT_EQ(notifier->alerts().countLive(account), 1);
}

TEST_P(StepContract, WritingState_OlderThanTheStoredOne_IsDropped) {
    auto alert = addAlert(account, "al_1");
    auto const old = armWrite(alert);
    alert.rev = 2;
    update(alert);
    arm(alert);
    auto const announced = notifier->events().newestStateId();
    Step step;
    step.states.push_back(old);
    EXPECT_EQ(apply(step).dropped, 1);
    EXPECT_EQ(stored(alert.id)->state.rev, 2);
    EXPECT_EQ(notifier->events().newestStateId(), announced);
}

TEST_P(StepContract, WritingState_RenewedMeanwhile_TakesItsTurnAndStaysPending) {
    auto alert = addAlert(account, "al_1");
    Step step;
    step.arms.push_back(armWrite(alert));
    step.fires.push_back(fireAt(alert, 5));
    alert.rev = 2;
    update(alert);
    EXPECT_EQ(apply(step).fired, 1);
    EXPECT_EQ(shownStatus(*stored(alert.id), 0), AlertStatus::Pending);
    EXPECT_EQ(stored(alert.id)->state.fires, 1);
}

TEST_P(StepContract, WritingState_Announced_EntersTheLogOthersDoNot) {
    auto const alert = addAlert(account, "al_1");
    Step step;
    step.now = 33;
    step.arms.push_back(armWrite(alert));
    step.states.push_back(armWrite(alert));
    step.states.back().announce = false;
    apply(step);
    auto const log = notifier->events().stateTail(0, 10);
    ASSERT_EQ(log.size(), 1U);
    EXPECT_EQ(log[0].account, account);
    EXPECT_EQ(log[0].rev, 1);
    EXPECT_EQ(log[0].symbol, "BTCUSDT");
    EXPECT_EQ(log[0].status, AlertStatus::Armed);
    EXPECT_EQ(log[0].fromTradeId, 1);
    EXPECT_EQ(log[0].at, 33);
}

TEST_P(StepContract, WritingState_Expired_EndsTheAlert) {
    auto const alert = addAlert(account, "al_1");
    arm(alert);
    Step step;
    step.now = 5'000;
    step.states.push_back(armWrite(alert));
    step.states.back().status = AlertStatus::Expired;
    apply(step);
    EXPECT_EQ(shownStatus(*stored(alert.id), 0), AlertStatus::Expired);
    EXPECT_EQ(notifier->alerts().countLive(account), 0);
    EXPECT_EQ(apply(firing({fireAt(alert, 9)})).dropped, 1);
    EXPECT_EQ(committed(*notifier, [&] { return notifier->alerts().removeEndedBefore(5'001, 10); }), 1);
}

TEST_P(StepContract, WritingState_ExpiredButExtendedMeanwhile_FailsTheStep) {
    auto const alert = addAlert(account, "al_1", [](AlertDefinition& a) { a.expires = 7'000; });
    arm(alert);
    Step step;
    step.states.push_back(armWrite(alert));
    step.states.back().status = AlertStatus::Expired;
    step.states.back().expires = 5'000;
    expectConflict(step);
    EXPECT_EQ(shownStatus(*stored(alert.id), 0), AlertStatus::Armed);
    step.states.back().expires = 7'000;
    apply(step);
    EXPECT_EQ(shownStatus(*stored(alert.id), 0), AlertStatus::Expired);
}

TEST_P(StepContract, WritingState_ExpiredButGone_IsDropped) {
    auto const alert = addAlert(account, "al_1", [](AlertDefinition& a) { a.expires = 7'000; });
    Step step;
    step.states.push_back(armWrite(alert));
    step.states.back().alert = AlertId{999};
    step.states.back().status = AlertStatus::Expired;
    step.states.back().expires = 5'000;
    EXPECT_EQ(apply(step).dropped, 1);
}

TEST_P(StepContract, WritingGap_AlertsOfTwoAccounts_OneEventEach) {
    auto const other = addAccount("acc_2", "2");
    auto const a = addAlert(account, "al_a");
    auto const b = addAlert(other, "al_b");
    auto const c = addAlert(account, "al_c");
    auto paused = addAlert(other, "al_paused", [](AlertDefinition& p) { p.liveFromRev = 2; });
    arm(a);
    Step step = firing({fireAt(a, 1)});
    step.gaps.push_back(
        {.gap = {.symbol = "BTCUSDT", .fromId = 10, .toId = 20, .reason = GapReason::TooOld, .alertPublicIds = {}},
         .alerts = {a.id, b.id, c.id, paused.id, AlertId{999}}});
    apply(step);
    auto const rows = events();
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[1].account, account);
    EXPECT_EQ(rows[1].seq, 2);
    auto const& gap = std::get<Gap>(rows[1].body);
    EXPECT_EQ(gap.symbol, "BTCUSDT");
    EXPECT_EQ(gap.fromId, 10);
    EXPECT_EQ(gap.toId, 20);
    EXPECT_EQ(gap.reason, GapReason::TooOld);
    EXPECT_EQ(gap.alertPublicIds, (std::vector<std::string>{"al_a", "al_c"}));
    EXPECT_EQ(rows[2].account, other);
    EXPECT_EQ(rows[2].seq, 1);
    EXPECT_EQ(std::get<Gap>(rows[2].body).alertPublicIds, (std::vector<std::string>{"al_b"}));
}

TEST_P(StepContract, Applying_PositionConflict_StoresNothingOfTheStep) {
    auto const alert = addAlert(account, "al_1");
    arm(alert);
    Step step = firing({fireAt(alert, 1)});
    step.positions.push_back({.expected = 7, .next = Position{.symbol = "BTCUSDT", .tradeId = 8}, .symbol = "BTCUSDT"});
    expectConflict(step);
    EXPECT_TRUE(events().empty());
}

INSTANTIATE_TEST_SUITE_P(Stores, StepContract, ::testing::ValuesIn(storesUnderTest()), storeName);

}  // namespace
}  // namespace contract
