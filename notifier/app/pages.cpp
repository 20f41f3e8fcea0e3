#include "notifier/app/pages.hpp"

#include "common/core/json_writer.hpp"
#include "notifier/api/rest_answers.hpp"

#include <utility>

namespace notifier {

using common::json::Writer;

void Pages::addTo(Router& router) {
    router.add("GET", "/healthz", Access::Open,
               [](Call const&, Respond const& respond) { respond(freshJson(R"({"status":"ok"})")); });
    router.add("GET", "/readyz", Access::Open, [this](Call const&, Respond const& respond) { respond(readyPage()); });
    router.add("GET", "/version", Access::Open, [](Call const&, Respond const& respond) {
        Writer out;
        out.beginObject().field("name", "tickbell").field("version", TICKBELL_VERSION).field("protocol", 1).endObject();
        respond(freshJson(out.take()));
    });
    router.add("GET", "/metrics", Access::Operator, [this](Call const&, Respond const& respond) {
        deps_.refreshMetrics();
        respond({200, common::Metrics::kContentType, deps_.metrics.text(), {{"Cache-Control", "no-store"}}});
    });
}

/// That it listens and that the schema is current goes without saying: else nobody could ask.
HttpResponse Pages::readyPage() const {
    bool const ready = deps_.symbols.loaded();
    Writer out;
    out.beginObject().field("ready", ready);
    if (!ready) out.field("reason", "no symbol list is stored yet; ingestion brings it");
    return freshJson(out.endObject().take(), ready ? 200 : 503);
}

std::optional<HttpResponse> Pages::file(HttpRequest const& request) const {
    bool const reads = request.method == "GET" || request.method == "HEAD";
    if (reads || !files_.has(request.path())) return files_.answer(request);
    return problem(405, statusText(405), "this path is only read", {{"Allow", "GET, HEAD"}});
}

}  // namespace notifier
