#include "notifier/protocol/reply.hpp"

#include <fmt/format.h>

namespace notifier {
namespace {

using common::json::Writer;

/// `id` and `method`, which every reply begins with.
void beginReply(Writer& out, std::string_view idJson, std::string_view method) {
    out.beginObject();
    if (!idJson.empty()) out.key("id").raw(idJson);
    out.key("method");
    if (method.empty())
        out.null();
    else
        out.value(method);
}

void writeError(Writer& out, common::Error const& error) {
    auto const& info = common::errorInfo(error.code);
    out.beginObject();
    out.field("code", static_cast<int>(info.code)).field("name", info.name).field("message", error.message);
    out.key("field");
    if (error.field.empty())
        out.null();
    else
        out.value(error.field);
    out.field("retryable", info.retryable);
    if (error.retryAfterMs) out.field("retry_after_ms", *error.retryAfterMs);
    out.endObject();
}

}  // namespace

std::string renderReply(std::string_view idJson, std::string_view method, std::string_view resultJson) {
    Writer out;
    beginReply(out, idJson, method);
    out.key("result").raw(resultJson).endObject();
    return out.take();
}

std::string renderErrorReply(std::string_view idJson, std::string_view method, common::Error const& error) {
    Writer out;
    beginReply(out, idJson, method);
    out.key("error");
    writeError(out, error);
    out.endObject();
    return out.take();
}

std::string renderErrorReply(FrameError const& error) {
    return renderErrorReply(error.idJson, error.method, error.error);
}

std::string renderError(common::Error const& error) {
    Writer out;
    writeError(out, error);
    return out.take();
}

void writeAlert(Writer& out, common::AlertRecord const& record, common::TimeMs now) {
    auto const& [definition, state] = record;
    // What ingestion wrote about an older revision does not describe this one; fires and last_fired count over all.
    bool const current = state.rev == definition.rev;
    out.beginObject();
    out.field("id", definition.publicId).field("key", definition.key).field("rev", definition.rev);
    out.field("symbol", definition.symbol).key("when").raw(common::conditionJson(definition.condition));
    out.field("mode", common::modeText(definition.mode)).key("cooldown");
    if (definition.cooldown > 0)
        out.value(common::durationText(definition.cooldown));
    else
        out.null();
    out.field("state", common::statusText(common::shownStatus(record, now)));
    out.field("from_trade_id", current ? state.fromTradeId : std::nullopt);
    out.field("fires", state.fires).field("suppressed", current ? state.suppressed : 0);
    out.field("last_fired", state.lastFired).field("created", definition.created);
    out.field("expires", definition.expires).field("note", definition.note).key("channels");
    if (definition.channels) {
        out.beginArray();
        for (auto const& channel : *definition.channels)
            out.value(channel);
        out.endArray();
    } else {
        out.null();
    }
    out.field("text", common::alertText(definition)).endObject();
}

std::string renderHelp() {
    Writer out;
    out.beginObject().key("methods").beginArray();
    for (auto const& method : methodTable()) {
        out.beginObject().field("method", method.name).field("summary", method.summary).key("parameters").beginArray();
        for (auto const name : method.parameters)
            out.value(name);
        out.endArray().key("example").raw(method.example).endObject();
    }
    out.endArray().endObject();
    return out.take();
}

}  // namespace notifier
