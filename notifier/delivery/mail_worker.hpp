#pragma once

#include "common/net/asio_types.hpp"
#include "common/runtime/clock.hpp"
#include "common/runtime/log.hpp"
#include "common/runtime/metrics.hpp"
#include "common/store/store_thread.hpp"
#include "notifier/delivery/mailer.hpp"
#include "notifier/delivery/rules/mail_text.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

namespace notifier {

/// Works off what waits to be mailed: codes and notifications, one mail at a time, at most one per minute and address.
/// What was handed to the relay but not yet stored when the program died is mailed again. Network thread.
class MailWorker {
public:
    struct Deps {
        boost::asio::io_context& io;
        common::StoreThread& store;
        common::Clock const& clock;
        Mailer& mailer;
        std::string publicUrl;  ///< where this server is reached, for the link that ends mails; empty = no link
        common::Metrics& metrics;
        std::function<void(common::StoreThread::Failure const&)> failed;
    };

    explicit MailWorker(Deps deps);

    /// There may be something to do.
    void wake();
    void stop();

private:
    /// A mail that is to go now.
    struct Mail {
        common::Email email;
        bool isCode = false;
        std::int64_t upToQueued = 0;
        std::string linkToken;  ///< of the link that ends these mails
        MailText text;
    };
    struct Found {
        std::optional<Mail> mail;
        std::optional<common::TimeMs> next;
    };

    /// When the last mail went to an address, also to one that was removed since.
    using Recent = std::unordered_map<std::string, common::TimeMs>;

    static Found choose(common::Database& database, Recent const& recent, common::TimeMs now);
    static std::optional<Mail> compose(common::Database& database, common::Email& email, common::TimeMs now);
    static void finish(common::Database& database, Mail const& mail, bool sent, common::TimeMs now);
    std::string unsubscribeUrl(std::string_view token) const;
    void look();
    void take(Found const& found);
    void ended(Mail const& mail, std::optional<std::string> const& error);
    void wait(common::DurationMs time);

    Deps deps_;
    common::net::Timer timer_;
    common::Counter sent_;
    common::Counter refused_;
    common::log::RateLimited log_;
    Recent recent_;  ///< of the last minute
    bool busy_ = false;
    bool again_ = false;
    bool stopped_ = false;
};

}  // namespace notifier
