#include "notifier/delivery/webhook_worker.hpp"

#include "common/runtime/crypto.hpp"
#include "common/runtime/log.hpp"
#include "notifier/delivery/rules/circuit_breaker.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace notifier {
namespace {

namespace log = common::log;

constexpr std::int64_t kExpireBatch = 500;

void rethrow(std::exception_ptr const& thrown) {
    if (thrown) std::rethrow_exception(thrown);
}

std::optional<common::Event> eventOf(common::Database& database, std::int64_t eventId) {
    if (eventId == 0) return {};
    auto events = database.events().tail(eventId - 1, 1);
    if (events.empty() || events.front().id != eventId) return {};
    return std::move(events.front());
}

common::Notice noticeOf(common::Webhook const& webhook, common::TimeMs now) {
    auto const url = AddressGuard::parse(webhook.url);
    return {.id = {},
            .publicId = common::randomId("no_"),
            .account = webhook.account,
            .webhook = webhook.publicId,
            .host = url ? url->host : std::string(),
            .reason = webhook.reason,
            .at = now};
}

}  // namespace

/// One walk around the endpoints that have something pending, on the store thread.
class WebhookWorker::Search {
public:
    Search(common::Database& database, Places const& places) : database_(database), places_(places) {
        for (auto const& [delivery, running] : places_.running) {
            ++tries_[running.webhook];
            failing_ += running.failing ? 1 : 0;
        }
        free_ = places_.limits.tries - std::min(places_.limits.tries, places_.running.size());
    }

    Found find() {
        auto& deliveries = database_.deliveries();
        found_.pending = deliveries.pendingAfter({}).has_value();
        found_.nextTry = deliveries.nextTryAfter(places_.now);
        found_.openCircuits = database_.webhooks().openCircuits();
        auto at = places_.after;
        bool wrapped = false;
        while (free_ > 0) {
            auto const next = deliveries.pendingAfter(at);
            if (!next && wrapped) break;
            if (!next) {
                wrapped = true;
                at = {};
                continue;
            }
            if (wrapped && *next > places_.after) break;
            at = *next;
            takeFrom(at);
        }
        return std::move(found_);
    }

private:
    void takeFrom(common::WebhookId id) {
        auto const webhook = database_.webhooks().find(id);
        if (!webhook || !webhook->enabled) return;
        auto const& limits = places_.limits;
        auto places = limits.endpointTries - std::min(limits.endpointTries, tries_[id]);
        bool const failing = webhook->failingSince.has_value();
        if (failing) places = std::min(places, limits.failingTries - std::min(limits.failingTries, failing_));
        CircuitBreaker const circuit(webhook->circuit);
        if (auto const probe = circuit.probeAfter(places_.now))
            found_.nextTry = std::min(found_.nextTry.value_or(*probe), *probe);
        places = circuit.admits(std::min(places, free_), tries_[id], places_.now);
        if (places == 0) return;
        // Those that are under way are due as well until their outcome is stored.
        auto const rows =
            database_.deliveries().due(id, places_.now, static_cast<std::int64_t>(2 * limits.endpointTries));
        for (auto const& row : rows) {
            if (places_.running.contains(row.id)) continue;
            if (places-- == 0) break;
            --free_;
            failing_ += failing ? 1 : 0;
            found_.due.push_back(
                {row, *webhook, eventOf(database_, row.eventId), database_.deliveries().notice(row.notice)});
        }
    }

    common::Database& database_;
    Places const& places_;
    std::map<common::WebhookId, std::size_t> tries_;
    std::size_t failing_ = 0;
    std::size_t free_ = 0;
    Found found_;
};

WebhookWorker::WebhookWorker(Deps deps, Limits limits)
    : deps_(std::move(deps)),
      limits_(limits),
      nextTry_(deps_.io.get_executor()),
      tick_(deps_.io.get_executor()),
      random_(std::random_device{}()),
      delivered_(deps_.metrics.counter("tickbell_webhook_tries_total", "Tries to deliver to a webhook",
                                       {{"outcome", "delivered"}})),
      failed_(deps_.metrics.counter("tickbell_webhook_tries_total", "Tries to deliver to a webhook",
                                    {{"outcome", "failed"}})),
      openCircuits_(deps_.metrics.gauge("tickbell_webhook_circuits_open",
                                        "Webhooks that failed so often that they are only probed")) {}

void WebhookWorker::wake() {
    if (stopped_) return;
    if (looking_)
        again_ = true;
    else
        look();
}

void WebhookWorker::stop() {
    stopped_ = true;
    nextTry_.cancel();
    tick_.cancel();
}

void WebhookWorker::look() {
    looking_ = true;
    deps_.store.read([places = Places{deps_.clock.wallMs(), after_, running_, limits_}](
                         common::Database& database) { return Search(database, places).find(); },
                     [this](common::StoreThread::Outcome<Found> found) {
                         looking_ = false;
                         if (stopped_) return;
                         if (found)
                             openCircuits_.set(static_cast<double>(found->openCircuits));
                         else
                             deps_.failed(found.error());
                         take(found ? std::move(*found) : Found{.due = {}, .nextTry = {}, .pending = true});
                         if (std::exchange(again_, false)) look();
                     });
}

void WebhookWorker::take(Found found) {
    waitUntil(found.nextTry);
    if (found.pending) keepTicking();
    for (auto& due : found.due) {
        running_.emplace(due.delivery.id, Running{due.webhook.id, due.webhook.failingSince.has_value()});
        after_ = due.webhook.id;
        if (due.event || due.notice)
            boost::asio::co_spawn(deps_.io, run(std::move(due)), rethrow);
        else
            drop(std::move(due.delivery));
    }
}

void WebhookWorker::waitUntil(std::optional<common::TimeMs> nextTry) {
    nextTry_.cancel();
    if (!nextTry) return;
    // The wall clock may jump meanwhile: it is read again with every tick.
    auto const wait = std::clamp<common::DurationMs>(*nextTry - deps_.clock.wallMs(), 1, limits_.tickMs);
    nextTry_.expires_after(std::chrono::milliseconds(wait));
    nextTry_.async_wait([this](boost::system::error_code error) {
        if (!error) wake();
    });
}

/// As long as anything is pending.
void WebhookWorker::keepTicking() {
    if (stopped_ || std::exchange(ticking_, true)) return;
    tick_.expires_after(std::chrono::milliseconds(limits_.tickMs));
    tick_.async_wait([this](boost::system::error_code error) {
        ticking_ = false;
        if (!error && !stopped_) tick();
    });
}

void WebhookWorker::tick() {
    for (auto& result : std::exchange(unstored_, {}))
        store(std::move(result));
    deps_.store.write([now = deps_.clock.wallMs()](
                          common::Database& database) { return database.deliveries().expire(now, kExpireBatch); },
                      [this](common::StoreThread::Outcome<std::int64_t> expired) {
                          if (!expired) deps_.failed(expired.error());
                      });
    wake();
}

/// Its notification is gone: there is nothing left to say.
void WebhookWorker::drop(common::Delivery delivery) {
    delivery.state = common::DeliveryState::Expired;
    delivery.error = "the notification was deleted";
    delivery.nextTry.reset();
    deps_.store.write([delivery](common::Database& database) { return database.deliveries().update(delivery); },
                      [this, id = delivery.id](common::StoreThread::Outcome<bool> outcome) {
                          running_.erase(id);
                          if (!outcome) return deps_.failed(outcome.error());
                          wake();
                      });
}

boost::asio::awaitable<void> WebhookWorker::run(Due due) {
    Result result{due.delivery.id, due.webhook.id, {}, 0};
    auto message = due.notice ? messageOf(*due.notice) : messageOf(*due.event, deps_.epoch);
    result.attempt = co_await deps_.sender.send(due.webhook, due.delivery.notificationId, std::move(message));
    // Broken off by ourselves: not the endpoint's failure. It is due again at the next start.
    if (stopped_) co_return;
    result.jitter = std::uniform_real_distribution<double>(-1, 1)(random_);
    result.attempt.succeeded() ? delivered_.add() : failed_.add();
    store(std::move(result));
}

void WebhookWorker::store(Result result) {
    deps_.store.write(
        [result](common::Database& database) {
            // As they stand now: either may have been changed or removed during the try.
            auto webhook = database.webhooks().find(result.webhook);
            auto delivery = database.deliveries().find(result.delivery);
            if (!webhook || !delivery) return Judged{};
            bool const wasEnabled = webhook->enabled;
            judgeAttempt(*delivery, *webhook, result.attempt, result.jitter);
            database.webhooks().update(*webhook);
            database.deliveries().update(*delivery);
            bool const disabled = wasEnabled && !webhook->enabled;
            // What is told and why stand or fall together. It cannot go round: each endpoint ends once, and those that
            // have ended are told nothing.
            if (disabled) database.deliveries().announce(noticeOf(*webhook, result.attempt.endedAt));
            return Judged{*webhook, disabled};
        },
        [this, result](common::StoreThread::Outcome<Judged> judged) {
            if (judged) return stored(result, *judged);
            deps_.failed(judged.error());
            // It keeps its place: without it the same try would begin again at once, and again.
            unstored_.push_back(result);
            keepTicking();
        });
}

void WebhookWorker::stored(Result const& result, Judged const& judged) {
    running_.erase(result.delivery);
    auto const& attempt = result.attempt;
    auto const& webhook = judged.webhook;
    if (!attempt.succeeded())
        log::debug("delivery", "try failed",
                   {{"webhook", webhook.publicId}, {"status", attempt.status.value_or(0)}, {"reason", attempt.error}});
    if (judged.disabled) {
        log::warn("delivery", "webhook disabled", {{"webhook", webhook.publicId}, {"reason", webhook.reason}});
        deps_.disabled(webhook);
    }
    wake();
}

}  // namespace notifier
