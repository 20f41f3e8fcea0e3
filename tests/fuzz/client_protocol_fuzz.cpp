// Any text frame a client can send: parsing is total, replies are JSON, and whatever was understood has a canonical
// form that means the same.

#include "common/core/utf8.hpp"
#include "notifier/protocol/command.hpp"
#include "notifier/protocol/reply.hpp"
#include "notifier/protocol/requests.hpp"
#include "notifier/protocol/text_form.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace notifier;

void check(bool holds) {
    if (!holds) std::abort();
}

void checkError(common::Error const& error) {
    check(!error.message.empty() && common::isUtf8(error.message));
    check(common::json::parse(renderErrorReply("1", "m", error)).has_value());
}

void checkSubscribe(common::Result<SubscribeRequest> const& request) {
    if (!request) return checkError(request.error());
    auto const json = common::json::parse(common::conditionJson(request->condition));
    check(json.has_value() && common::parseCondition(*json) == request->condition);

    common::AlertDefinition alert;
    alert.symbol = "BTCUSDT";
    alert.condition = request->condition;
    alert.mode = request->mode;
    alert.cooldown = request->cooldown;
    auto const again = parseTextForm(common::alertText(alert));
    check(again.has_value() && again->condition == alert.condition && again->mode == alert.mode &&
          again->cooldown == alert.cooldown);
}

template <class T>
void checkRequest(common::Result<T> const& request) {
    if (!request) checkError(request.error());
}

void checkCommand(Command const& command) {
    check(common::json::parse(renderReply(command.idJson, methodText(command.method), "{}")).has_value());
    switch (command.method) {
        case Method::Auth:
            return checkRequest(readAuth(command));
        case Method::Subscribe:
            return checkSubscribe(readSubscribe(command));
        case Method::Unsubscribe:
            return checkRequest(readUnsubscribe(command));
        case Method::List:
            return checkRequest(readList(command));
        case Method::Update:
            return checkRequest(readUpdate(command));
        case Method::Pause:
        case Method::Rearm:
            return checkRequest(readAlertId(command));
        case Method::Resume:
            return checkRequest(readResume(command));
        case Method::Ack:
            return checkRequest(readAck(command));
        case Method::History:
            return checkRequest(readHistory(command));
        case Method::Preview:
            return checkRequest(readPreview(command));
        case Method::Watch:
        case Method::Unwatch:
            return checkRequest(readWatch(command));
        case Method::Ping:
        case Method::Help:
            return;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    if (auto const command = parseFrame(text)) {
        checkCommand(*command);
    } else {
        checkError(command.error().error);
        check(common::json::parse(renderErrorReply(command.error())).has_value());
    }
    // A frame is UTF-8 when it comes here, and so is a line inside it.
    if (common::isUtf8(text)) checkSubscribe(parseTextForm(text));
    return 0;
}
