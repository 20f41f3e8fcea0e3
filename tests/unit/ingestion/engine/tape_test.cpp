#include "ingestion/engine/tape.hpp"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ingestion {
namespace {

using common::GapReason;
using common::Trade;
using common::TradeSource;
using Kind = Tape::Question::Kind;

Trade trade(std::int64_t id, std::int64_t lastId = 0) {
    Trade made;
    made.id = id;
    made.aggLastId = lastId;
    made.time = 1'000'000 + id;
    made.price = {common::Decimal::fromUnits(id), 8};
    return made;
}

std::vector<Trade> trades(std::int64_t from, std::int64_t to) {
    std::vector<Trade> rows;
    for (auto id = from; id <= to; ++id)
        rows.push_back(trade(id));
    return rows;
}

/// Writes down what the tape decides: `5` judged live, `5r` by repair, `5c` caught up, `5-7r` an aggregate, `!5-7`
/// lost, `~5-7` not needed, `?` before what has a guessed quantity.
struct Notes final : TapeSink {
    std::vector<std::string> lines;
    std::vector<common::DurationMs> repairsMs;
    bool needed = true;
    bool singles = false;

    void judge(Trade const& judged, TradeSource source, bool late) override {
        auto line = std::to_string(judged.id);
        if (judged.aggLastId != 0) line += "-" + std::to_string(judged.aggLastId);
        if (source == TradeSource::Repair) line += "r";
        if (source == TradeSource::Catchup) line += "c";
        EXPECT_EQ(late, source == TradeSource::Catchup);
        lines.push_back(line);
    }
    void lose(std::int64_t from, std::int64_t to, GapReason reason) override {
        lines.push_back(fmt::format("!{}-{} {}", from, to, common::gapReasonText(reason)));
    }
    void pass(std::int64_t from, std::int64_t to) override { lines.push_back(fmt::format("~{}-{}", from, to)); }
    void closed(common::DurationMs tookMs) override { repairsMs.push_back(tookMs); }
    void guess() override { lines.push_back("?"); }
    bool wantsSingles() const override { return singles; }
    bool needs(std::int64_t) const override { return needed; }
    std::vector<std::string> take() { return std::exchange(lines, {}); }
};

using Lines = std::vector<std::string>;

struct TapeTest : ::testing::Test {
    Notes notes;
    Tape tape{{}, notes};
    common::TimeMs now = 10'000;

    void live(std::int64_t last) {
        tape.restore(last, 1'000'000 + last);
        tape.onTrade(trade(last + 1), now);
        EXPECT_EQ(notes.take(), Lines{std::to_string(last + 1)});
    }
    std::optional<Tape::Question> questionIn(common::DurationMs ms) {
        now += ms;
        return tape.nextQuestion(now, 5'000'000);
    }
    void answer(std::vector<Trade> const& rows, bool full = false) { tape.onAnswer({rows, {}, full}, now); }
    void answerAggregates(std::vector<Trade> const& rows, std::int64_t firstAggregate, bool full = false) {
        std::vector<std::int64_t> ids;
        for (std::size_t i = 0; i < rows.size(); ++i)
            ids.push_back(firstAggregate + static_cast<std::int64_t>(i));
        tape.onAnswer({rows, ids, full}, now);
    }
};

TEST_F(TapeTest, OnTrade_NextId_JudgesAtOnce) {
    live(10);
    tape.onTrade(trade(12), now);
    EXPECT_EQ(notes.take(), Lines{"12"});
    EXPECT_FALSE(tape.deadline());
}

TEST_F(TapeTest, OnTrade_Repeat_IsDropped) {
    live(10);
    tape.onTrade(trade(11), now);
    tape.onTrade(trade(3), now);
    EXPECT_TRUE(notes.take().empty());
}

TEST_F(TapeTest, OnTrade_StragglerWithin50Ms_NeedsNoRest) {
    live(10);
    tape.onTrade(trade(13), now);
    EXPECT_FALSE(questionIn(49));
    tape.onTrade(trade(12), now);
    EXPECT_EQ(notes.take(), (Lines{"12", "13"}));
    EXPECT_FALSE(questionIn(100));
}

TEST_F(TapeTest, Gap_NearTheNewest_IsFetchedByRowsAndJudgedInOrder) {
    live(10);
    tape.onTrade(trade(15), now);
    tape.onTrade(trade(16), now);
    auto const question = questionIn(50);
    ASSERT_TRUE(question);
    EXPECT_EQ(question->kind, Kind::NewestRows);
    EXPECT_FALSE(questionIn(0)) << "one question at a time";
    answer(trades(5, 16));
    EXPECT_EQ(notes.take(), (Lines{"12r", "13r", "14r", "15", "16"}));
    EXPECT_FALSE(tape.repairing());
    EXPECT_EQ(tape.repairedTotal(), 3);
    EXPECT_EQ(notes.repairsMs, std::vector<common::DurationMs>{50});
}

TEST_F(TapeTest, Gap_FarFromTheNewest_IsFetchedByAggregatesFromTheLastTradesTime) {
    live(10);
    tape.onTrade(trade(1'500), now);
    auto const question = questionIn(50);
    ASSERT_TRUE(question);
    EXPECT_EQ(question->kind, Kind::AggregatesFromTime);
    EXPECT_EQ(question->argument, 1'000'011);
    answerAggregates({trade(11), trade(12, 700), trade(701)}, 40, true);
    EXPECT_EQ(notes.take(), (Lines{"12-700r", "701r"}));
    auto const next = questionIn(0);
    ASSERT_TRUE(next);
    EXPECT_EQ(next->kind, Kind::AggregatesFromId);
    EXPECT_EQ(next->argument, 43);
    // The last aggregate reaches into what is held already: that part is not judged twice.
    answerAggregates({trade(702, 1'510)}, 43);
    EXPECT_EQ(notes.take(), (Lines{"?", "702-1499r", "1500"}));
}

TEST_F(TapeTest, Gap_AnswerEndsBeforeIt_IsAskedAgainWithGrowingPauses) {
    live(10);
    tape.onTrade(trade(15), now);
    ASSERT_TRUE(questionIn(50));
    answer(trades(1, 12));
    EXPECT_EQ(notes.take(), Lines{"12r"}) << "REST lags: 13 is not absent";
    ASSERT_TRUE(tape.repairing());
    EXPECT_FALSE(questionIn(99));
    ASSERT_TRUE(questionIn(1));
    answer(trades(1, 12));
    EXPECT_FALSE(questionIn(199));
    ASSERT_TRUE(questionIn(1));
    answer(trades(1, 20));
    EXPECT_EQ(notes.take(), (Lines{"13r", "14r", "15"}));
}

TEST_F(TapeTest, Gap_IdBelowOneThatIsShown_NeverExisted) {
    live(10);
    tape.onTrade(trade(15), now);
    ASSERT_TRUE(questionIn(50));
    answer({trade(11), trade(13), trade(15)});
    EXPECT_EQ(notes.take(), (Lines{"13r", "15"}));
    EXPECT_EQ(tape.last(), 15);
}

TEST_F(TapeTest, Gap_SeveralHoles_AreClosedByOneAnswer) {
    live(10);
    tape.onTrade(trade(13), now);
    tape.onTrade(trade(16), now);
    ASSERT_TRUE(questionIn(50));
    answer(trades(1, 20));
    EXPECT_EQ(notes.take(), (Lines{"12r", "13", "14r", "15r", "16"}));
    EXPECT_EQ(tape.last(), 16) << "what REST shows beyond the stream comes by the stream";
}

TEST_F(TapeTest, Gap_NotClosedInTheHold_IsGivenUpAndJudgingGoesOn) {
    live(10);
    tape.onTrade(trade(15), now);
    ASSERT_TRUE(questionIn(50));
    tape.onNoAnswer(now, 0);
    now += 29'949;
    tape.onTick(now);
    EXPECT_TRUE(notes.take().empty());
    now += 1;
    tape.onTick(now);
    EXPECT_EQ(notes.take(), (Lines{"!12-14 unrepaired", "15"}));
    tape.onTrade(trade(16), now);
    EXPECT_EQ(notes.take(), Lines{"16"});
}

TEST_F(TapeTest, Aggregate_PartsJudgedBefore_LeavesTheRestOfItsQuantity) {
    struct Quantities final : TapeSink {
        std::vector<std::string> lines;
        void judge(Trade const& judged, TradeSource, bool) override {
            lines.push_back(fmt::format("{}-{} {}", judged.id, judged.lastId(), judged.qty.value.units()));
        }
        void lose(std::int64_t, std::int64_t, GapReason) override {}
        void pass(std::int64_t, std::int64_t) override {}
        void closed(common::DurationMs) override {}
        void guess() override { lines.push_back("?"); }
        bool wantsSingles() const override { return false; }
        bool needs(std::int64_t) const override { return true; }
        std::vector<std::string> take() { return std::exchange(lines, {}); }
    } sink;
    auto const at = [](std::int64_t id, std::int64_t lastId, std::int64_t units) {
        Trade made = trade(1, 0);
        made.id = id;
        made.aggLastId = lastId;
        made.qty.value = common::Decimal::fromUnits(units);
        return made;
    };
    Tape own({}, sink);
    own.restore(9, 1);
    own.onTrade(at(10, 0, 3), now);  // of an aggregate before at the same price and time
    own.onTrade(at(11, 0, 5), now);
    own.onTrade(at(12, 0, 7), now);
    own.onTrade(at(15, 0, 11), now);
    EXPECT_EQ(sink.take(), (Lines{"10-10 3", "11-11 5", "12-12 7"}));
    std::vector<Trade> rows{at(11, 16, 100)};
    std::vector<std::int64_t> const ids{1};
    now += 60;
    (void)own.nextQuestion(now, 5'000'000);
    own.onAnswer({rows, ids, false}, now);
    // 100 less 5, 7 and 11 is left for 13, 14 and 16; the last one still streams, so two thirds of it are a guess.
    EXPECT_EQ(sink.take(), (Lines{"?", "13-14 51", "15-15 11"}));

    Tape after({}, sink);
    after.restore(12, 1);
    after.onTrade(at(14, 0, 1), now);
    now += 60;
    (void)after.nextQuestion(now, 5'000'000);
    rows = {at(11, 13, 90)};
    after.onAnswer({rows, ids, false}, now);
    EXPECT_EQ(sink.take(), (Lines{"?", "13-13 30", "14-14 1"})) << "what came before was forgotten";
}

TEST_F(TapeTest, Gap_WiderThanTheLimit_IsGivenUpAtOnce) {
    live(10);
    tape.onTrade(trade(100'013), now);
    EXPECT_EQ(notes.take(), (Lines{"!12-100012 unrepaired", "100013"}));
    EXPECT_FALSE(tape.repairing());
}

TEST_F(TapeTest, Gap_NobodyNeedsIt_IsPassedOver) {
    live(10);
    notes.needed = false;
    tape.onTrade(trade(15), now);
    EXPECT_EQ(notes.take(), (Lines{"~12-14", "15"}));
    EXPECT_FALSE(questionIn(1'000));
}

TEST_F(TapeTest, Gap_MoreThanCanBeHeld_JoinsIt) {
    Tape small({.heldTradesMax = 3}, notes);
    small.restore(10, 1);
    small.onTrade(trade(11), now);
    for (std::int64_t id = 13; id <= 18; ++id)
        small.onTrade(trade(id), now);
    ASSERT_TRUE(small.nextQuestion(now + 50, 0));
    small.onAnswer({trades(1, 15), {}, false}, now + 60);
    EXPECT_EQ(notes.take(), (Lines{"11", "12r", "13", "14", "15"}));
    small.onTrade(trade(19), now + 70);
    ASSERT_TRUE(small.nextQuestion(now + 120, 0));
    small.onAnswer({trades(1, 19), {}, false}, now + 130);
    EXPECT_EQ(notes.take(), (Lines{"16r", "17r", "18r", "19"}));
}

TEST_F(TapeTest, RetryAfter_IsHonoured) {
    live(10);
    tape.onTrade(trade(15), now);
    ASSERT_TRUE(questionIn(50));
    tape.onNoAnswer(now, 5'000);
    EXPECT_FALSE(questionIn(4'999));
    EXPECT_TRUE(questionIn(1));
}

TEST_F(TapeTest, Restart_SinglesAreWanted_AsksForThemWhereTheyReach) {
    notes.singles = true;
    tape.restore(10, 4'990'000);
    EXPECT_TRUE(tape.onNewest(14, now, 5'000'000));
    EXPECT_EQ(questionIn(0).value().kind, Kind::NewestRows);
    tape.restore(10, 4'990'000);
    EXPECT_TRUE(tape.onNewest(1'010, now, 5'000'000));
    EXPECT_EQ(questionIn(0).value().kind, Kind::AggregatesFromTime) << "further back than they go";
}

TEST_F(TapeTest, Restart_NewestIsAhead_IsCaughtUpWithoutWaitingForATrade) {
    tape.restore(10, 4'990'000);
    EXPECT_TRUE(tape.onNewest(14, now, 5'000'000));
    auto const question = questionIn(0);
    ASSERT_TRUE(question);
    EXPECT_EQ(question->kind, Kind::AggregatesFromTime) << "the cheap call";
    EXPECT_EQ(question->argument, 4'990'000);
    answerAggregates(trades(10, 14), 3);
    EXPECT_EQ(notes.take(), (Lines{"11c", "12c", "13c", "14c"}));
    tape.onTrade(trade(15), now);
    EXPECT_EQ(notes.take(), Lines{"15"});
}

TEST_F(TapeTest, Restart_FirstTradeShowsAHole_IsCaughtUp) {
    tape.restore(10, 4'990'000);
    tape.onTrade(trade(13), now);
    ASSERT_TRUE(questionIn(50));
    answerAggregates(trades(10, 13), 3);
    EXPECT_EQ(notes.take(), (Lines{"11c", "12c", "13"}));
}

TEST_F(TapeTest, Restart_NobodyNeedsWhatWasMissed_GoesOnAtTheNewest) {
    notes.needed = false;
    tape.restore(10, 4'990'000);
    EXPECT_TRUE(tape.onNewest(500, now, 5'000'000));
    EXPECT_FALSE(questionIn(1'000));
    EXPECT_EQ(tape.last(), 500);
}

TEST_F(TapeTest, Restart_LongerThanTheLimit_IsCaughtUpAsFarAsAllowed) {
    Tape limited({.catchupMs = 1'000}, notes);
    limited.restore(10, 4'000'000);
    EXPECT_TRUE(limited.onNewest(1'600, now, 5'000'000));
    auto const question = limited.nextQuestion(now, 5'000'000);
    ASSERT_TRUE(question);
    EXPECT_EQ(question->kind, Kind::AggregatesFromTime);
    EXPECT_EQ(question->argument, 4'999'000);
    std::vector<Trade> const rows{trade(1'590), trade(1'591, 1'600)};
    std::vector<std::int64_t> const ids{7, 8};
    limited.onAnswer({rows, ids, false}, now);
    EXPECT_EQ(notes.take(), (Lines{"!11-1589 too_old", "1590c", "1591-1600c"}));
}

TEST_F(TapeTest, Restart_MoreIdsThanTheLimit_IsTooOld) {
    tape.restore(10, 4'990'000);
    EXPECT_TRUE(tape.onNewest(1'000'011, now, 5'000'000));
    EXPECT_EQ(notes.take(), (Lines{"!11-1000011 too_old"}));
    tape.onTrade(trade(1'000'012), now);
    EXPECT_EQ(notes.take(), Lines{"1000012"});
}

TEST_F(TapeTest, OnNewest_BelowWhatWasJudged_IsTheCallersQuestionUnlessTradesStream) {
    tape.restore(10, 1);
    EXPECT_FALSE(tape.onNewest(9, now, 1));
    tape.onTrade(trade(11), now);
    EXPECT_TRUE(tape.onNewest(9, now, 1)) << "an answer older than the stream";
    tape.onInterrupted();
    EXPECT_FALSE(tape.onNewest(9, now, 1));
}

TEST_F(TapeTest, Unknown_FirstNameGiven_IsWhereItBegins) {
    EXPECT_FALSE(tape.known());
    EXPECT_TRUE(tape.onNewest(-1, now, 1)) << "never traded";
    EXPECT_FALSE(tape.known());
    tape.onTrade(trade(70), now);
    EXPECT_EQ(notes.take(), Lines{"70"});
    Tape named({}, notes);
    EXPECT_TRUE(named.onNewest(0, now, 1)) << "ids may begin at 1";
    named.onTrade(trade(1), now);
    EXPECT_EQ(notes.take(), Lines{"1"});
}

}  // namespace
}  // namespace ingestion
