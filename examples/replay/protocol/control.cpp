#include "examples/replay/protocol/control.hpp"

#include "common/core/json.hpp"
#include "common/core/json_writer.hpp"
#include "examples/replay/protocol/query.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace replay {
namespace {

namespace json = common::json;

constexpr std::array<std::string_view, 5> kMethods{"SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY",
                                                   "GET_PROPERTY"};
constexpr std::size_t kIdCharactersMax = 36;

/// The id as JSON text, or nothing when its type is none that the exchange takes.
std::optional<std::string> idText(json::Value const* id) {
    if (id == nullptr) return {};
    if (id->isNull()) return "null";
    if (id->isNumber() && id->integer()) return id->text();
    if (!id->isString() || id->text().size() > kIdCharactersMax) return {};
    json::Writer writer;
    return writer.value(id->text()).take();
}

std::string result(std::string_view value, std::string_view id) {
    return fmt::format(R"({{"result":{},"id":{}}})", value, id);
}

std::optional<std::string> readProperty(json::Value const* params) {
    if (params == nullptr || !params->isArray() || params->items().empty() || !params->items()[0].isString()) return {};
    return params->items()[0].text();
}

/// `+` stands for itself in stream names, unlike in form-encoded queries.
std::string streamList(std::string_view text) {
    std::string protectedText;
    for (char const c : text)
        protectedText += c == '+' ? std::string("%2B") : std::string(1, c);
    return percentDecode(protectedText);
}

}  // namespace

void ControlSession::add(Stream stream, Answer& answer) {
    if (std::ranges::any_of(streams_, [&](Stream const& had) { return had.name == stream.name; })) return;
    answer.subscribed.push_back(stream);
    streams_.push_back(std::move(stream));
}

bool ControlSession::open(std::string_view target) {
    auto const query = Query::parse(target);
    std::string_view path = query.path();
    std::string list;
    if (path == "/stream" || path == "/stream/") {
        combined_ = true;
        auto const mark = target.find("streams=");
        if (mark != std::string_view::npos) {
            auto const rest = target.substr(mark + 8);
            list = streamList(rest.substr(0, rest.find('&')));
        }
    } else if (path == "/ws" || path.starts_with("/ws/")) {
        path.remove_prefix(3);
        list = streamList(path);
    } else {
        return false;
    }
    auto const unit = query.find("timeUnit");
    microseconds_ = unit == "MICROSECOND" || unit == "microsecond";
    Answer unused;
    for (std::string_view rest = list; !rest.empty();) {
        auto const end = std::min(rest.find('/'), rest.size());
        if (auto stream = parseStream(rest.substr(0, end)); stream && streams_.size() < limits_.streamsMax)
            add(std::move(*stream), unused);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return true;
}

ControlSession::Answer ControlSession::error(int code, std::string_view message, std::string_view id,
                                             std::string violation) {
    json::Writer writer;
    writer.beginObject().key("error").beginObject().field("code", code).field("msg", message).endObject();
    writer.key("id").raw(id).endObject();
    Answer answer{writer.take(), true};
    answer.violation = std::move(violation);
    return answer;
}

ControlSession::Answer ControlSession::request(std::string_view text) {
    if (text.size() > limits_.requestBytesMax) {
        Answer ignored;
        ignored.violation = "oversized_request";
        return ignored;
    }
    auto const parsed = json::parse(text);
    if (!parsed) return error(3, "Invalid JSON: expected value at line 1 column 1", "null", "invalid_json");
    auto const* const idValue = parsed->find("id");
    auto const id = idText(idValue);
    auto const* const method = parsed->find("method");
    std::string_view const knownId = id ? std::string_view(*id) : "null";
    if (method == nullptr || !method->isString()) {
        auto const message = fmt::format("Invalid request: missing field `method` at line 1 column {}", text.size());
        return error(2, message, knownId, "invalid_request");
    }
    auto const column = text.find(method->text()) + method->text().size() + 1;
    if (std::ranges::find(kMethods, method->text()) == kMethods.end()) {
        auto const message = fmt::format(
            "Invalid request: unknown variant `{}`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, "
            "`SET_PROPERTY`, `GET_PROPERTY` at line 1 column {}",
            method->text(), column);
        return error(2, message, knownId, "invalid_request");
    }
    if (!id) return error(2, "Invalid request: request ID must be an unsigned integer", "null", "invalid_request");

    auto const* const params = parsed->find("params");
    if (method->text() == "LIST_SUBSCRIPTIONS") {
        json::Writer names;
        names.beginArray();
        for (auto const& stream : streams_)
            names.value(stream.name);
        return {result(names.endArray().text(), *id)};
    }
    if (method->text().ends_with("PROPERTY")) {
        bool const sets = method->text() == "SET_PROPERTY";
        auto const property = readProperty(params);
        if (!property) return error(2, "Invalid request: property name must be a string", *id, "invalid_request");
        if (*property != "combined") return error(0, "Unknown property", *id, "invalid_request");
        if (params->items().size() > (sets ? 2U : 1U))
            return error(2, "Invalid request: too many parameters", *id, "invalid_request");
        if (!sets) return {result(combined_ ? "true" : "false", *id)};
        if (params->items().size() != 2 || !params->items()[1].isBool())
            return error(1, "Invalid value type: expected Boolean", *id, "invalid_request");
        combined_ = params->items()[1].boolean();
        return {result("null", *id)};
    }

    Answer answer{result("null", *id)};
    if (params == nullptr || !params->isArray())
        return error(2, "Invalid request: invalid stream", *id, "invalid_stream");
    std::vector<Stream> named;
    for (auto const& name : params->items()) {
        auto stream = name.isString() ? parseStream(name.text()) : std::nullopt;
        if (!stream) return error(2, "Invalid request: invalid stream", *id, "invalid_stream");
        named.push_back(std::move(*stream));
    }
    if (method->text() == "UNSUBSCRIBE") {
        for (auto& stream : named)
            if (std::erase_if(streams_, [&](Stream const& had) { return had.name == stream.name; }) > 0)
                answer.unsubscribed.push_back(std::move(stream));
        return answer;
    }
    for (auto& stream : named)
        add(std::move(stream), answer);
    if (streams_.size() <= limits_.streamsMax) return answer;
    streams_.resize(streams_.size() - answer.subscribed.size());
    return error(4, "Too many subscriptions", *id, "too_many_streams");
}

}  // namespace replay
