#include "common/store/sqlite/sqlite_database.hpp"
#include "tests/unit/common/store/sqlite/temp_database.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <sqlite3.h>

namespace store_test {
namespace {

using namespace common;

/// Every statement that a connection prepares, with its plan.
class Plans {
public:
    explicit Plans(sqlite3* handle) : handle_(handle) {
        sqlite3_trace_v2(handle, SQLITE_TRACE_STMT, &Plans::record, this);
    }
    ~Plans() { sqlite3_trace_v2(handle_, 0, nullptr, nullptr); }

    /// Plan steps that read a whole table, as `statement: step`.
    std::vector<std::string> scans(std::set<std::string> const& smallTables) {
        sqlite3_trace_v2(handle_, 0, nullptr, nullptr);
        std::vector<std::string> found;
        for (auto const& sql : statements_)
            for (auto const& step : plan(sql))
                if (step.starts_with("SCAN") && !smallTables.contains(table(step))) found.push_back(sql + ": " + step);
        return found;
    }
    std::size_t size() const { return statements_.size(); }

private:
    static int record(unsigned, void* self, void* statement, void*) {
        if (auto const* sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement)); sql != nullptr)
            static_cast<Plans*>(self)->statements_.insert(sql);
        return 0;
    }
    std::vector<std::string> plan(std::string const& sql) {
        std::vector<std::string> steps;
        sqlite3_stmt* statement = nullptr;
        auto const explained = "EXPLAIN QUERY PLAN " + sql;
        EXPECT_EQ(sqlite3_prepare_v2(handle_, explained.c_str(), -1, &statement, nullptr), SQLITE_OK) << sql;
        while (sqlite3_step(statement) == SQLITE_ROW)
            steps.emplace_back(reinterpret_cast<char const*>(sqlite3_column_text(statement, 3)));
        sqlite3_finalize(statement);
        return steps;
    }
    static std::string table(std::string const& step) {
        auto const start = std::string("SCAN ").size();
        return step.substr(start, step.find(' ', start) - start);
    }

    sqlite3* handle_;
    std::set<std::string> statements_;
};

struct QueryPlanTest : ::testing::Test {
    TempDatabase place;
    sqlite::SqliteDatabase database{place.file, {}};
    AccountId account;
    AlertDefinition alert;

    void SetUp() override {
        database.begin();
        account = database.accounts().createAnonymous("acc_1", "1", 1).id;
        alert.publicId = "al_1";
        alert.account = account;
        alert.symbol = "BTCUSDT";
        alert.condition.price = Decimal::fromUnits(1);
        alert.id = database.alerts().insert(alert);
    }
    void TearDown() override { database.rollback(); }
    sqlite3* handle() { return database.connection().raw().getHandle(); }
};

// One row each; sqlite_sequence one row per table.
std::set<std::string> const kOneRow{"meta", "notifier_meta", "ingestion_meta", "sqlite_sequence", "CONSTANT"};

TEST_F(QueryPlanTest, Running_CommandsStepsTailsReplays_NoneScansATable) {
    Plans plans(handle());
    auto& accounts = database.accounts();
    accounts.createAnonymous("acc_2", "2", 1);
    accounts.findBySession("1");
    accounts.addKey("ops", "acc_3", "k", true, 1);
    accounts.findByKey("k");
    accounts.revokeKey("ops", 2);
    accounts.ack(account, 1);
    accounts.setDetached(account, 1);
    accounts.setDetached(account, std::nullopt);
    accounts.runningMs();
    accounts.removeDetachedBefore(0, 10);

    auto& alerts = database.alerts();
    alerts.find(account, "al_1");
    alerts.findByKey(account, "k");
    alerts.findTwin(alert);
    alerts.list(account, {}, 0);
    alerts.list(account, {.symbol = "BTCUSDT", .status = AlertStatus::Armed}, 0);
    alerts.count(account, {}, 0);
    alerts.count(account, {.symbol = "BTCUSDT"}, 0);
    alerts.countLive(account);
    alerts.update(alert);

    Step step;
    step.positions.push_back({.expected = {}, .next = Position{.symbol = "S", .tradeId = 1}, .symbol = "S"});
    step.positions.push_back({.expected = 1, .next = Position{.symbol = "S", .tradeId = 2}, .symbol = "S"});
    step.positions.push_back({.expected = 2, .next = {}, .symbol = "S"});
    auto& arm = step.arms.emplace_back();
    arm.alert = alert.id;
    arm.rev = 1;
    arm.status = AlertStatus::Armed;
    arm.announce = true;
    auto& fire = step.fires.emplace_back();
    fire.alert = alert.id;
    fire.rev = 1;
    fire.ends = true;
    step.gaps.push_back({.gap = {}, .alerts = {alert.id}});
    step.prices.push_back({.symbol = "S", .price = {}, .tradeId = 1});
    step.candles.push_back({.symbol = "S", .candle = {}, .correction = false});
    database.steps().apply(step);

    auto& candles = database.candles();
    candles.range("S", 0, 9, 9);
    candles.lastBefore("S", 9);
    candles.count("S", 0, 9);
    candles.symbolAfter("");
    candles.fill("S", std::vector<Candle>(1));
    candles.oldestOf("S", kMinuteMs, 9);
    candles.merge("S", 0, kHourMs);
    auto& ranks = database.ranks();
    RankRun const run{.window = kHourMs, .run = 1};
    ranks.addCloses(std::vector<MinuteClose>{{0, "S", {}}});
    ranks.forEachClose(0, 9, [](MinuteClose const&) {});
    ranks.removeClosesBefore(9, 9);
    ranks.addRows(run, std::vector<RankRow>(1));
    ranks.publish(run);
    ranks.latest(run.metric, run.window);
    ranks.list(run, 0, 9);
    ranks.find(run, "S");
    ranks.removeRunsBefore(run.metric, run.window, 2, 9);

    Webhook webhook;
    webhook.account = account;
    webhook.id = database.webhooks().insert(webhook);
    database.webhooks().update(webhook);
    database.webhooks().find(account, "wh_1");
    database.webhooks().list(account);
    database.webhooks().openCircuits();
    Email email;
    email.account = account;
    email.verified = true;
    email.id = database.emails().insert(email);
    database.emails().update(email);
    database.emails().find(account, "em_1");
    database.emails().find("em_1");
    database.emails().linkKey();
    database.emails().findByAddress(account, "");
    database.emails().list(account);
    database.emails().lastMailTo("");
    database.emails().due(9, 9);
    database.emails().nextMailAfter(9);
    database.emails().queued(email.id, 9);
    database.emails().queuedCount(email.id);
    database.emails().removeQueued(email.id, 9);
    auto& deliveries = database.deliveries();
    deliveries.expand(1, 1'000);
    deliveries.pendingAfter({});
    deliveries.due(webhook.id, 9, 9);
    deliveries.nextTryAfter(9);
    deliveries.update({});
    deliveries.find(account, "dl_1");
    deliveries.list(webhook.id, DeliveryId{9}, 9);
    Notice notice;
    notice.account = account;
    deliveries.notice(deliveries.announce(notice));
    deliveries.expire(9, 9);
    deliveries.removeBefore(9, 9);
    database.webhooks().remove(webhook.id);
    database.emails().remove(email.id);

    auto& events = database.events();
    events.newestId();
    events.replay(account, 0, 9, 9);
    events.countPushed(account, 0, 9);
    events.oldestSeq(account);
    events.newestStateId();
    database.market().pricesAfter(0);
    database.market().price("S");
    database.market().setFeed({.symbol = "S", .reason = "r"});
    database.market().versions();
    database.demand().load(alert.id);
    database.demand().forEachLiveOf("BTCUSDT", [](AlertRecord&&) {});
    database.demand().position("S");
    database.watches().renew(std::vector<Symbol>{"S"}, 1);
    alerts.removeEndedBefore(99, 10);

    EXPECT_GT(plans.size(), 50U);
    for (auto const& scan : plans.scans(kOneRow))
        ADD_FAILURE() << scan;
}

TEST_F(QueryPlanTest, Tailing_ByCursor_SeeksToIt) {
    Plans plans(handle());
    database.events().tail(5, 10);
    database.events().stateTail(5, 10);
    database.demand().changesAfter(5, 10);
    database.demand().forEachLive([](AlertRecord&&) {});
    database.demand().demandPage({}, 10);
    ASSERT_EQ(plans.size(), 5U);
    for (auto const& scan : plans.scans({}))
        ADD_FAILURE() << scan;
}

TEST_F(QueryPlanTest, Tracing_AQueryWithoutIndex_IsSeenAsAScan) {
    Plans plans(handle());
    database.accounts().detachAll(5);
    EXPECT_EQ(plans.scans(kOneRow).size(), 1U) << "once at start, by design";
}

}  // namespace
}  // namespace store_test
