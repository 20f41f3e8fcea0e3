#include "notifier/app/pages.hpp"

#include "common/core/json_writer.hpp"
#include "notifier/session/upgrade.hpp"

#include <utility>

namespace notifier {
namespace {

using common::json::Writer;

HttpHeaders fresh() {
    return {{"Cache-Control", "no-store"}};
}

HttpResponse refusal(int status, std::string_view detail, HttpHeaders headers = {}) {
    return problem(status, statusText(status), detail, std::move(headers));
}

}  // namespace

void Pages::answer(HttpRequest const& request, std::function<void(HttpResponse)> done) {
    auto const path = request.path();
    bool const known =
        files_.has(path) || path == "/healthz" || path == "/readyz" || path == "/version" || path == "/metrics";
    if (!known) return done(refusal(404, "nothing is served at this path"));
    if (request.method != "GET" && request.method != "HEAD")
        return done(refusal(405, "this path is only read", {{"Allow", "GET, HEAD"}}));
    if (path == "/healthz") return done({200, "application/json", R"({"status":"ok"})", fresh()});
    if (path == "/readyz") return done(readyPage());
    if (path == "/version") {
        Writer out;
        out.beginObject().field("name", "tickbell").field("version", TICKBELL_VERSION).field("protocol", 1).endObject();
        return done({200, "application/json", out.take(), fresh()});
    }
    if (path == "/metrics") return metricsPage(request, std::move(done));
    done(*files_.answer(request));
}

/// That it listens and that the schema is current goes without saying: else nobody could ask.
HttpResponse Pages::readyPage() const {
    bool const ready = deps_.symbols.loaded();
    Writer out;
    out.beginObject().field("ready", ready);
    if (!ready) out.field("reason", "no symbol list is stored yet; ingestion brings it");
    out.endObject();
    return {ready ? 200 : 503, "application/json", out.take(), fresh()};
}

void Pages::metricsPage(HttpRequest const& request, std::function<void(HttpResponse)> done) {
    auto const show = [this](std::function<void(HttpResponse)> const& to) {
        deps_.refreshMetrics();
        to({200, common::Metrics::kContentType, deps_.metrics.text(), fresh()});
    };
    if (request.local()) return show(done);
    auto secret = bearerSecret(request);
    if (!secret)
        return done(
            refusal(401, "metrics are shown on this machine or to an admin key", {{"WWW-Authenticate", "Bearer"}}));
    deps_.handler.admit(std::move(secret), [show, done = std::move(done)](common::Result<Admission> admission) {
        if (!admission) {
            auto const status = common::errorInfo(admission.error().code).httpStatus;
            return done(refusal(status, admission.error().message));
        }
        if (!admission->client->admin) return done(refusal(403, "this needs an admin key"));
        show(done);
    });
}

}  // namespace notifier
