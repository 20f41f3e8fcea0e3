#include "notifier/protocol/text_form.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <random>
#include <string>
#include <tuple>
#include <vector>

namespace notifier {
namespace {

using common::Anchor;
using common::Condition;
using common::ConditionKind;
using common::Decimal;
using common::Direction;
using common::ErrorCode;

/// The alert that a line describes, as its canonical line.
std::string canonical(std::string const& line) {
    auto const read = parseTextForm(line);
    EXPECT_TRUE(read) << line << ": " << (read ? "" : read.error().message);
    if (!read) return {};
    common::AlertDefinition alert;
    alert.symbol = common::upperSymbol(read->symbol);
    alert.condition = read->condition;
    alert.mode = read->mode;
    alert.cooldown = read->cooldown;
    return common::alertText(alert);
}

TEST(TextForm, EveryLineOfTheGrammar_MeansItsCondition) {
    std::vector<std::pair<std::string, std::string>> const table{
        {"BTCUSDT above 70000", R"({"kind":"above","price":"70000"})"},
        {"BTCUSDT below 0.5", R"({"kind":"below","price":"0.5"})"},
        {"BTCUSDT cross_up 1", R"({"kind":"cross_up","price":"1"})"},
        {"BTCUSDT cross_down 1", R"({"kind":"cross_down","price":"1"})"},
        {"BTCUSDT cross 1", R"({"kind":"cross","price":"1"})"},
        {"BTCUSDT enter 1 2", R"({"kind":"enter","low":"1","high":"2"})"},
        {"BTCUSDT exit 1 2", R"({"kind":"exit","low":"1","high":"2"})"},
        {"BTCUSDT move 5%", R"({"kind":"move","pct":"5"})"},
        {"BTCUSDT move up 250", R"({"kind":"move","abs":"250","direction":"up"})"},
        {"BTCUSDT move down 1.5% from 100", R"({"kind":"move","pct":"1.5","direction":"down","anchor":"100"})"},
        {"BTCUSDT move 5% from arming", R"({"kind":"move","pct":"5"})"},
        {"BTCUSDT move 5% from last_fire", R"({"kind":"move","pct":"5","anchor":"last_fire"})"},
        {"BTCUSDT change 3% over 1h", R"({"kind":"change","pct":"3","window":"1h"})"},
        {"BTCUSDT change down 3% over 10s", R"({"kind":"change","pct":"3","window":"10s","direction":"down"})"},
        {"BTCUSDT spike volume 3 over 1h by 1m",
         R"({"kind":"spike","metric":"volume","factor":"3","window":"1h","bucket":"1m"})"},
        {"BTCUSDT spike quote_volume 2.5 over 1h",
         R"({"kind":"spike","metric":"quote_volume","factor":"2.5","window":"1h","bucket":"1m"})"},
        {"BTCUSDT volatility 0.8% over 30m", R"({"kind":"volatility","value":"0.8","window":"30m"})"},
        {"BTCUSDT trail 2%", R"({"kind":"trail","pct":"2"})"},
        {"BTCUSDT trail up 250", R"({"kind":"trail","abs":"250","side":"up"})"},
        {"BTCUSDT trail down 2%", R"({"kind":"trail","pct":"2"})"},
        {"BTCUSDT above 70000 for 30s", R"({"kind":"above","price":"70000","for":"30s"})"},
        {"BTCUSDT above 70000 rearm 69000", R"({"kind":"above","price":"70000","rearm":"69000"})"},
        {"BTCUSDT above 70000 initial off", R"({"kind":"above","price":"70000","initial":false})"},
        {"BTCUSDT above 70000 initial on", R"({"kind":"above","price":"70000"})"},
        {"BTCUSDT enter 1 2 initial on", R"({"kind":"enter","low":"1","high":"2","initial":true})"},
    };
    for (auto const& [line, when] : table) {
        auto const read = parseTextForm(line);
        ASSERT_TRUE(read) << line << ": " << read.error().message;
        EXPECT_EQ(read->symbol, "BTCUSDT");
        EXPECT_EQ(common::conditionJson(read->condition), when) << line;
        EXPECT_EQ(read->mode, common::AlertMode::Every);
    }
}

TEST(TextForm, KeywordsAndBlanks_InAnyCaseAndNumber) {
    EXPECT_EQ(canonical("  btcUSDT \t ABOVE  70000.00   Once COOLDOWN 300s "), "BTCUSDT above 70000 once cooldown 5m");
    EXPECT_EQ(canonical("ethusdt Move Down 5% From LAST_FIRE"), "ETHUSDT move down 5% from last_fire every");
}

TEST(TextForm, ModifiersInAnyOrder_MeanTheSame) {
    std::vector<std::string> const modifiers{"once", "cooldown 5m", "for 30s", "rearm 69000", "initial off"};
    auto order = modifiers;
    std::ranges::sort(order);
    do {
        std::string line = "BTCUSDT above 70000";
        for (auto const& modifier : order)
            line += " " + modifier;
        EXPECT_EQ(canonical(line), "BTCUSDT above 70000 once cooldown 5m for 30s rearm 69000 initial off");
    } while (std::ranges::next_permutation(order).found);
}

TEST(TextForm, DeliveryOptions_AreRead) {
    auto const read =
        parseTextForm(R"(BTCUSDT above 1 expires 2h key my-key note "say \"hi\" \\ there\n\tBTC € once")");
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->expires, std::optional(std::optional(Expiry{true, 7'200'000})));
    EXPECT_EQ(read->key, "my-key");
    EXPECT_EQ(**read->note, "say \"hi\" \\ there\n\tBTC € once");
    EXPECT_EQ(read->mode, common::AlertMode::Every);
    EXPECT_EQ(**parseTextForm(R"(BTCUSDT above 1 note "")")->note, "");
}

TEST(TextForm, BadLines_SayWhatWasExpectedAtWhichWord) {
    using enum ErrorCode;
    std::vector<std::tuple<std::string, ErrorCode, std::string, std::string>> const table{
        {"", MissingField, "symbol", "expected a symbol"},
        {"   ", MissingField, "symbol", "expected a symbol"},
        {"BTCUSDT", MissingField, "when.kind", "after \"BTCUSDT\""},
        {"BTCUSDT abve 1", UnknownKind, "when.kind", "word 2: expected a kind: above"},
        {"BTCUSDT above", MissingField, "when.price", "expected a price after \"above\""},
        {"BTCUSDT above high", BadDecimal, "when.price", "word 3: expected a price > 0"},
        {"BTCUSDT above -1", BadDecimal, "when.price", "found \"-1\""},
        {"BTCUSDT above 0", BadDecimal, "when.price", "word 3"},
        {"BTCUSDT above 1e5", BadDecimal, "when.price", "word 3"},
        {"BTCUSDT above \"1\"", BadValue, "when.price", "without quotes"},
        {"BTCUSDT enter 1", MissingField, "when.high", "expected a price after \"1\""},
        {"BTCUSDT enter 2 1", BadValue, "when.low", "high"},
        {"BTCUSDT move sideways 5%", BadDecimal, "when.abs", "word 3"},
        {"BTCUSDT move up", MissingField, "when.pct", "expected a percent"},
        {"BTCUSDT move 5.12345%", BadDecimal, "when.pct", "word 3"},
        {"BTCUSDT move % from 1", BadDecimal, "when.pct", "word 3"},
        {"BTCUSDT move 5% from", MissingField, "when.anchor", "arming, last_fire or a price"},
        {"BTCUSDT move 5% from nowhere", BadDecimal, "when.anchor", "word 5"},
        {"BTCUSDT change 3 over 1h", BadValue, "when.pct", "expected a percent such as 5%"},
        {"BTCUSDT change 3%", MissingField, "when.window", "expected over"},
        {"BTCUSDT change 3% within 1h", BadValue, "when.window", "word 4: expected over, found \"within\""},
        {"BTCUSDT change 3% over soon", BadValue, "when.window", "word 5: expected a duration"},
        {"BTCUSDT change 3% over 1s", BadValue, "when.window", "10s to 24h"},
        {"BTCUSDT spike loudness 3 over 1h", BadValue, "when.metric", "word 3: expected volume"},
        {"BTCUSDT spike volume 3 over 1h by", MissingField, "when.bucket", "a duration"},
        {"BTCUSDT volatility 1% over 90s", BadValue, "when.window", "whole minutes"},
        {"BTCUSDT above 1 sometimes", BadValue, "params", "word 4: expected once, every"},
        {"BTCUSDT above 1 once every", BadValue, "mode", "once or every only once"},
        {"BTCUSDT above 1 cooldown", MissingField, "cooldown", "a duration"},
        {"BTCUSDT above 1 cooldown 0s", BadValue, "cooldown", "a duration"},
        {"BTCUSDT above 1 cooldown 5m cooldown 5m", BadValue, "cooldown", "only once"},
        {"BTCUSDT above 1 for x", BadValue, "when.for", "word 5"},
        {"BTCUSDT above 1 rearm 2", BadValue, "when.rearm", "over the price"},
        {"BTCUSDT enter 1 2 rearm 1", BadValue, "when.rearm", "above and below only"},
        {"BTCUSDT cross 1 for 5s", BadValue, "when.for", "crossings"},
        {"BTCUSDT cross 1 initial off", BadValue, "when.initial", "crossings"},
        {"BTCUSDT cross 1 initial on", BadValue, "when.initial", "crossings"},
        {"BTCUSDT above 1 initial maybe", BadValue, "when.initial", "off or on"},
        {"BTCUSDT above 1 expires", MissingField, "expires", "a duration"},
        {"BTCUSDT above 1 key", MissingField, "key", "a word"},
        {"BTCUSDT above 1 note hello", BadValue, "note", "a text in quotes"},
        {R"(BTCUSDT above 1 note "open)", BadValue, "params", "word 5: expected a closing quote"},
        {R"(BTCUSDT above 1 note "a"b)", BadValue, "params", "a blank after the closing quote"},
        {R"(BTCUSDT above 1 note "a\q")", BadValue, "params", "after the backslash"},
        {R"(BTCUSDT above 1 note "a\)", BadValue, "params", "after the backslash"},
        {R"("BTCUSDT" above 1)", BadValue, "symbol", "without quotes"},
    };
    for (auto const& [line, code, field, part] : table) {
        auto const read = parseTextForm(line);
        ASSERT_FALSE(read) << line;
        EXPECT_EQ(static_cast<int>(read.error().code), static_cast<int>(code)) << line;
        EXPECT_EQ(read.error().field, field) << line;
        EXPECT_NE(read.error().message.find(part), std::string::npos) << line << ": " << read.error().message;
    }
}

TEST(TextForm, LongWords_AreCutBetweenCharacters) {
    std::string word;
    for (int i = 0; i < 10'000; ++i)
        word += "€";
    auto const read = parseTextForm("BTCUSDT above " + word);
    ASSERT_FALSE(read);
    EXPECT_LT(read.error().message.size(), 200U);
    EXPECT_NE(read.error().message.find("€€€€€€€€€€€€€…\""), std::string::npos) << read.error().message;
}

/// Random alerts that are valid by construction, over every kind and option.
class AlertMaker {
public:
    explicit AlertMaker(std::uint64_t seed) : random_(seed) {}

    common::AlertDefinition make() {
        common::AlertDefinition alert;
        alert.symbol = pick<std::string>({"BTCUSDT", "1000SATSUSDT", "币安人生USDT"});
        alert.condition = condition();
        alert.mode = pick({common::AlertMode::Every, common::AlertMode::Once});
        if (maybe()) alert.cooldown = duration();
        return alert;
    }

private:
    std::int64_t number(std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
    }
    bool maybe() { return number(0, 1) == 1; }
    template <class T>
    T pick(std::initializer_list<T> values) {
        return values.begin()[number(0, static_cast<std::int64_t>(values.size()) - 1)];
    }
    common::DurationMs duration() { return number(1, 1'000) * pick<std::int64_t>({1, 1'000, 60'000, 3'600'000}); }
    Decimal price() {
        return Decimal::fromUnits(number(1, pick<std::int64_t>({10, 1'000'000, 9'000'000'000'000'000})));
    }
    Decimal fourDigits() { return Decimal::fromUnits(number(1, 100'000'000) * 10'000); }

    Condition condition() {
        Condition c{.kind = static_cast<ConditionKind>(number(0, 11))};
        c.initial = common::initialByDefault(c.kind);
        switch (c.kind) {
            case ConditionKind::Above:
            case ConditionKind::Below:
                c.price = price();
                if (maybe()) c.rearm = c.price;
                break;
            case ConditionKind::CrossUp:
            case ConditionKind::CrossDown:
            case ConditionKind::Cross:
                c.price = price();
                return c;
            case ConditionKind::Enter:
            case ConditionKind::Exit:
                c.low = price();
                c.high = Decimal::fromUnits(c.low.units() + number(0, 5));
                break;
            case ConditionKind::Move:
                amount(c);
                c.direction = pick({Direction::Both, Direction::Up, Direction::Down});
                c.anchor = pick({Anchor::Arming, Anchor::Price, Anchor::LastFire});
                if (c.anchor == Anchor::Price) c.anchorPrice = price();
                break;
            case ConditionKind::Change:
                c.pct = fourDigits();
                c.window = number(10, 86'400) * 1'000;
                c.direction = pick({Direction::Both, Direction::Up, Direction::Down});
                break;
            case ConditionKind::Spike:
                c.metric = static_cast<common::SpikeMetric>(number(0, 3));
                c.factor = fourDigits();
                c.bucket = number(1, 5) * 60'000;
                c.window = c.bucket * number(2, 1'440);
                break;
            case ConditionKind::Volatility:
                c.pct = fourDigits();
                c.window = number(3, 1'440) * 60'000;
                break;
            case ConditionKind::Trail:
                amount(c);
                c.direction = pick({Direction::Up, Direction::Down});
                break;
        }
        if (maybe()) c.initial = !c.initial;
        if (maybe()) c.forDuration = duration();
        return c;
    }
    void amount(Condition& c) {
        if (maybe())
            c.pct = fourDigits();
        else
            c.abs = price();
    }

    std::mt19937_64 random_;
};

TEST(TextForm, CanonicalText_ReadsBackAsTheSameAlert) {
    AlertMaker maker(20'261'121);
    for (int i = 0; i < 20'000; ++i) {
        auto const alert = maker.make();
        ASSERT_TRUE(common::validateCondition(alert.condition)) << common::conditionJson(alert.condition);
        auto const line = common::alertText(alert);
        auto const read = parseTextForm(line);
        ASSERT_TRUE(read) << line << ": " << read.error().message;
        ASSERT_EQ(read->symbol, alert.symbol);
        ASSERT_EQ(read->condition, alert.condition) << line;
        ASSERT_EQ(read->mode, alert.mode) << line;
        ASSERT_EQ(read->cooldown, alert.cooldown) << line;
    }
}

TEST(TextForm, CanonicalJson_ReadsBackAsTheSameCondition) {
    AlertMaker maker(7);
    for (int i = 0; i < 20'000; ++i) {
        auto const alert = maker.make();
        auto const json = common::conditionJson(alert.condition);
        auto const parsed = common::json::parse(json);
        ASSERT_TRUE(parsed) << json;
        auto const read = common::parseCondition(*parsed);
        ASSERT_TRUE(read) << json << ": " << read.error().message;
        ASSERT_EQ(*read, alert.condition) << json;
    }
}

}  // namespace
}  // namespace notifier
