#include "examples/replay/server/control_api.hpp"

#include "common/core/json.hpp"
#include "common/core/json_writer.hpp"

#include <array>
#include <charconv>
#include <expected>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace replay {
namespace {

using common::json::Writer;
constexpr TimeMs kForever = std::numeric_limits<TimeMs>::max();
constexpr std::uint64_t kFaultCountDefault = 10;
constexpr std::size_t kInjectedMax = 100'000;

/// A mistake in a control request, answered with 400.
struct Complaint {
    std::string text;
};

/// One request with its parameters read on demand; the first mistake is kept.
class Call {
public:
    Call(ControlApi::Parts& all, Query const& query, std::string const& body, TimeMs now)
        : parts(all), body(body), now(now), query_(query) {}

    std::int64_t integer(std::string_view name, std::int64_t byDefault) {
        auto const text = query_.find(name);
        if (!text) return byDefault;
        std::int64_t value = 0;
        auto const* const end = text->data() + text->size();
        if (auto const [last, error] = std::from_chars(text->data(), end, value);
            error != std::errc{} || last != end || value < 0)
            complain(fmt::format("{} is no whole number", name));
        return value;
    }
    std::string text(std::string_view name) { return std::string(query_.find(name).value_or("")); }
    bool flag(std::string_view name, bool byDefault) {
        auto const text = query_.find(name);
        return text ? *text == "true" || *text == "1" || *text == "on" : byDefault;
    }
    /// Place of the symbol, -1 when none was named.
    int symbol() {
        auto const name = query_.find("symbol");
        return name ? find(*name) : -1;
    }
    int find(std::string_view name) {
        int const place = parts.exchange.find(common::upperSymbol(name));
        if (place < 0) complain(fmt::format("unknown symbol {}", name));
        return place;
    }
    Decimal decimal(std::string_view name, std::string_view text) {
        auto const value = Decimal::parse(text);
        if (!value) complain(fmt::format("{} is no decimal", name));
        return value.value_or(Decimal{});
    }
    void complain(std::string text) {
        if (!complaint) complaint = std::move(text);
    }

    ControlApi::Parts& parts;
    std::string const& body;
    TimeMs now;
    std::optional<std::string> complaint;

private:
    Query const& query_;
};

std::string connections(std::size_t count) {
    return fmt::format(R"({{"ok":true,"connections":{}}})", count);
}
constexpr std::string_view kOkText = R"({"ok":true})";

std::string drop(Call& call) {
    auto const code = call.integer("code", 1001);
    auto const refuse = call.integer("refuse_ms", 0);
    if (code < 1000 || code > 4999) call.complain("code is none of 1000 to 4999");
    if (call.complaint) return {};
    call.parts.link.refuseUntil = call.now + refuse;
    return connections(call.parts.actions.closeAll(static_cast<std::uint16_t>(code), 0));
}

std::string reset(Call& call) {
    auto const refuse = call.integer("refuse_ms", 0);
    if (call.complaint) return {};
    call.parts.link.refuseUntil = call.now + refuse;
    return connections(call.parts.actions.resetAll());
}

std::string stall(Call& call) {
    auto const ms = call.integer("ms", -1);
    int const place = call.symbol();
    if (call.complaint) return {};
    auto const symbol =
        place < 0 ? std::string{} : call.parts.exchange.books()[static_cast<std::size_t>(place)].symbol();
    return connections(call.parts.actions.stallAll(symbol, ms < 0 ? kForever : call.now + ms));
}

template <auto apply>
std::string frameFault(Call& call) {
    int const symbol = call.symbol();
    auto const count = call.integer("count", kFaultCountDefault);
    if (call.complaint) return {};
    (call.parts.stream.*apply)(symbol, static_cast<std::uint64_t>(count));
    return std::string(kOkText);
}

std::string lag(Call& call) {
    auto const ms = call.integer("ms", 5'000);
    if (call.complaint) return {};
    call.parts.stream.setLag(ms);
    return std::string(kOkText);
}

std::string shutdownNotice(Call& call) {
    auto const closeIn = call.integer("in_ms", -1);
    if (call.complaint) return {};
    auto const event = fmt::format(R"({{"e":"serverShutdown","E":{}}})", call.parts.exchange.clock(call.now));
    auto const count = call.parts.actions.noticeAll(event, "!serverShutdown");
    if (closeIn >= 0) call.parts.actions.closeAll(1001, closeIn);
    return connections(count);
}

std::string restStatus(Call& call) {
    auto const status = call.integer("status", 429);
    auto const retryAfter = call.integer("retry_after", status == 429 || status == 418 ? 1 : -1);
    auto const count = call.integer("count", 1);
    if (status != 0 && (status < 400 || status > 599)) call.complain("status is none of 400 to 599");
    if (call.complaint) return {};
    auto& rest = call.parts.rest;
    rest.status = static_cast<int>(status);
    rest.retryAfterSeconds = retryAfter;
    rest.count = static_cast<std::uint64_t>(count);
    rest.path = call.text("path");
    return std::string(kOkText);
}

std::string restDelay(Call& call) {
    auto const ms = call.integer("ms", 2'000);
    if (call.complaint) return {};
    call.parts.rest.delayMs = ms;
    return std::string(kOkText);
}

std::string restLag(Call& call) {
    auto const count = call.integer("trades", 1);
    if (call.complaint) return {};
    for (auto& book : call.parts.exchange.books())
        book.setHiddenTrades(static_cast<std::size_t>(count));
    return std::string(kOkText);
}

std::string garbage(Call& call) {
    auto const kind = call.text("kind");
    if (kind == "frame") return connections(call.parts.actions.rawAll("\xF3\x7F garbage"));  // reserved bits and opcode
    return connections(call.parts.actions.noticeAll(R"({"e":"trade","E":17,"s":"BTC)", ""));
}

std::string unknownEvent(Call& call) {
    auto const event =
        fmt::format(R"({{"e":"neverSeenBefore","E":{},"zz":[1,{{"t":null}}]}})", call.parts.exchange.clock(call.now));
    return connections(call.parts.actions.noticeAll(event, "!neverSeenBefore"));
}

std::string extraFields(Call& call) {
    call.parts.actions.setExtraFields(call.flag("on", true));
    return std::string(kOkText);
}

std::string eventBeforeAck(Call& call) {
    auto const ms = call.integer("ms", 500);
    if (call.complaint) return {};
    call.parts.link.ackDelayMs = call.flag("on", true) ? ms : 0;
    return std::string(kOkText);
}

std::string tapeReset(Call& call) {
    int const only = call.symbol();
    auto const lastId = call.integer("last_id", -1);
    if (call.complaint) return {};
    auto& books = call.parts.exchange.books();
    for (std::size_t i = 0; i < books.size(); ++i) {
        if ((only >= 0 && static_cast<int>(i) != only) || books[i].lastTrade() == nullptr) continue;
        books[i].reset(lastId >= 0 ? lastId : books[i].lastTrade()->id / 2);
    }
    return std::string(kOkText);
}

std::string injectOne(Call& call, std::string_view symbol, std::string_view price, std::string_view qty,
                      bool buyerMaker) {
    int const place = call.find(symbol);
    auto const exactPrice = call.decimal("price", price);
    auto const exactQty = call.decimal("qty", qty);
    if (call.complaint) return {};
    auto const id = call.parts.actions.inject(static_cast<std::uint32_t>(place), exactPrice, exactQty, buyerMaker);
    return std::to_string(id);
}

std::string trade(Call& call) {
    auto const qty = call.text("qty");
    auto const id = injectOne(call, call.text("symbol"), call.text("price"), qty.empty() ? "1" : qty,
                              call.flag("buyer_maker", false));
    return fmt::format(R"({{"ok":true,"id":{}}})", id);
}

std::string zeroPrice(Call& call) {
    auto const id = injectOne(call, call.text("symbol"), "0", "0", false);
    return fmt::format(R"({{"ok":true,"id":{}}})", id);
}

std::string trades(Call& call) {
    auto const list = common::json::parse(call.body);
    if (!list || !list->isArray() || list->items().size() > kInjectedMax) {
        call.complain("the body is no JSON array of {symbol, price, qty}");
        return {};
    }
    Writer ids;
    ids.beginObject().field("ok", true).key("ids").beginArray();
    for (auto const& row : list->items()) {
        auto const member = [&](std::string_view name, std::string_view byDefault) {
            auto const* const value = row.find(name);
            return std::string(value == nullptr ? byDefault : std::string_view(value->text()));
        };
        auto const* const maker = row.find("buyer_maker");
        auto const id = injectOne(call, member("symbol", ""), member("price", ""), member("qty", "1"),
                                  maker != nullptr && maker->boolean());
        if (call.complaint) return {};
        ids.raw(id);
    }
    return ids.endArray().endObject().take();
}

std::string start(Call& call) {
    call.parts.actions.startPlaying();
    return std::string(kOkText);
}

std::string clear(Call& call) {
    auto& parts = call.parts;
    parts.stream.clear();
    parts.rest = {};
    parts.link = {};
    parts.violations.clear();
    parts.actions.setExtraFields(false);
    parts.actions.stallAll("", 0);
    for (auto& book : parts.exchange.books())
        book.setHiddenTrades(0);
    return std::string(kOkText);
}

void writeViolations(Writer& out, Violations const& violations) {
    out.beginObject();
    for (auto const& [kind, count] : violations.kinds())
        out.field(kind, count);
    out.endObject();
}

std::string violations(Call& call) {
    Writer out;
    out.beginObject().field("violations", call.parts.violations.total()).key("kinds");
    writeViolations(out, call.parts.violations);
    return out.endObject().take();
}

std::string status(Call& call) {
    auto& exchange = call.parts.exchange;
    auto const state = exchange.player().state();
    Writer out;
    out.beginObject();
    out.field("state", state == Player::State::Held      ? "held"
                       : state == Player::State::Playing ? "playing"
                                                         : "finished");
    out.field("clock", exchange.clock(call.now)).field("played", exchange.player().played());
    out.field("violations", call.parts.violations.total()).key("violation_kinds");
    writeViolations(out, call.parts.violations);
    out.key("symbols").beginObject();
    for (auto const& book : exchange.books()) {
        auto const* const last = book.lastTrade();
        if (last == nullptr) continue;
        out.key(book.symbol()).beginObject().field("last_id", last->id).field("price", last->price.text(8));
        out.field("time", last->time).endObject();
    }
    out.endObject().endObject();
    auto text = out.take();
    text.pop_back();
    return text + "," + call.parts.actions.statusMembers() + "}";
}

struct Command {
    std::string_view name;
    std::string (*run)(Call& call);
};
constexpr std::array kCommands{
    Command{"start", start},
    Command{"status", status},
    Command{"violations", violations},
    Command{"clear", clear},
    Command{"trade", trade},
    Command{"trades", trades},
    Command{"drop", drop},
    Command{"reset", reset},
    Command{"stall", stall},
    Command{"skip", frameFault<&StreamFaults::skip>},
    Command{"duplicate", frameFault<&StreamFaults::duplicate>},
    Command{"reorder", frameFault<&StreamFaults::reorder>},
    Command{"lag", lag},
    Command{"shutdown-notice", shutdownNotice},
    Command{"rest-status", restStatus},
    Command{"rest-delay", restDelay},
    Command{"rest-lag", restLag},
    Command{"garbage", garbage},
    Command{"unknown-event", unknownEvent},
    Command{"extra-fields", extraFields},
    Command{"zero-price", zeroPrice},
    Command{"tape-reset", tapeReset},
    Command{"event-before-ack", eventBeforeAck},
};

HttpReply mistake(int status, std::string_view text) {
    Writer out;
    return {status, out.beginObject().field("ok", false).field("error", text).endObject().take()};
}

}  // namespace

HttpReply ControlApi::handle(std::string const& method, std::string const& target, std::string const& body,
                             TimeMs now) {
    auto const query = Query::parse(target);
    auto const name = std::string_view(query.path()).substr(std::string_view("/control/").size());
    for (auto const& command : kCommands) {
        if (command.name != name) continue;
        bool const isReading = command.run == status || command.run == violations;
        if (method != "POST" && !(isReading && method == "GET")) return mistake(405, "use POST");
        Call call(parts_, query, body, now);
        auto text = command.run(call);
        if (call.complaint) return mistake(400, *call.complaint);
        return {200, std::move(text)};
    }
    return mistake(404, "no such control; see examples/replay/README.md");
}

}  // namespace replay
