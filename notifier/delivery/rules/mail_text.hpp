#pragma once

#include "common/core/event.hpp"
#include "common/core/time.hpp"
#include "common/store/delivery_records.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What is mailed. Pure.

namespace notifier {

/// One `@`, printable ASCII, no blanks, quotes or comments, a host name behind it: what can stand in an SMTP command
/// and in a header as it is. At most 254 characters.
bool isMailAddress(std::string_view text);

struct MailText {
    std::string subject;
    std::string body;  ///< UTF-8, lines end with `\n`
};
/// Asks the owner of an address to send the code back.
MailText verificationMail(std::string_view code, common::DurationMs validMs);
/// What waits for an address.
struct Waiting {
    std::vector<common::Event> events = {};
    std::vector<common::Notice> notices = {};
    std::int64_t left = 0;  ///< so many more are not shown
};
/// What has fired and what else is to be told, one paragraph each.
MailText digestMail(Waiting const& waiting);

struct MailHead {
    std::string from;
    std::string to;
    std::string id;  ///< unique; before the `@` of Message-ID
    common::TimeMs now = 0;
    std::string unsubscribe = {};  ///< URL that ends these mails; empty = none
};
/// The whole message of RFC 5322, lines ending with CRLF: plain when it is ASCII, else in base64. With the link that
/// ends these mails for people, and for mail programs (RFC 2369, one click by RFC 8058).
std::string renderMail(MailHead const& head, MailText const& text);

}  // namespace notifier
