#pragma once

#include "common/core/error.hpp"
#include "common/core/event.hpp"
#include "common/runtime/url.hpp"
#include "common/store/delivery_records.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What is posted to an endpoint, in the words that its service accepts. Pure.

namespace notifier {

/// What is to be said, before it has a format.
struct Message {
    std::string type;  ///< `alert.fired`, `alert.gap`, `webhook.disabled`, `webhook.test`
    common::TimeMs timestamp = 0;
    std::string data;  ///< JSON; of an event as history shows it
    std::string text;  ///< for people
};
Message messageOf(common::Event const& event, std::string_view epoch);
Message messageOf(common::Notice const& notice);
Message testMessage(common::TimeMs now);

struct HttpBody {
    std::string contentType;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};
/// The same bytes for the same message, whenever it is tried.
HttpBody renderMessage(common::WebhookFormat format, common::Url const& url, Message const& message);

/// A notice as a sentence.
std::string noticeText(common::Notice const& notice);

std::string_view formatText(common::WebhookFormat format);
std::optional<common::WebhookFormat> parseFormat(std::string_view text);
/// What the format needs of the URL besides its host: a chat for telegram, a topic for ntfy. A sentence fragment, or
/// nothing when all is there.
std::optional<std::string> missingInUrl(common::WebhookFormat format, common::Url const& url);

}  // namespace notifier
