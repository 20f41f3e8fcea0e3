#include "notifier/session/session.hpp"

#include "common/runtime/log.hpp"
#include "notifier/protocol/reply.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace notifier {

using common::CloseCode;

Session::Session(std::uint64_t number, SessionDeps const& deps, Limits const& limits, std::shared_ptr<Client> client,
                 SessionPort& port)
    : number_(number),
      deps_(deps),
      limits_(limits),
      client_(std::move(client)),
      port_(port),
      outbox_(limits.outbox),
      bucket_(limits.commands, deps.clock.monotonicMs()),
      misuse_(limits.misuse),
      heardMs_(nowMs()),
      beatMs_(nowMs() + deps.facts.heartbeatMs) {}

void Session::start(std::string upgradeAnswer, Greeting const& greeting) {
    deps_.metrics.connections.add(1);
    common::log::info("session", "opened", {{"session", number_}, {"auth", authText(greeting.auth)}});
    auto const wallMs = deps_.clock.wallMs();
    auto const feeds = deps_.hub.feedGreeting(wallMs);
    // Known to the hub before anything is written, so that nothing that happens from here on is missed.
    deps_.hub.join(*this);
    if (client_->account) {
        attached_ = true;
        deps_.hub.attach(*this, *client_->account);
    }
    if (greeting.auth == AuthKind::Required) authUntilMs_ = nowMs() + limits_.authMs;
    send(std::make_shared<std::string const>(std::move(upgradeAnswer)));
    send(textFrame(renderWelcome(greeting, deps_.facts, wallMs)));
    beginHold(greeting.seq);
    for (auto const& frame : feeds)
        sendLive(frame);
}

void Session::beginHold(std::int64_t seq) {
    delivery_.hold(seq);
    holdUntilMs_ = nowMs() + limits_.holdMs;
    port_.wakeTimer();
}

void Session::endHold() {
    holdUntilMs_.reset();
    delivery_.release();
    page();
}

void Session::onHeard() {
    heardMs_ = nowMs();
    pongUntilMs_.reset();
}

void Session::onText(std::string_view text) {
    if (state_ != State::Open) return;
    deps_.metrics.framesIn.add();
    auto parsed = parseFrame(text);
    auto const slot = replies_.open();
    if (auto const waitMs = bucket_.take(nowMs())) {
        // Looked at only for what the reply has to echo.
        common::Error error{common::ErrorCode::RateLimited, "too many commands; wait before the next one", {}, waitMs};
        auto const& id = parsed ? parsed->idJson : parsed.error().idJson;
        auto const method = parsed ? std::string(methodText(parsed->method)) : parsed.error().method;
        auto frame = renderErrorReply(id, method, error);
        Answer refusal{std::move(frame), {}, false};
        refusal.outcome.error = std::move(error);
        settle(slot, std::move(refusal));
        return;
    }
    deps_.metrics.commands.add();
    if (!parsed) {
        if (holdUntilMs_) endHold();
        auto frame = renderErrorReply(parsed.error());
        Answer answer{std::move(frame), {}, false};
        answer.outcome.error = std::move(parsed.error().error);
        settle(slot, std::move(answer));
        return;
    }
    execute(slot, std::move(*parsed));
}

void Session::execute(ReplyOrder<Answer>::Slot slot, Command command) {
    bool const wasHeld = holdUntilMs_.has_value();
    bool const decidesHold = command.method == Method::Resume || command.method == Method::Auth;
    if (wasHeld && decidesHold) holdUntilMs_.reset();
    if (wasHeld && !decidesHold) endHold();
    auto const method = methodText(command.method);
    auto id = command.idJson;
    common::log::debug("session", "command", {{"session", number_}, {"method", method}});
    deps_.handler.execute(client_, std::move(command),
                          [weak = weak_from_this(), hub = &deps_.hub, client = client_, slot, id = std::move(id),
                           method, endsHold = wasHeld && decidesHold](CommandOutcome outcome) {
                              auto const self = weak.lock();
                              if (self && !self->finished()) {
                                  auto frame = outcome.error ? renderErrorReply(id, method, *outcome.error)
                                                             : renderReply(id, method, outcome.result);
                                  self->settle(slot, {std::move(frame), std::move(outcome), endsHold});
                                  return;
                              }
                              // The client left before its answer; what it did concerns others all the same.
                              for (auto const& announcement : outcome.announcements)
                                  hub->announce(announcement.account, textFrame(announcement.frame));
                              if (std::holds_alternative<AccountStored>(outcome.effect))
                                  hub->orphaned(*client->account);
                          });
}

void Session::settle(ReplyOrder<Answer>::Slot slot, Answer answer) {
    replies_.settle(slot, std::move(answer), [this](Answer ready) { emit(std::move(ready)); });
    if (goodbyeMs_ && replies_.size() == 0) close(CloseCode::ServiceRestart, *goodbyeMs_);
    port_.wakeReader();
}

void Session::emit(Answer answer) {
    auto const& outcome = answer.outcome;
    // Before the reply: after the one to `unsubscribe` or `pause` nothing of that alert may follow here.
    for (auto const& announcement : outcome.announcements)
        deps_.hub.announce(announcement.account, textFrame(announcement.frame));
    if (state_ != State::Open) {
        if (std::holds_alternative<AccountStored>(outcome.effect)) deps_.hub.orphaned(*client_->account);
        return;
    }
    send(textFrame(answer.frame));
    apply(outcome.effect);
    bool const decided =
        std::holds_alternative<ResumeFrom>(outcome.effect) || std::holds_alternative<Identified>(outcome.effect);
    if (answer.endsHold && !decided) endHold();
    if (!outcome.error) return;
    bool const refused = outcome.error->code == common::ErrorCode::RateLimited;
    (refused ? deps_.metrics.refusals : deps_.metrics.errors).add();
    if (auto const code = misuse_.onErrorReply(outcome.error->code, nowMs())) close(*code);
}

void Session::apply(SessionEffect const& effect) {
    std::visit(
        [this](auto const& wanted) {
            using T = std::decay_t<decltype(wanted)>;
            if constexpr (std::is_same_v<T, Identified>) {
                authUntilMs_.reset();
                attached_ = true;
                deps_.hub.attach(*this, *client_->account);
                beginHold(wanted.seq);
            } else if constexpr (std::is_same_v<T, AccountStored>) {
                if (std::exchange(attached_, true)) return;
                deps_.hub.attachNew(*this, *client_->account);
                delivery_.startOfAccount();
                page();
            } else if constexpr (std::is_same_v<T, ResumeFrom>) {
                holdUntilMs_.reset();
                if (wanted.recovered)
                    delivery_.resume(wanted.after, wanted.upTo);
                else
                    delivery_.goOnAfter(wanted.upTo);
                page();
            } else if constexpr (std::is_same_v<T, WatchChange>) {
                apply(wanted);
            } else if constexpr (std::is_same_v<T, Silenced>) {
                for (auto const& alert : wanted.alerts)
                    delivery_.silence(alert.id);
            }
        },
        effect);
}

void Session::apply(WatchChange const& change) {
    if (change.watch) {
        priceIntervalMs_ = change.intervalMs;
        pricesMs_ = std::min(pricesMs_, nowMs() + priceIntervalMs_);
        for (auto const& symbol : change.symbols)
            deps_.hub.watch(*this, symbol);
        return;
    }
    for (auto const& symbol : change.symbols) {
        deps_.hub.unwatch(*this, symbol);
        pricesDue_.erase(symbol);
    }
}

void Session::page() {
    if (state_ != State::Open || !client_->account || pageAgainMs_ || outbox_.pacedBytes() >= limits_.pacedBytesMax)
        return;
    auto const range = delivery_.nextPage();
    if (!range) return;
    deps_.readEvents(*client_->account, *range, limits_.pageEvents,
                     [weak = weak_from_this(), generation = delivery_.generation(),
                      range = *range](std::optional<std::vector<common::Event>> events) {
                         if (auto const self = weak.lock()) self->onPage(generation, range, std::move(events));
                     });
}

void Session::onPage(std::uint64_t generation, Delivery::Range range,
                     std::optional<std::vector<common::Event>> events) {
    if (state_ != State::Open || generation != delivery_.generation()) return;
    if (!events) return pageFailed();
    failingUntilMs_.reset();
    for (auto const& event : *events) {
        bool const replay = delivery_.onPaged(event.seq);
        EventFrame const frame(event, deps_.facts.epoch);
        if (!frame.pushed() || delivery_.silenced(event.seq, frame.alertId())) continue;
        if (replay) deps_.metrics.replayed.add();
        send(textFrame(frame.push(deps_.clock.wallMs(), replay)));
    }
    delivery_.onPageEnd(range, static_cast<std::int64_t>(events->size()) == limits_.pageEvents);
    page();
}

void Session::pageFailed() {
    auto const now = nowMs();
    if (!failingUntilMs_) failingUntilMs_ = now + limits_.pageFailingMs;
    if (now >= *failingUntilMs_) return close(CloseCode::InternalError);
    delivery_.onPageFailed();
    pageAgainMs_ = now + limits_.pageRetryMs;
    port_.wakeTimer();
}

void Session::onEvent(LiveEvent& live) {
    if (state_ != State::Open) return;
    auto const& event = live.event();
    if (!delivery_.onLive(event.seq())) return page();
    if (event.pushed() && !delivery_.silenced(event.seq(), event.alertId())) sendLive(live.frame());
}

void Session::onPush(Frame const& frame) {
    sendLive(frame);
}

void Session::onPrice(common::Symbol const& symbol, Frame const& frame) {
    if (state_ != State::Open) return;
    // Sent by the timer, which is due at once after a quiet interval: all symbols of a batch go together.
    pricesDue_.put(symbol, frame);
    port_.wakeTimer();
}

void Session::flushPrices() {
    for (auto const& [symbol, frame] : pricesDue_)
        outbox_.pushPrice(symbol, frame);
    pricesDue_.clear();
    pricesMs_ = nowMs() + priceIntervalMs_;
    port_.wakeWriter();
}

void Session::send(Frame frame) {
    outbox_.pushPaced(std::move(frame));
    port_.wakeWriter();
}

void Session::sendLive(Frame const& frame) {
    if (state_ != State::Open) return;
    if (outbox_.pushLive(frame)) return port_.wakeWriter();
    common::log::info("session", "slow", {{"session", number_}, {"queuedBytes", outbox_.bytes()}});
    deps_.metrics.slowCloses.add();
    outbox_.clear();
    close(CloseCode::SlowConsumer);
}

void Session::onPing(std::string_view payload) {
    if (state_ == State::Open) send(pongFrame(payload));
}

void Session::onWritten() {
    // A client that works through a long backlog is alive, though its pongs stand unread in the socket.
    if (!wantsInput()) onHeard();
    outbox_.written();
    if (state_ == State::Echoing && outbox_.empty()) return finish(false);
    page();
    port_.wakeReader();
}

bool Session::wantsInput() const {
    if (state_ != State::Open) return state_ != State::Finished;
    return !goodbyeMs_ && replies_.size() < limits_.commandsUnderWayMax && outbox_.pacedBytes() < limits_.pacedBytesMax;
}

std::int64_t Session::deadline() const {
    if (state_ != State::Open) return closeUntilMs_.value_or(0);
    auto next = std::min(beatMs_, pongUntilMs_.value_or(heardMs_ + limits_.silenceMs));
    if (holdUntilMs_) next = std::min(next, *holdUntilMs_);
    if (authUntilMs_) next = std::min(next, *authUntilMs_);
    if (pageAgainMs_) next = std::min(next, *pageAgainMs_);
    if (!pricesDue_.empty()) next = std::min(next, pricesMs_);
    return next;
}

void Session::onDeadline() {
    auto const now = nowMs();
    if (state_ == State::Closing || state_ == State::Echoing) {
        if (now >= *closeUntilMs_) finish(true);
        return;
    }
    if (state_ != State::Open) return;
    if (authUntilMs_ && now >= *authUntilMs_) return close(CloseCode::AuthFailed);
    if (holdUntilMs_ && now >= *holdUntilMs_) endHold();
    if (pageAgainMs_ && now >= *pageAgainMs_) {
        pageAgainMs_.reset();
        page();
    }
    if (now >= beatMs_) {
        beatMs_ = now + deps_.facts.heartbeatMs;
        sendLive(textFrame(renderHeartbeat(deps_.clock.wallMs(), delivery_.cursor())));
    }
    if (!pricesDue_.empty() && now >= pricesMs_) flushPrices();
    checkSilence(now);
}

void Session::checkSilence(std::int64_t now) {
    if (state_ != State::Open) return;
    if (pongUntilMs_) {
        if (now < *pongUntilMs_) return;
        deps_.metrics.lostCloses.add();
        outbox_.clear();
        close(CloseCode::HeartbeatLost);
    } else if (now >= heardMs_ + limits_.silenceMs) {
        pongUntilMs_ = now + limits_.pongMs;
        send(pingFrame());
    }
}

void Session::close(CloseCode code, common::DurationMs withinMs) {
    if (state_ != State::Open) return;
    state_ = State::Closing;
    closeUntilMs_ = nowMs() + withinMs;
    deps_.hub.leave(*this);
    common::log::info(
        "session", "closing",
        {{"session", number_}, {"code", static_cast<std::int64_t>(code)}, {"reason", common::closeInfo(code).reason}});
    send(closeFrame(code));
    port_.wakeTimer();
    port_.wakeReader();
}

void Session::goodbye(std::string_view reason, common::DurationMs reconnectInMs, common::DurationMs closeMs) {
    if (state_ != State::Open || goodbyeMs_) return;
    send(textFrame(renderGoodbye(reason, reconnectInMs)));
    goodbyeMs_ = closeMs;
    if (replies_.size() == 0) close(CloseCode::ServiceRestart, closeMs);
}

void Session::onClose(std::uint16_t code) {
    if (state_ == State::Open) {
        closeUntilMs_ = nowMs() + limits_.closeMs;
        deps_.hub.leave(*this);
        send(closeEcho(code));
    } else if (outbox_.empty() && !outbox_.writing()) {
        return finish(false);
    }
    state_ = State::Echoing;
    port_.wakeTimer();
}

void Session::onLost() {
    if (state_ != State::Finished) finish(false);
}

void Session::finish(bool reset) {
    state_ = State::Finished;
    deps_.hub.leave(*this);
    outbox_.clear();
    deps_.metrics.connections.add(-1);
    common::log::info("session", "closed", {{"session", number_}, {"reset", reset}});
    port_.finish(reset);
}

}  // namespace notifier
