#include "ingestion/preview/preview.hpp"

#include "common/core/candle_coverage.hpp"
#include "common/core/json_writer.hpp"
#include "ingestion/evaluate/past_book.hpp"
#include "ingestion/evaluate/symbol_evaluator.hpp"
#include "ingestion/preview/minute_path.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ingestion {
namespace {

using common::Candle;
using common::ConditionKind;
using common::kMinuteMs;
using common::json::Writer;

constexpr common::AlertId kAlert{1};

/// Which way the level was passed.
std::string_view directionOf(ConditionKind kind, common::Fire const& fire) {
    switch (kind) {
        case ConditionKind::Above:
        case ConditionKind::CrossUp:
            return "up";
        case ConditionKind::Below:
        case ConditionKind::CrossDown:
            return "down";
        case ConditionKind::Cross:
            return fire.trade.price.value > *fire.level ? "up" : "down";
        default:
            return {};  // its `extra` says what there is to say
    }
}

std::string fireJson(ConditionKind kind, common::Fire const& fire) {
    Writer out;
    out.beginObject()
        .field("time", fire.trade.time)
        .field("minute", common::floorTo(fire.trade.time, kMinuteMs))
        .field("price", fire.trade.price.text());
    if (fire.level) out.field("level", fire.level->text());
    if (auto const direction = directionOf(kind, fire); !direction.empty()) out.field("direction", direction);
    out.field("suppressed", fire.suppressed).endObject();
    auto json = out.take();
    if (fire.extra.empty()) return json;
    json.pop_back();
    return fmt::format("{},{}}}", json, fire.extra);
}

/// What the condition's window looks back on when the alert is armed.
class Past {
public:
    void add(common::Trade const& trade, common::TimeMs tau) {
        for (auto* const book : {&seconds_, &minutes_, &sums_})
            book->add(trade, tau);
    }
    WindowPast spans() const {
        return {.secondCloses = seconds_.buckets(), .minuteCloses = minutes_.buckets(), .minuteSums = sums_.buckets()};
    }

private:
    PastBook seconds_{common::PastKind::SecondCloses, 0};
    PastBook minutes_{common::PastKind::MinuteCloses, 0};
    PastBook sums_{common::PastKind::MinuteSums, 0};
};

common::AlertRecord recordOf(common::PreviewQuestion const& question, std::int64_t fromTradeId) {
    common::AlertRecord record;
    record.definition.id = kAlert;
    record.definition.symbol = question.symbol;
    record.definition.condition = question.condition;
    record.definition.mode = question.mode;
    record.definition.cooldown = question.cooldown;
    record.state.rev = record.definition.rev;
    record.state.status = common::AlertStatus::Armed;
    record.state.fromTradeId = fromTradeId;
    return record;
}

}  // namespace

MinuteSpan previewSpan(common::PreviewQuestion const& question) {
    auto const running = common::floorTo(question.asked, kMinuteMs) + kMinuteMs;
    // `window` is 0 where the kind has none. One minute more, since windows are cut at minutes, and one for a close.
    auto const back = question.condition.window > 0 ? question.condition.window + 2 * kMinuteMs : 0;
    return {common::floorTo(question.from - back, kMinuteMs), std::min(question.to, running)};
}

std::string answerPreview(common::PreviewQuestion const& question, std::span<Candle const> minutes) {
    auto const kind = question.condition.kind;
    auto const order = extremesOrder(question.condition);
    bool const windowed = common::isWindowed(kind);
    SymbolEvaluator evaluator(question.symbol);
    evaluator.setPosition({.symbol = question.symbol});
    Past past;
    bool armed = false;
    common::CandleCoverage coverage(question.from, question.to, question.asked);
    Writer fires;
    fires.beginArray();
    std::int64_t count = 0;
    std::int64_t nextId = 1;
    Judgement judgement;
    std::vector<common::Trade> path;
    std::vector<common::StateWrite> states;
    for (auto const& candle : minutes) {
        if (candle.openTime >= question.to) break;
        if (!armed && candle.openTime >= question.from) {
            evaluator.add(recordOf(question, nextId), past.spans());
            armed = true;
        }
        path.clear();
        appendMinute(candle, order, nextId, path);
        nextId += candle.trades;
        judgement.clear();
        for (auto& trade : path) {
            trade.time = std::min(trade.time, question.asked);  // of the minute that still runs
            evaluator.judge(trade, common::TradeSource::Catchup, true, judgement);
            if (windowed && !armed) past.add(trade, evaluator.position().eventTime);
        }
        for (auto const& fire : judgement.fires)
            if (std::cmp_less(count++, kPreviewFiresMax)) fires.raw(fireJson(kind, fire));
        // What a step would store; nobody wants it here, and it must not pile up.
        states.clear();
        evaluator.collectDirty(states);
        if (candle.openTime >= question.from) coverage.add(candle);
    }
    Writer out;
    out.beginObject().key("fires").raw(fires.endArray().text()).field("count", count);
    coverage.write(out);
    return out.field("basis", "1m").endObject().take();
}

}  // namespace ingestion
