#include "notifier/delivery/mail_worker.hpp"

#include "tests/support/smtp_sink.hpp"
#include "tests/unit/notifier/delivery/delivery_world.hpp"

#include <array>
#include <atomic>

namespace notifier::test {
namespace {

using support::SinkMail;
using support::SmtpSink;

class MailWorkerTest : public DeliveryWorld {
protected:
    ~MailWorkerTest() override {
        if (worker_) worker_->stop();
        mailer_.reset();
        eventually([] { return false; }, std::chrono::milliseconds(20));
    }
    void start(SmtpSink const& relay) {
        constexpr std::array<std::string_view, 1> kSchemes{"smtp"};
        mailer_.emplace(io_, Mailer::Options{*common::Url::parse(relay.url(), kSchemes), "bell@example.org"});
        worker_.emplace(MailWorker::Deps{io_, *store_, clock_, *mailer_, "https://bell.example.org/", metrics_,
                                         [this](auto const&) { ++storeFailures_; }});
        worker_->wake();
    }
    void fireAndWake(int times = 1) {
        fire(times);
        expand();
        worker_->wake();
    }
    void advance(common::DurationMs by) {
        clock_.advance(by);
        worker_->wake();
    }
    bool mailed(SmtpSink const& relay, std::size_t count) {
        return eventually([&] { return relay.mails().size() == count; });
    }
    /// Time for a mail that must not come.
    void settle() {
        eventually([] { return false; }, std::chrono::milliseconds(100));
    }
    common::Email email(common::Email const& as) { return *database_->emails().find(as.id); }

    std::optional<Mailer> mailer_;
    std::optional<MailWorker> worker_;
};

int occurrences(std::string const& text, std::string_view part) {
    int count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

TEST_F(MailWorkerTest, Firing_OftenInAMinute_GoesTogetherInTheNextMail) {
    SmtpSink const relay;
    auto const address = addEmail("me@example.org", account_);
    start(relay);
    fireAndWake(2);
    ASSERT_TRUE(mailed(relay, 1));
    EXPECT_EQ(occurrences(relay.mails()[0].data, "went above"), 2);
    ASSERT_TRUE(eventually([&] { return email(address).lastMail != 0; }));
    fireAndWake();
    advance(30'000);
    fireAndWake(2);
    advance(29'999);
    settle();
    EXPECT_EQ(relay.mails().size(), 1U) << "a minute is not over";
    advance(1);
    ASSERT_TRUE(mailed(relay, 2));
    auto const mail = relay.mails()[1].data;
    EXPECT_EQ(occurrences(mail, "went above"), 3);
    EXPECT_NE(mail.find("Subject: tickbell: 3 notifications"), std::string::npos);
    for (auto const* const id : {"nt_1_3)", "nt_1_4)", "nt_1_5)"})
        EXPECT_EQ(occurrences(mail, id), 1) << id;
    ASSERT_TRUE(eventually([&] { return !email(address).nextMail; }));
    advance(60'000);
    settle();
    EXPECT_EQ(relay.mails().size(), 2U) << "nothing waits";
}

TEST_F(MailWorkerTest, Announced_AWebhookThatWasGivenUp_IsMailedOnceWithWhatElseWaits) {
    SmtpSink const relay;
    auto const address = addEmail("me@example.org", account_);
    fire();
    expand();
    commit([&](auto& database) {
        return database.deliveries().announce({.id = {},
                                               .publicId = "no_1",
                                               .account = account_,
                                               .webhook = "wh_1",
                                               .host = "example.org",
                                               .reason = "why",
                                               .at = clock_.wallMs()});
    });
    start(relay);
    ASSERT_TRUE(mailed(relay, 1));
    auto const mail = relay.mails()[0].data;
    EXPECT_EQ(occurrences(mail, "the webhook at example.org (wh_1) was disabled: why"), 1) << mail;
    EXPECT_EQ(occurrences(mail, "nt_1_1)"), 1);
    ASSERT_TRUE(eventually([&] { return email(address).lastMail != 0; }));
    EXPECT_EQ(database_->emails().queuedCount(address.id), 0);
    fireAndWake();
    advance(60'000);
    ASSERT_TRUE(mailed(relay, 2));
    EXPECT_EQ(occurrences(relay.mails()[1].data, "wh_1"), 0);
}

TEST_F(MailWorkerTest, TwoAccounts_WithOneAddress_ShareItsMinute) {
    SmtpSink const relay;
    auto const other = commit([&](auto& database) { return database.accounts().createAnonymous("acc_2", "2", 1).id; });
    auto const mine = addEmail("me@example.org", account_);
    common::Email theirs;
    theirs.publicId = "em_x";
    theirs.account = other;
    theirs.address = "me@example.org";
    theirs.code = "12345678";
    theirs.codeExpires = clock_.wallMs() + 3'600'000;
    theirs.codeUnsent = true;
    start(relay);
    fireAndWake();
    ASSERT_TRUE(mailed(relay, 1));
    theirs.nextMail = clock_.wallMs();
    ASSERT_TRUE(eventually([&] { return email(mine).lastMail != 0; }));
    commit([&](auto& database) { return database.emails().insert(theirs); });
    advance(59'999);
    settle();
    EXPECT_EQ(relay.mails().size(), 1U);
    advance(1);
    ASSERT_TRUE(mailed(relay, 2));
    EXPECT_NE(relay.mails()[1].data.find("12345678"), std::string::npos);
}

TEST_F(MailWorkerTest, RemovedAndNamedAgain_StillHasItsMinute) {
    SmtpSink const relay;
    auto const first = addEmail("me@example.org", account_);
    start(relay);
    fireAndWake();
    ASSERT_TRUE(mailed(relay, 1));
    EXPECT_NE(relay.mails()[0].data.find("List-Unsubscribe: <https://bell.example.org/unsubscribe/em_1."),
              std::string::npos);
    ASSERT_TRUE(eventually([&] { return email(first).lastMail != 0; }));
    commit([&](auto& database) { return database.emails().remove(first.id), 0; });
    addEmail("me@example.org", account_);
    fireAndWake();
    advance(59'999);
    settle();
    EXPECT_EQ(relay.mails().size(), 1U);
    advance(1);
    EXPECT_TRUE(mailed(relay, 2));
}

TEST_F(MailWorkerTest, RelayRefuses_ItIsTriedAgainLaterWithAllThatCameMeanwhile) {
    std::atomic<bool> takes = false;
    SmtpSink const relay([&](SinkMail const&) { return std::string(takes ? "250 ok" : "451 later"); });
    auto const address = addEmail("me@example.org", account_);
    start(relay);
    fireAndWake();
    for (int failures = 1; failures <= 3; ++failures) {
        ASSERT_TRUE(eventually([&] { return email(address).failures == failures; }));
        auto const wait = *email(address).nextMail - clock_.wallMs();
        EXPECT_EQ(wait, 60'000 << (failures - 1));
        fireAndWake();
        takes = failures == 3;
        advance(wait);
    }
    ASSERT_TRUE(eventually([&] { return email(address).failures == 0 && email(address).lastMail != 0; }));
    EXPECT_EQ(occurrences(relay.mails().back().data, "went above"), 4);
    EXPECT_FALSE(email(address).nextMail);
}

TEST_F(MailWorkerTest, RelayRefusesForADay_WhatWaitsIsGivenUp) {
    SmtpSink const relay([](SinkMail const&) { return "550 no"; });
    auto const address = addEmail("me@example.org", account_);
    start(relay);
    fireAndWake();
    for (int failures = 1; failures < 30; ++failures) {
        ASSERT_TRUE(eventually([&] { return email(address).failures == failures; })) << failures;
        advance(*email(address).nextMail - clock_.wallMs());
    }
    ASSERT_TRUE(eventually([&] { return !email(address).nextMail; }));
    EXPECT_EQ(database_->emails().queuedCount(address.id), 0);
    EXPECT_EQ(relay.mails().size(), 30U);
}

TEST_F(MailWorkerTest, MoreThanFitsOneMail_IsCounted) {
    SmtpSink const relay;
    addEmail("me@example.org", account_);
    start(relay);
    fireAndWake(250);
    ASSERT_TRUE(mailed(relay, 1));
    EXPECT_NE(relay.mails()[0].data.find("Subject: tickbell: 250 notifications"), std::string::npos);
    EXPECT_NE(relay.mails()[0].data.find("base64"), std::string::npos) << "the ellipsis is no ASCII";
    settle();
    advance(60'000);
    settle();
    EXPECT_EQ(relay.mails().size(), 1U);
}

TEST_F(MailWorkerTest, NotificationsGone_LeaveNothingToMail) {
    SmtpSink const relay;
    auto const address = addEmail("me@example.org", account_);
    fire(2);
    expand();
    commit([&](auto& database) { return database.events().removeBefore(clock_.wallMs() + 1, 10); });
    start(relay);
    EXPECT_TRUE(eventually([&] { return !email(address).nextMail; }));
    EXPECT_EQ(database_->emails().queuedCount(address.id), 0);
    EXPECT_TRUE(relay.mails().empty());
}

TEST_F(MailWorkerTest, ALineOfOneDot_EndsNoMail) {
    SmtpSink const relay;
    addEmail("me@example.org", account_);
    start(relay);
    alert_.note = "first\n.\nRCPT TO:<you@example.org>";
    commit([&](auto& database) { return database.alerts().update(alert_), 0; });
    fireAndWake();
    ASSERT_TRUE(mailed(relay, 1));
    EXPECT_NE(relay.mails()[0].data.find("first\r\n.\r\nRCPT TO:<you@example.org>\r\n"), std::string::npos)
        << relay.mails()[0].data;
    EXPECT_EQ(relay.mails()[0].to, "me@example.org");
}

}  // namespace
}  // namespace notifier::test
