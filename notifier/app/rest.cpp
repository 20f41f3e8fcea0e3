#include "notifier/app/rest.hpp"

#include "common/runtime/crypto.hpp"
#include "common/store/open.hpp"
#include "notifier/api/coding.hpp"
#include "notifier/api/openapi.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace notifier {
namespace {

/// More questions than this are answered with 1501: whoever asks long ones again and again waits for his own.
constexpr std::size_t kQuestionsMax = 256;

HttpResponse openApiAnswer(HttpRequest const& request) {
    static auto const digest = "openapi-" + common::sha256Hex(openApiDocument()).substr(0, 16);
    static auto const zipped = gzipped(openApiDocument());
    bool const gzip = acceptsGzip(request);
    auto const tag = entityTag(digest, gzip);
    if (namesTag(request, tag)) return notModified(tag);
    HttpResponse answer{.body = gzip ? zipped : std::string(openApiDocument()),
                        .headers = {{"ETag", tag}, {"Cache-Control", "no-cache"}, {"Vary", "Accept-Encoding"}}};
    if (gzip) answer.headers.emplace_back("Content-Encoding", "gzip");
    return answer;
}

}  // namespace

Rest::Rest(Deps deps, Options const& options, CommandBucket::Limits pace)
    : waits_(deps.io, deps.hub),
      reader_(common::openDatabase(options.database, {.readOnly = true, .migrate = false}),
              [&io = deps.io](common::StoreThread::Task task) {
                  boost::asio::post(io, [task = std::move(task)]() mutable { task(); });
              },
              {.queuedJobsMax = kQuestionsMax}),
      router_({deps.handler, deps.clock}, pace),
      account_({.handler = deps.handler,
                .store = deps.store,
                .clock = deps.clock,
                .waits = waits_,
                .epoch = deps.epoch,
                .announce =
                    [&hub = deps.hub](Announcement const& announcement) {
                        hub.announce(announcement.account, textFrame(announcement.frame));
                    }}),
      market_({reader_, deps.clock, deps.symbols}),
      status_({reader_, deps.clock, deps.writeOwnStatus}),
      webhooks_({deps.store, deps.clock, deps.desk}),
      emails_({deps.store, deps.clock, deps.desk}) {
    account_.addTo(router_);
    market_.addTo(router_);
    status_.addTo(router_);
    webhooks_.addTo(router_);
    emails_.addTo(router_);
    router_.add("GET", "/api/v1/openapi.json", Access::Open,
                [](Call const& call, Respond const& respond) { respond(openApiAnswer(call.request)); });
}

}  // namespace notifier
