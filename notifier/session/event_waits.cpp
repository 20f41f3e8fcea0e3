#include "notifier/session/event_waits.hpp"

#include "common/net/asio_types.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <utility>

namespace notifier {

class HubEventWaits::Wait final : public HubMember, public std::enable_shared_from_this<Wait> {
public:
    Wait(HubEventWaits& owner, common::AccountId account, Done done)
        : owner_(owner), account_(account), done_(std::move(done)), timer_(owner.io_.get_executor()) {
        owner_.waiting_.insert(this);
    }
    ~Wait() override {
        owner_.hub_.leave(*this);
        owner_.waiting_.erase(this);
    }
    Wait(Wait const&) = delete;
    Wait& operator=(Wait const&) = delete;

    void start(common::DurationMs wait) {
        owner_.hub_.join(*this);
        owner_.hub_.attach(*this, account_);
        timer_.expires_after(std::chrono::milliseconds(wait));
        timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
            if (auto const self = weak.lock(); self && !error) self->end(WaitEnd::Time);
        });
    }

    common::AccountId account() const { return account_; }
    /// Not at once: who calls is in the middle of a list that we stand in, and `done` may take us away.
    void endSoon(WaitEnd why) {
        boost::asio::post(owner_.io_, [weak = weak_from_this(), why] {
            if (auto const self = weak.lock()) self->end(why);
        });
    }

    void onEvent(LiveEvent& /*event*/) override { endSoon(WaitEnd::Event); }
    void onPush(Frame const& /*frame*/) override {}
    void onPrice(common::Symbol const& /*symbol*/, Frame const& /*frame*/) override {}

private:
    void end(WaitEnd why) {
        if (auto const done = std::exchange(done_, nullptr)) done(why);
    }

    HubEventWaits& owner_;
    common::AccountId account_;
    Done done_;
    common::net::Timer timer_;
};

std::shared_ptr<void> HubEventWaits::begin(common::AccountId account, common::DurationMs wait, Done done) {
    auto waiting = std::make_shared<Wait>(*this, account, std::move(done));
    waiting->start(closed_ ? 0 : wait);
    return waiting;
}

void HubEventWaits::revoke(std::function<bool(common::AccountId)> const& applies) {
    for (auto* const wait : waiting_)
        if (applies(wait->account())) wait->endSoon(WaitEnd::Revoked);
}

void HubEventWaits::close() {
    closed_ = true;
    for (auto* const wait : waiting_)
        wait->endSoon(WaitEnd::Time);
}

}  // namespace notifier
