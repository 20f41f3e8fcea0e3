#pragma once

#include "common/runtime/address.hpp"
#include "notifier/api/delivery_desk.hpp"
#include "notifier/delivery/expander.hpp"
#include "notifier/delivery/mail_worker.hpp"
#include "notifier/delivery/mailer.hpp"
#include "notifier/delivery/webhook_sender.hpp"
#include "notifier/delivery/webhook_worker.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace notifier {

/// All ways out besides the WebSocket: what the routes ask for, and what works off the events by itself. Network
/// thread.
class Deliveries final : public DeliveryDesk {
public:
    struct Deps {
        boost::asio::io_context& io;
        common::StoreThread& store;
        common::Clock const& clock;
        common::Metrics& metrics;
        common::net::TlsContext tls;
        std::string epoch;
        std::function<void(common::Webhook const&)> webhookDisabled;  ///< by a try, not by its owner
        std::function<void(common::StoreThread::Failure const&)> failed;
    };
    struct Options {
        common::CidrList webhookAllow;
        std::optional<Mailer::Options> mail;  ///< nothing = no e-mail
        std::string publicUrl;                ///< of this server; for links in mails
        std::size_t checksMax = 16;           ///< targets that are looked at at once
    };

    Deliveries(Deps deps, Options options);

    void start();
    /// These were committed.
    void take(std::span<common::Event const> events) { expander_.take(events); }
    /// Breaks off what is under way; it is done again at the next start.
    void stop();

    void checkTarget(std::string url, std::function<void(common::Result<void>)> done) override;
    void tryOut(common::Webhook webhook, std::function<void(Attempt)> done) override;
    void changed(common::AccountId account) override;
    bool mails() const override { return mailer_ != nullptr; }

private:
    void wake();
    void disabled(common::Webhook const& webhook);

    Deps deps_;
    std::size_t checksMax_;
    std::size_t checks_ = 0;
    WebhookSender sender_;
    WebhookWorker webhooks_;
    std::unique_ptr<Mailer> mailer_;
    std::optional<MailWorker> mails_;
    Expander expander_;
};

}  // namespace notifier
