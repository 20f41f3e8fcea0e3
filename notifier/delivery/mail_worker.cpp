#include "notifier/delivery/mail_worker.hpp"

#include "common/runtime/crypto.hpp"
#include "notifier/delivery/rules/mail_link.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace notifier {
namespace {

namespace log = common::log;

constexpr common::DurationMs kMinuteMs = 60'000;
constexpr common::DurationMs kTickMs = 10 * kMinuteMs;
constexpr common::DurationMs kRetryMs = 1'000;
constexpr common::DurationMs kBackoffMaxMs = 60 * kMinuteMs;
/// Six doublings and then hours: about a day.
constexpr std::int64_t kFailuresMax = 30;
constexpr std::int64_t kDueMax = 50;
/// More than fits into one mail is counted, not told.
constexpr std::int64_t kShownMax = 200;

common::DurationMs backoffMs(std::int64_t failures) {
    return failures > 6 ? kBackoffMaxMs : std::min(kBackoffMaxMs, kMinuteMs << (failures - 1));
}

}  // namespace

MailWorker::MailWorker(Deps deps)
    : deps_(std::move(deps)),
      timer_(deps_.io.get_executor()),
      sent_(deps_.metrics.counter("tickbell_mails_total", "Mails given to the relay", {{"outcome", "sent"}})),
      refused_(deps_.metrics.counter("tickbell_mails_total", "Mails given to the relay", {{"outcome", "failed"}})) {}

void MailWorker::wake() {
    if (stopped_) return;
    if (busy_)
        again_ = true;
    else
        look();
}

void MailWorker::stop() {
    stopped_ = true;
    timer_.cancel();
}

void MailWorker::look() {
    busy_ = true;
    auto const now = deps_.clock.wallMs();
    std::erase_if(recent_, [now](auto const& sent) { return now - sent.second >= kMinuteMs || sent.second > now; });
    deps_.store.write([now, recent = recent_](common::Database& database) { return choose(database, recent, now); },
                      [this](common::StoreThread::Outcome<Found> found) {
                          busy_ = false;
                          if (stopped_) return;
                          if (found) return take(*found);
                          deps_.failed(found.error());
                          wait(kRetryMs);
                      });
}

/// The first address that may get a mail now. Those that must wait are put off, those with nothing left are let go.
MailWorker::Found MailWorker::choose(common::Database& database, Recent const& recent, common::TimeMs now) {
    auto& emails = database.emails();
    for (auto& email : emails.due(now, kDueMax)) {
        auto last = emails.lastMailTo(email.address);
        if (auto const sent = recent.find(email.address); sent != recent.end()) last = std::max(last, sent->second);
        // A clock that was set back must not silence an address.
        if (last <= now && now - last < kMinuteMs) {
            email.nextMail = last + kMinuteMs;
            emails.update(email);
            continue;
        }
        if (auto mail = compose(database, email, now)) return {std::move(mail), {}};
        email.nextMail.reset();
        emails.update(email);
    }
    return {{}, emails.nextMailAfter(now)};
}

std::optional<MailWorker::Mail> MailWorker::compose(common::Database& database, common::Email& email,
                                                    common::TimeMs now) {
    auto const token = mailLinkToken(database.emails().linkKey(), email.publicId);
    if (email.codeUnsent && !email.verified && email.codeExpires > now)
        return Mail{email, true, 0, token, verificationMail(email.code, email.codeExpires - now)};
    email.codeUnsent = false;
    auto const queued = database.emails().queued(email.id, kShownMax);
    if (queued.empty() || !email.verified) return {};
    Waiting waiting;
    for (auto const& row : queued) {
        if (row.eventId == 0) {
            if (auto notice = database.deliveries().notice(row.notice)) waiting.notices.push_back(std::move(*notice));
            continue;
        }
        auto found = database.events().tail(row.eventId - 1, 1);
        if (!found.empty() && found.front().id == row.eventId) waiting.events.push_back(std::move(found.front()));
    }
    waiting.left = database.emails().queuedCount(email.id) - static_cast<std::int64_t>(queued.size());
    // What is not shown goes with it: it would only fill mail after mail.
    auto const upTo = waiting.left > 0 ? INT64_MAX : queued.back().id;
    if (waiting.events.empty() && waiting.notices.empty()) {
        database.emails().removeQueued(email.id, upTo);
        return {};
    }
    return Mail{email, false, upTo, token, digestMail(waiting)};
}

void MailWorker::take(Found const& found) {
    if (!found.mail) {
        if (std::exchange(again_, false)) return look();
        auto const now = deps_.clock.wallMs();
        return wait(found.next ? std::clamp<common::DurationMs>(*found.next - now, 1, kTickMs) : kTickMs);
    }
    busy_ = true;
    auto const& mail = *found.mail;
    auto message = renderMail({.from = deps_.mailer.from(),
                               .to = mail.email.address,
                               .id = common::randomId("mail_"),
                               .now = deps_.clock.wallMs(),
                               .unsubscribe = unsubscribeUrl(mail.linkToken)},
                              mail.text);
    deps_.mailer.send(mail.email.address, std::move(message),
                      [this, mail](std::optional<std::string> const& error) { ended(mail, error); });
}

std::string MailWorker::unsubscribeUrl(std::string_view token) const {
    std::string_view base = deps_.publicUrl;
    if (base.empty()) return {};
    if (base.ends_with('/')) base.remove_suffix(1);
    return fmt::format("{}/unsubscribe/{}", base, token);
}

void MailWorker::ended(Mail const& mail, std::optional<std::string> const& error) {
    // Broken off by ourselves, or the store will not take it any more: mailed again at the next start.
    if (stopped_) return;
    error ? refused_.add() : sent_.add();
    if (!error) recent_[mail.email.address] = deps_.clock.wallMs();
    if (error)
        if (auto const times = log_.hit(deps_.clock.monotonicMs()))
            log::warn("delivery", "mail not sent", {{"reason", *error}, {"times", *times}});
    deps_.store.write([mail, sent = !error,
                       now = deps_.clock.wallMs()](common::Database& database) { finish(database, mail, sent, now); },
                      [this](common::StoreThread::Outcome<void> outcome) {
                          busy_ = false;
                          if (stopped_) return;
                          if (outcome) return look();
                          deps_.failed(outcome.error());
                          wait(kMinuteMs);
                      });
}

void MailWorker::finish(common::Database& database, Mail const& mail, bool sent, common::TimeMs now) {
    auto& emails = database.emails();
    auto email = emails.find(mail.email.id);
    if (!email) return;
    email->failures = sent ? 0 : email->failures + 1;
    bool const given = sent || email->failures >= kFailuresMax;
    if (sent) email->lastMail = now;
    if (given && mail.isCode && email->code == mail.email.code) email->codeUnsent = false;
    if (given && !mail.isCode) emails.removeQueued(email->id, mail.upToQueued);
    bool const waits = email->codeUnsent || emails.queuedCount(email->id) > 0;
    email->nextMail =
        waits ? std::optional(now + (sent || given ? kMinuteMs : backoffMs(email->failures))) : std::nullopt;
    if (given) email->failures = 0;
    emails.update(*email);
}

void MailWorker::wait(common::DurationMs time) {
    timer_.expires_after(std::chrono::milliseconds(time));
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error) wake();
    });
}

}  // namespace notifier
