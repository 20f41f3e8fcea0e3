#include "notifier/api/account_routes.hpp"

#include "notifier/api/accounts.hpp"
#include "notifier/api/rest_answers.hpp"
#include "notifier/protocol/push.hpp"
#include "notifier/protocol/reply.hpp"

#include <limits>
#include <utility>

namespace notifier {
namespace {

using common::ErrorCode;
using common::fail;
using common::Result;
using common::json::Value;
using common::json::Writer;

constexpr std::int64_t kPageMax = 1'000;
constexpr std::int64_t kPageDefault = 100;
constexpr common::DurationMs kWaitMsMax = 60'000;
constexpr auto kNoLimit = std::numeric_limits<std::int64_t>::max();

Value objectWith(std::string name, Value value) {
    Value object(Value::Type::Object);
    object.members().push_back({std::move(name), std::move(value)});
    return object;
}

Value textValue(std::string text) {
    return Value(Value::Type::String, std::move(text));
}

/// The alert of a command's result as a resource: its members, and what else the result says under its own names.
HttpResponse alertAnswer(CommandOutcome const& outcome) {
    auto const result = common::json::parse(outcome.result).value();
    auto const* const alert = result.find("alert");
    Writer out;
    out.beginObject();
    for (auto const& member : alert->members())
        out.field(member.name, member.value);
    for (auto const& member : result.members())
        if (!alert->find(member.name)) out.field(member.name, member.value);
    auto response = freshJson(out.endObject().take(), outcome.created ? 201 : 200);
    if (outcome.created) response.headers.emplace_back("Location", "/api/v1/alerts/" + outcome.location);
    return response;
}

HttpResponse resultAnswer(CommandOutcome const& outcome) {
    return freshJson(outcome.result);
}

common::Error noSuchAlert() {
    return {ErrorCode::NotFound, "no such alert", "alert_id", {}};
}

/// A list result of the WebSocket with `alerts` as `items`.
HttpResponse listAnswer(CommandOutcome const& outcome) {
    auto const result = common::json::parse(outcome.result).value();
    Writer out;
    out.beginObject();
    for (auto const& member : result.members())
        out.field(member.name == "alerts" ? "items" : std::string_view(member.name), member.value);
    return freshJson(out.endObject().take());
}

std::string eventPage(std::vector<common::Event> const& events, std::int64_t after, std::int64_t limit,
                      std::string_view epoch) {
    Writer out;
    out.beginObject().key("items").beginArray();
    for (auto const& event : events)
        out.raw(EventFrame(event, epoch).stored());
    auto const last = events.empty() ? after : events.back().seq;
    bool const full = std::cmp_equal(events.size(), limit);
    writeNextCursor(out.endArray(), full ? std::optional(last) : std::nullopt);
    out.field("next_after", last).field("epoch", epoch).endObject();
    return out.take();
}

/// `after` and `cursor` mean the same: the last one that the client has.
Result<std::int64_t> readAfter(Query const& query) {
    return query.find("cursor") ? query.integer("cursor", 0, kNoLimit, 0) : query.integer("after", 0, kNoLimit, 0);
}

}  // namespace

void AccountRoutes::addTo(Router& router) {
    auto const add = [&](std::string_view method, std::string_view pattern,
                         void (AccountRoutes::*handle)(Call const&, Respond)) {
        router.add(method, pattern, Access::Account,
                   [this, handle](Call const& call, Respond respond) { (this->*handle)(call, std::move(respond)); });
    };
    auto const addMethod = [&](std::string_view pattern, Method method) {
        router.add("POST", pattern, Access::Account,
                   [this, method](Call const& call, Respond respond) { ofAlert(call, method, std::move(respond)); });
    };
    add("POST", "/api/v1/alerts", &AccountRoutes::create);
    add("GET", "/api/v1/alerts", &AccountRoutes::list);
    add("GET", "/api/v1/alerts/{id}", &AccountRoutes::show);
    add("PATCH", "/api/v1/alerts/{id}", &AccountRoutes::change);
    add("DELETE", "/api/v1/alerts/{id}", &AccountRoutes::remove);
    addMethod("/api/v1/alerts/{id}/pause", Method::Pause);
    addMethod("/api/v1/alerts/{id}/rearm", Method::Rearm);
    router.add("POST", "/api/v1/alerts/preview", Access::Account, [this](Call const& call, Respond respond) {
        command(call, Method::Preview, call.body(), resultAnswer, std::move(respond));
    });
    add("GET", "/api/v1/alerts/{id}/fires", &AccountRoutes::fires);
    add("GET", "/api/v1/notifications", &AccountRoutes::notifications);
    add("GET", "/api/v1/events", &AccountRoutes::events);
    router.add("POST", "/api/v1/notifications/ack", Access::Account, [this](Call const& call, Respond respond) {
        command(call, Method::Ack, call.body(), resultAnswer, std::move(respond));
    });
}

void AccountRoutes::command(Call const& call, Method method, Result<Value> params, Render render, Respond respond) {
    if (!params) return respond(problem(params.error()));
    Command command{.method = method, .params = std::move(*params)};
    command.founding = method == Method::Subscribe && command.params.find("threshold") && !command.params.find("when");
    deps_.handler.execute(call.client, std::move(command),
                          [this, render = std::move(render), respond = std::move(respond)](CommandOutcome outcome) {
                              respond(outcome.error ? problem(*outcome.error) : render(outcome));
                              for (auto const& announcement : outcome.announcements)
                                  deps_.announce(announcement);
                          });
}

void AccountRoutes::ofAlert(Call const& call, Method method, Respond respond) {
    command(call, method, objectWith("alert_id", textValue(call.parts[0])), alertAnswer, std::move(respond));
}

void AccountRoutes::create(Call const& call, Respond respond) {
    command(call, Method::Subscribe, call.body(), alertAnswer, std::move(respond));
}

/// The body is `set` itself, or an object that holds it, and maybe `if_rev`.
void AccountRoutes::change(Call const& call, Respond respond) {
    auto body = call.body();
    if (body) {
        auto params = objectWith("alert_id", textValue(call.parts[0]));
        if (auto const* const rev = body->find("if_rev")) params.members().push_back({"if_rev", *rev});
        auto const* const set = body->find("set");
        auto changes = set ? *set : *body;
        std::erase_if(changes.members(), [](auto const& member) { return member.name == "if_rev"; });
        params.members().push_back({"set", std::move(changes)});
        body = std::move(params);
    }
    command(call, Method::Update, std::move(body), alertAnswer, std::move(respond));
}

void AccountRoutes::remove(Call const& call, Respond respond) {
    command(
        call, Method::Unsubscribe, objectWith("alert_id", textValue(call.parts[0])),
        [](CommandOutcome const& outcome) {
            auto const result = common::json::parse(outcome.result).value();
            return result.find("removed")->integer() == 0 ? problem(noSuchAlert()) : HttpResponse{.status = 204};
        },
        std::move(respond));
}

void AccountRoutes::list(Call const& call, Respond respond) {
    Value params(Value::Type::Object);
    for (auto const* const name : {"symbol", "state", "cursor"})
        if (auto const value = call.query.find(name))
            params.members().push_back({name, textValue(std::string(*value))});
    auto const limit = call.query.integer("limit", 1, kPageMax, kPageDefault);
    if (!limit) return respond(problem(limit.error()));
    params.members().push_back({"limit", Value(Value::Type::Number, std::to_string(*limit))});
    command(call, Method::List, std::move(params), listAnswer, std::move(respond));
}

void AccountRoutes::show(Call const& call, Respond respond) {
    answerFrom(
        deps_.store, failures_,
        [account = *call.client->account, id = call.parts[0],
         now = deps_.clock.wallMs()](common::Database& database) -> Result<std::string> {
            auto const record = database.alerts().find(account, id);
            if (!record) return std::unexpected(noSuchAlert());
            Writer out;
            writeAlert(out, *record, now);
            return out.take();
        },
        std::move(respond));
}

void AccountRoutes::fires(Call const& call, Respond respond) {
    auto const after = readAfter(call.query);
    auto const limit = call.query.integer("limit", 1, kPageMax, kPageDefault);
    if (!after || !limit) return respond(problem(after ? limit.error() : after.error()));
    answerFrom(
        deps_.store, failures_,
        [account = *call.client->account, id = call.parts[0], after = *after, limit = *limit,
         epoch = deps_.epoch](common::Database& database) -> Result<std::string> {
            auto const record = database.alerts().find(account, id);
            if (!record) return std::unexpected(noSuchAlert());
            auto const events = database.events().fires(record->definition.id, after, limit);
            Writer out;
            out.beginObject().key("items").beginArray();
            for (auto const& event : events)
                out.raw(EventFrame(event, epoch).stored());
            bool const full = std::cmp_equal(events.size(), limit);
            writeNextCursor(out.endArray(), full
                                                ? std::optional(std::get<common::Notification>(events.back().body).fire)
                                                : std::nullopt);
            return out.endObject().take();
        },
        std::move(respond));
}

/// With `wait` and nothing there yet, the answer waits for the next event. The wait begins before the look into the
/// store, so that none falls between the two.
void AccountRoutes::notifications(Call const& call, Respond respond) {
    auto const after = readAfter(call.query);
    auto const limit = call.query.integer("limit", 1, kPageMax, kPageDefault);
    auto const wait = call.query.duration("wait", 0);
    if (!after || !limit || !wait)
        return respond(problem(!after ? after.error() : !limit ? limit.error() : wait.error()));

    struct Waiting {
        std::shared_ptr<void> token;
        bool looked = false;  ///< the store had nothing
        std::optional<WaitEnd> over = {};
    };
    auto const account = *call.client->account;
    auto const read = [this, account, after = *after, limit = *limit](auto done) {
        deps_.store.read(
            [account, after, limit](common::Database& database) {
                return database.events().replay(account, after, kNoLimit, limit);
            },
            std::move(done));
    };
    auto const answer = [this, after = *after, limit = *limit,
                         respond](common::StoreThread::Outcome<std::vector<common::Event>> const& events) {
        respond(events ? freshJson(eventPage(*events, after, limit, deps_.epoch))
                       : problem(failures_.answer(events.error())));
    };
    if (*wait == 0) return read(answer);
    auto const waiting = std::make_shared<Waiting>();
    auto const again = [waiting, read, answer, respond = std::move(respond)] {
        // Not from inside its own call.
        auto const token = std::exchange(waiting->token, nullptr);
        if (*waiting->over == WaitEnd::Revoked)
            return respond(problem({ErrorCode::AuthFailed, "this key was revoked"}));
        read(answer);
    };
    waiting->token = deps_.waits.begin(account, std::min(*wait, kWaitMsMax), [waiting, again](WaitEnd end) {
        waiting->over = end;
        if (waiting->looked) again();
    });
    read([waiting, again, answer](common::StoreThread::Outcome<std::vector<common::Event>> const& events) {
        if (!events || !events->empty()) {
            waiting->token = nullptr;
            return answer(events);
        }
        waiting->looked = true;
        if (waiting->over) again();
    });
}

/// Without `Last-Event-ID` the stream begins now. One that cannot be gone on from is told first, as `resume` would.
void AccountRoutes::events(Call const& call, Respond respond) {
    auto const id = call.request.header("Last-Event-ID");
    auto const query = Query::parse("after=" + std::string(id));
    auto const after = id.empty() ? readAfter(call.query) : query->integer("after", 0, kNoLimit, 0);
    if (!after) return respond(problem(after.error()));
    bool const goesOn = !id.empty() || call.query.find("after") || call.query.find("cursor");
    auto params = objectWith("epoch", textValue(deps_.epoch));
    params.members().push_back({"after", Value(Value::Type::Number, std::to_string(*after))});
    command(
        call, Method::Resume, std::move(params),
        [client = call.client, goesOn](CommandOutcome const& outcome) {
            auto const& from = std::get<ResumeFrom>(outcome.effect);
            EventStream stream{.client = client, .after = goesOn ? from.after : from.upTo, .greeting = {}};
            if (goesOn && !from.recovered) stream.greeting = "event: resume\ndata: " + outcome.result + "\n\n";
            return HttpResponse{.contentType = "text/event-stream",
                                .headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
                                .events = std::move(stream)};
        },
        std::move(respond));
}

}  // namespace notifier
