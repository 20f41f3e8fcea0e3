#include "notifier/api/router.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace notifier {
namespace {

using common::ErrorCode;
using common::fail;
using common::Result;

std::string_view firstSegment(std::string_view path) {
    return path.substr(0, path.find('/'));
}

/// What stood for the braces, still encoded; nothing when the path is another one.
std::optional<std::vector<std::string_view>> match(std::string_view pattern, std::string_view path) {
    std::vector<std::string_view> parts;
    while (true) {
        auto const wanted = firstSegment(pattern);
        auto const given = firstSegment(path);
        if (wanted.starts_with('{')) {
            if (given.empty()) return {};
            parts.push_back(given);
        } else if (wanted != given) {
            return {};
        }
        bool const last = wanted.size() == pattern.size();
        if (last != (given.size() == path.size())) return {};
        if (last) return parts;
        pattern.remove_prefix(wanted.size() + 1);
        path.remove_prefix(given.size() + 1);
    }
}

HttpResponse methodNotAllowed(std::string_view allowed) {
    return problem(405, statusText(405), fmt::format("this path takes {}", allowed), {{"Allow", std::string(allowed)}});
}

}  // namespace

Result<common::json::Value> Call::body() const {
    if (request.body.empty()) return common::json::Value(common::json::Value::Type::Object);
    auto value = common::json::parse(request.body);
    if (value && !value->isObject()) return fail(ErrorCode::BadRequest, "the body must be a JSON object");
    return value;
}

void Router::add(std::string_view method, std::string_view pattern, Access access, Handle handle) {
    routes_.push_back({std::string(method), std::string(pattern), access, std::move(handle)});
}

void Router::answer(HttpRequest request, Respond respond) {
    auto const path = request.path();
    std::string_view const method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
    Route const* found = nullptr;
    std::vector<std::string_view> encoded;
    std::string allowed;
    for (auto const& route : routes_) {
        auto parts = match(route.pattern, path);
        if (!parts) continue;
        allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", route.method == "GET" ? "GET, HEAD" : route.method);
        // A plain segment comes before one in braces, whatever the order of the routes.
        if (route.method != method || (found && parts->size() >= encoded.size())) continue;
        found = &route;
        encoded = std::move(*parts);
    }
    if (!found && !allowed.empty()) return respond(methodNotAllowed(allowed));
    if (!found) return respond(problem(404, statusText(404), "nothing is served at this path"));

    Call call;
    for (auto const part : encoded) {
        auto plain = percentDecoded(part);
        if (!plain) return respond(problem({ErrorCode::BadRequest, "a broken % escape stands in the path"}));
        call.parts.push_back(std::move(*plain));
    }
    auto query = Query::parse(request.query());
    if (!query) return respond(problem(query.error()));
    call.query = std::move(*query);
    auto secret = bearerSecret(request);
    call.request = std::move(request);
    if (!secret) return identified(*found, std::move(call), respond);
    if (secret->empty()) return respond(problem({ErrorCode::AuthFailed, "Authorization must be: Bearer KEY"}));
    deps_.handler.admit(std::move(secret), [this, found, call = std::move(call),
                                            respond = std::move(respond)](Result<Admission> admission) mutable {
        if (!admission) return respond(problem(admission.error()));
        call.client = std::move(admission->client);
        identified(*found, std::move(call), respond);
    });
}

void Router::identified(Route const& route, Call call, Respond const& respond) {
    if (auto const may = admitted(route.access, call); !may) return respond(problem(may.error()));
    route.handle(std::move(call), respond);
}

Result<void> Router::admitted(Access access, Call const& call) {
    if (access == Access::Operator) {
        if (call.request.local()) return {};
        if (!call.client) return fail(ErrorCode::AuthRequired, "this is shown on this machine, or to an admin key");
        if (!call.client->admin) return fail(ErrorCode::Forbidden, "this needs an admin key");
        return {};
    }
    if (access == Access::Account && !call.client)
        return fail(ErrorCode::AuthRequired, "send Authorization: Bearer with an API key or a session secret");
    if (!call.client || !call.client->account) return {};
    auto const waitMs = pace_.take(*call.client->account, deps_.clock.monotonicMs());
    if (!waitMs) return {};
    return std::unexpected(common::Error{ErrorCode::RateLimited, "too many requests of this account", {}, *waitMs});
}

}  // namespace notifier
