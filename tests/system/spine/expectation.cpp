#include "tests/system/spine/expectation.hpp"

#include "tests/support/naive_evaluator.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <zlib.h>

namespace spine {
namespace {

std::string inflateFile(std::filesystem::path const& file) {
    auto* const in = gzopen(file.c_str(), "rb");
    if (in == nullptr) throw std::runtime_error("cannot read " + file.string());
    std::string text;
    char buffer[65536];
    for (int got = 0; (got = gzread(in, buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(got));
    gzclose(in);
    return text;
}

std::string optionalText(common::json::Value const* value) {
    return value == nullptr || value->isNull() ? "-" : value->text();
}

}  // namespace

std::vector<common::Trade> readTape(std::filesystem::path const& file) {
    std::istringstream lines(inflateFile(file));
    std::string line;
    std::getline(lines, line);  // header
    std::vector<common::Trade> tape;
    while (std::getline(lines, line)) {
        std::istringstream fields(line);
        std::string id, price, qty, time, maker;
        std::getline(fields, id, ',');
        std::getline(fields, price, ',');
        std::getline(fields, qty, ',');
        std::getline(fields, time, ',');
        std::getline(fields, maker, ',');
        common::Trade trade;
        trade.id = std::stoll(id);
        trade.price = common::ExactDecimal::parse(price).value();
        trade.qty = common::ExactDecimal::parse(qty).value();
        trade.time = std::stoll(time);
        trade.buyerMaker = maker == "true";
        tape.push_back(trade);
    }
    return tape;
}

std::optional<std::filesystem::path> tapeFolder() {
    auto const* const named = std::getenv("TICKBELL_SHARED");
    auto const folder = (named != nullptr ? std::filesystem::path(named)
                                          : std::filesystem::path(TICKBELL_SOURCE_DIR).parent_path() / "shared") /
                        "tapes";
    if (!std::filesystem::exists(folder)) return {};
    return folder;
}

std::vector<Asked> randomAlerts(std::uint64_t seed, int count,
                                std::map<common::Symbol, std::vector<common::Trade>> const& tapes) {
    using enum common::ConditionKind;
    constexpr common::ConditionKind kKinds[]{Above, Below, CrossUp, CrossDown, Cross, Enter, Exit, Move, Trail};
    std::mt19937_64 random(seed);
    auto const dice = [&](std::size_t sides) { return static_cast<std::size_t>(random() % sides); };
    std::vector<Asked> alerts;
    for (int i = 0; i < count; ++i) {
        auto const& [symbol, tape] = *std::next(tapes.begin(), static_cast<std::ptrdiff_t>(dice(tapes.size())));
        auto const level = [&] { return tape[dice(tape.size())].price.value; };
        Asked asked;
        auto& definition = asked.definition;
        definition.id = common::AlertId{i + 1};
        definition.symbol = symbol;
        definition.key = fmt::format("k{}", i);
        auto& condition = definition.condition;
        condition.kind = kKinds[static_cast<std::size_t>(i) % std::size(kKinds)];
        condition.initial = common::initialByDefault(condition.kind);
        if (condition.kind == Enter || condition.kind == Exit) {
            auto const [low, high] = std::minmax({level(), level()});
            condition.low = low;
            condition.high = high;
        } else if (condition.kind == Move || condition.kind == Trail) {
            condition.pct =
                common::Decimal::fromUnits(static_cast<std::int64_t>(1 + dice(20)) * 1'000'000);  // 0.01 to 0.2 %
            if (condition.kind == Move && dice(2) == 0) condition.anchor = common::Anchor::LastFire;
            if (condition.kind == Trail)
                condition.direction = dice(2) == 0 ? common::Direction::Up : common::Direction::Down;
        } else {
            condition.price = level();
        }
        if (!common::isEvent(condition.kind)) {
            if (dice(4) == 0) condition.initial = !condition.initial;
            if (dice(5) == 0) condition.forDuration = static_cast<common::DurationMs>(1 + dice(5'000));
        }
        definition.mode = dice(4) == 0 ? common::AlertMode::Once : common::AlertMode::Every;
        if (dice(3) == 0) definition.cooldown = static_cast<common::DurationMs>(1 + dice(60'000));
        // A key each: the same condition twice would be one alert.
        asked.request =
            fmt::format(R"({{"id":{},"method":"subscribe","symbol":"{}","when":{},"mode":"{}","key":"k{}"{}}})", i,
                        symbol, common::conditionJson(condition), common::modeText(definition.mode), i,
                        definition.cooldown > 0 ? fmt::format(R"(,"cooldown":{})", definition.cooldown) : "");
        alerts.push_back(std::move(asked));
    }
    return alerts;
}

std::vector<std::string> expectedLines(Asked const& asked, std::vector<common::Trade> const& tape, Detail detail) {
    std::vector<std::string> lines;
    auto const result = support::naiveJudge(
        {.alert = asked.definition, .fromTradeId = asked.from, .toTradeId = {}, .firesBefore = 0}, tape);
    for (auto const& fire : result.fires) {
        auto line = fmt::format("rev {} fire {} trade {} at {} after {} at {}", fire.rev, fire.fire, fire.trade.id,
                                fire.trade.price.text(), fire.prevId ? std::to_string(*fire.prevId) : "-",
                                fire.prevPrice ? fire.prevPrice->text() : "-");
        if (detail == Detail::All)
            line += fmt::format(" level {} qty {} time {} suppressed {}", fire.level ? fire.level->text() : "-",
                                fire.trade.qty.text(), fire.trade.time, fire.suppressed);
        lines.push_back(std::move(line));
    }
    return lines;
}

std::string lineOf(common::json::Value const& notification, Detail detail) {
    auto const& trade = *notification.find("trade");
    auto const& prev = *notification.find("prev");
    auto line = fmt::format("rev {} fire {} trade {} at {} after {} at {}", notification.find("rev")->text(),
                            notification.find("fire")->text(), trade.find("id")->text(), trade.find("price")->text(),
                            optionalText(prev.find("id")), optionalText(prev.find("price")));
    if (detail == Detail::All)
        line +=
            fmt::format(" level {} qty {} time {} suppressed {}", optionalText(notification.find("level")),
                        trade.find("qty")->text(), trade.find("time")->text(), notification.find("suppressed")->text());
    return line;
}

}  // namespace spine
