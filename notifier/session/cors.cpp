#include "notifier/session/cors.hpp"

#include <string>

namespace notifier {
namespace {

/// Nothing to share: no page asks, or one that may not, or one of our own, which needs no leave.
bool isShared(HttpRequest const& request, OriginRule const& rule) {
    return request.headerCount("Origin") > 0 && !rule.allowed.empty() && originAllowed(request, rule);
}

}  // namespace

std::optional<HttpResponse> preflightAnswer(HttpRequest const& request, OriginRule const& rule) {
    if (request.method != "OPTIONS" || request.headerCount("Origin") == 0 ||
        request.headerCount("Access-Control-Request-Method") == 0)
        return {};
    if (!isShared(request, rule))
        return problem(403, statusText(403), "this Origin may not use the API; see --allowed-origins",
                       {{"Vary", "Origin"}});
    HttpResponse answer{.status = 204, .headers = sharingHeaders(request, rule)};
    answer.headers.emplace_back("Access-Control-Allow-Methods", "GET, HEAD, POST, PATCH, DELETE");
    answer.headers.emplace_back("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID");
    answer.headers.emplace_back("Access-Control-Max-Age", "600");
    return answer;
}

HttpHeaders sharingHeaders(HttpRequest const& request, OriginRule const& rule) {
    if (rule.allowed.empty()) return {};
    // Caches must not give one origin what was said to another, or to none.
    HttpHeaders headers{{"Vary", "Origin"}};
    if (!isShared(request, rule)) return headers;
    headers.emplace_back("Access-Control-Allow-Origin", std::string(request.header("Origin")));
    headers.emplace_back("Access-Control-Expose-Headers", "ETag, Location, Retry-After");
    return headers;
}

}  // namespace notifier
