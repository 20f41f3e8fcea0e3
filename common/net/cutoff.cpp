#include "common/net/cutoff.hpp"

#include <utility>

#include <fmt/format.h>

namespace common::net {

Cutoff::Cutoff(asio::io_context& io, DurationMs afterMs)
    : timer_(io.get_executor(), std::chrono::milliseconds(afterMs)), afterMs_(afterMs) {}

std::shared_ptr<Cutoff> Cutoff::start(asio::io_context& io, DurationMs afterMs) {
    auto cutoff = std::make_shared<Cutoff>(io, afterMs);
    cutoff->timer_.async_wait([weak = cutoff->weak_from_this()](boost::system::error_code error) {
        auto const self = weak.lock();
        if (!error && self) self->fire(NetErrorKind::Timeout);
    });
    return cutoff;
}

void Cutoff::fire(NetErrorKind cause) {
    if (fired_) return;
    fired_ = true;
    cause_ = cause;
    timer_.cancel();
    if (auto const breakOff = std::exchange(breakOff_, {})) breakOff();
}

void Cutoff::finish() {
    timer_.cancel();
    breakOff_ = {};
}

std::unexpected<NetError> Cutoff::failure(NetErrorKind kind, std::string detail) const {
    if (!fired_) return std::unexpected(NetError{kind, std::move(detail)});
    if (cause_ == NetErrorKind::Timeout)
        return std::unexpected(NetError{cause_, fmt::format("no answer in {}", durationText(afterMs_))});
    return std::unexpected(NetError{cause_, "aborted"});
}

}  // namespace common::net
