#pragma once

#include "common/core/json.hpp"
#include "common/store/open.hpp"
#include "common/store/store_thread.hpp"
#include "notifier/api/store_command_handler.hpp"
#include "tests/support/manual_clock.hpp"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace notifier::test {

/// What StoreThread posts, run on the test's thread when it waits.
class TaskQueue {
public:
    common::StoreThread::Post post();
    /// Runs tasks until `done()`; false after five seconds.
    template <class Done>
    bool runUntil(Done done) {
        while (!done())
            if (!runOne()) return false;
        return true;
    }

private:
    bool runOne();

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<common::StoreThread::Task> tasks_;
};

/// The real handler on a real database, with a second connection that plays ingestion. The list holds BTCUSDT, BTCUSDC,
/// ETHUSDT and BNBBTC (trading), HALTUSDT (halted) and LUNAUSDT (in break).
class HandlerTest : public ::testing::Test {
protected:
    HandlerTest() : HandlerTest(StoreCommandHandler::Options{.facts = {.epoch = "epoch-1", .alertsMax = 5}}) {}
    explicit HandlerTest(StoreCommandHandler::Options options);
    ~HandlerTest() override;

    /// A new connection without a secret.
    std::shared_ptr<Client> newClient();
    common::Result<Admission> admit(std::optional<std::string> secret);
    /// A client that holds an API key.
    std::shared_ptr<Client> keyHolder(std::string const& name, bool admin = false);

    /// Gives the frame to the handler; the outcome appears in the returned place.
    std::shared_ptr<std::optional<CommandOutcome>> start(std::shared_ptr<Client> const& client,
                                                         std::string const& frame);
    CommandOutcome run(std::shared_ptr<Client> const& client, std::string const& frame);
    /// The result of a command that must succeed, parsed.
    common::json::Value ok(std::shared_ptr<Client> const& client, std::string const& frame);
    /// The error of a command that must fail; code 0 stands for success.
    common::Error refused(std::shared_ptr<Client> const& client, std::string const& frame);
    void expectError(std::shared_ptr<Client> const& client, std::string const& frame, common::ErrorCode code,
                     std::string const& field);

    /// Subscribes to `BTCUSDT above <price>` and gives the alert's id.
    std::string addAlert(std::shared_ptr<Client> const& client, std::string const& price = "70000",
                         std::string const& more = "");

    // As ingestion: by public id, in a transaction of its own.
    void arm(std::string const& alertId, std::int64_t fromTradeId = 1);
    void fire(std::string const& alertId, std::int64_t tradeId, bool ends = false);
    void setState(std::string const& alertId, common::AlertStatus status);
    void setPrice(std::string const& symbol, std::string const& price, std::int64_t tradeId);
    void gap(std::string const& alertId);
    common::AlertRecord stored(std::string const& alertId);
    std::int64_t accountCount();

    template <class F>
    void ingest(F work) {
        ingestion_->begin();
        work(*ingestion_);
        ingestion_->commit();
    }
    void apply(common::Step step);

    /// Makes every commit of the handler's database fail so.
    void failCommits(std::optional<common::StoreFailure> failure);

    support::ManualClock clock_;
    SymbolDirectory symbols_;
    std::unique_ptr<common::Database> ingestion_;
    TaskQueue tasks_;

private:
    struct Directory {
        Directory();
        ~Directory();
        std::filesystem::path path;
    };
    Directory directory_;
    std::shared_ptr<std::optional<common::StoreFailure>> commitFailure_;

protected:
    std::unique_ptr<common::StoreThread> store_;
    std::unique_ptr<StoreCommandHandler> handler_;
};

/// The text of a member, also of numbers; "null", "true", "false" for those.
std::string textOf(common::json::Value const& object, std::string_view member);

}  // namespace notifier::test
