#pragma once

#include "common/core/error.hpp"
#include "common/net/cutoff.hpp"
#include "common/net/http_client.hpp"
#include "common/runtime/clock.hpp"
#include "notifier/delivery/rules/address_guard.hpp"
#include "notifier/delivery/rules/message.hpp"
#include "notifier/delivery/rules/retry.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <expected>
#include <memory>
#include <set>
#include <string>

namespace notifier {

/// Posts to endpoints. Whatever it is asked for, it goes the same way: resolve, let the guard judge every address,
/// connect to a judged address with the name for SNI, certificate and Host. Network thread.
class WebhookSender {
public:
    struct Deps {
        boost::asio::io_context& io;
        common::Clock const& clock;
        common::net::TlsContext tls;
    };
    struct Limits {
        common::DurationMs deadlineMs = 15'000;  ///< of a try in all, from the name to the end of the answer
        std::size_t headBytesMax = 16'384;       ///< of an answer
        std::size_t bodyBytesMax = 65'536;       ///< of an answer; what is more is not read
    };

    WebhookSender(Deps deps, AddressGuard guard) : WebhookSender(std::move(deps), std::move(guard), Limits{}) {}
    WebhookSender(Deps deps, AddressGuard guard, Limits limits)
        : deps_(std::move(deps)), guard_(std::move(guard)), limits_(limits) {}

    /// Whether a try would connect: 1102 on `url` when not. Connects to nobody.
    boost::asio::awaitable<common::Result<void>> check(std::string url);
    /// One try. Never throws; a failure is an attempt without status.
    boost::asio::awaitable<Attempt> send(common::Webhook webhook, std::string id, Message message);
    /// Ends what is under way, and at once what is asked for later.
    void close();

private:
    struct Target {
        common::Url url;
        common::net::Endpoints addresses;
    };

    boost::asio::awaitable<std::expected<Target, std::string>> approach(std::string url,
                                                                        std::shared_ptr<common::net::Cutoff> cutoff);
    boost::asio::awaitable<Attempt> post(common::Webhook webhook, std::string id, Message message,
                                         std::shared_ptr<common::net::Cutoff> cutoff);
    std::shared_ptr<common::net::Cutoff> begin();
    void end(std::shared_ptr<common::net::Cutoff> const& cutoff);

    Deps deps_;
    AddressGuard guard_;
    Limits limits_;
    std::set<std::shared_ptr<common::net::Cutoff>> running_;
    bool closed_ = false;
};

}  // namespace notifier
