#pragma once

#include "common/core/error.hpp"
#include "common/store/delivery_records.hpp"
#include "notifier/delivery/rules/retry.hpp"

#include <functional>
#include <string>

namespace notifier {

/// What the routes need of those who deliver. Network thread; every `done` is called exactly once.
class DeliveryDesk {
public:
    virtual ~DeliveryDesk() = default;

    /// Whether webhooks may go to this URL now: 1102 on `url` when not, 1501 when too many are being looked at.
    virtual void checkTarget(std::string url, std::function<void(common::Result<void>)> done) = 0;
    /// Posts a test message, once.
    virtual void tryOut(common::Webhook webhook, std::function<void(Attempt)> done) = 0;
    /// The account has a new webhook or address, or one that works again, or a delivery to be made again.
    virtual void changed(common::AccountId account) = 0;
    /// Whether a relay for e-mail is known.
    virtual bool mails() const = 0;
};

}  // namespace notifier
