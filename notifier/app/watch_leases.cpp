#include "notifier/app/watch_leases.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <utility>
#include <vector>

namespace notifier {

WatchLeases::WatchLeases(Deps deps, Limits limits)
    : deps_(std::move(deps)), limits_(limits), timer_(deps_.io.get_executor()) {}

void WatchLeases::began(common::Symbol const& symbol) {
    symbols_.insert(symbol);
    fresh_.insert(symbol);
    lapsed_.erase(symbol);
    writeSoon();
    wait();
}

void WatchLeases::ended(common::Symbol const& symbol) {
    symbols_.erase(symbol);
    fresh_.erase(symbol);
    lapsed_.insert(symbol);
    writeSoon();
}

void WatchLeases::stop() {
    stopped_ = true;
    timer_.cancel();
}

/// One write for all that one command or one closed connection changed.
void WatchLeases::writeSoon() {
    if (std::exchange(writePosted_, true)) return;
    boost::asio::post(deps_.io, [this] {
        writePosted_ = false;
        if (!stopped_) write();
    });
}

void WatchLeases::write() {
    auto const list = [](std::set<common::Symbol> symbols) {
        return std::vector<common::Symbol>(symbols.begin(), symbols.end());
    };
    auto renewed = list(std::exchange(fresh_, {}));
    auto released = list(std::exchange(lapsed_, {}));
    if (renewed.empty() && released.empty()) return;
    deps_.store.write(
        [renewed = std::move(renewed), released = std::move(released),
         until = deps_.clock.wallMs() + limits_.validMs](common::Database& database) {
            if (!renewed.empty()) database.watches().renew(renewed, until);
            if (!released.empty()) database.watches().release(released);
        },
        [this](common::StoreThread::Outcome<void> outcome) {
            if (!outcome) deps_.failed(outcome.error());
        });
}

void WatchLeases::wait() {
    if (waiting_ || stopped_) return;
    waiting_ = true;
    timer_.expires_after(std::chrono::milliseconds(limits_.renewMs));
    timer_.async_wait([this](boost::system::error_code error) {
        waiting_ = false;
        if (error || symbols_.empty()) return;
        fresh_ = symbols_;
        write();
        wait();
    });
}

}  // namespace notifier
