#include "notifier/delivery/rules/mail_text.hpp"

#include "common/runtime/address.hpp"
#include "common/runtime/crypto.hpp"
#include "notifier/delivery/rules/message.hpp"
#include "notifier/protocol/push.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <variant>

#include <fmt/format.h>

namespace notifier {
namespace {

constexpr std::size_t kAddressBytesMax = 254;
constexpr std::size_t kLocalPartBytesMax = 64;
constexpr std::size_t kLineBytesMax = 900;     // RFC 5322 allows 998
constexpr std::size_t kEncodedLineBytes = 76;  // RFC 2045
constexpr std::size_t kEncodedWordBytes = 45;  // of text; an encoded word may have 75 characters in all
constexpr std::string_view kLocalExtra = "!#$%&'*+-/=?^_`{|}~.";

bool isLocalCharacter(char c) {
    bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || kLocalExtra.find(c) != std::string_view::npos;
}

bool isAscii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool hasLongLine(std::string_view text) {
    while (!text.empty()) {
        auto const line = text.substr(0, text.find('\n'));
        if (line.size() > kLineBytesMax) return true;
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return false;
}

std::string withCrlf(std::string_view text) {
    std::string result;
    for (char const c : text) {
        if (c == '\n') result += '\r';
        if (c != '\r') result += c;
    }
    return result;
}

std::string wrapped(std::string_view encoded) {
    std::string lines;
    for (; !encoded.empty(); encoded.remove_prefix(std::min(encoded.size(), kEncodedLineBytes)))
        lines += fmt::format("{}\r\n", encoded.substr(0, kEncodedLineBytes));
    return lines;
}

/// No control character may begin a header of its own. Other than ASCII goes as encoded words (RFC 2047), cut between
/// characters.
std::string headerText(std::string_view text) {
    std::string clean;
    for (char const c : text)
        clean += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
    if (isAscii(clean)) return clean;
    std::string words;
    for (std::string_view rest = clean; !rest.empty();) {
        auto size = std::min(rest.size(), kEncodedWordBytes);
        while (size < rest.size() && (static_cast<unsigned char>(rest[size]) & 0xC0) == 0x80)
            --size;
        words += fmt::format("{}=?UTF-8?B?{}?=", words.empty() ? "" : "\r\n ", common::base64(rest.substr(0, size)));
        rest.remove_prefix(size);
    }
    return words;
}

std::string dateText(common::TimeMs now) {
    constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const seconds = static_cast<std::time_t>(now / 1000);
    std::tm at{};
    gmtime_r(&seconds, &at);
    return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", kDays[static_cast<std::size_t>(at.tm_wday)], at.tm_mday,
                       kMonths[static_cast<std::size_t>(at.tm_mon)], at.tm_year + 1900, at.tm_hour, at.tm_min,
                       at.tm_sec);
}

}  // namespace

bool isMailAddress(std::string_view text) {
    auto const at = text.find('@');
    if (at == std::string_view::npos || text.size() > kAddressBytesMax) return false;
    auto const local = text.substr(0, at);
    bool const dots = local.starts_with('.') || local.ends_with('.') || local.find("..") != std::string_view::npos;
    return !local.empty() && local.size() <= kLocalPartBytesMax && !dots &&
           std::ranges::all_of(local, isLocalCharacter) && common::isHostName(text.substr(at + 1));
}

MailText verificationMail(std::string_view code, common::DurationMs validMs) {
    return {fmt::format("tickbell: your code is {}", code),
            fmt::format("Somebody, probably you, wants price alerts mailed to this address.\n\n"
                        "The code that confirms it: {}\n\n"
                        "It is valid for {}. Without it nothing more is sent to you.\n",
                        code, common::durationText(validMs))};
}

MailText digestMail(Waiting const& waiting) {
    MailText mail;
    std::int64_t shown = 0;
    for (auto const& notice : waiting.notices) {
        auto const text = noticeText(notice);
        if (++shown == 1) mail.subject = text;
        mail.body +=
            fmt::format("{}\nEnable it again once it works.\n{} ({})\n\n", text, dateText(notice.at), notice.publicId);
    }
    for (auto const& event : waiting.events) {
        auto const* const notification = std::get_if<common::Notification>(&event.body);
        if (notification == nullptr) continue;
        auto const message = notificationMessage(*notification);
        if (++shown == 1) mail.subject = "tickbell: " + message;
        mail.body += message + "\n";
        if (notification->note) mail.body += *notification->note + "\n";
        mail.body += fmt::format("{} (trade {}, {})\n\n", dateText(notification->trade.time), notification->trade.id,
                                 common::notificationId(*notification));
    }
    if (shown + waiting.left > 1) mail.subject = fmt::format("tickbell: {} notifications", shown + waiting.left);
    if (waiting.left > 0) mail.body += fmt::format("… and {} more\n", waiting.left);
    return mail;
}

std::string renderMail(MailHead const& head, MailText const& text) {
    auto const body =
        head.unsubscribe.empty() ? text.body : text.body + "\n-- \nNo more of these mails: " + head.unsubscribe + "\n";
    auto const list =
        head.unsubscribe.empty()
            ? std::string()
            : fmt::format("List-Unsubscribe: <{}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
                          head.unsubscribe);
    bool const plain = isAscii(body) && !hasLongLine(body);
    auto const host = head.from.substr(head.from.find('@') + 1);
    return fmt::format(
        "Date: {}\r\nFrom: tickbell <{}>\r\nTo: <{}>\r\nMessage-ID: <{}@{}>\r\nSubject: {}\r\n"
        "Auto-Submitted: auto-generated\r\n{}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: {}\r\n\r\n{}",
        dateText(head.now), head.from, head.to, head.id, host, headerText(text.subject), list,
        plain ? "7bit" : "base64", plain ? withCrlf(body) : wrapped(common::base64(withCrlf(body))));
}

}  // namespace notifier
