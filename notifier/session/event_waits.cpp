#include "notifier/session/event_waits.hpp"

#include "common/net/asio_types.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <utility>

namespace notifier {
namespace {

class Wait final : public HubMember, public std::enable_shared_from_this<Wait> {
public:
    Wait(boost::asio::io_context& io, Hub& hub, std::function<void()> done)
        : io_(io), hub_(hub), done_(std::move(done)), timer_(io.get_executor()) {}
    ~Wait() override { hub_.leave(*this); }
    Wait(Wait const&) = delete;
    Wait& operator=(Wait const&) = delete;

    void start(common::AccountId account, common::DurationMs wait) {
        hub_.join(*this);
        hub_.attach(*this, account);
        timer_.expires_after(std::chrono::milliseconds(wait));
        timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
            if (auto const self = weak.lock(); self && !error) self->end();
        });
    }

    void onEvent(LiveEvent& /*event*/) override {
        // The hub is in the middle of its members: what `done` does must not take us away from under it.
        boost::asio::post(io_, [weak = weak_from_this()] {
            if (auto const self = weak.lock()) self->end();
        });
    }
    void onPush(Frame const& /*frame*/) override {}
    void onPrice(common::Symbol const& /*symbol*/, Frame const& /*frame*/) override {}

private:
    void end() {
        if (auto const done = std::exchange(done_, nullptr)) done();
    }

    boost::asio::io_context& io_;
    Hub& hub_;
    std::function<void()> done_;
    common::net::Timer timer_;
};

}  // namespace

std::shared_ptr<void> HubEventWaits::begin(common::AccountId account, common::DurationMs wait,
                                           std::function<void()> done) {
    auto waiting = std::make_shared<Wait>(io_, hub_, std::move(done));
    waiting->start(account, wait);
    return waiting;
}

}  // namespace notifier
