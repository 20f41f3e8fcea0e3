#include "common/core/condition.hpp"

#include "common/core/json_writer.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include <fmt/format.h>

namespace common {
namespace {

using enum ConditionKind;

constexpr DurationMs kSecond = 1'000;
constexpr DurationMs kMinute = 60 * kSecond;
constexpr DurationMs kDay = 1'440 * kMinute;
constexpr DurationMs kHistoryMax = 7 * kDay;  // minute candles are kept this long (spec section 5)

// Indexed by the enumerator's number.
constexpr std::array<std::string_view, 12> kKindTexts{"above",  "below", "cross_up",   "cross_down",
                                                      "cross",  "enter", "exit",       "move",
                                                      "change", "spike", "volatility", "trail"};
constexpr std::array<std::string_view, 3> kDirectionTexts{"both", "up", "down"};
constexpr std::array<std::string_view, 4> kMetricTexts{"volume", "quote_volume", "trades", "price"};

std::string member(std::string_view name) {
    return fmt::format("when.{}", name);
}

template <class E, std::size_t N>
std::optional<E> parseWord(std::array<std::string_view, N> const& words, std::string_view text) {
    auto const word = std::ranges::find(words, text);
    if (word == words.end()) return {};
    return static_cast<E>(word - words.begin());
}

/// Reads members of `when` one by one and keeps the first error.
class Reader {
public:
    explicit Reader(json::Value const& when) : when_(when) {}

    bool has(std::string_view name) const { return when_.find(name) != nullptr; }

    Decimal positive(std::string_view name, int decimalsMax) {
        auto const* const value = required(name);
        if (value == nullptr) return {};
        return keep(parsePositive(*value, member(name), decimalsMax));
    }
    std::optional<Decimal> optionalPositive(std::string_view name, int decimalsMax) {
        if (!has(name)) return {};
        return positive(name, decimalsMax);
    }
    DurationMs duration(std::string_view name) {
        auto const* const value = required(name);
        if (value == nullptr) return 0;
        return keep(parseDurationValue(*value, member(name)));
    }
    template <class E, std::size_t N>
    E word(std::string_view name, std::array<std::string_view, N> const& words, E fallback) {
        auto const* const value = when_.find(name);
        if (value == nullptr) return fallback;
        auto const parsed = value->isString() ? parseWord<E>(words, value->text()) : std::nullopt;
        if (!parsed) reject(name, fmt::format("one of {}", fmt::join(words, ", ")));
        return parsed.value_or(fallback);
    }
    std::optional<bool> boolean(std::string_view name) {
        auto const* const value = when_.find(name);
        if (value == nullptr) return {};
        if (!value->isBool()) reject(name, "true or false");
        return value->boolean();
    }
    json::Value const* required(std::string_view name) {
        auto const* const value = when_.find(name);
        if (value == nullptr)
            refuse({ErrorCode::MissingField, fmt::format("\"{}\" is missing", name), member(name), {}});
        return value;
    }
    void allowOnly(std::initializer_list<std::string_view> names) {
        for (auto const& m : when_.members())
            if (std::ranges::find(names, m.name) == names.end())
                refuse({ErrorCode::BadValue,
                        fmt::format("\"{}\" does not belong to this kind", m.name),
                        member(m.name),
                        {}});
    }
    void reject(std::string_view name, std::string_view wanted) {
        refuse({ErrorCode::BadValue, fmt::format("\"{}\" must be {}", name, wanted), member(name), {}});
    }
    void refuse(Error error) {
        if (!error_) error_ = std::move(error);
    }
    template <class T>
    T keep(Result<T> result) {
        if (result) return *result;
        refuse(std::move(result.error()));
        return {};
    }
    std::optional<Error> const& error() const { return error_; }

private:
    json::Value const& when_;
    std::optional<Error> error_;
};

void readAmount(Reader& in, Condition& condition) {
    condition.pct = in.optionalPositive("pct", 4);
    condition.abs = in.optionalPositive("abs", 8);
    if (!condition.pct && !condition.abs) in.required("pct");
}

void readAnchor(Reader& in, json::Value const& when, Condition& condition) {
    auto const* const anchor = when.find("anchor");
    if (anchor == nullptr || anchor->text() == "arming") return;
    if (anchor->isString() && anchor->text() == "last_fire") {
        condition.anchor = Anchor::LastFire;
        return;
    }
    condition.anchor = Anchor::Price;
    condition.anchorPrice = in.keep(parsePositive(*anchor, member("anchor")));
}

void readKind(Reader& in, json::Value const& when, Condition& condition) {
    switch (condition.kind) {
        case Above:
        case Below:
            in.allowOnly({"kind", "price", "initial", "for", "rearm"});
            condition.price = in.positive("price", 8);
            condition.rearm = in.optionalPositive("rearm", 8);
            break;
        case CrossUp:
        case CrossDown:
        case Cross:
            in.allowOnly({"kind", "price"});
            condition.price = in.positive("price", 8);
            break;
        case Enter:
        case Exit:
            in.allowOnly({"kind", "low", "high", "initial", "for"});
            condition.low = in.positive("low", 8);
            condition.high = in.positive("high", 8);
            break;
        case Move:
            in.allowOnly({"kind", "pct", "abs", "direction", "anchor", "initial", "for"});
            readAmount(in, condition);
            condition.direction = in.word("direction", kDirectionTexts, Direction::Both);
            readAnchor(in, when, condition);
            break;
        case Change:
            in.allowOnly({"kind", "pct", "window", "direction", "initial", "for"});
            condition.pct = in.positive("pct", 4);
            condition.window = in.duration("window");
            condition.direction = in.word("direction", kDirectionTexts, Direction::Both);
            break;
        case Spike:
            in.allowOnly({"kind", "metric", "factor", "window", "bucket", "initial", "for"});
            in.required("metric");
            condition.metric = in.word("metric", kMetricTexts, SpikeMetric::Volume);
            condition.factor = in.positive("factor", 4);
            condition.window = in.duration("window");
            condition.bucket = in.has("bucket") ? in.duration("bucket") : kMinute;
            break;
        case Volatility:
            in.allowOnly({"kind", "value", "window", "initial", "for"});
            condition.pct = in.positive("value", 4);
            condition.window = in.duration("window");
            break;
        case Trail:
            in.allowOnly({"kind", "pct", "abs", "side", "initial", "for"});
            readAmount(in, condition);
            condition.direction = in.word("side", kDirectionTexts, Direction::Down);
            if (condition.direction == Direction::Both) in.reject("side", "up or down");
            break;
    }
}

std::unexpected<Error> misfit(std::string_view name, std::string_view why) {
    return fail(ErrorCode::BadValue, fmt::format("\"{}\" {}", name, why), member(name));
}

std::unexpected<Error> notCovered() {
    return fail(ErrorCode::WindowNotCovered, "\"window\" reaches further back than the 7d that minutes are kept",
                member("window"));
}

}  // namespace

std::string_view kindText(ConditionKind kind) {
    return kKindTexts[static_cast<std::size_t>(kind)];
}
std::optional<ConditionKind> parseKind(std::string_view text) {
    return parseWord<ConditionKind>(kKindTexts, text);
}
bool isEvent(ConditionKind kind) {
    return kind == CrossUp || kind == CrossDown || kind == Cross;
}
bool isWindowed(ConditionKind kind) {
    return kind == Change || kind == Spike || kind == Volatility;
}
bool initialByDefault(ConditionKind kind) {
    return kind != Enter && kind != Exit;
}

Result<Decimal> parsePositive(std::string_view text, std::string_view field, int decimalsMax) {
    auto const exact = ExactDecimal::parse(text);
    if (!exact || exact->value.isZero() || exact->decimals > decimalsMax)
        return fail(
            ErrorCode::BadDecimal,
            fmt::format("must be a decimal > 0 with at most {} digits after the point, without sign or exponent",
                        decimalsMax),
            std::string(field));
    return exact->value;
}

Result<Decimal> parsePositive(json::Value const& value, std::string_view field, int decimalsMax) {
    return parsePositive(value.isString() || value.isNumber() ? value.text() : std::string_view(), field, decimalsMax);
}

Result<DurationMs> parseDurationValue(json::Value const& value, std::string_view field) {
    // Without a unit a string means nothing: "5" may have been meant as seconds as well as milliseconds.
    bool const hasUnit = value.isString() && !value.text().empty() && value.text().back() > '9';
    auto const duration = hasUnit || value.isNumber() ? parseDuration(value.text()) : std::nullopt;
    if (!duration || *duration <= 0)
        return fail(ErrorCode::BadValue, "must be a duration such as 500ms, 30s, 5m, 1h, 2d or integer milliseconds",
                    std::string(field));
    return *duration;
}

Result<Condition> parseCondition(json::Value const& when) {
    if (!when.isObject()) return fail(ErrorCode::BadValue, "\"when\" must be an object", "when");
    auto const* const kindValue = when.find("kind");
    if (kindValue == nullptr) return fail(ErrorCode::MissingField, "\"kind\" is missing", "when.kind");
    auto const kind = kindValue->isString() ? parseKind(kindValue->text()) : std::nullopt;
    if (!kind)
        return fail(ErrorCode::UnknownKind, fmt::format("unknown kind; there are {}", fmt::join(kKindTexts, ", ")),
                    "when.kind");
    Condition condition{.kind = *kind};
    Reader in(when);
    readKind(in, when, condition);
    condition.initial = in.boolean("initial").value_or(initialByDefault(*kind));
    if (in.has("for")) condition.forDuration = in.duration("for");
    if (in.error()) return std::unexpected(*in.error());
    return validateCondition(condition);
}

Result<Condition> validateCondition(Condition condition) {
    auto const windowIn = [&](DurationMs from, DurationMs to) {
        return condition.window >= from && condition.window <= to;
    };
    if (isEvent(condition.kind) && (!condition.initial || condition.forDuration != 0 || condition.rearm))
        return misfit(condition.rearm              ? "rearm"
                      : condition.forDuration != 0 ? "for"
                                                   : "initial",
                      "does not apply to crossings");
    if (condition.rearm && condition.kind != Above && condition.kind != Below)
        return misfit("rearm", "applies to above and below only");
    switch (condition.kind) {
        case Above:
            if (condition.rearm > condition.price) return misfit("rearm", "must not be over the price");
            break;
        case Below:
            if (condition.rearm && *condition.rearm < condition.price)
                return misfit("rearm", "must not be under the price");
            break;
        case Enter:
        case Exit:
            if (condition.low > condition.high) return misfit("low", "must not be over high");
            break;
        case Move:
        case Trail:
            if (condition.pct && condition.abs) return misfit("abs", "and pct exclude each other");
            break;
        case Change:
            if (!windowIn(10 * kSecond, kDay)) return misfit("window", "must be 10s to 24h");
            break;
        case Spike:
            if (condition.bucket < kMinute || condition.bucket % kMinute != 0)
                return misfit("bucket", "must be whole minutes");
            if (condition.window % condition.bucket != 0 || condition.window / condition.bucket < 2 ||
                condition.window / condition.bucket > 1440)
                return misfit("window", "must be 2 to 1440 buckets");
            if (condition.window > kHistoryMax) return notCovered();
            break;
        case Volatility:
            if (condition.window % kMinute != 0 || condition.window < 3 * kMinute)
                return misfit("window", "must be whole minutes, at least 3m");
            if (condition.window > kHistoryMax) return notCovered();
            break;
        case CrossUp:
        case CrossDown:
        case Cross:
            break;
    }
    return condition;
}

std::string conditionJson(Condition const& condition) {
    json::Writer out;
    auto const decimal = [&](std::string_view name, std::optional<Decimal> value) {
        if (value) out.field(name, std::string_view(value->text()));
    };
    auto const duration = [&](std::string_view name, DurationMs value) {
        out.field(name, std::string_view(durationText(value)));
    };
    auto const direction = [&](std::string_view name, Direction fallback) {
        if (condition.direction != fallback)
            out.field(name, kDirectionTexts[static_cast<std::size_t>(condition.direction)]);
    };
    out.beginObject().field("kind", kindText(condition.kind));
    switch (condition.kind) {
        case Above:
        case Below:
        case CrossUp:
        case CrossDown:
        case Cross:
            decimal("price", condition.price);
            break;
        case Enter:
        case Exit:
            decimal("low", condition.low);
            decimal("high", condition.high);
            break;
        case Move:
            decimal("pct", condition.pct);
            decimal("abs", condition.abs);
            direction("direction", Direction::Both);
            if (condition.anchor == Anchor::LastFire) out.field("anchor", "last_fire");
            if (condition.anchor == Anchor::Price) decimal("anchor", condition.anchorPrice);
            break;
        case Change:
            decimal("pct", condition.pct);
            duration("window", condition.window);
            direction("direction", Direction::Both);
            break;
        case Spike:
            out.field("metric", kMetricTexts[static_cast<std::size_t>(condition.metric)]);
            decimal("factor", condition.factor);
            duration("window", condition.window);
            duration("bucket", condition.bucket);
            break;
        case Volatility:
            decimal("value", condition.pct);
            duration("window", condition.window);
            break;
        case Trail:
            decimal("pct", condition.pct);
            decimal("abs", condition.abs);
            direction("side", Direction::Down);
            break;
    }
    if (condition.initial != initialByDefault(condition.kind)) out.field("initial", condition.initial);
    if (condition.forDuration != 0) duration("for", condition.forDuration);
    decimal("rearm", condition.rearm);
    out.endObject();
    return out.take();
}

std::string conditionText(Condition const& condition) {
    auto const kind = kindText(condition.kind);
    auto const direction = [&](Direction silent) {
        return condition.direction == silent
                   ? std::string()
                   : fmt::format(" {}", kDirectionTexts[static_cast<std::size_t>(condition.direction)]);
    };
    auto const amount = [&] { return condition.pct ? condition.pct->text() + "%" : condition.abs->text(); };
    switch (condition.kind) {
        case Above:
        case Below:
        case CrossUp:
        case CrossDown:
        case Cross:
            return fmt::format("{} {}", kind, condition.price.text());
        case Enter:
        case Exit:
            return fmt::format("{} {} {}", kind, condition.low.text(), condition.high.text());
        case Move: {
            auto text = fmt::format("{}{} {}", kind, direction(Direction::Both), amount());
            if (condition.anchor == Anchor::LastFire) text += " from last_fire";
            if (condition.anchor == Anchor::Price) text += " from " + condition.anchorPrice.text();
            return text;
        }
        case Change:
            return fmt::format("{}{} {}% over {}", kind, direction(Direction::Both), condition.pct->text(),
                               durationText(condition.window));
        case Spike:
            return fmt::format("{} {} {} over {} by {}", kind, kMetricTexts[static_cast<std::size_t>(condition.metric)],
                               condition.factor.text(), durationText(condition.window), durationText(condition.bucket));
        case Volatility:
            return fmt::format("{} {}% over {}", kind, condition.pct->text(), durationText(condition.window));
        case Trail:
            return fmt::format("{}{} {}", kind, direction(Direction::Down), amount());
    }
    return {};
}

std::string modifiersText(Condition const& condition) {
    std::string text;
    if (condition.forDuration != 0) text += " for " + durationText(condition.forDuration);
    if (condition.rearm) text += " rearm " + condition.rearm->text();
    if (condition.initial != initialByDefault(condition.kind))
        text += condition.initial ? " initial on" : " initial off";
    return text;
}

}  // namespace common
