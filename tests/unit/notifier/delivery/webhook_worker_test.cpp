#include "notifier/delivery/webhook_worker.hpp"

#include "tests/support/http_sink.hpp"
#include "tests/unit/notifier/delivery/delivery_world.hpp"

#include <algorithm>
#include <atomic>

namespace notifier::test {
namespace {

using common::DeliveryState;
using support::httpAnswer;
using support::HttpSink;
using support::SinkRequest;

constexpr common::DurationMs kDay = 86'400'000;

class WebhookWorkerTest : public DeliveryWorld {
protected:
    ~WebhookWorkerTest() override {
        if (!worker_) return;
        worker_->stop();
        sender_->close();
        eventually([] { return false; }, std::chrono::milliseconds(20));
    }
    void start(WebhookWorker::Limits limits = {}, WebhookSender::Limits sending = {}) {
        sender_.emplace(WebhookSender::Deps{io_, clock_, nullptr}, AddressGuard(*common::parseCidrList("127.0.0.0/8")),
                        sending);
        worker_.emplace(WebhookWorker::Deps{io_, *store_, clock_, *sender_, metrics_, "epoch",
                                            [this](auto const& webhook) { disabled_.push_back(webhook); },
                                            [this](auto const&) { ++storeFailures_; }},
                        limits);
        worker_->wake();
    }
    void fireAndWake(int times = 1) {
        fire(times);
        expand();
        worker_->wake();
    }
    bool attempted(common::Webhook const& webhook, std::int64_t attempt) {
        return eventually([&] {
            auto const rows = deliveries(webhook);
            return !rows.empty() && rows.front().attempt == attempt;
        });
    }

    std::optional<WebhookSender> sender_;
    std::optional<WebhookWorker> worker_;
    std::vector<common::Webhook> disabled_;  ///< as the worker told
};

HttpSink::Script always(int status) {
    return [status](SinkRequest const&) { return httpAnswer(status); };
}

TEST_F(WebhookWorkerTest, Failing_OverTheWholePlan_TriesEightTimesUnderOneId) {
    HttpSink const sink(always(503));
    auto const webhook = addWebhook(sink.url(), 7 * kDay);
    start();
    fireAndWake();
    std::int64_t attempt = 1;
    for (common::DurationMs const waitS : {5, 300, 1'800, 7'200, 18'000, 36'000, 36'000}) {
        ASSERT_TRUE(attempted(webhook, attempt));
        auto const next = deliveries(webhook).front().nextTry.value_or(0) - clock_.wallMs();
        EXPECT_GE(next, waitS * 800) << attempt;
        EXPECT_LE(next, waitS * 1'200) << attempt;
        clock_.advance(next - 1);
        worker_->wake();
        // Not a moment too soon: the look that finds nothing is over before the next one begins.
        eventually([] { return false; }, std::chrono::milliseconds(20));
        EXPECT_EQ(deliveries(webhook).front().attempt, attempt);
        clock_.advance(1);
        worker_->wake();
        ++attempt;
    }
    ASSERT_TRUE(attempted(webhook, 8));
    EXPECT_EQ(deliveries(webhook).front().state, DeliveryState::Failed);
    auto const requests = sink.requests();
    ASSERT_EQ(requests.size(), 8U);
    for (auto const& request : requests)
        EXPECT_EQ(request.header("webhook-id"), "nt_1_1");
    EXPECT_NE(requests.front().header("webhook-timestamp"), requests.back().header("webhook-timestamp"));
    EXPECT_NE(requests.front().header("webhook-signature"), requests.back().header("webhook-signature"));
}

TEST_F(WebhookWorkerTest, Failing_ForFiveDays_EndsInADisabledWebhook) {
    HttpSink const sink(always(500));
    auto const webhook = addWebhook(sink.url());
    start();
    for (int day = 0; day <= 5; ++day) {
        EXPECT_TRUE(this->webhook(webhook).enabled) << day;
        fireAndWake();
        ASSERT_TRUE(attempted(webhook, 1));
        clock_.advance(kDay);
    }
    EXPECT_FALSE(this->webhook(webhook).enabled);
    ASSERT_TRUE(eventually([&] { return !disabled_.empty(); }));
    EXPECT_EQ(disabled_.front().id, webhook.id);
    EXPECT_EQ(disabled_.front().reason, "every try of five days failed");
    auto const tried = sink.requests().size();
    fireAndWake();
    eventually([] { return false; }, std::chrono::milliseconds(50));
    EXPECT_EQ(sink.requests().size(), tried);
    EXPECT_EQ(disabled_.size(), 1U);
}

TEST_F(WebhookWorkerTest, Gone_InTwoAnswersAtOnce_IsToldOnce) {
    HttpSink const sink(always(410));
    auto const webhook = addWebhook(sink.url());
    start();
    fireAndWake(2);
    ASSERT_TRUE(eventually([&] {
        auto const rows = deliveries(webhook);
        return rows.size() == 2 && rows[0].state == DeliveryState::Failed && rows[1].state == DeliveryState::Failed;
    }));
    eventually([] { return false; }, std::chrono::milliseconds(50));
    ASSERT_EQ(disabled_.size(), 1U);
    EXPECT_EQ(disabled_.front().reason, "the endpoint answered 410 Gone");
}

TEST_F(WebhookWorkerTest, Disabled_IsToldToTheOthers_AndTheirFailingEndsThere) {
    HttpSink const goneSink(always(410));
    HttpSink const failingSink(always(500));
    auto const gone = addWebhook(goneSink.url());
    fire();
    expand();
    auto const failing = addWebhook(failingSink.url(), 1'000);
    start();
    ASSERT_TRUE(attempted(failing, 1));
    auto const row = deliveries(failing).front();
    EXPECT_TRUE(row.notificationId.starts_with("no_"));
    EXPECT_EQ(row.state, DeliveryState::Pending) << "not too old so soon";
    auto const body = failingSink.requests().front().body;
    EXPECT_NE(body.find("webhook.disabled"), std::string::npos) << body;
    EXPECT_NE(body.find(gone.publicId), std::string::npos);
    // It fails until nothing of its plan is left in a day, and that is the end of it.
    for (int i = 0; i < 8 && deliveries(failing).front().nextTry; ++i) {
        auto const tries = deliveries(failing).front().attempt;
        clock_.advance(*deliveries(failing).front().nextTry - clock_.wallMs());
        worker_->wake();
        ASSERT_TRUE(attempted(failing, tries + 1));
    }
    EXPECT_EQ(deliveries(failing).size(), 1U);
    EXPECT_EQ(deliveries(failing).front().state, DeliveryState::Expired);
    EXPECT_EQ(deliveries(gone).size(), 1U) << "its own end is not told to it";
    EXPECT_EQ(disabled_.size(), 1U);
}

TEST_F(WebhookWorkerTest, FailingEndpoints_TakeOnlyTheirShareOfPlaces) {
    std::atomic<bool> hangs = false;
    HttpSink const bad([&](SinkRequest const&) { return hangs ? std::string() : httpAnswer(500); });
    HttpSink const good(always(200));
    std::vector<common::Webhook> failing;
    for (int i = 0; i < 10; ++i)
        failing.push_back(addWebhook(bad.url("/" + std::to_string(i))));
    start({.tries = 8, .failingTries = 3, .endpointTries = 2, .tickMs = 5'000});
    fireAndWake();
    for (auto const& webhook : failing)
        ASSERT_TRUE(attempted(webhook, 1));
    hangs = true;
    auto const webhook = addWebhook(good.url());
    fireAndWake(20);
    EXPECT_TRUE(eventually([&] { return good.requests().size() == 20; }));
    EXPECT_EQ(bad.requests().size(), 10U + 3U);
    EXPECT_TRUE(eventually([&] { return deliveries(webhook).back().state == DeliveryState::Delivered; }));
}

TEST_F(WebhookWorkerTest, FailingAgainAndAgain_IsOnlyProbedUntilItAnswers) {
    std::atomic<int> status = 500;
    HttpSink const sink([&](SinkRequest const&) { return httpAnswer(status); });
    HttpSink const other(always(200));
    auto const webhook = addWebhook(sink.url());
    auto const& open = metrics_.gauge("tickbell_webhook_circuits_open", "");
    // One place: what waits must not hold it.
    start({.tries = 1, .failingTries = 1, .endpointTries = 1, .tickMs = 20});
    fireAndWake(30);
    ASSERT_TRUE(eventually([&] { return open.value() == 1; }));
    EXPECT_EQ(sink.requests().size(), 10U);
    EXPECT_EQ(this->webhook(webhook).circuit.failures, 10);
    auto const healthy = addWebhook(other.url());
    fireAndWake(20);
    ASSERT_TRUE(eventually([&] { return deliveries(healthy).back().state == DeliveryState::Delivered; }));
    ASSERT_TRUE(eventually([&] { return other.requests().size() == 20; }));
    EXPECT_EQ(sink.requests().size(), 10U) << "nothing goes out before the probe's time";

    clock_.advance(6'000);
    worker_->wake();
    ASSERT_TRUE(eventually([&] { return this->webhook(webhook).circuit.failures == 11; }));
    eventually([] { return false; }, std::chrono::milliseconds(50));
    EXPECT_EQ(sink.requests().size(), 11U) << "one probe";
    auto const rows = deliveries(webhook);
    EXPECT_EQ(std::ranges::count_if(rows, [](auto const& row) { return row.attempt == 0; }), 50 - 11)
        << "what waits keeps its whole plan";

    status = 200;
    clock_.advance(6'000);
    worker_->wake();
    // The first eleven are tried again when their own plan says so, at the latest after six seconds: now.
    EXPECT_TRUE(eventually([&] {
        auto const all = deliveries(webhook);
        return std::ranges::all_of(all, [](auto const& row) { return row.state == DeliveryState::Delivered; });
    }));
    EXPECT_EQ(sink.requests().size(), 11U + 50U);
    EXPECT_TRUE(eventually([&] { return open.value() == 0; }));
}

TEST_F(WebhookWorkerTest, OpenCircuit_OutlivesARestart) {
    HttpSink const sink(always(500));
    auto webhook = addWebhook(sink.url());
    webhook.circuit = {.failures = 10, .probeFrom = clock_.wallMs() + 1'000};
    commit([&](auto& database) { return database.webhooks().update(webhook), 0; });
    start({.tries = 8, .failingTries = 3, .endpointTries = 2, .tickMs = 20});
    fireAndWake(5);
    eventually([] { return false; }, std::chrono::milliseconds(100));
    EXPECT_TRUE(sink.requests().empty());
    clock_.advance(1'000);
    EXPECT_TRUE(eventually([&] { return sink.requests().size() == 1; }));
    EXPECT_TRUE(eventually([&] { return this->webhook(webhook).circuit.failures == 11; }));
}

TEST_F(WebhookWorkerTest, OneEndpoint_GetsTwoAtOnce) {
    HttpSink const sink([](SinkRequest const&) { return std::string(); });
    addWebhook(sink.url());
    start({}, {.deadlineMs = 300});
    fireAndWake(10);
    EXPECT_TRUE(eventually([&] { return sink.requests().size() == 10; }));
    auto const requests = sink.requests();
    for (std::size_t i = 2; i < requests.size(); ++i)
        EXPECT_GE(requests[i].at - requests[i - 2].at, std::chrono::milliseconds(250)) << i;
}

TEST_F(WebhookWorkerTest, NoAnswer_InTime_IsAFailureThatSaysSo) {
    HttpSink const sink([](SinkRequest const&) { return std::string(); });
    auto const webhook = addWebhook(sink.url());
    start({}, {.deadlineMs = 100});
    fireAndWake();
    ASSERT_TRUE(attempted(webhook, 1));
    auto const row = deliveries(webhook).front();
    EXPECT_EQ(row.error, "no answer in time");
    EXPECT_EQ(row.state, DeliveryState::Pending);
    EXPECT_EQ(this->webhook(webhook).failingSince, clock_.wallMs());
}

TEST_F(WebhookWorkerTest, NobodyListens_IsAFailureWithoutAnAddress) {
    std::uint16_t port = 0;
    {
        HttpSink const gone(always(200));
        port = gone.port();
    }
    auto const webhook = addWebhook("http://127.0.0.1:" + std::to_string(port) + "/");
    start();
    fireAndWake();
    ASSERT_TRUE(attempted(webhook, 1));
    EXPECT_EQ(deliveries(webhook).front().error, "no connection");
}

TEST_F(WebhookWorkerTest, StoreRefuses_TheOutcomeIsKeptAndTheTryNotRepeated) {
    std::atomic<bool> answers = false;
    HttpSink const sink([&](SinkRequest const&) {
        while (!answers)
            std::this_thread::yield();
        return httpAnswer(200);
    });
    auto const webhook = addWebhook(sink.url());
    start({.tries = 8, .failingTries = 3, .endpointTries = 2, .tickMs = 50});
    fireAndWake();
    ASSERT_TRUE(eventually([&] { return sink.requests().size() == 1; }));
    database_->begin();  // another writer keeps the lock past the deadline
    answers = true;
    ASSERT_TRUE(eventually([&] { return storeFailures_ > 1; }));
    database_->rollback();
    EXPECT_TRUE(eventually([&] { return deliveries(webhook).front().state == DeliveryState::Delivered; }));
    EXPECT_EQ(sink.requests().size(), 1U);
}

TEST_F(WebhookWorkerTest, NotificationGone_IsNotDelivered) {
    HttpSink const sink(always(200));
    auto const webhook = addWebhook(sink.url());
    fire();
    expand();
    commit([&](auto& database) { return database.events().removeBefore(clock_.wallMs() + 1, 10); });
    start();
    EXPECT_TRUE(eventually([&] { return deliveries(webhook).front().state == DeliveryState::Expired; }));
    EXPECT_EQ(deliveries(webhook).front().error, "the notification was deleted");
    EXPECT_TRUE(sink.requests().empty());
}

TEST_F(WebhookWorkerTest, RemovedDuringATry_LeavesNothingBehind) {
    std::atomic<bool> answers = false;
    HttpSink const sink([&](SinkRequest const&) {
        while (!answers)
            std::this_thread::yield();
        return httpAnswer(200);
    });
    auto const gone = addWebhook(sink.url());
    start();
    fireAndWake();
    ASSERT_TRUE(eventually([&] { return sink.requests().size() == 1; }));
    commit([&](auto& database) { return database.webhooks().remove(gone.id), 0; });
    answers = true;
    HttpSink const next(always(200));
    auto const webhook = addWebhook(next.url());
    fireAndWake();
    EXPECT_TRUE(eventually([&] { return deliveries(webhook).front().state == DeliveryState::Delivered; }));
    EXPECT_TRUE(deliveries(gone).empty());
}

TEST_F(WebhookWorkerTest, PastItsAge_ExpiresWithTheNextTick) {
    HttpSink const sink(always(200));
    auto webhook = addWebhook(sink.url(), 60'000);
    fire();
    expand();
    clock_.advance(60'000);
    start({.tries = 8, .failingTries = 3, .endpointTries = 2, .tickMs = 20});
    EXPECT_TRUE(eventually([&] { return deliveries(webhook).front().state == DeliveryState::Expired; }));
    EXPECT_TRUE(sink.requests().empty());
}

TEST_F(WebhookWorkerTest, Checking_Targets_ConnectsToNobody) {
    HttpSink const sink(always(200));
    start();
    EXPECT_TRUE(support::runToEnd(io_, sender_->check(sink.url())));
    auto const refused = support::runToEnd(io_, sender_->check("http://10.0.0.1/"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, common::ErrorCode::BadValue);
    EXPECT_EQ(refused.error().field, "url");
    EXPECT_FALSE(support::runToEnd(io_, sender_->check("http://nothing.invalid/")));
    EXPECT_TRUE(sink.requests().empty());
}

}  // namespace
}  // namespace notifier::test
