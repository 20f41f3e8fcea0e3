#pragma once

#include "common/core/alert.hpp"
#include "common/core/trade.hpp"
#include "common/store/records.hpp"
#include "ingestion/evaluate/past_book.hpp"
#include "ingestion/evaluate/symbol_evaluator.hpp"
#include "tests/support/naive_evaluator.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ingestion::testing {

/// One symbol's evaluator with a model of the store around it: records, position and notifications as a step leaves
/// them. Between commits memory runs ahead; crash() loses what is not committed and restores from the rows.
class EvaluatorBook {
public:
    /// Stands at this id, without a price: REST named it.
    explicit EvaluatorBook(std::int64_t newestId = 0);

    /// Commits, then arms the revision from this id on.
    void arm(common::AlertDefinition const& definition, std::int64_t fromTradeId);
    void remove(common::AlertId alert);
    void judge(common::Trade const& trade);
    void skipTo(std::int64_t tradeId) { evaluator_.skipTo(tradeId); }
    void expire(common::TimeMs now) { evaluator_.expire(now, judgement_); }
    void commit();
    void crash();

    SymbolEvaluator& evaluator() { return evaluator_; }
    common::Position const& stored() const { return position_; }
    common::AlertRecord const& record(common::AlertId alert) const { return records_.at(alert.value); }
    std::vector<support::NaiveFire> const& notified() const { return notified_; }
    std::vector<common::Fire> const& lastFires() const { return lastFires_; }
    /// What the last commit wrote apart from fires.
    std::vector<common::StateWrite> const& lastStates() const { return lastStates_; }
    std::size_t stateWrites() const { return stateWrites_; }

private:
    void applyState(common::StateWrite const& state);

    static constexpr std::array kPastKinds{common::PastKind::SecondCloses, common::PastKind::MinuteCloses,
                                           common::PastKind::MinuteSums};
    WindowPast past() const;
    void resetPasts();

    SymbolEvaluator evaluator_;
    std::vector<PastBook> pasts_;
    std::map<std::pair<common::PastKind, common::TimeMs>, std::string> pastRows_;
    Judgement judgement_;
    common::Position position_;
    std::map<std::int64_t, common::AlertRecord> records_;
    std::vector<support::NaiveFire> notified_;
    std::vector<common::Fire> lastFires_;
    std::vector<common::StateWrite> lastStates_;
    std::size_t stateWrites_ = 0;
};

common::Position unpricedAt(std::int64_t tradeId);
/// A condition from its JSON; the test fails when it is refused.
common::Condition when(std::string_view json);
common::AlertDefinition alertOf(std::string_view whenJson, std::int64_t id = 1);
common::Trade tradeAt(std::int64_t id, std::string_view price, common::TimeMs time);
/// Ids from 1, one second apart.
std::vector<common::Trade> tapeOf(std::vector<std::string_view> const& prices);

/// `3`, with ` "edge":"low"` for the extra members, ` +2` for suppressed ones and `!` where it ends the alert.
std::string shortText(support::NaiveFire const& fire);
std::vector<std::string> shortTexts(std::vector<support::NaiveFire> const& fires);

/// Judges the tape by the evaluator in one go, by the evaluator restored from the rows after every trade, and by the
/// oracle: all three must say exactly this.
void expectFires(common::AlertDefinition const& alert, std::vector<common::Trade> const& tape,
                 std::vector<std::string> const& expected, std::int64_t fromTradeId = 1);

}  // namespace ingestion::testing
