#include "notifier/delivery/rules/message.hpp"

#include "common/core/json_writer.hpp"
#include "notifier/protocol/push.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace notifier {
namespace {

using common::WebhookFormat;
using common::json::Writer;

// Indexed by the enumerator's number.
constexpr std::array<std::string_view, 5> kFormatTexts{"standard", "discord", "slack", "telegram", "ntfy"};
constexpr char const* kJson = "application/json";

std::string gapText(common::Gap const& gap) {
    return fmt::format("{}: trades {} to {} could not be judged ({})", gap.symbol, gap.fromId, gap.toId,
                       common::gapReasonText(gap.reason));
}

std::string standardBody(Message const& message) {
    Writer out;
    out.beginObject().field("type", message.type).field("timestamp", message.timestamp);
    out.key("data").raw(message.data).endObject();
    return out.take();
}

std::string discordBody(Message const& message) {
    Writer out;
    out.beginObject().field("content", message.text);
    // An alert's note must not call everyone.
    out.key("allowed_mentions").beginObject().key("parse").beginArray().endArray().endObject().endObject();
    return out.take();
}

/// Slack's three control characters.
std::string slackEscaped(std::string_view text) {
    std::string escaped;
    for (char const c : text) {
        if (c == '&')
            escaped += "&amp;";
        else if (c == '<')
            escaped += "&lt;";
        else if (c == '>')
            escaped += "&gt;";
        else
            escaped += c;
    }
    return escaped;
}

std::string slackBody(Message const& message) {
    Writer out;
    out.beginObject().field("text", slackEscaped(message.text)).endObject();
    return out.take();
}

/// The `chat_id` of a bot's URL: a number or `@name`; empty when there is none.
std::string telegramChat(common::Url const& url) {
    constexpr std::string_view kName = "chat_id=";
    std::string_view query = url.target;
    auto const mark = query.find('?');
    query = mark == std::string_view::npos ? std::string_view() : query.substr(mark + 1);
    while (!query.empty()) {
        auto const pair = query.substr(0, query.find('&'));
        if (pair.starts_with(kName)) {
            auto value = pair.substr(kName.size());
            if (value.starts_with("%40")) return "@" + std::string(value.substr(3));
            return std::string(value);
        }
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
    }
    return {};
}

std::string telegramBody(common::Url const& url, Message const& message) {
    Writer out;
    out.beginObject().field("chat_id", telegramChat(url)).field("text", message.text).endObject();
    return out.take();
}

}  // namespace

Message messageOf(common::Event const& event, std::string_view epoch) {
    Message message;
    message.timestamp = event.committed;
    message.data = EventFrame(event, epoch).stored();
    if (auto const* const notification = std::get_if<common::Notification>(&event.body)) {
        message.type = "alert.fired";
        message.text = notificationMessage(*notification);
        if (notification->note) message.text += "\n" + *notification->note;
    } else {
        message.type = "alert.gap";
        message.text = gapText(std::get<common::Gap>(event.body));
    }
    return message;
}

Message messageOf(common::Notice const& notice) {
    Writer out;
    out.beginObject().field("id", notice.publicId).field("webhook_id", notice.webhook).field("host", notice.host);
    out.field("state", "disabled").field("reason", notice.reason).field("ts", notice.at).endObject();
    return {.type = "webhook.disabled", .timestamp = notice.at, .data = out.take(), .text = noticeText(notice)};
}

std::string noticeText(common::Notice const& notice) {
    return fmt::format("tickbell: the webhook at {} ({}) was disabled: {}", notice.host, notice.webhook, notice.reason);
}

Message testMessage(common::TimeMs now) {
    constexpr char const* kText = "tickbell: this webhook works";
    Writer out;
    out.beginObject().field("message", kText).endObject();
    return {.type = "webhook.test", .timestamp = now, .data = out.take(), .text = kText};
}

HttpBody renderMessage(WebhookFormat format, common::Url const& url, Message const& message) {
    switch (format) {
        case WebhookFormat::Standard:
            return {kJson, standardBody(message), {}};
        case WebhookFormat::Discord:
            return {kJson, discordBody(message), {}};
        case WebhookFormat::Slack:
            return {kJson, slackBody(message), {}};
        case WebhookFormat::Telegram:
            return {kJson, telegramBody(url, message), {}};
        case WebhookFormat::Ntfy:
            break;
    }
    return {"text/plain; charset=utf-8", message.text, {{"Title", "tickbell"}}};
}

std::string_view formatText(WebhookFormat format) {
    return kFormatTexts[static_cast<std::size_t>(format)];
}

std::optional<WebhookFormat> parseFormat(std::string_view text) {
    auto const found = std::ranges::find(kFormatTexts, text);
    if (found == kFormatTexts.end()) return {};
    return static_cast<WebhookFormat>(found - kFormatTexts.begin());
}

std::optional<std::string> missingInUrl(WebhookFormat format, common::Url const& url) {
    if (format == WebhookFormat::Telegram && telegramChat(url).empty())
        return "must be https://api.telegram.org/bot…/sendMessage?chat_id=… for this format";
    if (format == WebhookFormat::Ntfy && url.target.substr(0, url.target.find('?')) == "/")
        return "must name the topic as its path for this format";
    return {};
}

}  // namespace notifier
