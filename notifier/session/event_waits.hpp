#pragma once

#include "notifier/api/account_routes.hpp"
#include "notifier/session/hub.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <set>

namespace notifier {

/// A long poll is a member of the hub for as long as it waits. Network thread; outlives its tokens.
class HubEventWaits final : public EventWaits {
public:
    HubEventWaits(boost::asio::io_context& io, Hub& hub) : io_(io), hub_(hub) {}

    std::shared_ptr<void> begin(common::AccountId account, common::DurationMs wait, Done done) override;
    /// Ends the waits of accounts that this applies to with WaitEnd::Revoked.
    void revoke(std::function<bool(common::AccountId)> const& applies);
    /// Ends all waits, and those still to come at once.
    void close();

private:
    class Wait;

    boost::asio::io_context& io_;
    Hub& hub_;
    std::set<Wait*> waiting_;
    bool closed_ = false;
};

}  // namespace notifier
