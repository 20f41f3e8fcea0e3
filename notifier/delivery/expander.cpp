#include "notifier/delivery/expander.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace notifier {
namespace {

constexpr std::int64_t kBatch = 500;
constexpr auto kRetry = std::chrono::seconds(1);

}  // namespace

void Expander::start() {
    deps_.store.read([](common::Database& database) { return database.deliveries().receivers(); },
                     [this](common::StoreThread::Outcome<std::vector<common::AccountId>> accounts) {
                         if (!accounts) {
                             deps_.failed(accounts.error());
                             retry_.expires_after(kRetry);
                             retry_.async_wait([this](boost::system::error_code error) {
                                 if (!error && !stopped_) start();
                             });
                             return;
                         }
                         receivers_.insert(accounts->begin(), accounts->end());
                         if (!receivers_.empty()) expand();
                     });
}

void Expander::take(std::span<common::Event const> events) {
    if (receivers_.empty()) return;
    if (std::ranges::any_of(events, [this](auto const& event) { return receivers_.contains(event.account); })) expand();
}

void Expander::add(common::AccountId account) {
    receivers_.insert(account);
    // Its first events may have been shown before this was known.
    expand();
}

void Expander::stop() {
    stopped_ = true;
    retry_.cancel();
}

void Expander::expand() {
    if (stopped_) return;
    if (expanding_) {
        again_ = true;
        return;
    }
    expanding_ = true;
    deps_.store.write(
        [now = deps_.clock.wallMs()](common::Database& database) { return database.deliveries().expand(now, kBatch); },
        [this](common::StoreThread::Outcome<common::Expansion> expansion) {
            expanding_ = false;
            if (stopped_) return;
            if (!expansion) {
                deps_.failed(expansion.error());
                retry_.expires_after(kRetry);
                retry_.async_wait([this](boost::system::error_code error) {
                    if (!error) expand();
                });
                return;
            }
            if (expansion->queued > 0) deps_.queued();
            bool const again = std::exchange(again_, false);
            if (again || expansion->more) expand();
        });
}

}  // namespace notifier
