#include "notifier/session/connection.hpp"

#include "common/core/error.hpp"
#include "common/runtime/log.hpp"
#include "notifier/session/request_reader.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/core/string.hpp>

#include <string_view>
#include <utility>

namespace notifier {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

/// Only what every proxy on the way reads alike: where they differ on where a body ends, one client's bytes become
/// another's request.
bool isPlainlyFramed(HttpRequest const& request) {
    constexpr std::string_view kName = "Transfer-Encoding";
    if (request.headerCount(kName) == 0) return true;
    return request.version >= 11 && request.headerCount(kName) == 1 && beast::iequals(request.header(kName), "chunked");
}

bool isUpgrade(HttpRequest const& request) {
    return request.path() == kWebSocketPath && request.query().empty();
}

}  // namespace

Connection::Connection(std::shared_ptr<ServerContext> context, common::net::PlainSocket socket, common::IpAddress peer,
                       Share share)
    : context_(std::move(context)),
      socket_(std::move(socket)),
      peer_(peer),
      overShare_(share == Share::Over),
      reader_(static_cast<std::size_t>(context_->deps.facts.frameBytesMax), common::net::WsSender::Client) {
    if (share != Share::Exempt) countedAs_ = peer;
}

Connection::~Connection() {
    context_->cancelDeadline(*this);
}

void Connection::start() {
    within(context_->options.handshakeMs);
    if (context_->options.tls) return serveHttp({}, std::nullopt);
    if (!context_->poll.add(socket_.descriptor(), *this)) finish(true);
}

void Connection::within(common::DurationMs limitMs) {
    context_->setDeadline(*this, context_->deps.clock.monotonicMs() + limitMs);
}

void Connection::onReady(Ready ready) {
    ended_ = ended_ || ready.ended;
    readable_ = readable_ || ready.readable;
    if (ready.writable && std::exchange(writing_, false) && sendTaken()) flush();
    if (finished_ || !ready.readable) return;
    if (session_) {
        if (std::exchange(reading_, false)) readPlain();
    } else if (!busy_) {
        readFirst();
    }
}

/// Nearly every connection sends one request, in one piece, and becomes a session by it: that much is done without a
/// coroutine and buffers of its own. Anything else begins anew as HTTP.
void Connection::readFirst() {
    auto const [error, bytes] = socket_.receive(asio::buffer(context_->readSpace));
    readable_ = !error && (bytes == context_->readSpace.size() || ended_);
    if (error == asio::error::would_block) return;
    if (error) return finish(false);
    std::string_view const read(context_->readSpace.data(), bytes);
    RequestReader reader;
    reader.header_limit(static_cast<std::uint32_t>(context_->options.headBytesMax));
    error_code unfit;
    auto const used = reader.put(asio::buffer(read), unfit);
    if (!unfit && reader.is_done() && isUpgrade(reader.request())) {
        complete(reader.request());
        unread_ = read.substr(used);
        busy_ = true;
        return upgrade(reader.request(), [self = shared_from_this()](std::optional<HttpResponse> refusal) {
            if (refusal) self->serveHttp({}, std::move(refusal));
        });
    }
    serveHttp(read, std::nullopt);
}

void Connection::complete(HttpRequest& request) const {
    std::string forwarded;
    for (auto const& [name, value] : request.headers)
        if (beast::iequals(name, "X-Forwarded-For")) forwarded += (forwarded.empty() ? "" : ",") + value;
    request.viaProxy = !forwarded.empty() || request.headerCount("Forwarded") > 0;
    request.client = context_->options.proxies.client(peer_, forwarded);
}

/// What is wrong whatever is asked for.
std::optional<HttpResponse> Connection::refuse(HttpRequest const& request) const {
    if (overShare_)
        return problem(429, statusText(429), "too many connections from this address", {{"Retry-After", "10"}});
    if (request.version >= 11 && request.headerCount("Host") != 1)
        return problem(400, statusText(400), "exactly one Host header is needed");
    if (!isPlainlyFramed(request)) return problem(400, statusText(400), "the only Transfer-Encoding taken is chunked");
    return std::nullopt;
}

void Connection::upgrade(HttpRequest const& request, Upgraded done) {
    if (auto refusal = refuse(request)) return done(std::move(refusal));
    auto checked = checkUpgrade(request, context_->options.origins);
    if (!checked) return done(std::move(checked.error()));
    auto const& proxies = context_->options.proxies;
    if (common::contains(proxies.trusted, peer_) && request.client != peer_ && !request.client.isLoopback()) {
        countedAs_ = request.client;
        overShare_ = !context_->counter.enter(request.client);
        if (auto refusal = refuse(request)) return done(std::move(refusal));
    }
    context_->deps.handler.admit(std::move(checked->secret),
                                 [self = shared_from_this(), accept = std::move(checked->accept),
                                  done = std::move(done)](common::Result<Admission> admission) {
                                     if (self->finished_) return done(std::nullopt);
                                     if (!admission) return done(problem(admission.error()));
                                     self->beginSession(std::move(*admission), accept);
                                     done(std::nullopt);
                                 });
}

void Connection::stop(common::DurationMs reconnectInMs, common::DurationMs closeMs) {
    if (session_) {
        session_->goodbye("shutdown", reconnectInMs, closeMs);
    } else if (!busy_ || streamed_) {
        finish(false);  // a stream goes on elsewhere, by its Last-Event-ID
    } else {
        within(closeMs);
    }
}

void Connection::close(common::CloseCode code) {
    if (session_)
        session_->close(code);
    else
        finish(false);
}

}  // namespace notifier
