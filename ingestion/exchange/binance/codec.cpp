#include "ingestion/exchange/binance/codec.hpp"

#include "common/core/json.hpp"
#include "ingestion/exchange/binance/text_cursor.hpp"

#include <utility>

namespace ingestion::binance {
namespace {

using common::json::Value;

void malformed(Frame& frame, std::string_view why) {
    frame.kind = FrameKind::Malformed;
    frame.message = why;
}

std::optional<std::int64_t> natural(Value const* value) {
    if (value == nullptr) return {};
    auto const number = value->integer();
    if (!number || *number < 0) return {};
    return number;
}

std::optional<common::ExactDecimal> decimalText(Value const* value) {
    if (value == nullptr || !value->isString()) return {};
    return common::ExactDecimal::parse(value->text());
}

void readTrade(Value const& data, Frame& frame, std::string& symbolStore) {
    auto const* const symbol = data.find("s");
    auto const id = natural(data.find("t"));
    auto const time = natural(data.find("T"));
    auto const price = decimalText(data.find("p"));
    auto const qty = decimalText(data.find("q"));
    auto const* const maker = data.find("m");
    if (symbol == nullptr || !symbol->isString() || !id || !time || !price || !qty || maker == nullptr ||
        !maker->isBool())
        return malformed(frame, "trade with a missing or wrong member");
    symbolStore = symbol->text();
    frame.kind = FrameKind::Trade;
    frame.symbol = symbolStore;
    frame.eventTime = natural(data.find("E")).value_or(*time);
    frame.trade = {*id, 0, *price, *qty, *time, 0, maker->boolean()};
}

void readEvent(Value const& data, Frame& frame, std::string& symbolStore) {
    auto const* const event = data.find("e");
    frame.kind = FrameKind::Other;
    if (event == nullptr || !event->isString()) return;
    if (event->text() == "trade") return readTrade(data, frame, symbolStore);
    if (event->text() == "serverShutdown") frame.kind = FrameKind::ServerShutdown;
}

/// The documents show errors flat, the field shows them wrapped in `error`; binance-facts section 1.6.
bool readError(Value const& root, Frame& frame) {
    auto const* wrapped = root.find("error");
    if (wrapped != nullptr && wrapped->isNull()) wrapped = nullptr;
    auto const& error = wrapped != nullptr ? *wrapped : root;
    auto const* const code = error.find("code");
    auto const* const message = error.find("msg");
    if (wrapped == nullptr && (code == nullptr || message == nullptr)) return false;
    frame.kind = FrameKind::Error;
    frame.code = code != nullptr ? code->integer().value_or(-1) : -1;
    frame.message = message != nullptr ? message->text() : std::string{};
    return true;
}

bool readReply(Value const& root, Frame& frame) {
    auto const* const result = root.find("result");
    if (result == nullptr) return false;
    frame.kind = FrameKind::Other;
    if (result->isNull()) frame.kind = FrameKind::Ack;
    if (!result->isArray()) return true;
    frame.kind = FrameKind::Subscriptions;
    frame.names.clear();
    for (auto const& name : result->items())
        if (name.isString()) frame.names.push_back(name.text());
    return true;
}

}  // namespace

bool scanTrade(std::string_view text, Frame& frame) {
    TextCursor at(text);
    bool const combined = at.skip("{\"stream\":\"");
    if (std::string_view stream; combined && !(at.quoted(stream) && at.skip(",\"data\":"))) return false;
    common::Trade trade;
    common::TimeMs eventTime = 0;
    std::string_view symbol;
    bool ignored = false;
    bool const known = at.skip("{\"e\":\"trade\",\"E\":") && at.integer(eventTime) && at.skip(",\"s\":\"") &&
                       at.quoted(symbol) && at.skip(",\"t\":") && at.integer(trade.id) && at.skip(",\"p\":\"") &&
                       at.decimalQuoted(trade.price) && at.skip(",\"q\":\"") && at.decimalQuoted(trade.qty) &&
                       at.skip(",\"T\":") && at.integer(trade.time) && at.skip(",\"m\":") &&
                       at.boolean(trade.buyerMaker) && at.skip(",\"M\":") && at.boolean(ignored) && at.skip("}") &&
                       (!combined || at.skip("}")) && at.atEnd();
    if (!known) return false;
    frame.kind = FrameKind::Trade;
    frame.symbol = symbol;
    frame.eventTime = eventTime;
    frame.trade = trade;
    return true;
}

void decodeJson(std::string_view text, Frame& frame, std::string& symbolStore) {
    auto const parsed = common::json::parse(text);
    if (!parsed) return malformed(frame, parsed.error().message);
    auto const& root = *parsed;
    frame.id.reset();
    if (auto const* const id = root.find("id")) frame.id = id->integer();
    if (readError(root, frame) || readReply(root, frame)) return;
    auto const* const data = root.find("data");
    readEvent(data != nullptr && root.find("stream") != nullptr ? *data : root, frame, symbolStore);
}

Frame const& Codec::decode(std::string_view text) {
    if (!scanTrade(text, frame_)) decodeJson(text, frame_, symbol_);
    return frame_;
}

}  // namespace ingestion::binance
