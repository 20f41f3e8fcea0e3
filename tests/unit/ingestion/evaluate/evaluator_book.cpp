#include "tests/unit/ingestion/evaluate/evaluator_book.hpp"

#include "common/core/condition.hpp"
#include "common/core/json.hpp"

#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ingestion::testing {

using common::AlertStatus;

EvaluatorBook::EvaluatorBook(std::int64_t newestId) : evaluator_("BTCUSDT"), position_(unpricedAt(newestId)) {
    evaluator_.setPosition(position_);
    resetPasts();
}

WindowPast EvaluatorBook::past() const {
    return {
        .secondCloses = pasts_[0].buckets(), .minuteCloses = pasts_[1].buckets(), .minuteSums = pasts_[2].buckets()};
}

void EvaluatorBook::resetPasts() {
    pasts_.clear();
    for (auto const kind : kPastKinds)
        pasts_.emplace_back(kind, 0);
}

void EvaluatorBook::arm(common::AlertDefinition const& definition, std::int64_t fromTradeId) {
    commit();
    auto& record = records_[definition.id.value];
    record.definition = definition;
    record.state.rev = definition.rev;
    record.state.status = AlertStatus::Armed;
    record.state.fromTradeId = fromTradeId;
    record.state.suppressed = 0;
    record.state.cooldownFrom.reset();
    record.state.engine.clear();
    evaluator_.add(record, past());
}

void EvaluatorBook::remove(common::AlertId alert) {
    commit();
    records_.erase(alert.value);
    evaluator_.remove(alert);
}

void EvaluatorBook::judge(common::Trade const& trade) {
    evaluator_.judge(trade, common::TradeSource::Live, false, judgement_);
    if (trade.price.value.isZero()) return;
    for (auto& past : pasts_)
        past.add(trade, evaluator_.position().eventTime);
}

void EvaluatorBook::commit() {
    position_ = evaluator_.position();
    evaluator_.collectDirty(judgement_.states);
    for (auto& past : pasts_)
        if (auto const write = past.collect("BTCUSDT"))
            for (auto const& chunk : write->chunks)
                pastRows_[{write->kind, chunk.start}] = chunk.text;
    for (auto const& fire : judgement_.fires) {
        auto const row = records_.find(fire.alert.value);
        ASSERT_NE(row, records_.end());
        auto& state = row->second.state;
        ASSERT_EQ(state.rev, fire.rev);
        ASSERT_FALSE(common::isEnded(state.status)) << "fired after its end";
        ++state.fires;
        state.lastFired = fire.trade.time;
        state.cooldownFrom = fire.eventTime;
        if (fire.ends) state.status = AlertStatus::Done;
        auto const& prev = fire.prev;
        notified_.push_back({.alert = fire.alert,
                             .rev = fire.rev,
                             .fire = state.fires,
                             .level = fire.level,
                             .trade = fire.trade,
                             .prevId = prev ? std::optional(prev->id) : std::nullopt,
                             .prevPrice = prev ? std::optional(prev->price) : std::nullopt,
                             .suppressed = fire.suppressed,
                             .extra = fire.extra,
                             .ends = fire.ends,
                             .eventTime = fire.eventTime});
    }
    for (auto const& state : judgement_.states)
        applyState(state);
    stateWrites_ += judgement_.states.size();
    lastFires_ = std::exchange(judgement_.fires, {});
    lastStates_ = std::exchange(judgement_.states, {});
    judgement_.clear();
}

void EvaluatorBook::applyState(common::StateWrite const& write) {
    auto const row = records_.find(write.alert.value);
    ASSERT_NE(row, records_.end());
    auto& state = row->second.state;
    ASSERT_EQ(state.rev, write.rev);
    ASSERT_EQ(state.fromTradeId, write.fromTradeId);
    if (common::isEnded(state.status)) return;
    state.status = write.status;
    state.suppressed = write.suppressed;
    state.cooldownFrom = write.cooldownFrom;
    state.engine = write.engine;
}

void EvaluatorBook::crash() {
    judgement_.clear();
    evaluator_ = SymbolEvaluator(position_.symbol);
    evaluator_.setPosition(position_);
    resetPasts();
    for (auto const& [key, text] : pastRows_)
        EXPECT_TRUE(pasts_[static_cast<std::size_t>(key.first)].load({.start = key.second, .text = text})) << text;
    for (auto const& [id, record] : records_)
        if (!common::isEnded(record.state.status)) evaluator_.add(record, past());
}

common::Position unpricedAt(std::int64_t tradeId) {
    common::Position position;
    position.symbol = "BTCUSDT";
    position.tradeId = tradeId;
    return position;
}

common::Condition when(std::string_view json) {
    auto const value = common::json::parse(json);
    auto const condition = value ? common::parseCondition(*value) : std::unexpected(value.error());
    if (!condition) {
        ADD_FAILURE() << json << ": " << condition.error().message;
        return {};
    }
    return *condition;
}

common::AlertDefinition alertOf(std::string_view whenJson, std::int64_t id) {
    common::AlertDefinition alert;
    alert.id = {id};
    alert.symbol = "BTCUSDT";
    alert.condition = when(whenJson);
    return alert;
}

common::Trade tradeAt(std::int64_t id, std::string_view price, common::TimeMs time) {
    common::Trade trade;
    trade.id = id;
    trade.price = common::ExactDecimal::parse(price).value();
    trade.time = time;
    return trade;
}

std::vector<common::Trade> tapeOf(std::vector<std::string_view> const& prices) {
    std::vector<common::Trade> tape;
    for (auto const price : prices) {
        auto const id = static_cast<std::int64_t>(tape.size()) + 1;
        tape.push_back(tradeAt(id, price, id * 1'000));
    }
    return tape;
}

std::string shortText(support::NaiveFire const& fire) {
    auto text = fmt::format("{}", fire.trade.id);
    if (!fire.extra.empty()) text += " " + fire.extra;
    if (fire.suppressed > 0) text += fmt::format(" +{}", fire.suppressed);
    if (fire.ends) text += "!";
    return text;
}

std::vector<std::string> shortTexts(std::vector<support::NaiveFire> const& fires) {
    std::vector<std::string> texts;
    for (auto const& fire : fires)
        texts.push_back(shortText(fire));
    return texts;
}

void expectFires(common::AlertDefinition const& alert, std::vector<common::Trade> const& tape,
                 std::vector<std::string> const& expected, std::int64_t fromTradeId) {
    auto const oracle = support::naiveJudge({.alert = alert, .fromTradeId = fromTradeId, .toTradeId = {}}, tape);
    EXPECT_EQ(shortTexts(oracle.fires), expected) << "oracle";

    EvaluatorBook straight;
    EvaluatorBook restarted;
    straight.arm(alert, fromTradeId);
    restarted.arm(alert, fromTradeId);
    for (auto const& trade : tape) {
        straight.judge(trade);
        restarted.judge(trade);
        restarted.commit();
        restarted.crash();
    }
    straight.commit();
    EXPECT_EQ(shortTexts(straight.notified()), expected) << "evaluator";
    EXPECT_EQ(shortTexts(restarted.notified()), expected) << "evaluator, restarted after every trade";
    EXPECT_TRUE(straight.notified() == oracle.fires) << "level, prev or times differ";
    EXPECT_TRUE(restarted.notified() == oracle.fires) << "level, prev or times differ";
}

}  // namespace ingestion::testing
