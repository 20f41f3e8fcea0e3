#pragma once

#include "notifier/api/account_routes.hpp"
#include "notifier/session/hub.hpp"

#include <boost/asio/io_context.hpp>

namespace notifier {

/// A long poll is a member of the hub for as long as it waits. Network thread.
class HubEventWaits final : public EventWaits {
public:
    HubEventWaits(boost::asio::io_context& io, Hub& hub) : io_(io), hub_(hub) {}

    std::shared_ptr<void> begin(common::AccountId account, common::DurationMs wait,
                                std::function<void()> done) override;

private:
    boost::asio::io_context& io_;
    Hub& hub_;
};

}  // namespace notifier
