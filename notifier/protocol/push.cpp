#include "notifier/protocol/push.hpp"

#include "common/core/json.hpp"
#include "common/core/json_writer.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace notifier {
namespace {

using common::ConditionKind;
using common::Notification;
using common::json::Writer;

// Indexed by the enumerator's number.
constexpr std::array<std::string_view, 4> kAuthTexts{"anonymous", "session", "key", "required"};
constexpr std::array<std::string_view, 3> kFeedTexts{"live", "stale", "halted"};

void writeTextOrNull(Writer& out, std::string_view name, std::string_view text) {
    out.key(name);
    if (text.empty())
        out.null();
    else
        out.value(text);
}

/// A text member of Notification::extra; empty when the kind did not add it.
std::string extraText(common::json::Value const& extra, std::string_view name) {
    auto const* const value = extra.find(name);
    return value == nullptr ? std::string() : value->text();
}

common::json::Value parseExtra(std::string_view extra) {
    auto parsed = common::json::parse(fmt::format("{{{}}}", extra));
    return parsed ? std::move(*parsed) : common::json::Value();
}

void writeGreeting(Writer& out, Greeting const& greeting, ServerFacts const& facts, common::TimeMs now) {
    bool const known = !greeting.accountPublicId.empty();
    out.field("version", 1);
    writeTextOrNull(out, "account", greeting.accountPublicId);
    writeTextOrNull(out, "session", greeting.sessionSecret);
    out.field("epoch", facts.epoch).key("seq");
    known ? out.value(greeting.seq) : out.null();
    out.key("acked");
    known ? out.value(greeting.acked) : out.null();
    out.field("auth", authText(greeting.auth)).field("heartbeat_ms", facts.heartbeatMs).key("limits").beginObject();
    out.field("alerts", facts.alertsMax).field("commands_per_s", facts.commandsPerS);
    out.field("frame_bytes", facts.frameBytesMax).endObject().field("ts", now);
}

void writeNotification(Writer& out, Notification const& n, common::Event const& event, std::string_view epoch) {
    out.field("type", "notification").field("seq", event.seq).field("epoch", epoch);
    out.field("id", common::notificationId(n)).field("alert_id", n.alertPublicId).field("rev", n.rev);
    out.field("key", n.key).field("symbol", n.symbol).field("kind", common::kindText(n.kind)).field("fire", n.fire);
    out.key("level");
    if (n.level)
        out.value(n.level->text());
    else
        out.null();
    if (!n.extra.empty())
        for (auto const extra = parseExtra(n.extra); auto const& member : extra.members())
            out.field(member.name, member.value);
    out.key("trade").beginObject().field("id", n.trade.id);
    if (n.trade.aggLastId != 0) out.field("agg_last_id", n.trade.aggLastId);
    out.field("price", n.trade.price.text()).field("qty", n.trade.qty.text()).field("time", n.trade.time).endObject();
    out.key("prev");
    if (n.prev)
        out.beginObject().field("id", n.prev->id).field("price", n.prev->price.text()).endObject();
    else
        out.null();
    out.field("suppressed", n.suppressed).field("source", common::sourceText(n.source)).field("late", n.late);
    out.field("message", notificationMessage(n)).field("note", n.note);
    out.key("times").beginObject().field("trade", n.trade.time).field("received", n.trade.received);
    out.field("committed", event.committed);
}

void writeGap(Writer& out, common::Gap const& gap, common::Event const& event, std::string_view epoch) {
    out.field("type", "gap").field("seq", event.seq).field("epoch", epoch).field("symbol", gap.symbol);
    out.field("from_id", gap.fromId).field("to_id", gap.toId).field("reason", common::gapReasonText(gap.reason));
    out.key("alert_ids").beginArray();
    for (auto const& id : gap.alertPublicIds)
        out.value(id);
    out.endArray().field("ts", event.committed);
}

std::string renderStateChange(common::AlertStateChange const& change, std::string_view state,
                              std::optional<std::int64_t> fromTradeId) {
    Writer out;
    out.beginObject().field("type", "alert_state").field("alert_id", change.alertPublicId).field("rev", change.rev);
    out.field("symbol", change.symbol).field("state", state).field("from_trade_id", fromTradeId);
    out.field("ts", change.at).endObject();
    return out.take();
}

}  // namespace

std::string_view authText(AuthKind kind) {
    return kAuthTexts[static_cast<std::size_t>(kind)];
}

std::string_view feedStateText(common::FeedState state) {
    return kFeedTexts[static_cast<std::size_t>(state)];
}

std::string renderWelcome(Greeting const& greeting, ServerFacts const& facts, common::TimeMs now) {
    Writer out;
    out.beginObject().field("type", "welcome");
    writeGreeting(out, greeting, facts, now);
    out.endObject();
    return out.take();
}

std::string renderAuthResult(Greeting const& greeting, ServerFacts const& facts, common::TimeMs now) {
    Writer out;
    out.beginObject();
    writeGreeting(out, greeting, facts, now);
    out.endObject();
    return out.take();
}

EventFrame::EventFrame(common::Event const& event, std::string_view epoch) : account_(event.account), seq_(event.seq) {
    Writer out;
    out.beginObject();
    if (auto const* const n = std::get_if<Notification>(&event.body)) {
        pushed_ = !n->channels || std::ranges::find(*n->channels, "push") != n->channels->end();
        hasSent_ = true;
        alertId_ = n->alertPublicId;
        writeNotification(out, *n, event, epoch);
        head_ = out.take();
        return;
    }
    writeGap(out, std::get<common::Gap>(event.body), event, epoch);
    head_ = out.take();
}

std::string EventFrame::push(common::TimeMs sent, bool replay) const {
    std::string text;
    text.reserve(head_.size() + 48);
    text = head_;
    if (hasSent_) text += fmt::format(R"(,"sent":{}}})", sent);
    text += replay ? R"(,"replay":true})" : "}";
    return text;
}

std::string EventFrame::stored() const {
    return head_ + (hasSent_ ? "}}" : "}");
}

std::string notificationMessage(Notification const& n) {
    auto const price = n.trade.price.value.text();
    auto const level = n.level ? " " + n.level->text() : std::string();
    switch (n.kind) {
        case ConditionKind::Above:
            return fmt::format("{} went above{}: {}", n.symbol, level, price);
        case ConditionKind::Below:
            return fmt::format("{} went below{}: {}", n.symbol, level, price);
        case ConditionKind::CrossUp:
            return fmt::format("{} crossed{} upwards: {}", n.symbol, level, price);
        case ConditionKind::CrossDown:
            return fmt::format("{} crossed{} downwards: {}", n.symbol, level, price);
        case ConditionKind::Cross:
            if (!n.level) return fmt::format("{} crossed its level: {}", n.symbol, price);
            return fmt::format("{} crossed{} {}: {}", n.symbol, level,
                               n.trade.price.value > *n.level ? "upwards" : "downwards", price);
        case ConditionKind::Enter:
            return fmt::format("{} entered its range: {}", n.symbol, price);
        case ConditionKind::Exit:
            return fmt::format("{} left its range: {}", n.symbol, price);
        default:
            break;
    }
    auto const extra = parseExtra(n.extra);
    auto const way = extraText(extra, "direction");
    switch (n.kind) {
        case ConditionKind::Move:
            return fmt::format("{} moved {} from {}: {}", n.symbol, way, extraText(extra, "anchor"), price);
        case ConditionKind::Trail:
            return fmt::format("{} turned from its extreme {}: {}", n.symbol, extraText(extra, "extreme"), price);
        case ConditionKind::Change:
            return fmt::format("{} changed from {} within its window: {}", n.symbol, extraText(extra, "reference"),
                               price);
        case ConditionKind::Spike:
            return fmt::format("{} spiked to {} against a mean of {}: {}", n.symbol, extraText(extra, "value"),
                               extraText(extra, "mean"), price);
        default:
            return fmt::format("{} became volatile: {}", n.symbol, price);
    }
}

std::string renderAlertState(common::AlertStateChange const& change) {
    return renderStateChange(change, common::statusText(change.status), change.fromTradeId);
}

std::string renderAlertRemoved(common::AlertStateChange const& change) {
    return renderStateChange(change, "removed", {});
}

std::string renderWebhookDisabled(common::Webhook const& webhook, common::TimeMs now) {
    Writer out;
    out.beginObject().field("type", "webhook_state").field("webhook_id", webhook.publicId);
    out.field("state", "disabled").field("reason", webhook.reason).field("ts", now).endObject();
    return out.take();
}

std::string renderPrice(common::PriceRecord const& price) {
    Writer out;
    out.beginObject().field("type", "price").field("symbol", price.symbol).field("price", price.price.text());
    out.field("trade_id", price.tradeId).field("time", price.time).endObject();
    return out.take();
}

std::string renderFeed(common::FeedRecord const& feed) {
    Writer out;
    out.beginObject().field("type", "feed");
    writeTextOrNull(out, "symbol", feed.symbol);
    out.field("state", feedStateText(feed.state)).field("since", feed.since);
    writeTextOrNull(out, "reason", feed.reason);
    out.endObject();
    return out.take();
}

std::string renderHeartbeat(common::TimeMs now, std::int64_t seq) {
    Writer out;
    out.beginObject().field("type", "heartbeat").field("ts", now).field("seq", seq).endObject();
    return out.take();
}

std::string renderGoodbye(std::string_view reason, common::DurationMs reconnectInMs) {
    Writer out;
    out.beginObject().field("type", "goodbye").field("reason", reason);
    out.field("reconnect_in_ms", reconnectInMs).endObject();
    return out.take();
}

}  // namespace notifier
