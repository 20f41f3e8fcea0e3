#include "notifier/session/hub.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <fmt/format.h>

namespace notifier {
namespace {

constexpr common::AccountId kAnna{1};
constexpr common::AccountId kBert{2};
constexpr common::TimeMs kNow = 1'760'000'000'000;

struct Member final : HubMember {
    void onEvent(LiveEvent& event) override {
        seqs.push_back(event.event().seq());
        frames.push_back(event.frame());
    }
    void onPush(Frame const& frame) override { pushes.push_back(*frame); }
    void onPrice(common::Symbol const& symbol, Frame const&) override { prices.push_back(symbol); }
    bool wasTold(std::string_view part) const {
        for (auto const& push : pushes)
            if (push.find(part) != std::string::npos) return true;
        return false;
    }

    std::vector<std::int64_t> seqs;
    std::vector<Frame> frames;
    std::vector<std::string> pushes;
    std::vector<common::Symbol> prices;
};

struct HubTest : ::testing::Test {
    HubTest() {
        TailBatch alive;
        alive.lifeSign = kNow;
        hub.deliver(alive, kNow);
    }

    static common::Event event(common::AccountId account, std::int64_t seq) {
        common::Event event;
        event.account = account;
        event.seq = seq;
        event.body = common::Gap{.symbol = "BTCUSDT", .alertPublicIds = {}};
        return event;
    }
    static common::AlertStateChange change(common::AccountId account, std::string id) {
        common::AlertStateChange change;
        change.account = account;
        change.alertPublicId = std::move(id);
        change.symbol = "BTCUSDT";
        return change;
    }
    void deliver(TailBatch batch) { hub.deliver(batch, kNow); }

    std::vector<std::string> calls;
    Hub hub{"epoch",
            {.accountCame = [this](auto account) { calls.push_back("came " + std::to_string(account.value)); },
             .accountLeft = [this](auto account) { calls.push_back("left " + std::to_string(account.value)); },
             .watchBegan = [this](auto const& symbol) { calls.push_back("watch " + symbol); },
             .watchEnded = [this](auto const& symbol) { calls.push_back("end " + symbol); },
             .eventSent = [this](auto const& event) { calls.push_back("sent " + std::to_string(event.seq)); },
             .delivered = {}}};
    Member one;
    Member two;
};

TEST_F(HubTest, Event_ForAnAccount_GoesToItsConnectionsAsOneFrame) {
    Member other;
    for (auto* member : {&one, &two, &other})
        hub.join(*member);
    hub.attach(one, kAnna);
    hub.attach(two, kAnna);
    hub.attach(other, kBert);
    TailBatch batch;
    batch.events = {event(kAnna, 1), event(common::AccountId{9}, 7)};
    deliver(batch);
    EXPECT_EQ(one.seqs, std::vector<std::int64_t>{1});
    EXPECT_EQ(two.seqs, std::vector<std::int64_t>{1});
    EXPECT_EQ(one.frames.front(), two.frames.front());  // serialised once
    EXPECT_TRUE(other.seqs.empty());
    EXPECT_EQ(calls, (std::vector<std::string>{"came 1", "came 2", "sent 1"}));
}

TEST_F(HubTest, Account_LastConnectionLeaves_IsReportedOnce) {
    hub.join(one);
    hub.join(two);
    hub.attach(one, kAnna);
    hub.attach(two, kAnna);
    hub.leave(one);
    hub.leave(one);
    EXPECT_EQ(calls, std::vector<std::string>{"came 1"});
    hub.leave(two);
    EXPECT_EQ(calls.back(), "left 1");
    EXPECT_EQ(hub.size(), 0U);
}

TEST_F(HubTest, Account_SwitchedByAuth_LeavesTheOldOne) {
    hub.join(one);
    hub.attach(one, kAnna);
    hub.attach(one, kBert);
    TailBatch batch;
    batch.events = {event(kAnna, 1), event(kBert, 5)};
    deliver(batch);
    EXPECT_EQ(one.seqs, std::vector<std::int64_t>{5});
}

TEST_F(HubTest, State_BeforeItsAccountIsKnown_FollowsWhenItIs) {
    hub.join(one);
    TailBatch batch;
    batch.states = {change(kAnna, "al_1"), change(kBert, "al_2")};
    deliver(batch);
    EXPECT_TRUE(one.pushes.empty());
    hub.attachNew(one, kAnna);
    EXPECT_TRUE(one.wasTold("al_1"));
    EXPECT_FALSE(one.wasTold("al_2"));
    EXPECT_TRUE(calls.empty());  // its row says that it is here
    hub.join(two);
    hub.attach(two, kBert);
    EXPECT_FALSE(two.wasTold("al_2"));  // old news to someone who comes back
}

TEST_F(HubTest, NewAccounts_ThousandsAtOnce_AreAllToldWhatCameBeforeThem) {
    constexpr std::int64_t kAccounts = 10'000;
    TailBatch batch;
    for (std::int64_t i = 0; i < kAccounts; ++i)
        batch.states.push_back(change(common::AccountId{1'000 + i}, fmt::format("al_{}", i)));
    deliver(batch);
    for (std::int64_t i = 0; i < kAccounts; ++i) {
        Member member;
        hub.join(member);
        hub.attachNew(member, common::AccountId{1'000 + i});
        EXPECT_EQ(member.pushes.size(), 1U);
        EXPECT_TRUE(member.wasTold(fmt::format("al_{}", i)));
        hub.leave(member);
    }
}

TEST(Unclaimed, Put_LongAgoOrTooMany_IsForgotten) {
    auto const put = [](Unclaimed& unclaimed, std::int64_t account, common::TimeMs now) {
        common::AlertStateChange change;
        change.account = common::AccountId{account};
        unclaimed.put(change, now);
    };
    Unclaimed unclaimed(10'000, 3);
    put(unclaimed, 1, 0);
    put(unclaimed, 2, 10'000);
    EXPECT_EQ(unclaimed.take(common::AccountId{1}).size(), 1U) << "kept for at least that long";
    put(unclaimed, 3, 20'000);
    put(unclaimed, 3, 30'000);
    EXPECT_TRUE(unclaimed.take(common::AccountId{2}).empty());
    EXPECT_EQ(unclaimed.take(common::AccountId{3}).size(), 2U);
    EXPECT_TRUE(unclaimed.take(common::AccountId{3}).empty()) << "told once";
    for (std::int64_t i = 0; i < 8; ++i)
        put(unclaimed, 10 + i, 30'000);
    EXPECT_TRUE(unclaimed.take(common::AccountId{10}).empty());
    EXPECT_FALSE(unclaimed.take(common::AccountId{17}).empty());
    EXPECT_FALSE(unclaimed.take(common::AccountId{14}).empty()) << "the newest three at least";
}

TEST_F(HubTest, Orphan_StoredByAClientThatLeft_CountsAsLeft) {
    hub.orphaned(kAnna);
    EXPECT_EQ(calls, std::vector<std::string>{"left 1"});
    hub.join(one);
    hub.attach(one, kBert);
    hub.orphaned(kBert);
    EXPECT_EQ(calls.back(), "came 2");
}

TEST_F(HubTest, Price_ForWatchersOnly_AndAtOnceForANewOne) {
    hub.join(one);
    hub.join(two);
    hub.watch(one, "BTCUSDT");
    TailBatch batch;
    batch.prices.push_back({"BTCUSDT", *common::ExactDecimal::parse("1.00"), 1, kNow, 1});
    deliver(batch);
    EXPECT_EQ(one.prices.size(), 1U);
    EXPECT_TRUE(two.prices.empty());
    hub.watch(two, "BTCUSDT");
    EXPECT_EQ(two.prices.size(), 1U);
    hub.unwatch(one, "BTCUSDT");
    EXPECT_EQ(calls, std::vector<std::string>{"watch BTCUSDT"});
    hub.leave(two);
    EXPECT_EQ(calls.back(), "end BTCUSDT");
    EXPECT_TRUE(hub.watched().empty());
}

TEST_F(HubTest, Feed_Changes_AreToldOnceEach) {
    hub.join(one);
    TailBatch batch;
    batch.feeds = {{{"BTCUSDT", common::FeedState::Live, 1, "", 1}}};
    deliver(batch);
    EXPECT_TRUE(one.pushes.empty());  // live is how it should be
    batch.feeds = {{{"BTCUSDT", common::FeedState::Stale, 2, "repairing", 2}}};
    deliver(batch);
    deliver(batch);
    EXPECT_EQ(one.pushes.size(), 1U);
    EXPECT_EQ(hub.feedGreeting(kNow).size(), 1U);
    TailBatch all;
    all.feeds.emplace();
    deliver(all);
    EXPECT_TRUE(hub.feedGreeting(kNow).empty());  // no longer followed
}

TEST_F(HubTest, LifeSign_TooOldAndBack_IsTold) {
    hub.join(one);
    hub.tick(kNow + 10'000);
    EXPECT_TRUE(one.pushes.empty());
    hub.tick(kNow + 10'001);
    EXPECT_TRUE(one.wasTold("ingestion_down"));
    hub.tick(kNow + 11'000);
    EXPECT_EQ(one.pushes.size(), 1U);
    EXPECT_EQ(hub.feedGreeting(kNow + 11'000).size(), 1U);
    TailBatch alive;
    alive.lifeSign = kNow + 12'000;
    hub.deliver(alive, kNow + 12'000);
    EXPECT_TRUE(one.wasTold("\"live\""));
    EXPECT_TRUE(hub.feedGreeting(kNow + 12'000).empty());
}

}  // namespace
}  // namespace notifier
