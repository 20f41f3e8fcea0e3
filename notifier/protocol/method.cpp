#include "notifier/protocol/method.hpp"

#include <algorithm>
#include <array>

namespace notifier {
namespace {

using Names = std::span<std::string_view const>;

constexpr std::array<std::string_view, 2> kAuth{"token", "session"};
constexpr std::array<std::string_view, 9> kSubscribe{"symbol", "when", "mode",     "cooldown", "expires",
                                                     "key",    "note", "channels", "upsert"};
constexpr std::array<std::string_view, 4> kUnsubscribe{"alert_id", "key", "symbol", "all"};
constexpr std::array<std::string_view, 4> kList{"symbol", "state", "limit", "cursor"};
constexpr std::array<std::string_view, 3> kUpdate{"alert_id", "set", "if_rev"};
constexpr std::array<std::string_view, 1> kAlertId{"alert_id"};
constexpr std::array<std::string_view, 2> kResume{"epoch", "after"};
constexpr std::array<std::string_view, 1> kAck{"seq"};
constexpr std::array<std::string_view, 2> kHistory{"after", "limit"};
constexpr std::array<std::string_view, 6> kPreview{"symbol", "when", "mode", "cooldown", "from", "to"};
constexpr std::array<std::string_view, 2> kWatch{"symbols", "interval_ms"};

constexpr std::array kMethods{
    MethodInfo{Method::Auth, "auth", kAuth, "say who you are, as the first command; answers the welcome's members",
               R"({"id":1,"method":"auth","token":"tb_your_key"})"},
    MethodInfo{Method::Subscribe, "subscribe", kSubscribe, "arm an alert; safe to repeat",
               R"({"id":2,"method":"subscribe","symbol":"BTCUSDT","when":{"kind":"above","price":"70000"},)"
               R"("mode":"every","cooldown":"5m"})"},
    MethodInfo{Method::Unsubscribe, "unsubscribe", kUnsubscribe, "remove alerts by alert_id, key, symbol or all:true",
               R"({"id":3,"method":"unsubscribe","symbol":"BTCUSDT"})"},
    MethodInfo{Method::List, "list", kList, "your alerts in order of creation, page by page",
               R"({"id":4,"method":"list","state":"armed","limit":100})"},
    MethodInfo{Method::Update, "update", kUpdate, "change an alert; another condition starts a new revision",
               R"({"id":5,"method":"update","alert_id":"al_your_alert","set":{"cooldown":"10m"},"if_rev":1})"},
    MethodInfo{Method::Pause, "pause", kAlertId, "let an alert rest until rearm",
               R"({"id":6,"method":"pause","alert_id":"al_your_alert"})"},
    MethodInfo{Method::Rearm, "rearm", kAlertId, "arm an alert afresh, from whatever state",
               R"({"id":7,"method":"rearm","alert_id":"al_your_alert"})"},
    MethodInfo{Method::Resume, "resume", kResume, "replay what was missed after a sequence number",
               R"({"id":8,"method":"resume","epoch":"epoch_of_the_welcome","after":41})"},
    MethodInfo{Method::Ack, "ack", kAck, "mark events as read up to a sequence number",
               R"({"id":9,"method":"ack","seq":42})"},
    MethodInfo{Method::History, "history", kHistory, "stored events after a sequence number",
               R"({"id":10,"method":"history","after":0,"limit":100})"},
    MethodInfo{Method::Preview, "preview", kPreview, "when would this alert have fired, over at most 7 days",
               R"({"id":11,"method":"preview","symbol":"BTCUSDT","when":{"kind":"cross","price":"70000"}})"},
    MethodInfo{Method::Watch, "watch", kWatch, "push the latest price of symbols",
               R"({"id":12,"method":"watch","symbols":["BTCUSDT","ETHUSDT"],"interval_ms":1000})"},
    MethodInfo{Method::Unwatch, "unwatch", kWatch, "stop price pushes of symbols",
               R"({"id":13,"method":"unwatch","symbols":["ETHUSDT"]})"},
    MethodInfo{Method::Ping, "ping", {}, "the server's time", R"({"id":14,"method":"ping"})"},
    MethodInfo{Method::Help, "help", {}, "this list", R"({"id":15,"method":"help"})"},
};

}  // namespace

std::span<MethodInfo const> methodTable() {
    return kMethods;
}

MethodInfo const& methodInfo(Method method) {
    return kMethods[static_cast<std::size_t>(method)];
}

std::optional<Method> parseMethod(std::string_view name) {
    auto const row = std::ranges::find(kMethods, name, &MethodInfo::name);
    if (row == kMethods.end()) return {};
    return row->method;
}

}  // namespace notifier
