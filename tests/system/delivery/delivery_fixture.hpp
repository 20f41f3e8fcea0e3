#pragma once

#include "tests/support/http_sink.hpp"
#include "tests/support/test_ca.hpp"
#include "tests/system/notifier/notifier_fixture.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace notifier::test {

using support::httpAnswer;
using support::HttpSink;
using support::SinkRequest;

struct RestAnswer {
    int status = 0;
    std::string head;
    Value body;
    /// Text of a member, also of numbers; `(none)` when it is absent, `null` when it is null.
    std::string member(std::string_view name) const;
};

/// A notifier that may deliver to loopback, with one named account and an alert of it.
class DeliveryTest : public NotifierTest {
protected:
    void SetUp() override;
    /// With `--webhook-allow 127.0.0.0/8,::1` besides what is given.
    void serve(std::vector<std::string> arguments = {});
    /// Also trusts this authority, and allows `localhost`.
    void serveTrusting(support::TestCa const& ca);
    RestAnswer rest(std::string const& method, std::string const& path, std::string const& body = {},
                    std::string const& secret = {}) const;
    /// Makes a webhook; its answer, with the secret.
    RestAnswer addWebhook(std::string const& url, std::string const& more = {}) const;
    /// Fires the alert at the next trade.
    void fire(int times = 1);
    void fire(std::string const& alertId);
    std::string addAlert(std::string const& threshold, std::string const& more = {}) const;
    /// The newest row of the webhook's delivery log, once its state is this one.
    Value delivery(std::string const& webhookId, std::string const& state,
                   std::chrono::milliseconds limit = std::chrono::seconds(10)) const;
    std::vector<Value> deliveries(std::string const& webhookId) const;

    std::string key_;
    std::string alertId_;
    std::int64_t trade_ = 100;
};

/// Asks again and again until it is so; throws when the limit has passed.
void eventually(std::function<bool()> const& isSo, std::chrono::milliseconds limit = std::chrono::seconds(10));
std::string memberText(Value const& object, std::string_view name);
/// What a receiver that knows only the standard makes of a request: true when one signature is right.
bool isSigned(SinkRequest const& request, std::string const& secret);

}  // namespace notifier::test
