#include "examples/replay/rest/rest_api.hpp"

#include "common/core/json_writer.hpp"
#include "examples/replay/rest/endpoints.hpp"

#include <fmt/format.h>

namespace replay {
namespace {

constexpr std::string_view kBase = "/api/v3/";

HttpReply errorReply(ApiError const& error) {
    common::json::Writer out;
    out.beginObject().field("code", error.code).field("msg", error.message).endObject();
    return {error.status, out.take()};
}

/// Bodies as the exchange and the proxies before it write them.
HttpReply faultReply(int status, TimeMs now) {
    switch (status) {
        case 403:
            return {403, "<html><head><title>403 Forbidden</title></head><body>Request blocked.</body></html>\n",
                    "text/html"};
        case 418:
            return errorReply({-1003,
                               fmt::format("Way too much request weight used; IP banned until {}. Please use WebSocket "
                                           "Streams for live updates to avoid bans.",
                                           now + 120'000),
                               418});
        case 429:
            return errorReply({-1003,
                               "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. "
                               "Please use WebSocket Streams for live updates to avoid polling the API.",
                               429});
        case 451:
            return errorReply(
                {0, "Service unavailable from a restricted location according to 'b. Eligibility' in the terms of use.",
                 451});
        default:
            break;
    }
    if (status >= 500) return {status, "<html><body>upstream error</body></html>\n", "text/html"};
    return errorReply({-1000, "An unknown error occurred while processing the request.", status});
}

Endpoint const* findEndpoint(std::string_view name) {
    for (auto const list : {tickerEndpoints(), historyEndpoints()})
        for (auto const& endpoint : list)
            if (endpoint.name == name) return &endpoint;
    return nullptr;
}

}  // namespace

HttpReply RestApi::handle(RestRequest const& request, TimeMs now) {
    auto const query = Query::parse(request.target);
    if (faults_.spoils(query.path())) {
        auto reply = faultReply(faults_.status, now);
        if (faults_.retryAfterSeconds >= 0)
            reply.headers.emplace_back("Retry-After", std::to_string(faults_.retryAfterSeconds));
        return reply;
    }
    std::string_view const path = query.path();
    auto const* const endpoint = path.starts_with(kBase) ? findEndpoint(path.substr(kBase.size())) : nullptr;
    if (endpoint == nullptr) return {404, "<html><body>404 Not found</body></html>\n", "text/html"};

    auto const verdict = weights_.take(request.address, endpoint->weight(query, exchange_), now);
    HttpReply reply;
    if (verdict.status != 200) violations_.count(verdict.status == 429 ? "request_weight" : "request_weight_banned");
    if (verdict.status != 200 && enforced_) {
        reply = faultReply(verdict.status, verdict.bannedUntil - 120'000);
        reply.headers.emplace_back("Retry-After", std::to_string(verdict.retryAfterSeconds));
    } else {
        auto body = endpoint->answer({query, exchange_, exchange_.clock(now), request.microseconds});
        reply = body ? HttpReply{200, std::move(*body)} : errorReply(body.error());
    }
    reply.headers.emplace_back("X-MBX-USED-WEIGHT", std::to_string(verdict.used));
    reply.headers.emplace_back("X-MBX-USED-WEIGHT-1M", std::to_string(verdict.used));
    return reply;
}

}  // namespace replay
