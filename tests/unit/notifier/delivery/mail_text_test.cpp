#include "notifier/delivery/rules/mail_text.hpp"

#include "common/runtime/crypto.hpp"

#include <gtest/gtest.h>

namespace notifier {
namespace {

common::Event firing(std::int64_t fire, std::optional<std::string> note = {}) {
    common::Notification notification;
    notification.alertPublicId = "al_1";
    notification.fire = fire;
    notification.symbol = "BTCUSDT";
    notification.level = common::Decimal::parse("70000");
    notification.trade.id = 100 + fire;
    notification.trade.price = *common::ExactDecimal::parse("70000.01");
    notification.trade.time = 1'445'412'480'000;
    notification.note = std::move(note);
    common::Event event;
    event.body = notification;
    return event;
}

MailHead head() {
    return {.from = "bell@example.org", .to = "a@example.com", .id = "m1", .now = 1'445'412'480'000};
}

TEST(MailAddress, Judging_Addresses_TakesPlainOnesOnly) {
    for (auto const* const good :
         {"a@b.org", "first.last+tag@mail.example.co.uk", "o'brien@example.org", "a@localhost"})
        EXPECT_TRUE(isMailAddress(good)) << good;
    for (auto const* const bad :
         {"", "a", "@b.org", "a@", "a@b@c.org", "a b@c.org", "a@b c.org", "a@b.org\r\nBcc: x@y.org", "a\n@b.org",
          "\"a b\"@c.org", "a@[127.0.0.1]", "<a@b.org>", "a@b.org,c@d.org", ".a@b.org", "a.@b.org", "a..b@c.org",
          "a@-b.org", "a@127.0.0.1", "\xC3\xA4@b.org"})
        EXPECT_FALSE(isMailAddress(bad)) << bad;
    EXPECT_FALSE(isMailAddress(std::string(65, 'a') + "@b.org"));
}

TEST(Mail, Rendering_Ascii_IsReadableWithWindowsLines) {
    auto const mail = renderMail(head(), verificationMail("123456", 3'600'000));
    EXPECT_NE(mail.find("Date: Wed, 21 Oct 2015 07:28:00 +0000\r\n"), std::string::npos);
    EXPECT_NE(mail.find("From: tickbell <bell@example.org>\r\n"), std::string::npos);
    EXPECT_NE(mail.find("To: <a@example.com>\r\n"), std::string::npos);
    EXPECT_NE(mail.find("Message-ID: <m1@example.org>\r\n"), std::string::npos);
    EXPECT_NE(mail.find("\r\n\r\nSomebody"), std::string::npos);
    EXPECT_NE(mail.find("confirms it: 123456\r\n"), std::string::npos);
    EXPECT_NE(mail.find("valid for 1h"), std::string::npos);
    for (std::size_t i = 0; i < mail.size(); ++i)
        if (mail[i] == '\n') ASSERT_EQ(mail[i - 1], '\r') << i;
}

TEST(Mail, Gathering_Several_SaysThemAllInOne) {
    auto const one = digestMail({.events = {firing(1, "sell")}});
    EXPECT_EQ(one.subject, "tickbell: BTCUSDT went above 70000: 70000.01");
    EXPECT_NE(one.body.find("70000.01\nsell\nWed, 21 Oct 2015 07:28:00 +0000 (trade 101, nt_1_1)\n"), std::string::npos)
        << one.body;
    auto const three = digestMail({.events = {firing(1), firing(2)}, .left = 1});
    EXPECT_EQ(three.subject, "tickbell: 3 notifications");
    EXPECT_NE(three.body.find("nt_1_1"), std::string::npos);
    EXPECT_NE(three.body.find("nt_1_2"), std::string::npos);
    EXPECT_NE(three.body.find("… and 1 more"), std::string::npos);
}

TEST(Mail, Gathering_ANotice_SaysWhichWebhookAndWhy) {
    common::Notice const notice{
        .publicId = "no_1", .webhook = "wh_1", .host = "e.org", .reason = "why", .at = 1'445'412'480'000};
    auto const alone = digestMail({.notices = {notice}});
    EXPECT_EQ(alone.subject, "tickbell: the webhook at e.org (wh_1) was disabled: why");
    EXPECT_NE(
        alone.body.find("disabled: why\nEnable it again once it works.\nWed, 21 Oct 2015 07:28:00 +0000 (no_1)\n"),
        std::string::npos)
        << alone.body;
    auto const both = digestMail({.events = {firing(1)}, .notices = {notice}});
    EXPECT_EQ(both.subject, "tickbell: 2 notifications");
    EXPECT_NE(both.body.find("no_1"), std::string::npos);
    EXPECT_NE(both.body.find("nt_1_1"), std::string::npos);
}

TEST(Mail, Rendering_WithALink_OffersOneClickAndAFooter) {
    auto mail = head();
    mail.unsubscribe = "https://bell.example.org/unsubscribe/em_1";
    auto const text = renderMail(mail, {"s", "b\n"});
    EXPECT_NE(text.find("\r\nList-Unsubscribe: <https://bell.example.org/unsubscribe/em_1>\r\n"
                        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"),
              std::string::npos)
        << text;
    EXPECT_TRUE(text.ends_with("b\r\n\r\n-- \r\nNo more of these mails: https://bell.example.org/unsubscribe/em_1\r\n"))
        << text;
    EXPECT_EQ(renderMail(head(), {"s", "b\n"}).find("nsubscribe"), std::string::npos);
}

TEST(Mail, Rendering_OtherScripts_EncodesSubjectAndBody) {
    MailText const text{"币安 " + std::string(60, 'x') + "币", "注 note\n"};
    auto const mail = renderMail(head(), text);
    EXPECT_NE(mail.find("Subject: =?UTF-8?B?"), std::string::npos);
    EXPECT_NE(mail.find("Content-Transfer-Encoding: base64\r\n"), std::string::npos);
    EXPECT_NE(mail.find(common::base64("注 note\r\n")), std::string::npos);
    for (char const c : mail)
        ASSERT_LT(static_cast<unsigned char>(c), 0x80);
    std::string subject;
    auto const begin = mail.find("Subject: ");
    auto const end = mail.find("\r\nAuto", begin);
    for (auto at = mail.find("?B?", begin); at < end; at = mail.find("?B?", at + 3))
        subject += *common::decodeBase64(mail.substr(at + 3, mail.find("?=", at) - at - 3));
    EXPECT_EQ(subject, text.subject);
}

TEST(Mail, Rendering_BreaksInTheSubjectAndLongLines_ForgeNoHeader) {
    auto const forged = renderMail(head(), {"a\r\nBcc: x@y.org", "b\n"});
    EXPECT_EQ(forged.find("\nBcc"), std::string::npos);
    auto const longLine = renderMail(head(), {"s", std::string(5'000, 'x')});
    EXPECT_NE(longLine.find("base64"), std::string::npos);
    for (std::size_t i = 0, start = 0; i < longLine.size(); ++i)
        if (longLine[i] == '\n') {
            EXPECT_LT(i - start, 998U);
            start = i;
        }
}

}  // namespace
}  // namespace notifier
