#include "tests/unit/notifier/delivery/delivery_world.hpp"

#include <boost/asio/post.hpp>

namespace notifier::test {

DeliveryWorld::DeliveryWorld() {
    auto const url = "sqlite:" + (directory_.path() / "tickbell.db").string();
    database_ = common::openDatabase(url, {});
    store_ = std::make_unique<common::StoreThread>(
        common::openDatabase(url, {.busyTimeoutMs = 50}),
        [this](common::StoreThread::Task task) {
            boost::asio::post(io_, [task = std::move(task)]() mutable { task(); });
        },
        common::StoreThread::Options{});
    account_ = commit([&](auto& database) { return database.accounts().createAnonymous("acc_1", "1", 1).id; });
    alert_.publicId = "al_1";
    alert_.account = account_;
    alert_.symbol = "BTCUSDT";
    alert_.condition.price = *common::Decimal::parse("70000");
    alert_.id = commit([&](auto& database) { return database.alerts().insert(alert_); });
    common::Step step;
    auto& arm = step.arms.emplace_back();
    arm.alert = alert_.id;
    arm.rev = 1;
    arm.status = common::AlertStatus::Armed;
    commit([&](auto& database) { return database.steps().apply(step); });
}

DeliveryWorld::~DeliveryWorld() = default;

void DeliveryWorld::fire(int times) {
    common::Step step;
    step.now = clock_.wallMs();
    for (int i = 0; i < times; ++i) {
        auto& fire = step.fires.emplace_back();
        fire.alert = alert_.id;
        fire.rev = 1;
        fire.level = common::Decimal::parse("70000");
        fire.trade.id = ++trade_;
        fire.trade.price = *common::ExactDecimal::parse("70000.01");
        fire.trade.qty = *common::ExactDecimal::parse("1");
        fire.trade.time = fire.eventTime = step.now;
    }
    commit([&](auto& database) { return database.steps().apply(step); });
}

common::Webhook DeliveryWorld::addWebhook(std::string const& url, common::DurationMs maxAge) {
    common::Webhook webhook;
    webhook.publicId = "wh_" + url;
    webhook.account = account_;
    webhook.url = url;
    webhook.maxAge = maxAge;
    webhook.secret = "secret";
    webhook.id = commit([&](auto& database) { return database.webhooks().insert(webhook); });
    return webhook;
}

common::Email DeliveryWorld::addEmail(std::string const& address, common::AccountId account) {
    common::Email email;
    email.publicId = "em_" + std::to_string(account.value);
    email.account = account;
    email.address = address;
    email.verified = true;
    email.id = commit([&](auto& database) { return database.emails().insert(email); });
    return email;
}

bool DeliveryWorld::eventually(std::function<bool()> const& isSo, std::chrono::milliseconds limit) {
    auto const end = std::chrono::steady_clock::now() + limit;
    while (!isSo()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        io_.run_one_for(std::chrono::milliseconds(2));
    }
    return true;
}

void DeliveryWorld::expand() {
    commit([&](auto& database) { return database.deliveries().expand(clock_.wallMs(), 1'000); });
}

}  // namespace notifier::test
