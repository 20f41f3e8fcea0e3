#include "notifier/protocol/requests.hpp"

#include "notifier/protocol/fields.hpp"
#include "notifier/protocol/text_form.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace notifier {
namespace {

using common::Error;
using common::ErrorCode;
using common::fail;
using common::Result;
using common::json::Value;

constexpr std::int64_t kPageMax = 1'000;
constexpr std::int64_t kIntervalMsMin = 250;
constexpr std::int64_t kIntervalMsMax = 60'000;
constexpr std::size_t kChannelsMax = 32;
constexpr std::size_t kWatchedMax = 1'000;
constexpr common::TimeMs kTimeMsMax = 253'402'300'799'999;  // the year 9999
constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

/// Reads parameters one by one and keeps the first error, so that a request is read without a branch per parameter.
class Reader {
public:
    explicit Reader(Value const& params) : params_(params) {}

    /// The parameter, or null when it is missing (an error if nothing else was wrong before).
    Value const* required(std::string_view name) {
        auto const* const value = params_.find(name);
        if (value == nullptr) refuse(ErrorCode::MissingField, fmt::format("\"{}\" is missing", name), name);
        return value;
    }
    /// The parameter; `null` counts as not given.
    Value const* optional(std::string_view name) const {
        auto const* const value = params_.find(name);
        return value == nullptr || value->isNull() ? nullptr : value;
    }

    std::string text(std::string_view name) {
        auto const* const value = required(name);
        return value == nullptr ? std::string() : textOf(*value, name);
    }
    std::optional<std::string> optionalText(std::string_view name) {
        auto const* const value = optional(name);
        if (value == nullptr) return {};
        return textOf(*value, name);
    }
    std::int64_t integer(std::string_view name, std::int64_t minimum, std::int64_t maximum) {
        auto const* const value = required(name);
        return value == nullptr ? minimum : integerOf(*value, name, minimum, maximum);
    }
    std::optional<std::int64_t> optionalInteger(std::string_view name, std::int64_t minimum, std::int64_t maximum) {
        auto const* const value = optional(name);
        if (value == nullptr) return {};
        return integerOf(*value, name, minimum, maximum);
    }
    bool flag(std::string_view name) {
        auto const* const value = optional(name);
        if (value == nullptr) return false;
        if (!value->isBool()) refuse(ErrorCode::BadValue, fmt::format("\"{}\" must be true or false", name), name);
        return value->boolean();
    }
    std::optional<common::AlertMode> mode() {
        auto const* const value = optional("mode");
        if (value == nullptr) return {};
        auto const mode = value->isString() ? common::parseMode(value->text()) : std::nullopt;
        if (!mode) refuse(ErrorCode::BadValue, "\"mode\" must be every or once", "mode");
        return mode;
    }
    /// 0 for null: no cooldown.
    std::optional<common::DurationMs> cooldown() {
        auto const* const value = params_.find("cooldown");
        if (value == nullptr) return {};
        if (value->isNull()) return 0;
        return keep(common::parseDurationValue(*value, "cooldown"));
    }
    Change<Expiry> expires() {
        auto const* const value = params_.find("expires");
        if (value == nullptr) return {};
        if (value->isNull()) return std::optional<Expiry>();
        if (value->isString()) return std::optional(Expiry{true, keep(common::parseDurationValue(*value, "expires"))});
        auto const time = value->integer();
        if (!time || *time <= 0)
            refuse(ErrorCode::BadValue, "\"expires\" must be a time in ms or a duration from now", "expires");
        return std::optional(Expiry{false, time.value_or(0)});
    }
    Change<std::string> note() {
        auto const* const value = params_.find("note");
        if (value == nullptr) return {};
        if (value->isNull()) return std::optional<std::string>();
        return std::optional(keep(checkNote(textOf(*value, "note"))));
    }
    Change<std::vector<std::string>> channels() {
        auto const* const value = params_.find("channels");
        if (value == nullptr) return {};
        if (value->isNull()) return std::optional<std::vector<std::string>>();
        return std::optional(texts(*value, "channels", kChannelsMax));
    }
    /// A list of strings; repeats are dropped.
    std::vector<std::string> texts(Value const& value, std::string_view name, std::size_t countMax) {
        if (!value.isArray() || value.items().size() > countMax)
            refuse(ErrorCode::BadValue, fmt::format("\"{}\" must be a list of at most {} strings", name, countMax),
                   name);
        std::vector<std::string> all;
        if (error_) return all;
        for (auto const& item : value.items()) {
            auto text = textOf(item, name);
            if (std::ranges::find(all, text) == all.end()) all.push_back(std::move(text));
        }
        return all;
    }

    void refuse(ErrorCode code, std::string message, std::string_view field = {}) {
        if (!error_) error_ = Error{code, std::move(message), std::string(field), {}};
    }
    template <class T>
    T keep(Result<T> result) {
        if (result) return std::move(*result);
        if (!error_) error_ = std::move(result.error());
        return {};
    }
    /// The request, or the first error.
    template <class T>
    Result<T> finish(T request) {
        if (error_) return std::unexpected(std::move(*error_));
        return request;
    }

private:
    std::string textOf(Value const& value, std::string_view name) {
        if (!value.isString()) refuse(ErrorCode::BadValue, fmt::format("\"{}\" must be a string", name), name);
        return value.isString() ? value.text() : std::string();
    }
    std::int64_t integerOf(Value const& value, std::string_view name, std::int64_t minimum, std::int64_t maximum) {
        auto const number = value.integer();
        if (number && *number >= minimum && *number <= maximum) return *number;
        refuse(ErrorCode::BadValue,
               maximum == kNoLimit ? fmt::format("\"{}\" must be an integer, at least {}", name, minimum)
                                   : fmt::format("\"{}\" must be an integer, {} to {}", name, minimum, maximum),
               name);
        return minimum;
    }

    Value const& params_;
    std::optional<Error> error_;
};

std::optional<std::int64_t> rowOfCursor(std::string_view cursor) {
    if (!cursor.starts_with('c')) return {};
    std::int64_t row = 0;
    auto const* const end = cursor.data() + cursor.size();
    auto const [stop, error] = std::from_chars(cursor.data() + 1, end, row, 16);
    if (error != std::errc{} || stop != end || row <= 0) return {};
    return row;
}

common::Condition foundingCondition(Reader& in) {
    common::Condition condition{.kind = common::ConditionKind::Above};
    if (auto const* const threshold = in.required("threshold"))
        condition.price = in.keep(common::parsePositive(*threshold, "threshold"));
    return condition;
}

}  // namespace

Result<SubscribeRequest> readSubscribe(Command const& command) {
    if (command.params.isString()) return parseTextForm(command.params.text());
    Reader in(command.params);
    SubscribeRequest request;
    request.symbol = in.text("symbol");
    if (command.founding)
        request.condition = foundingCondition(in);
    else if (auto const* const when = in.required("when"))
        request.condition = in.keep(common::parseCondition(*when));
    request.mode = in.mode().value_or(common::AlertMode::Every);
    request.cooldown = in.cooldown().value_or(0);
    request.expires = in.expires();
    if (auto const key = in.optionalText("key")) request.key = in.keep(checkKey(*key));
    request.note = in.note();
    request.channels = in.channels();
    request.upsert = in.flag("upsert");
    return in.finish(std::move(request));
}

Result<UnsubscribeRequest> readUnsubscribe(Command const& command) {
    Reader in(command.params);
    UnsubscribeRequest request;
    request.alertId = in.optionalText("alert_id");
    request.key = in.optionalText("key");
    if (auto const symbol = in.optionalText("symbol")) request.symbol = common::upperSymbol(*symbol);
    request.all = in.flag("all");
    int const given = int{request.alertId.has_value()} + int{request.key.has_value()} +
                      int{request.symbol.has_value()} + int{request.all};
    if (given != 1)
        in.refuse(ErrorCode::BadRequest, "give exactly one of \"alert_id\", \"key\", \"symbol\" and \"all\":true");
    return in.finish(std::move(request));
}

Result<ListRequest> readList(Command const& command) {
    Reader in(command.params);
    ListRequest request;
    if (auto const symbol = in.optionalText("symbol")) request.symbol = common::upperSymbol(*symbol);
    if (auto const state = in.optionalText("state")) {
        request.status = common::parseStatus(*state);
        if (!request.status) in.refuse(ErrorCode::BadValue, "\"state\" must be a state of alerts", "state");
    }
    request.limit = in.optionalInteger("limit", 1, kPageMax).value_or(request.limit);
    if (auto const cursor = in.optionalText("cursor")) {
        auto const row = rowOfCursor(*cursor);
        if (!row) in.refuse(ErrorCode::BadValue, "\"cursor\" must be a \"next_cursor\" of this method", "cursor");
        request.afterId = row.value_or(0);
    }
    return in.finish(std::move(request));
}

Result<UpdateRequest> readUpdate(Command const& command) {
    Reader in(command.params);
    UpdateRequest request;
    request.alertId = in.text("alert_id");
    request.ifRev = in.optionalInteger("if_rev", 0, kNoLimit);
    auto const* const set = in.required("set");
    if (set == nullptr) return in.finish(std::move(request));
    if (!set->isObject()) in.refuse(ErrorCode::BadValue, "\"set\" must be an object", "set");
    auto outer = in.finish(std::move(request));
    if (!outer) return outer;

    Reader changes(*set);
    if (auto const* const when = set->find("when")) outer->condition = changes.keep(common::parseCondition(*when));
    outer->mode = changes.mode();
    outer->cooldown = changes.cooldown();
    outer->expires = changes.expires();
    outer->note = changes.note();
    outer->channels = changes.channels();
    return changes.finish(std::move(*outer));
}

Result<std::string> readAlertId(Command const& command) {
    Reader in(command.params);
    return in.finish(in.text("alert_id"));
}

Result<ResumeRequest> readResume(Command const& command) {
    Reader in(command.params);
    ResumeRequest request{.epoch = in.text("epoch"), .after = in.integer("after", 0, kNoLimit)};
    return in.finish(std::move(request));
}

Result<std::int64_t> readAck(Command const& command) {
    Reader in(command.params);
    return in.finish(in.integer("seq", 0, kNoLimit));
}

Result<HistoryRequest> readHistory(Command const& command) {
    Reader in(command.params);
    HistoryRequest request;
    request.after = in.optionalInteger("after", 0, kNoLimit).value_or(request.after);
    request.limit = in.optionalInteger("limit", 1, kPageMax).value_or(request.limit);
    return in.finish(request);
}

Result<PreviewRequest> readPreview(Command const& command) {
    PreviewRequest request;
    auto const alert = [&](SubscribeRequest const& asked) {
        request.symbol = asked.symbol;
        request.condition = asked.condition;
        request.mode = asked.mode;
        request.cooldown = asked.cooldown;
    };
    if (command.params.isString()) {
        auto const line = parseTextForm(command.params.text());
        if (!line) return std::unexpected(line.error());
        alert(*line);
        return request;
    }
    auto const asked = readSubscribe(command);
    if (!asked) return std::unexpected(asked.error());
    alert(*asked);
    Reader in(command.params);
    request.from = in.optionalInteger("from", 0, kTimeMsMax);
    request.to = in.optionalInteger("to", 0, kTimeMsMax);
    return in.finish(std::move(request));
}

Result<WatchRequest> readWatch(Command const& command) {
    Reader in(command.params);
    WatchRequest request;
    if (auto const* const symbols = in.required("symbols")) {
        // Judged before the list is read: repeats are found by comparing, which a long list would make dear.
        if (symbols->items().size() > kWatchedMax)
            in.refuse(ErrorCode::TooManySymbols, fmt::format("at most {} symbols in one request", kWatchedMax),
                      "symbols");
        request.symbols = in.texts(*symbols, "symbols", kWatchedMax);
        if (request.symbols.empty()) in.refuse(ErrorCode::BadValue, "\"symbols\" must name at least one", "symbols");
    }
    request.intervalMs = in.optionalInteger("interval_ms", kIntervalMsMin, kIntervalMsMax).value_or(request.intervalMs);
    return in.finish(std::move(request));
}

Result<AuthRequest> readAuth(Command const& command) {
    Reader in(command.params);
    AuthRequest request{.token = in.optionalText("token"), .session = in.optionalText("session")};
    if (!request.token && !request.session)
        in.refuse(ErrorCode::MissingField, "give \"token\" or \"session\"", "token");
    if (request.token && request.session) in.refuse(ErrorCode::BadRequest, "give either \"token\" or \"session\"");
    return in.finish(std::move(request));
}

std::string listCursor(common::AlertId last) {
    return fmt::format("c{:x}", last.value);
}

}  // namespace notifier
