#include "notifier/protocol/command.hpp"

#include "common/core/json_writer.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace notifier {
namespace {

using common::Error;
using common::ErrorCode;
using common::json::Value;

constexpr std::size_t kIdCharactersMax = 64;
constexpr std::size_t kEchoedMethodBytesMax = 64;

std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// The id as it is echoed; nothing when it breaks the rules.
std::optional<std::string> readId(Value const* id) {
    if (id == nullptr) return std::string();
    if (id->integer()) return id->text();
    if (!id->isString() || characters(id->text()) > kIdCharactersMax) return {};
    return common::json::Writer().value(std::string_view(id->text())).take();
}

/// A name of `method` that stands beside `params`: the request has two places for its parameters then.
std::optional<std::string_view> strayParameter(Value const& frame, Method method) {
    for (auto const name : methodInfo(method).parameters)
        if (frame.find(name) != nullptr) return name;
    return {};
}

/// The request without `method`, `id` and `params`.
Value topLevelParameters(Value&& frame) {
    std::erase_if(frame.members(), [](auto const& member) { return member.name == "method" || member.name == "id"; });
    return std::move(frame);
}

bool isFounding(Value const& params) {
    return params.find("threshold") != nullptr && params.find("when") == nullptr;
}

class FrameReader {
public:
    std::expected<Command, FrameError> read(Value frame) {
        auto const id = readId(frame.find("id"));
        auto const* const method = frame.find("method");
        if (method != nullptr && method->isString() && method->text().size() <= kEchoedMethodBytesMax)
            method_ = method->text();
        if (!id)
            return refuse(ErrorCode::BadRequest, "\"id\" must be an int64 or a string of at most 64 characters", "id");
        id_ = *id;

        auto const* const params = frame.find("params");
        if (method == nullptr) return readFounding(std::move(frame));
        if (!method->isString()) return refuse(ErrorCode::BadRequest, "\"method\" must be a string", "method");
        auto const known = parseMethod(method->text());
        if (!known) return refuse(ErrorCode::UnknownMethod, "unknown method; \"help\" lists them all", "method");

        Command command{.method = *known, .idJson = id_};
        if (params == nullptr) {
            command.params = topLevelParameters(std::move(frame));
            return command;
        }
        if (auto const stray = strayParameter(frame, *known)) return refuseBoth(*stray);
        if (params->isString() ? *known != Method::Subscribe && *known != Method::Preview : !params->isObject())
            return refuse(ErrorCode::BadRequest,
                          *known == Method::Subscribe ? "\"params\" must be an object or one line of text"
                                                      : "\"params\" must be an object",
                          "params");
        command.params = *params;
        return command;
    }

private:
    std::expected<Command, FrameError> readFounding(Value frame) {
        auto const* const params = frame.find("params");
        if (params != nullptr ? !isFounding(*params) : !isFounding(frame))
            return refuse(ErrorCode::MissingField, "\"method\" is missing; \"help\" lists them all", "method");
        method_ = methodText(Method::Subscribe);
        Command command{.method = Method::Subscribe, .idJson = id_, .founding = true};
        if (params == nullptr) {
            command.params = topLevelParameters(std::move(frame));
            return command;
        }
        if (frame.find("threshold") != nullptr) return refuseBoth("threshold");
        if (auto const stray = strayParameter(frame, Method::Subscribe)) return refuseBoth(*stray);
        command.params = *params;
        return command;
    }

    std::unexpected<FrameError> refuseBoth(std::string_view stray) {
        return refuse(ErrorCode::BadRequest, "parameters stand in \"params\" or at top level, not in both",
                      std::string(stray));
    }
    std::unexpected<FrameError> refuse(ErrorCode code, std::string message, std::string field) {
        return std::unexpected(
            FrameError{Error{code, std::move(message), std::move(field), {}}, std::move(id_), std::move(method_)});
    }

    std::string id_ = "null";
    std::string method_;
};

}  // namespace

std::expected<Command, FrameError> parseFrame(std::string_view text) {
    auto frame = common::json::parse(text);
    if (!frame) return std::unexpected(FrameError{std::move(frame.error()), "null", {}});
    if (!frame->isObject())
        return std::unexpected(
            FrameError{Error{ErrorCode::BadRequest, "a request is a JSON object", {}, {}}, "null", {}});
    return FrameReader().read(std::move(*frame));
}

}  // namespace notifier
