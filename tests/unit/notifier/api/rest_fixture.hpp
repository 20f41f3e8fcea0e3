#pragma once

#include "notifier/api/account_routes.hpp"
#include "notifier/api/email_routes.hpp"
#include "notifier/api/market_routes.hpp"
#include "notifier/api/status_routes.hpp"
#include "notifier/api/webhook_routes.hpp"
#include "tests/unit/notifier/api/handler_fixture.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace notifier::test {

/// Long polls that end when the test says so.
class PlayedWaits final : public EventWaits {
public:
    std::shared_ptr<void> begin(common::AccountId account, common::DurationMs wait, Done done) override;
    /// An event of this account comes.
    void event(common::AccountId account) { end(account, WaitEnd::Event); }
    void end(common::AccountId account, WaitEnd why);
    std::size_t size() const;
    common::DurationMs lastWait = 0;

private:
    struct Entry {
        common::AccountId account;
        Done done;
    };
    std::vector<std::weak_ptr<Entry>> entries_;
};

/// Says what the test wants of targets and tries, and keeps what it was asked.
class PlayedDesk final : public DeliveryDesk {
public:
    void checkTarget(std::string url, std::function<void(common::Result<void>)> done) override {
        checked.push_back(url);
        done(target);
    }
    void tryOut(common::Webhook, std::function<void(Attempt)> done) override { done(attempt); }
    void changed(common::AccountId) override { ++changes; }
    bool mails() const override { return relay; }

    common::Result<void> target;
    Attempt attempt;
    bool relay = true;
    std::vector<std::string> checked;
    int changes = 0;
};

/// The routes over the real handler and a real database.
class RestTest : public HandlerTest {
protected:
    RestTest();

    static HttpRequest request(std::string method, std::string target, std::string body = {}, std::string secret = {});
    /// Gives the request to the router; the answer appears in the returned place.
    std::shared_ptr<std::optional<HttpResponse>> begin(HttpRequest request);
    HttpResponse answer(HttpRequest request);
    /// Of a request that must succeed with this status.
    common::json::Value json(std::string const& method, std::string const& target, std::string const& body = {},
                             int status = 200);
    /// Of a request that must fail: `status code field`.
    std::string failure(std::string const& method, std::string const& target, std::string const& body = {});
    static std::string header(HttpResponse const& response, std::string_view name);

    PlayedWaits waits_;
    std::vector<Announcement> announced_;
    std::string secret_;  ///< an API key, sent with json() and failure()
    std::shared_ptr<Client> client_;
    Router router_;
    AccountRoutes account_;
    MarketRoutes market_;
    StatusRoutes status_;
    PlayedDesk desk_;
    WebhookRoutes webhooks_;
    EmailRoutes emails_;
};

}  // namespace notifier::test
