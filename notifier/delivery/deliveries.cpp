#include "notifier/delivery/deliveries.hpp"

#include "common/runtime/crypto.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace notifier {
namespace {

common::Error tooMany() {
    return {common::ErrorCode::Busy, "too many webhooks are being looked at; try again", "url", 1'000};
}

/// Runs it, and hands its value on.
template <class T>
void spawn(boost::asio::io_context& io, boost::asio::awaitable<T> work, std::function<void(T)> done) {
    boost::asio::co_spawn(io, std::move(work), [done = std::move(done)](std::exception_ptr const& thrown, T value) {
        if (thrown) std::rethrow_exception(thrown);
        done(std::move(value));
    });
}

}  // namespace

Deliveries::Deliveries(Deps deps, Options options)
    : deps_(std::move(deps)),
      checksMax_(options.checksMax),
      sender_({deps_.io, deps_.clock, deps_.tls}, AddressGuard(std::move(options.webhookAllow))),
      webhooks_({deps_.io, deps_.store, deps_.clock, sender_, deps_.metrics, deps_.epoch,
                 [this](common::Webhook const& webhook) { disabled(webhook); }, deps_.failed}),
      expander_({deps_.io, deps_.store, deps_.clock, [this] { wake(); }, deps_.failed}) {
    if (!options.mail) return;
    mailer_ = std::make_unique<Mailer>(deps_.io, std::move(*options.mail));
    mails_.emplace(
        MailWorker::Deps{deps_.io, deps_.store, deps_.clock, *mailer_, options.publicUrl, deps_.metrics, deps_.failed});
}

void Deliveries::start() {
    expander_.start();
    wake();
}

void Deliveries::wake() {
    webhooks_.wake();
    if (mails_) mails_->wake();
}

void Deliveries::stop() {
    expander_.stop();
    webhooks_.stop();
    sender_.close();
    if (mails_) mails_->stop();
    if (mailer_) mailer_->stop();
}

void Deliveries::checkTarget(std::string url, std::function<void(common::Result<void>)> done) {
    if (checks_ == checksMax_) return done(std::unexpected(tooMany()));
    ++checks_;
    spawn<common::Result<void>>(deps_.io, sender_.check(std::move(url)),
                                [this, done = std::move(done)](common::Result<void> result) {
                                    --checks_;
                                    done(std::move(result));
                                });
}

void Deliveries::tryOut(common::Webhook webhook, std::function<void(Attempt)> done) {
    if (checks_ == checksMax_) {
        Attempt attempt;
        attempt.error = tooMany().message;
        return done(std::move(attempt));
    }
    ++checks_;
    spawn<Attempt>(deps_.io,
                   sender_.send(std::move(webhook), common::randomId("test_"), testMessage(deps_.clock.wallMs())),
                   [this, done = std::move(done)](Attempt attempt) {
                       --checks_;
                       done(std::move(attempt));
                   });
}

void Deliveries::disabled(common::Webhook const& webhook) {
    // The account's other ways out have something to tell now.
    wake();
    deps_.webhookDisabled(webhook);
}

void Deliveries::changed(common::AccountId account) {
    expander_.add(account);
    wake();
}

}  // namespace notifier
