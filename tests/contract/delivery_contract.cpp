#include "tests/contract/store_contract.hpp"

namespace contract {
namespace {

using namespace common;

constexpr TimeMs kNow = 10'000;

class DeliveryContract : public StoreContract {
protected:
    AccountId account = addAccount();
    AlertDefinition alert = addAlert(account, "al_1");

    void SetUp() override { arm(alert); }

    void fire(std::int64_t from, std::int64_t to, TimeMs now = 1'000) {
        Step step;
        step.now = now;
        for (auto id = from; id <= to; ++id)
            step.fires.push_back(fireAt(alert, id));
        apply(step);
    }
    void setChannels(std::optional<std::vector<std::string>> channels) {
        alert.channels = std::move(channels);
        update(alert);
    }
    Webhook addWebhook(std::string_view publicId, std::optional<AccountId> owner = {}) {
        Webhook webhook;
        webhook.publicId = publicId;
        webhook.account = owner.value_or(account);
        webhook.url = "https://example.org/hook";
        webhook.maxAge = 60'000;
        webhook.secret = std::string("\x00\xFFkey", 5);
        webhook.created = 7;
        webhook.id = committed(*notifier, [&] { return notifier->webhooks().insert(webhook); });
        return webhook;
    }
    Email addEmail(std::string_view publicId, std::string_view address, bool verified = true) {
        Email email;
        email.publicId = publicId;
        email.account = account;
        email.address = address;
        email.verified = verified;
        email.created = 8;
        email.id = committed(*notifier, [&] { return notifier->emails().insert(email); });
        return email;
    }
    void save(Webhook const& webhook) {
        committed(*notifier, [&] { notifier->webhooks().update(webhook); });
    }
    void save(Email const& email) {
        committed(*notifier, [&] { notifier->emails().update(email); });
    }
    bool save(Delivery const& delivery) {
        return committed(*notifier, [&] { return notifier->deliveries().update(delivery); });
    }
    Expansion expand(std::int64_t limit = 100, TimeMs now = kNow) {
        return committed(*notifier, [&] { return notifier->deliveries().expand(now, limit); });
    }
    std::vector<Delivery> due(Webhook const& webhook, TimeMs now = kNow, std::int64_t limit = 100) {
        return notifier->deliveries().due(webhook.id, now, limit);
    }
    static std::vector<std::string> ids(std::vector<Delivery> const& deliveries) {
        std::vector<std::string> names;
        for (auto const& delivery : deliveries)
            names.push_back(delivery.notificationId);
        return names;
    }
};

using Names = std::vector<std::string>;

TEST_P(DeliveryContract, Storing_AWebhook_GivesBackEveryField) {
    auto webhook = addWebhook("wh_1");
    webhook.url = "https://example.org/other";
    webhook.format = WebhookFormat::Ntfy;
    webhook.maxAge = 5;
    webhook.oldSecret = webhook.secret;
    webhook.oldSecretUntil = 99;
    webhook.secret = "new";
    webhook.enabled = false;
    webhook.reason = "gone";
    webhook.failingSince = 44;
    webhook.circuit = {.failures = 12, .probeFrom = 55};
    EXPECT_EQ(notifier->webhooks().openCircuits(), 0);
    save(webhook);
    EXPECT_EQ(notifier->webhooks().openCircuits(), 1);
    auto const back = notifier->webhooks().find(account, "wh_1");
    ASSERT_TRUE(back);
    EXPECT_EQ(back->id, webhook.id);
    EXPECT_EQ(back->url, "https://example.org/other");
    EXPECT_EQ(back->format, WebhookFormat::Ntfy);
    EXPECT_EQ(back->maxAge, 5);
    EXPECT_EQ(back->secret, "new");
    EXPECT_EQ(back->oldSecret, std::string("\x00\xFFkey", 5)) << "bytes, not text";
    EXPECT_EQ(back->oldSecretUntil, 99);
    EXPECT_FALSE(back->enabled);
    EXPECT_EQ(back->reason, "gone");
    EXPECT_EQ(back->failingSince, 44);
    EXPECT_EQ(back->circuit.failures, 12);
    EXPECT_EQ(back->circuit.probeFrom, 55);
    EXPECT_EQ(back->created, 7);
    EXPECT_EQ(notifier->webhooks().find(webhook.id)->publicId, "wh_1");
    EXPECT_FALSE(notifier->webhooks().find(addAccount("acc_2", "2"), "wh_1")) << "another account's";
}

TEST_P(DeliveryContract, Expanding_EventsOfAnAccount_WritesOneDeliveryEachAndMovesOn) {
    fire(1, 2);
    auto const webhook = addWebhook("wh_1");
    fire(3, 5);
    auto const first = expand(2);
    EXPECT_TRUE(first.more);
    EXPECT_EQ(first.queued, 2);
    expand(2);
    EXPECT_EQ(expand().queued, 0);
    EXPECT_EQ(ids(due(webhook)), (Names{"nt_1_3", "nt_1_4", "nt_1_5"})) << "nothing from before it was made";
    auto const row = due(webhook).front();
    EXPECT_EQ(row.state, DeliveryState::Pending);
    EXPECT_EQ(row.attempt, 0);
    EXPECT_EQ(row.nextTry, kNow);
    EXPECT_EQ(row.expires, 1'000 + 60'000) << "as old as the notification, not as the row";
    EXPECT_EQ(notificationOf(notifier->events().tail(row.eventId - 1, 1).front()).fire, 3);
    EXPECT_TRUE(row.publicId.starts_with("dl_"));
}

TEST_P(DeliveryContract, Expanding_RolledBack_DoesItAgain) {
    auto const webhook = addWebhook("wh_1");
    fire(1, 3);
    notifier->begin();
    EXPECT_EQ(notifier->deliveries().expand(kNow, 100).queued, 3);
    notifier->rollback();
    EXPECT_TRUE(due(webhook).empty());
    EXPECT_EQ(expand().queued, 3);
    EXPECT_EQ(due(webhook).size(), 3U);
}

TEST_P(DeliveryContract, Expanding_ByChannels_ReachesOnlyThoseNamed) {
    auto const one = addWebhook("wh_1");
    auto const two = addWebhook("wh_2");
    auto const mail = addEmail("em_1", "a@example.org");
    fire(1, 1);
    setChannels(Names{"push", "wh_2"});
    fire(2, 2);
    setChannels(Names{"em_1"});
    fire(3, 3);
    setChannels(Names{});
    fire(4, 4);
    expand();
    EXPECT_EQ(ids(due(one)), (Names{"nt_1_1"}));
    EXPECT_EQ(ids(due(two)), (Names{"nt_1_1", "nt_1_2"}));
    EXPECT_EQ(notifier->emails().queued(mail.id, 10).size(), 2U);
}

TEST_P(DeliveryContract, Expanding_DisabledUnverifiedOrForeignReceivers_WritesNothing) {
    auto webhook = addWebhook("wh_1");
    webhook.enabled = false;
    save(webhook);
    auto email = addEmail("em_1", "a@example.org", false);
    auto const foreign = addWebhook("wh_9", addAccount("acc_2", "2"));
    fire(1, 2);
    EXPECT_EQ(expand().queued, 0);
    email.verified = true;
    save(email);
    fire(3, 3);
    EXPECT_EQ(expand().queued, 1) << "from its verification on";
    EXPECT_TRUE(due(foreign).empty());
}

TEST_P(DeliveryContract, Expanding_AGap_GoesToWebhooksUnderAnIdOfItsOwn) {
    auto const webhook = addWebhook("wh_1");
    auto const mail = addEmail("em_1", "a@example.org");
    setChannels(Names{});
    Step step;
    step.now = 1'000;
    auto& write = step.gaps.emplace_back();
    write.gap.symbol = "BTCUSDT";
    write.gap.fromId = 5;
    write.gap.toId = 9;
    write.alerts = {alert.id};
    apply(step);
    expand();
    EXPECT_EQ(ids(due(webhook)), (Names{"gap_1_1"}));
    EXPECT_TRUE(notifier->emails().queued(mail.id, 10).empty());
}

TEST_P(DeliveryContract, Asking_WhatIsDue_LooksAtTimeStateAndExpiry) {
    auto const webhook = addWebhook("wh_1");
    fire(1, 4);
    expand();
    auto rows = due(webhook);
    ASSERT_EQ(rows.size(), 4U);
    rows[0].state = DeliveryState::Delivered;
    rows[0].nextTry.reset();
    rows[0].attempt = 1;
    rows[0].status = 204;
    rows[0].latency = 12;
    rows[1].nextTry = kNow + 5'000;
    rows[1].attempt = 1;
    rows[1].error = "connection refused";
    rows[2].expires = kNow;
    for (auto const& row : rows)
        EXPECT_TRUE(save(row));
    EXPECT_EQ(ids(due(webhook)), (Names{"nt_1_4"}));
    EXPECT_EQ(ids(due(webhook, kNow + 5'000)), (Names{"nt_1_4", "nt_1_2"})) << "the longest due first";
    EXPECT_EQ(ids(due(webhook, kNow + 5'000, 1)), (Names{"nt_1_4"}));
    EXPECT_EQ(notifier->deliveries().nextTryAfter(kNow), kNow + 5'000);
    EXPECT_EQ(notifier->deliveries().nextTryAfter(kNow + 5'000), std::nullopt);

    EXPECT_EQ(committed(*notifier, [&] { return notifier->deliveries().expire(kNow, 10); }), 1);
    auto const log = notifier->deliveries().list(webhook.id, DeliveryId{INT64_MAX}, 10);
    EXPECT_EQ(ids(log), (Names{"nt_1_4", "nt_1_3", "nt_1_2", "nt_1_1"})) << "the newest first";
    EXPECT_EQ(log[1].state, DeliveryState::Expired);
    EXPECT_EQ(log[2].error, "connection refused");
    EXPECT_EQ(log[3].status, 204);
    EXPECT_EQ(log[3].latency, 12);
    EXPECT_EQ(ids(notifier->deliveries().list(webhook.id, log[1].id, 1)), (Names{"nt_1_2"}));
}

TEST_P(DeliveryContract, Announcing_WithinATransaction_ReachesTheOtherWaysOutAlone) {
    auto gone = addWebhook("wh_1");
    auto const other = addWebhook("wh_2");
    auto const stranger = addWebhook("wh_3", addAccount("acc_2", "2"));
    auto const mail = addEmail("em_1", "a@example.org");
    auto const unverified = addEmail("em_2", "b@example.org", false);
    fire(1, 1);
    expand();
    gone.enabled = false;
    Notice notice;
    notice.publicId = "no_1";
    notice.account = account;
    notice.webhook = "wh_1";
    notice.host = "example.org";
    notice.reason = "gone";
    notice.at = kNow;

    notifier->begin();
    notifier->webhooks().update(gone);
    notifier->deliveries().announce(notice);
    notifier->rollback();
    EXPECT_EQ(ids(due(other)), (Names{"nt_1_1"})) << "no announcement without its reason";
    EXPECT_EQ(notifier->emails().queuedCount(mail.id), 1);

    committed(*notifier, [&] {
        notifier->webhooks().update(gone);
        notice.id = notifier->deliveries().announce(notice);
    });
    auto const rows = due(other);
    EXPECT_EQ(ids(rows), (Names{"nt_1_1", "no_1"}));
    EXPECT_EQ(rows[0].notice, NoticeId{});
    EXPECT_EQ(rows[1].eventId, 0);
    EXPECT_EQ(rows[1].notice, notice.id);
    EXPECT_EQ(rows[1].expires, kNow + 24 * 3'600'000) << "a day at least, whatever the webhook's max_age";
    EXPECT_EQ(ids(due(gone)), (Names{"nt_1_1"})) << "itself hears nothing";
    EXPECT_TRUE(due(stranger).empty());
    auto const waiting = notifier->emails().queued(mail.id, 10);
    ASSERT_EQ(waiting.size(), 2U);
    EXPECT_EQ(waiting[1].eventId, 0);
    EXPECT_EQ(waiting[1].notice, notice.id);
    EXPECT_EQ(notifier->emails().queuedCount(unverified.id), 0);
    auto const back = notifier->deliveries().notice(notice.id);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->publicId, "no_1");
    EXPECT_EQ(back->account, account);
    EXPECT_EQ(back->webhook, "wh_1");
    EXPECT_EQ(back->host, "example.org");
    EXPECT_EQ(back->reason, "gone");
    EXPECT_EQ(back->at, kNow);

    notice.publicId = "no_2";
    committed(*notifier, [&] { notifier->deliveries().announce(notice); });
    EXPECT_EQ(ids(due(other)), (Names{"nt_1_1", "no_1", "no_2"}));
    committed(*notifier, [&] { notifier->emails().removeQueued(mail.id, waiting[1].id); });
    EXPECT_EQ(notifier->emails().queuedCount(mail.id), 1) << "only what was mailed";
    EXPECT_EQ(committed(*notifier, [&] { return notifier->deliveries().removeBefore(kNow + 1, 10); }), 4);
    EXPECT_FALSE(notifier->deliveries().notice(notice.id));
    EXPECT_TRUE(due(other).empty());
}

TEST_P(DeliveryContract, Walking_PendingWebhooks_SkipsThoseWithoutAny) {
    auto const one = addWebhook("wh_1");
    auto const two = addWebhook("wh_2");
    auto const three = addWebhook("wh_3");
    setChannels(Names{"wh_1", "wh_3"});
    fire(1, 1);
    expand();
    auto& deliveries = notifier->deliveries();
    EXPECT_EQ(deliveries.pendingAfter({}), one.id);
    EXPECT_EQ(deliveries.pendingAfter(one.id), three.id);
    EXPECT_EQ(deliveries.pendingAfter(three.id), std::nullopt);
    EXPECT_TRUE(due(two).empty());
}

TEST_P(DeliveryContract, Finding_ADelivery_IsForItsOwner) {
    auto const webhook = addWebhook("wh_1");
    fire(1, 1);
    expand();
    auto const row = due(webhook).front();
    EXPECT_EQ(notifier->deliveries().find(account, row.publicId)->id, row.id);
    EXPECT_EQ(notifier->deliveries().find(row.id)->publicId, row.publicId);
    EXPECT_FALSE(notifier->deliveries().find(addAccount("acc_2", "2"), row.publicId));
}

TEST_P(DeliveryContract, Removing_AWebhook_TakesItsDeliveriesAndLeavesOthers) {
    auto const one = addWebhook("wh_1");
    auto const two = addWebhook("wh_2");
    fire(1, 2);
    expand();
    auto const row = due(one).front();
    committed(*notifier, [&] { notifier->webhooks().remove(one.id); });
    EXPECT_TRUE(due(one).empty());
    EXPECT_FALSE(save(row)) << "a try that was under way meanwhile";
    EXPECT_EQ(due(two).size(), 2U);
    EXPECT_EQ(committed(*notifier, [&] { return notifier->deliveries().removeBefore(kNow, 10); }), 0);
    EXPECT_EQ(committed(*notifier, [&] { return notifier->deliveries().removeBefore(kNow + 1, 1); }), 1);
    EXPECT_EQ(due(two).size(), 1U);
}

TEST_P(DeliveryContract, Storing_AnAddress_GivesBackEveryField) {
    auto email = addEmail("em_1", "a@example.org", false);
    email.code = "123456";
    email.codeExpires = 4;
    email.codeTries = 2;
    email.codeUnsent = true;
    email.nextMail = 50;
    email.lastMail = 40;
    email.failures = 3;
    save(email);
    auto const back = notifier->emails().findByAddress(account, "a@example.org");
    ASSERT_TRUE(back);
    EXPECT_EQ(back->publicId, "em_1");
    EXPECT_FALSE(back->verified);
    EXPECT_EQ(back->code, "123456");
    EXPECT_EQ(back->codeExpires, 4);
    EXPECT_EQ(back->codeTries, 2);
    EXPECT_TRUE(back->codeUnsent);
    EXPECT_EQ(back->nextMail, 50);
    EXPECT_EQ(back->lastMail, 40);
    EXPECT_EQ(back->failures, 3);
    EXPECT_EQ(back->created, 8);
    EXPECT_FALSE(notifier->emails().find(addAccount("acc_2", "2"), "em_1"));
    EXPECT_EQ(notifier->emails().lastMailTo("a@example.org"), 40);
    EXPECT_EQ(notifier->emails().lastMailTo("b@example.org"), 0);
    EXPECT_TRUE(notifier->emails().due(49, 10).empty());
    EXPECT_EQ(notifier->emails().due(50, 10).size(), 1U);
    EXPECT_EQ(notifier->emails().nextMailAfter(49), 50);
    EXPECT_EQ(notifier->emails().nextMailAfter(50), std::nullopt);
}

TEST_P(DeliveryContract, Queueing_Mails_WaitsInOrderUntilRemoved) {
    auto email = addEmail("em_1", "a@example.org");
    fire(1, 3);
    expand();
    EXPECT_EQ(notifier->emails().find(email.id)->nextMail, kNow);
    auto const waiting = notifier->emails().queued(email.id, 2);
    ASSERT_EQ(waiting.size(), 2U);
    EXPECT_LT(waiting[0].eventId, waiting[1].eventId);
    EXPECT_EQ(notifier->emails().queuedCount(email.id), 3);
    email.nextMail = kNow + 60'000;
    save(email);
    fire(4, 4);
    expand();
    EXPECT_EQ(notifier->emails().find(email.id)->nextMail, kNow + 60'000) << "what comes meanwhile waits as well";
    committed(*notifier, [&] { notifier->emails().removeQueued(email.id, waiting[1].id); });
    EXPECT_EQ(notifier->emails().queuedCount(email.id), 2);
    committed(*notifier, [&] { notifier->emails().remove(email.id); });
    EXPECT_FALSE(notifier->emails().find(email.id));
    EXPECT_EQ(notifier->emails().queuedCount(email.id), 0);
}

TEST_P(DeliveryContract, Listing_Receivers_NamesEachAccountOnce) {
    EXPECT_TRUE(notifier->deliveries().receivers().empty());
    auto const other = addAccount("acc_2", "2");
    addWebhook("wh_1");
    addWebhook("wh_2");
    addEmail("em_1", "a@example.org", false);
    addWebhook("wh_3", other);
    EXPECT_EQ(notifier->deliveries().receivers(), (std::vector{account, other}));
}

TEST_P(DeliveryContract, RemovingAccounts_WithAnEnabledWebhook_KeepsThemUntilItIsDisabled) {
    auto webhook = addWebhook("wh_1");
    addEmail("em_1", "a@example.org");
    fire(1, 1);
    expand();
    auto const sweep = [&] {
        return committed(*notifier, [&] {
            notifier->accounts().setDetached(account, 10);
            return notifier->accounts().removeDetachedBefore(11, 10);
        });
    };
    EXPECT_EQ(sweep(), 0);
    EXPECT_TRUE(notifier->accounts().find(account));
    webhook.enabled = false;
    save(webhook);
    EXPECT_EQ(sweep(), 1);
    EXPECT_FALSE(notifier->accounts().find(account));
    EXPECT_FALSE(notifier->webhooks().find(webhook.id));
    EXPECT_TRUE(notifier->deliveries().receivers().empty());
}

INSTANTIATE_TEST_SUITE_P(Stores, DeliveryContract, ::testing::ValuesIn(storesUnderTest()), storeName);

}  // namespace
}  // namespace contract
