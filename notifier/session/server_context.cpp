#include "common/net/asio_types.hpp"
#include "notifier/session/connection.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace notifier {
namespace {

constexpr std::size_t kReadSpaceBytes = 65'536;

}  // namespace

ServerContext::ServerContext(boost::asio::io_context& loop, ServerOptions given, SessionDeps needed,
                             HttpHandler handler)
    : io(loop),
      options(std::move(given)),
      deps(needed),
      http(std::move(handler)),
      counter(options.connectionsPerAddressMax),
      poll(loop),
      readSpace(kReadSpaceBytes),
      timer_(loop.get_executor()) {}

void ServerContext::writeSoon(std::shared_ptr<Connection> connection) {
    unwritten_.push_back(std::move(connection));
    if (std::exchange(writePosted_, true)) return;
    boost::asio::post(io, [self = shared_from_this()] {
        self->writePosted_ = false;
        self->writeOut();
    });
}

void ServerContext::writeOut() {
    if (!round_.empty()) return;
    std::swap(round_, unwritten_);
    for (auto const& connection : round_) {
        connection->flushPosted_ = false;
        connection->flush();
    }
    round_.clear();
    count();
}

void ServerContext::count() {
    deps.metrics.framesOut.add(static_cast<double>(std::exchange(framesWritten, 0)));
    deps.metrics.bytesOut.add(static_cast<double>(std::exchange(bytesWritten, 0)));
}

void ServerContext::setDeadline(Deadlines::Entry& entry, std::int64_t atMs) {
    deadlines_.set(entry, atMs);
    if (armedMs_ == 0 || atMs < armedMs_) armTimer();
}

void ServerContext::cancelDeadline(Deadlines::Entry& entry) {
    deadlines_.cancel(entry);
    // A timer that waits for nothing would keep the program from ending.
    if (deadlines_.next()) return;
    timer_.cancel();
    armedMs_ = 0;
}

void ServerContext::armTimer() {
    auto const next = deadlines_.next();
    armedMs_ = next.value_or(0);
    if (!next) return;
    timer_.expires_after(std::chrono::milliseconds(std::max<std::int64_t>(0, *next - deps.clock.monotonicMs())));
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
        auto const self = weak.lock();
        if (error || !self) return;
        self->armedMs_ = 0;
        self->deadlines_.run(self->deps.clock.monotonicMs());
        if (self->armedMs_ == 0) self->armTimer();
    });
}

}  // namespace notifier
