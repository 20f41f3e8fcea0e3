#include "notifier/protocol/text_form.hpp"

#include "common/core/utf8.hpp"
#include "notifier/protocol/fields.hpp"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace notifier {
namespace {

using common::Condition;
using common::ConditionKind;
using common::Decimal;
using common::Direction;
using common::DurationMs;
using common::Error;
using common::ErrorCode;
using common::Result;

constexpr DurationMs kMinute = 60'000;
constexpr std::size_t kShownBytesMax = 40;
constexpr std::string_view kKinds =
    "a kind: above, below, cross_up, cross_down, cross, enter, exit, move, change, spike, volatility or trail";
constexpr std::string_view kModifiers = "once, every, cooldown, for, rearm, initial, expires, key or note";

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool isBlank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// A piece of the client's text that may be long, cut between characters.
std::string shown(std::string_view text) {
    if (text.size() <= kShownBytesMax) return std::string(text);
    auto const cut = text.substr(0, kShownBytesMax);
    return std::string(cut.substr(0, common::utf8PrefixBytes(cut))) + "…";
}

struct Word {
    std::string text = {};
    bool quoted = false;
};

/// Splits at blanks; a word that begins with a quote goes on to the closing one.
Result<std::vector<Word>> split(std::string_view line) {
    auto const broken = [](std::size_t number, std::string_view what) {
        return common::fail(ErrorCode::BadValue, fmt::format("word {}: {}", number, what), "params");
    };
    std::vector<Word> words;
    std::size_t i = 0;
    while (true) {
        while (i < line.size() && isBlank(line[i]))
            ++i;
        if (i == line.size()) return words;
        auto const number = words.size() + 1;
        Word word{.quoted = line[i] == '"'};
        if (!word.quoted) {
            while (i < line.size() && !isBlank(line[i]))
                word.text += line[i++];
            words.push_back(std::move(word));
            continue;
        }
        for (++i; i < line.size() && line[i] != '"'; ++i) {
            if (line[i] != '\\') {
                word.text += line[i];
                continue;
            }
            constexpr std::string_view kEscapes = "\"\\nt";
            constexpr std::string_view kMeanings = "\"\\\n\t";
            auto const escape = ++i < line.size() ? kEscapes.find(line[i]) : std::string_view::npos;
            if (escape == std::string_view::npos)
                return broken(number, R"(expected \", \\, \n or \t after the backslash)");
            word.text += kMeanings[escape];
        }
        if (i == line.size()) return broken(number, "expected a closing quote");
        ++i;
        if (i < line.size() && !isBlank(line[i])) return broken(number, "expected a blank after the closing quote");
        words.push_back(std::move(word));
    }
}

/// Reads the words of one line front to back and keeps the first error.
class LineReader {
public:
    explicit LineReader(std::vector<Word> words) : words_(std::move(words)) {}

    SubscribeRequest read() {
        request_.symbol = word("a symbol", "symbol");
        auto const kindWord = word(kKinds, "when.kind");
        if (error_) return {};
        auto const kind = common::parseKind(lower(kindWord));
        if (!kind) {
            refuse(ErrorCode::UnknownKind, kKinds, "when.kind");
            return {};
        }
        request_.condition.kind = *kind;
        request_.condition.initial = common::initialByDefault(*kind);
        readParameters();
        while (!error_ && next_ < words_.size())
            readModifier();
        if (!error_) request_.condition = keep(common::validateCondition(request_.condition));
        return std::move(request_);
    }
    std::optional<Error> const& error() const { return error_; }

private:
    void readParameters() {
        auto& c = request_.condition;
        switch (c.kind) {
            case ConditionKind::Above:
            case ConditionKind::Below:
            case ConditionKind::CrossUp:
            case ConditionKind::CrossDown:
            case ConditionKind::Cross:
                c.price = price("when.price");
                break;
            case ConditionKind::Enter:
            case ConditionKind::Exit:
                c.low = price("when.low");
                c.high = price("when.high");
                break;
            case ConditionKind::Move:
                c.direction = optionalDirection(Direction::Both);
                amount();
                if (skip("from")) anchor();
                break;
            case ConditionKind::Change:
                c.direction = optionalDirection(Direction::Both);
                c.pct = percent("when.pct");
                c.window = over();
                break;
            case ConditionKind::Spike:
                c.metric = metric();
                c.factor = decimal("a factor", "when.factor", 4);
                c.window = over();
                c.bucket = skip("by") ? duration("when.bucket") : kMinute;
                break;
            case ConditionKind::Volatility:
                c.pct = percent("when.value");
                c.window = over();
                break;
            case ConditionKind::Trail:
                c.direction = optionalDirection(Direction::Down);
                amount();
                break;
        }
    }

    void readModifier() {
        auto& c = request_.condition;
        auto const name = lower(word(kModifiers, "params"));
        auto const once = [&](std::string_view what, std::string_view field) {
            if (!seen_.insert(std::string(what)).second)
                refuse(ErrorCode::BadValue, fmt::format("{} only once", what), field);
            return !error_;
        };
        if (name == "once" || name == "every") {
            if (once("once or every", "mode")) request_.mode = *common::parseMode(name);
        } else if (name == "cooldown") {
            if (once(name, "cooldown")) request_.cooldown = duration("cooldown");
        } else if (name == "for") {
            if (once(name, "when.for")) c.forDuration = duration("when.for");
        } else if (name == "rearm") {
            if (once(name, "when.rearm")) c.rearm = price("when.rearm");
        } else if (name == "initial") {
            if (once(name, "when.initial")) initial();
        } else if (name == "expires") {
            if (once(name, "expires")) request_.expires = std::optional(Expiry{true, duration("expires")});
        } else if (name == "key") {
            if (once(name, "key")) request_.key = keep(checkKey(word("a word", "key")));
        } else if (name == "note") {
            if (once(name, "note")) note();
        } else {
            refuse(ErrorCode::BadValue, kModifiers, "params");
        }
    }

    void initial() {
        auto const state = lower(word("off or on", "when.initial"));
        if (state != "off" && state != "on")
            refuse(ErrorCode::BadValue, "off or on", "when.initial");
        else if (common::isEvent(request_.condition.kind))
            refuse(ErrorCode::BadValue, "no \"initial\", since it does not apply to crossings", "when.initial");
        request_.condition.initial = state == "on";
    }
    void note() {
        constexpr std::string_view kWanted = "a text in quotes";
        auto const text = take(kWanted, "note");
        if (text && !text->quoted) refuse(ErrorCode::BadValue, kWanted, "note");
        if (text) request_.note = std::optional(keep(checkNote(text->text)));
    }

    // One word each. After an error they return an empty value, which nobody looks at.

    Word const* take(std::string_view wanted, std::string_view field) {
        if (error_) return nullptr;
        if (next_ < words_.size()) return &words_[next_++];
        auto const behind = words_.empty() ? std::string() : fmt::format(" after \"{}\"", shown(words_.back().text));
        error_ = Error{ErrorCode::MissingField,
                       fmt::format("expected {}{}, found the end of the line", wanted, behind),
                       std::string(field),
                       {}};
        return nullptr;
    }
    std::string word(std::string_view wanted, std::string_view field) {
        auto const* const taken = take(wanted, field);
        if (taken == nullptr) return {};
        if (taken->quoted) refuse(ErrorCode::BadValue, fmt::format("{} without quotes", wanted), field);
        return taken->text;
    }
    /// Takes the next word if it is this keyword.
    bool skip(std::string_view keyword) {
        if (error_ || next_ == words_.size() || words_[next_].quoted || lower(words_[next_].text) != keyword)
            return false;
        ++next_;
        return true;
    }
    Decimal decimal(std::string_view wanted, std::string_view field, int decimalsMax) {
        return decimalOf(word(wanted, field), wanted, field, decimalsMax);
    }
    Decimal decimalOf(std::string_view text, std::string_view wanted, std::string_view field, int decimalsMax) {
        if (error_) return {};
        auto const value = common::parsePositive(text, field, decimalsMax);
        if (value) return *value;
        refuse(ErrorCode::BadDecimal, fmt::format("{} > 0 with at most {} digits after the point", wanted, decimalsMax),
               field);
        return {};
    }
    Decimal price(std::string_view field) { return decimal("a price", field, 8); }
    Decimal percent(std::string_view field) {
        constexpr std::string_view kWanted = "a percent such as 5%";
        auto const text = word(kWanted, field);
        if (!error_ && !text.ends_with('%')) refuse(ErrorCode::BadValue, kWanted, field);
        return decimalOf(std::string_view(text).substr(0, text.size() - (text.empty() ? 0 : 1)), kWanted, field, 4);
    }
    void amount() {
        auto& c = request_.condition;
        constexpr std::string_view kWanted = "a percent such as 5% or an amount such as 250";
        auto const text = word(kWanted, "when.pct");
        if (text.ends_with('%'))
            c.pct = decimalOf(std::string_view(text).substr(0, text.size() - 1), kWanted, "when.pct", 4);
        else
            c.abs = decimalOf(text, kWanted, "when.abs", 8);
    }
    void anchor() {
        auto& c = request_.condition;
        if (skip("arming")) return;
        if (skip("last_fire")) {
            c.anchor = common::Anchor::LastFire;
            return;
        }
        c.anchor = common::Anchor::Price;
        c.anchorPrice = decimal("arming, last_fire or a price", "when.anchor", 8);
    }
    Direction optionalDirection(Direction fallback) {
        if (skip("up")) return Direction::Up;
        if (skip("down")) return Direction::Down;
        return fallback;
    }
    common::SpikeMetric metric() {
        if (skip("volume")) return common::SpikeMetric::Volume;
        if (skip("quote_volume")) return common::SpikeMetric::QuoteVolume;
        if (skip("trades")) return common::SpikeMetric::Trades;
        if (skip("price")) return common::SpikeMetric::Price;
        constexpr std::string_view kWanted = "volume, quote_volume, trades or price";
        if (take(kWanted, "when.metric") != nullptr) refuse(ErrorCode::BadValue, kWanted, "when.metric");
        return {};
    }
    DurationMs over() {
        auto const text = lower(word("over", "when.window"));
        if (!error_ && text != "over") refuse(ErrorCode::BadValue, "over", "when.window");
        return duration("when.window");
    }
    DurationMs duration(std::string_view field) {
        constexpr std::string_view kWanted = "a duration such as 30s, 5m or 1h";
        auto const text = word(kWanted, field);
        auto const length = common::parseDuration(text);
        if (length && *length > 0) return *length;
        refuse(ErrorCode::BadValue, kWanted, field);
        return 0;
    }

    /// What was expected instead of the word taken last.
    void refuse(ErrorCode code, std::string_view wanted, std::string_view field) {
        if (error_) return;
        error_ = Error{code,
                       fmt::format("word {}: expected {}, found \"{}\"", next_, wanted, shown(words_[next_ - 1].text)),
                       std::string(field),
                       {}};
    }
    template <class T>
    T keep(Result<T> result) {
        if (error_) return {};
        if (result) return std::move(*result);
        error_ = std::move(result.error());
        return {};
    }

    std::vector<Word> words_;
    std::size_t next_ = 0;
    std::set<std::string> seen_;
    SubscribeRequest request_;
    std::optional<Error> error_;
};

}  // namespace

Result<SubscribeRequest> parseTextForm(std::string_view line) {
    auto words = split(line);
    if (!words) return std::unexpected(std::move(words.error()));
    LineReader reader(std::move(*words));
    auto request = reader.read();
    if (reader.error()) return std::unexpected(*reader.error());
    return request;
}

}  // namespace notifier
