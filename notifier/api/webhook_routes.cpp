#include "notifier/api/webhook_routes.hpp"

#include "common/runtime/crypto.hpp"
#include "notifier/api/receiver_fields.hpp"
#include "notifier/api/rest_answers.hpp"
#include "notifier/delivery/rules/signature.hpp"

#include <limits>
#include <utility>

#include <fmt/format.h>

namespace notifier {
namespace {

using common::ErrorCode;
using common::fail;
using common::Result;
using common::Webhook;
using common::json::Writer;

constexpr std::size_t kWebhooksMax = 20;
constexpr std::int64_t kPageMax = 1'000;
constexpr std::int64_t kPageDefault = 100;
/// Of one request: its transaction must stay short.
constexpr std::int64_t kRecoveredMax = 1'000;
constexpr auto kNoLimit = std::numeric_limits<std::int64_t>::max();

void writeWebhook(Writer& out, Webhook const& webhook, bool withSecret) {
    out.beginObject().field("id", webhook.publicId).field("url", webhook.url);
    out.field("format", formatText(webhook.format)).field("max_age", common::durationText(webhook.maxAge));
    out.field("state", webhook.enabled ? "enabled" : "disabled").key("reason");
    webhook.enabled ? out.null() : out.value(webhook.reason);
    out.field("failing_since", webhook.failingSince).field("created", webhook.created);
    if (withSecret) out.field("secret", webhookSecretText(webhook.secret));
    out.endObject();
}

HttpResponse webhookAnswer(Webhook const& webhook, int status = 200, bool withSecret = false) {
    Writer out;
    writeWebhook(out, webhook, withSecret);
    return freshJson(out.take(), status);
}

void writeDelivery(Writer& out, common::Delivery const& delivery) {
    out.beginObject().field("id", delivery.publicId).field("notification_id", delivery.notificationId);
    out.field("attempt", delivery.attempt).field("status", delivery.status).field("latency_ms", delivery.latency);
    out.field("next_try", delivery.nextTry).field("state", deliveryStateText(delivery.state)).key("error");
    delivery.error.empty() ? out.null() : out.value(delivery.error);
    out.field("created", delivery.created).endObject();
}

Result<Webhook> findOwn(common::Database& database, common::AccountId account, std::string const& id) {
    auto webhook = database.webhooks().find(account, id);
    if (!webhook) return fail(ErrorCode::NotFound, "no such webhook", "id");
    return std::move(*webhook);
}

/// Whether what it delivers is still known.
bool isStored(common::Database& database, common::Delivery const& delivery) {
    if (delivery.eventId == 0) return database.deliveries().notice(delivery.notice).has_value();
    auto const event = database.events().tail(delivery.eventId - 1, 1);
    return !event.empty() && event.front().id == delivery.eventId;
}

/// Starts again what failed or expired, the newest first; how many.
std::int64_t recoverSince(common::Database& database, Webhook const& webhook, common::TimeMs since,
                          common::TimeMs now) {
    std::int64_t recovered = 0;
    common::DeliveryId before{kNoLimit};
    while (true) {
        auto const rows = database.deliveries().list(webhook.id, before, kPageMax);
        for (auto row : rows) {
            if (row.created < since || recovered == kRecoveredMax) return recovered;
            bool const missed =
                row.state == common::DeliveryState::Failed || row.state == common::DeliveryState::Expired;
            if (!missed || !isStored(database, row)) continue;
            startAgain(row, webhook, now);
            database.deliveries().update(row);
            ++recovered;
        }
        if (std::cmp_less(rows.size(), kPageMax)) return recovered;
        before = rows.back().id;
    }
}

/// What a body may set of a webhook.
struct Settings {
    std::optional<std::string> url;
    std::optional<common::WebhookFormat> format;
    std::optional<common::DurationMs> maxAge;
};

Result<Settings> readSettings(common::json::Value const& body) {
    Settings settings;
    auto url = optionalText(body, "url");
    if (!url) return std::unexpected(url.error());
    settings.url = std::move(*url);
    auto const format = optionalText(body, "format");
    if (!format) return std::unexpected(format.error());
    if (*format) {
        settings.format = parseFormat(**format);
        if (!settings.format)
            return fail(ErrorCode::BadValue, "\"format\" must be standard, discord, slack, telegram or ntfy", "format");
    }
    auto const maxAge = optionalMaxAge(body);
    if (!maxAge) return std::unexpected(maxAge.error());
    settings.maxAge = *maxAge;
    return settings;
}

/// Enters the settings; what the URL lacks for the format is refused.
Result<void> apply(Settings const& settings, Webhook& webhook) {
    if (settings.url) {
        webhook.url = *settings.url;
        webhook.circuit = {};  // says nothing about another target
    }
    if (settings.format) webhook.format = *settings.format;
    if (settings.maxAge) webhook.maxAge = *settings.maxAge;
    auto const url = AddressGuard::parse(webhook.url);
    auto const problem = url ? missingInUrl(webhook.format, *url) : std::optional(url.error());
    if (problem) return fail(ErrorCode::BadValue, "\"url\": " + *problem, "url");
    return {};
}

}  // namespace

void WebhookRoutes::addTo(Router& router) {
    auto const add = [&](std::string_view method, std::string_view pattern,
                         void (WebhookRoutes::*handle)(Call const&, Respond)) {
        router.add(method, pattern, Access::Account,
                   [this, handle](Call const& call, Respond respond) { (this->*handle)(call, std::move(respond)); });
    };
    add("POST", "/api/v1/webhooks", &WebhookRoutes::create);
    add("GET", "/api/v1/webhooks", &WebhookRoutes::list);
    add("GET", "/api/v1/webhooks/{id}", &WebhookRoutes::show);
    add("PATCH", "/api/v1/webhooks/{id}", &WebhookRoutes::change);
    add("DELETE", "/api/v1/webhooks/{id}", &WebhookRoutes::remove);
    add("POST", "/api/v1/webhooks/{id}/test", &WebhookRoutes::test);
    add("POST", "/api/v1/webhooks/{id}/rotate", &WebhookRoutes::rotate);
    add("POST", "/api/v1/webhooks/{id}/enable", &WebhookRoutes::enable);
    add("GET", "/api/v1/webhooks/{id}/deliveries", &WebhookRoutes::deliveries);
    add("POST", "/api/v1/webhooks/{id}/recover", &WebhookRoutes::recover);
    add("POST", "/api/v1/deliveries/{id}/redeliver", &WebhookRoutes::redeliver);
}

template <class Work>
void WebhookRoutes::write(Call const& call, Work work, Respond respond) {
    deps_.store.write(std::move(work), [this, account = *call.client->account, respond = std::move(respond)](
                                           common::StoreThread::Outcome<Result<HttpResponse>> outcome) {
        if (!outcome) return respond(problem(failures_.answer(outcome.error())));
        if (!*outcome) return respond(problem(outcome->error()));
        deps_.desk.changed(account);
        respond(std::move(**outcome));
    });
}

void WebhookRoutes::create(Call const& call, Respond respond) {
    auto const body = call.body();
    auto const settings = body ? readSettings(*body) : std::unexpected(body.error());
    if (!settings) return respond(problem(settings.error()));
    if (!settings->url) return respond(problem({ErrorCode::MissingField, "\"url\" is missing", "url", {}}));
    Webhook webhook;
    webhook.publicId = common::randomId("wh_");
    webhook.account = *call.client->account;
    webhook.maxAge = kMaxAgeDefault;
    webhook.secret = common::randomBytes(kWebhookSecretBytes);
    webhook.created = deps_.clock.wallMs();
    if (auto const good = apply(*settings, webhook); !good) return respond(problem(good.error()));
    deps_.desk.checkTarget(webhook.url, [this, call, webhook, respond = std::move(respond)](Result<void> allowed) {
        if (!allowed) return respond(problem(allowed.error()));
        write(
            call,
            [webhook](common::Database& database) -> Result<HttpResponse> {
                if (database.webhooks().list(webhook.account).size() >= kWebhooksMax)
                    return fail(ErrorCode::BadState, fmt::format("at most {} webhooks", kWebhooksMax));
                database.webhooks().insert(webhook);
                auto answer = webhookAnswer(webhook, 201, true);
                answer.headers.emplace_back("Location", "/api/v1/webhooks/" + webhook.publicId);
                return answer;
            },
            respond);
    });
}

void WebhookRoutes::list(Call const& call, Respond respond) {
    answerFrom(
        deps_.store, failures_,
        [account = *call.client->account](common::Database& database) -> Result<std::string> {
            Writer out;
            out.beginObject().key("items").beginArray();
            for (auto const& webhook : database.webhooks().list(account))
                writeWebhook(out, webhook, false);
            out.endArray().nullField("next_cursor").endObject();
            return out.take();
        },
        std::move(respond));
}

void WebhookRoutes::show(Call const& call, Respond respond) {
    answerFrom(
        deps_.store, failures_,
        [account = *call.client->account, id = call.parts[0]](common::Database& database) -> Result<std::string> {
            auto const webhook = findOwn(database, account, id);
            if (!webhook) return std::unexpected(webhook.error());
            Writer out;
            writeWebhook(out, *webhook, false);
            return out.take();
        },
        std::move(respond));
}

void WebhookRoutes::change(Call const& call, Respond respond) {
    auto const body = call.body();
    auto const settings = body ? readSettings(*body) : std::unexpected(body.error());
    if (!settings) return respond(problem(settings.error()));
    auto store = [this, call, settings = *settings, respond](Result<void> const& allowed) {
        if (!allowed) return respond(problem(allowed.error()));
        write(
            call,
            [account = *call.client->account, id = call.parts[0],
             settings](common::Database& database) -> Result<HttpResponse> {
                auto webhook = findOwn(database, account, id);
                if (!webhook) return std::unexpected(webhook.error());
                if (auto const good = apply(settings, *webhook); !good) return std::unexpected(good.error());
                database.webhooks().update(*webhook);
                return webhookAnswer(*webhook);
            },
            respond);
    };
    if (!settings->url) return store({});
    deps_.desk.checkTarget(*settings->url, std::move(store));
}

void WebhookRoutes::remove(Call const& call, Respond respond) {
    write(
        call,
        [account = *call.client->account, id = call.parts[0]](common::Database& database) -> Result<HttpResponse> {
            auto const webhook = findOwn(database, account, id);
            if (!webhook) return std::unexpected(webhook.error());
            database.webhooks().remove(webhook->id);
            return HttpResponse{.status = 204};
        },
        std::move(respond));
}

/// Looks at the target first: what may not be reached is the caller's mistake, what does not answer is a result.
void WebhookRoutes::test(Call const& call, Respond respond) {
    auto const tell = [respond](Attempt const& attempt) {
        Writer out;
        out.beginObject().field("delivered", attempt.succeeded()).field("status", attempt.status);
        out.field("latency_ms", attempt.latency).key("error");
        attempt.error.empty() ? out.null() : out.value(attempt.error);
        respond(freshJson(out.endObject().take()));
    };
    deps_.store.read([account = *call.client->account,
                      id = call.parts[0]](common::Database& database) { return findOwn(database, account, id); },
                     [this, tell, respond](common::StoreThread::Outcome<Result<Webhook>> const& found) {
                         if (!found) return respond(problem(failures_.answer(found.error())));
                         if (!*found) return respond(problem(found->error()));
                         deps_.desk.checkTarget((*found)->url,
                                                [this, tell, respond, webhook = **found](Result<void> allowed) {
                                                    if (!allowed) return respond(problem(allowed.error()));
                                                    deps_.desk.tryOut(webhook, tell);
                                                });
                     });
}

void WebhookRoutes::rotate(Call const& call, Respond respond) {
    write(
        call,
        [account = *call.client->account, id = call.parts[0], secret = common::randomBytes(kWebhookSecretBytes),
         now = deps_.clock.wallMs()](common::Database& database) -> Result<HttpResponse> {
            auto webhook = findOwn(database, account, id);
            if (!webhook) return std::unexpected(webhook.error());
            rotateSecret(*webhook, secret, now);
            database.webhooks().update(*webhook);
            return webhookAnswer(*webhook, 200, true);
        },
        std::move(respond));
}

void WebhookRoutes::enable(Call const& call, Respond respond) {
    write(
        call,
        [account = *call.client->account, id = call.parts[0]](common::Database& database) -> Result<HttpResponse> {
            auto webhook = findOwn(database, account, id);
            if (!webhook) return std::unexpected(webhook.error());
            notifier::enable(*webhook);
            database.webhooks().update(*webhook);
            return webhookAnswer(*webhook);
        },
        std::move(respond));
}

void WebhookRoutes::deliveries(Call const& call, Respond respond) {
    auto const before = call.query.integer("cursor", 1, kNoLimit, kNoLimit);
    auto const limit = call.query.integer("limit", 1, kPageMax, kPageDefault);
    if (!before || !limit) return respond(problem(before ? limit.error() : before.error()));
    answerFrom(
        deps_.store, failures_,
        [account = *call.client->account, id = call.parts[0], before = common::DeliveryId{*before},
         limit = *limit](common::Database& database) -> Result<std::string> {
            auto const webhook = findOwn(database, account, id);
            if (!webhook) return std::unexpected(webhook.error());
            auto const rows = database.deliveries().list(webhook->id, before, limit);
            Writer out;
            out.beginObject().key("items").beginArray();
            for (auto const& row : rows)
                writeDelivery(out, row);
            bool const full = std::cmp_equal(rows.size(), limit);
            writeNextCursor(out.endArray(), full ? std::optional(rows.back().id.value) : std::nullopt);
            return out.endObject().take();
        },
        std::move(respond));
}

/// All that failed or expired since a time: what an endpoint missed while it was down.
void WebhookRoutes::recover(Call const& call, Respond respond) {
    auto const body = call.body();
    if (!body) return respond(problem(body.error()));
    auto const* const given = body->find("since");
    if (given == nullptr) return respond(problem({ErrorCode::MissingField, "\"since\" is missing", "since", {}}));
    auto const since = given->isNumber() ? given->integer() : std::nullopt;
    if (!since || *since < 0)
        return respond(problem({ErrorCode::BadValue, "\"since\" must be a time in milliseconds", "since", {}}));
    write(
        call,
        [account = *call.client->account, id = call.parts[0], since = *since,
         now = deps_.clock.wallMs()](common::Database& database) -> Result<HttpResponse> {
            auto const webhook = findOwn(database, account, id);
            if (!webhook) return std::unexpected(webhook.error());
            if (!webhook->enabled) return fail(ErrorCode::BadState, "the webhook is disabled; enable it first");
            auto const recovered = recoverSince(database, *webhook, since, now);
            Writer out;
            out.beginObject().field("recovered", recovered).field("more", recovered == kRecoveredMax).endObject();
            return freshJson(out.take(), 202);
        },
        std::move(respond));
}

void WebhookRoutes::redeliver(Call const& call, Respond respond) {
    write(
        call,
        [account = *call.client->account, id = call.parts[0],
         now = deps_.clock.wallMs()](common::Database& database) -> Result<HttpResponse> {
            auto delivery = database.deliveries().find(account, id);
            if (!delivery) return fail(ErrorCode::NotFound, "no such delivery", "id");
            auto const webhook = database.webhooks().find(delivery->webhook);
            if (!webhook || !webhook->enabled)
                return fail(ErrorCode::BadState, "the webhook is disabled; enable it first");
            if (!isStored(database, *delivery))
                return fail(ErrorCode::BadState, "its notification is not stored any more");
            startAgain(*delivery, *webhook, now);
            database.deliveries().update(*delivery);
            Writer out;
            writeDelivery(out, *delivery);
            return freshJson(out.take(), 202);
        },
        std::move(respond));
}

}  // namespace notifier
