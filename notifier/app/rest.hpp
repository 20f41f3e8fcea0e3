#pragma once

#include "common/store/store_thread.hpp"
#include "notifier/api/account_routes.hpp"
#include "notifier/api/email_routes.hpp"
#include "notifier/api/market_routes.hpp"
#include "notifier/api/router.hpp"
#include "notifier/api/status_routes.hpp"
#include "notifier/api/webhook_routes.hpp"
#include "notifier/app/options.hpp"
#include "notifier/session/event_waits.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <string>

namespace notifier {

/// The REST half of the port: the router with all its routes, and the thread that answers long questions about the
/// market. Network thread.
class Rest {
public:
    struct Deps {
        boost::asio::io_context& io;
        CommandHandler& handler;
        common::StoreThread& store;
        common::Clock const& clock;
        SymbolDirectory const& symbols;
        Hub& hub;
        std::string epoch;
        std::function<void(common::json::Writer&)> writeOwnStatus;
        DeliveryDesk& desk;
    };

    /// Opens a read-only connection of its own; throws StoreError when that fails.
    Rest(Deps deps, Options const& options, CommandBucket::Limits pace);

    Router& router() { return router_; }
    HubEventWaits& waits() { return waits_; }
    /// Questions under way are answered first.
    void stop(std::function<void()> stopped) { reader_.close(std::move(stopped)); }

private:
    HubEventWaits waits_;
    common::StoreThread reader_;
    Router router_;
    AccountRoutes account_;
    MarketRoutes market_;
    StatusRoutes status_;
    WebhookRoutes webhooks_;
    EmailRoutes emails_;
};

}  // namespace notifier
