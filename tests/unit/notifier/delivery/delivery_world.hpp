#pragma once

#include "common/runtime/metrics.hpp"
#include "common/store/open.hpp"
#include "common/store/store_thread.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/run.hpp"
#include "tests/support/temp_directory.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace notifier::test {

/// A database with an account whose alert fires when told to, and what workers need besides it.
class DeliveryWorld : public ::testing::Test {
protected:
    DeliveryWorld();
    ~DeliveryWorld() override;

    template <class Work>
    auto commit(Work work) {
        database_->begin();
        auto result = work(*database_);
        database_->commit();
        return result;
    }
    /// Commits so many firings at the clock's time.
    void fire(int times = 1);
    common::Webhook addWebhook(std::string const& url, common::DurationMs maxAge = 3'600'000);
    common::Webhook webhook(common::Webhook const& as) { return *database_->webhooks().find(as.id); }
    /// The newest first.
    std::vector<common::Delivery> deliveries(common::Webhook const& of) {
        return database_->deliveries().list(of.id, common::DeliveryId{INT64_MAX}, 1'000);
    }
    common::Email addEmail(std::string const& address, common::AccountId account);
    void expand();
    /// Runs the loop until it is so, whoever makes it so; false after the limit.
    bool eventually(std::function<bool()> const& isSo, std::chrono::milliseconds limit = std::chrono::seconds(10));

    boost::asio::io_context io_{1};
    support::ManualClock clock_;
    common::Metrics metrics_;
    support::TempDirectory directory_;
    std::unique_ptr<common::Database> database_;  ///< the test's own connection
    std::unique_ptr<common::StoreThread> store_;
    common::AccountId account_;
    common::AlertDefinition alert_;
    int storeFailures_ = 0;

private:
    // The store's thread hands work to a loop that may have nothing else to do.
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
    std::int64_t trade_ = 0;
};

}  // namespace notifier::test
