#include "notifier/delivery/rules/message.hpp"

#include "common/core/json.hpp"

#include <array>

#include <gtest/gtest.h>

namespace notifier {
namespace {

using common::WebhookFormat;
using common::json::Value;

common::Event firing() {
    common::Notification notification;
    notification.alertPublicId = "al_1";
    notification.rev = 1;
    notification.fire = 2;
    notification.symbol = "BTCUSDT";
    notification.level = common::Decimal::parse("70000");
    notification.trade.id = 9;
    notification.trade.price = *common::ExactDecimal::parse("70000.01000000");
    notification.trade.qty = *common::ExactDecimal::parse("0.5");
    notification.note = "sell <all> & \"go\"";
    common::Event event;
    event.seq = 42;
    event.committed = 1'760'000'000'164;
    event.body = notification;
    return event;
}

Value parsed(std::string const& json) {
    auto value = common::json::parse(json);
    EXPECT_TRUE(value) << json;
    return value ? *value : Value();
}

HttpBody render(WebhookFormat format, std::string_view url, Message const& message) {
    constexpr std::array<std::string_view, 1> kSchemes{"https"};
    return renderMessage(format, *common::Url::parse(url, kSchemes), message);
}

std::string member(Value const& object, std::string_view name) {
    auto const* const found = object.find(name);
    return found ? found->text() : "(none)";
}

TEST(Message, Rendering_Standard_CarriesTheNotificationWithoutSent) {
    auto const body = render(WebhookFormat::Standard, "https://e.org/", messageOf(firing(), "epoch-1"));
    EXPECT_EQ(body.contentType, "application/json");
    auto const json = parsed(body.body);
    EXPECT_EQ(member(json, "type"), "alert.fired");
    EXPECT_EQ(member(json, "timestamp"), "1760000000164");
    auto const& data = *json.find("data");
    EXPECT_EQ(member(data, "type"), "notification");
    EXPECT_EQ(member(data, "id"), "nt_1_2");
    EXPECT_EQ(member(data, "seq"), "42");
    EXPECT_EQ(member(data, "epoch"), "epoch-1");
    EXPECT_EQ(member(*data.find("trade"), "price"), "70000.01000000");
    EXPECT_EQ(data.find("times")->find("sent"), nullptr);
    EXPECT_NE(data.find("times")->find("committed"), nullptr);
}

TEST(Message, Rendering_AGap_IsATypeOfItsOwn) {
    common::Event event;
    common::Gap gap;
    gap.symbol = "BTCUSDT";
    gap.fromId = 5;
    gap.toId = 9;
    event.body = gap;
    auto const message = messageOf(event, "e");
    auto const json = parsed(render(WebhookFormat::Standard, "https://e.org/", message).body);
    EXPECT_EQ(member(json, "type"), "alert.gap");
    EXPECT_EQ(member(*json.find("data"), "from_id"), "5");
    EXPECT_EQ(message.text, "BTCUSDT: trades 5 to 9 could not be judged (unrepaired)");
}

TEST(Message, Rendering_ForChats_SaysTheSameInTheirForm) {
    auto const message = messageOf(firing(), "e");
    std::string const text = "BTCUSDT went above 70000: 70000.01\nsell <all> & \"go\"";
    auto const discord = parsed(render(WebhookFormat::Discord, "https://discord.com/api/webhooks/1/x", message).body);
    EXPECT_EQ(member(discord, "content"), text);
    EXPECT_TRUE(discord.find("allowed_mentions")->find("parse")->items().empty());
    auto const slack = parsed(render(WebhookFormat::Slack, "https://hooks.slack.com/services/x", message).body);
    EXPECT_EQ(member(slack, "text"), "BTCUSDT went above 70000: 70000.01\nsell &lt;all&gt; &amp; \"go\"");
    auto const ntfy = render(WebhookFormat::Ntfy, "https://ntfy.sh/topic", message);
    EXPECT_EQ(ntfy.body, text);
    EXPECT_TRUE(ntfy.contentType.starts_with("text/plain"));
}

TEST(Message, Rendering_ANotice_NamesTheWebhookInEveryForm) {
    auto const message = messageOf(common::Notice{.publicId = "no_1",
                                                  .webhook = "wh_1",
                                                  .host = "example.org",
                                                  .reason = "the endpoint answered 410 Gone",
                                                  .at = 7});
    auto const json = parsed(render(WebhookFormat::Standard, "https://e.org/", message).body);
    EXPECT_EQ(member(json, "type"), "webhook.disabled");
    EXPECT_EQ(member(json, "timestamp"), "7");
    auto const& data = *json.find("data");
    EXPECT_EQ(member(data, "id"), "no_1");
    EXPECT_EQ(member(data, "webhook_id"), "wh_1");
    EXPECT_EQ(member(data, "host"), "example.org");
    EXPECT_EQ(member(data, "state"), "disabled");
    EXPECT_EQ(member(data, "reason"), "the endpoint answered 410 Gone");
    EXPECT_EQ(member(data, "ts"), "7");
    std::string const text = "tickbell: the webhook at example.org (wh_1) was disabled: the endpoint answered 410 Gone";
    EXPECT_EQ(member(parsed(render(WebhookFormat::Discord, "https://e.org/", message).body), "content"), text);
    EXPECT_EQ(member(parsed(render(WebhookFormat::Slack, "https://e.org/", message).body), "text"), text);
    auto const telegram = parsed(render(WebhookFormat::Telegram, "https://e.org/?chat_id=5", message).body);
    EXPECT_EQ(member(telegram, "text"), text);
    EXPECT_EQ(member(telegram, "chat_id"), "5");
    EXPECT_EQ(render(WebhookFormat::Ntfy, "https://e.org/topic", message).body, text);
}

TEST(Message, Rendering_ForTelegram_NamesTheChatOfTheUrl) {
    auto const chat = [](std::string_view query) {
        auto const url = "https://api.telegram.org/bot1:x/sendMessage" + std::string(query);
        auto const json = parsed(render(WebhookFormat::Telegram, url, testMessage(1)).body);
        EXPECT_EQ(member(json, "text"), "tickbell: this webhook works");
        return member(json, "chat_id");
    };
    EXPECT_EQ(chat("?chat_id=-1001234"), "-1001234");
    EXPECT_EQ(chat("?a=b&chat_id=%40channel&c=d"), "@channel");
    EXPECT_EQ(chat("?chat_id=@channel"), "@channel");
    EXPECT_EQ(chat("?not_chat_id=5"), "");
}

TEST(Message, Asking_WhatAUrlLacks_DependsOnTheFormat) {
    constexpr std::array<std::string_view, 1> kSchemes{"https"};
    auto const lacks = [&](WebhookFormat format, std::string_view url) {
        return missingInUrl(format, *common::Url::parse(url, kSchemes)).has_value();
    };
    EXPECT_TRUE(lacks(WebhookFormat::Telegram, "https://api.telegram.org/bot1:x/sendMessage"));
    EXPECT_FALSE(lacks(WebhookFormat::Telegram, "https://api.telegram.org/bot1:x/sendMessage?chat_id=5"));
    EXPECT_TRUE(lacks(WebhookFormat::Ntfy, "https://ntfy.sh"));
    EXPECT_TRUE(lacks(WebhookFormat::Ntfy, "https://ntfy.sh/?auth=x"));
    EXPECT_FALSE(lacks(WebhookFormat::Ntfy, "https://ntfy.sh/topic"));
    EXPECT_FALSE(lacks(WebhookFormat::Standard, "https://example.org"));
}

TEST(Message, Naming_Formats_ReadsBackEachName) {
    for (auto const format : {WebhookFormat::Standard, WebhookFormat::Discord, WebhookFormat::Slack,
                              WebhookFormat::Telegram, WebhookFormat::Ntfy})
        EXPECT_EQ(parseFormat(formatText(format)), format);
    EXPECT_FALSE(parseFormat("teams"));
    EXPECT_FALSE(parseFormat(""));
}

}  // namespace
}  // namespace notifier
