#pragma once

#include "common/net/asio_types.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/metrics.hpp"
#include "common/store/store_thread.hpp"
#include "notifier/delivery/webhook_sender.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace notifier {

/// Works off the stored deliveries: takes those that are due, tries them, stores what came of it. What it knows besides
/// the store is only what is under way, so a crash at any point costs at most that a try is made again, under the same
/// id. Few tries at once per endpoint, few in all for endpoints that fail, and one now and then for an endpoint whose
/// circuit is open: a dead one delays nobody else. Network thread.
class WebhookWorker {
public:
    struct Limits {
        std::size_t tries = 128;        ///< at once in all
        std::size_t failingTries = 32;  ///< of these for endpoints whose last try failed
        std::size_t endpointTries = 2;  ///< for one endpoint
        common::DurationMs tickMs = 5'000;
    };
    struct Deps {
        boost::asio::io_context& io;
        common::StoreThread& store;
        common::Clock const& clock;
        WebhookSender& sender;
        common::Metrics& metrics;
        std::string epoch;
        std::function<void(common::Webhook const&)> disabled;  ///< a try has ended this endpoint, and that is stored
        std::function<void(common::StoreThread::Failure const&)> failed;
    };

    explicit WebhookWorker(Deps deps) : WebhookWorker(std::move(deps), Limits{}) {}
    WebhookWorker(Deps deps, Limits limits);

    /// There may be something to do.
    void wake();
    /// Begins nothing more and stores nothing more.
    void stop();

private:
    struct Running {
        common::WebhookId webhook;
        bool failing = false;
    };
    using RunningMap = std::map<common::DeliveryId, Running>;
    /// What a look into the store is to find.
    struct Places {
        common::TimeMs now = 0;
        common::WebhookId after;  ///< the endpoint served last: the others come first
        RunningMap running;
        Limits limits;
    };
    struct Due {
        common::Delivery delivery;
        common::Webhook webhook;
        // Nothing of both when retention has taken it.
        std::optional<common::Event> event;
        std::optional<common::Notice> notice;
    };
    struct Found {
        std::vector<Due> due;
        std::optional<common::TimeMs> nextTry;
        bool pending = false;  ///< any delivery at all
        std::int64_t openCircuits = 0;
    };
    struct Result {
        common::DeliveryId delivery;
        common::WebhookId webhook;
        Attempt attempt;
        double jitter = 0;
    };
    /// What storing a result has changed.
    struct Judged {
        common::Webhook webhook;
        bool disabled = false;  ///< by this result
    };
    class Search;

    void look();
    void take(Found found);
    void waitUntil(std::optional<common::TimeMs> nextTry);
    void keepTicking();
    void tick();
    void drop(common::Delivery delivery);
    boost::asio::awaitable<void> run(Due due);
    void store(Result result);
    void stored(Result const& result, Judged const& judged);

    Deps deps_;
    Limits limits_;
    common::net::Timer nextTry_;
    common::net::Timer tick_;
    std::mt19937_64 random_;
    common::Counter delivered_;
    common::Counter failed_;
    common::Gauge openCircuits_;
    RunningMap running_;
    std::vector<Result> unstored_;  ///< the store has failed; tried again with the next tick
    common::WebhookId after_;
    bool looking_ = false;
    bool again_ = false;
    bool ticking_ = false;
    bool stopped_ = false;
};

}  // namespace notifier
