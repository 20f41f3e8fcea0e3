// What clients ask in the table of previews, and what is answered there: a real store, a played exchange.

#include "ingestion/app/preview_answerer.hpp"

#include "common/core/json.hpp"
#include "common/store/open.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/temp_directory.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ingestion {
namespace {

using common::Candle;
using common::kMinuteMs;

/// Keeps questions for klines until the test answers them.
struct PlayedRest final : ExchangeRest {
    struct Question {
        common::Symbol symbol;
        common::TimeMs from, to;
        int limit;
        Answer<std::vector<Kline>> done;
    };
    std::deque<Question> questions;

    void symbols(Answer<std::vector<common::SymbolInfo>>) override {}
    void newestTrades(std::vector<common::Symbol>, Answer<std::vector<NewestTrade>>) override {}
    void newestRows(common::Symbol, int, Answer<std::vector<common::Trade>>) override {}
    void aggregatesFromId(common::Symbol, std::int64_t, Answer<Aggregates>) override {}
    void aggregatesFromTime(common::Symbol, common::TimeMs, Answer<Aggregates>) override {}
    void klines(common::Symbol symbol, std::string, common::TimeMs from, common::TimeMs to, int limit,
                Answer<std::vector<Kline>> done) override {
        questions.push_back({std::move(symbol), from, to, limit, std::move(done)});
    }
    void stop() override {}

    Question take() {
        auto question = std::move(questions.front());
        questions.pop_front();
        return question;
    }
    /// Every minute of the range at 10, but for one of the minute `peak` at 20.
    void answer(common::TimeMs peak = 0) {
        auto const question = take();
        std::vector<Kline> rows;
        for (auto open = question.from; open <= question.to && std::cmp_less(rows.size(), question.limit);
             open += kMinuteMs) {
            auto& row = rows.emplace_back();
            row.openTime = open;
            row.open = row.high = row.low = row.close = *common::ExactDecimal::parse(open == peak ? "20.00" : "10.00");
            row.volume = row.quoteVolume = "1";
            row.trades = 5;
        }
        question.done(std::move(rows));
    }
};

class PreviewAnswererTest : public ::testing::Test {
protected:
    PreviewAnswererTest()
        : url_("sqlite:" + (place_.path() / "t.db").string()), notifier_(common::openDatabase(url_, {})) {
        for (auto* const thread : {&store_, &reader_})
            *thread = std::make_unique<common::StoreThread>(
                common::openDatabase(url_, {}),
                [this](common::StoreThread::Task task) {
                    std::scoped_lock const lock(mutex_);
                    tasks_.push_back(std::move(task));
                    arrived_.notify_one();
                },
                common::StoreThread::Options{});
        answerer_ = std::make_unique<PreviewAnswerer>(PreviewAnswerer::Deps{*store_, *reader_, rest_, clock_});
    }
    ~PreviewAnswererTest() override {
        answerer_->stop();
        store_.reset();
        reader_.reset();
    }

    template <class Condition>
    bool runUntil(Condition condition) {
        auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!condition()) {
            common::StoreThread::Task task;
            {
                std::unique_lock lock(mutex_);
                if (!arrived_.wait_until(lock, end, [this] { return !tasks_.empty(); })) return false;
                task = std::move(tasks_.front());
                tasks_.pop_front();
            }
            task();
        }
        return true;
    }
    template <class Work>
    void commit(Work work) {
        notifier_->begin();
        work(*notifier_);
        notifier_->commit();
    }
    /// Minutes at 10, one at 20.
    void store(std::string const& symbol, int from, int to, int peak) {
        std::vector<Candle> rows;
        for (int ago = from; ago > to; --ago) {
            auto& row = rows.emplace_back(
                Candle::quiet(minute(ago), kMinuteMs, *common::Decimal::parse(ago == peak ? "20" : "10"), 2));
            row.trades = 5;
        }
        commit([&](common::Database& database) { database.candles().fill(symbol, rows); });
    }
    /// Would it have risen above 15 in the minutes from `from` ago to `to` ago?
    std::int64_t ask(std::string const& symbol, int from, int to) {
        common::PreviewQuestion question;
        question.symbol = symbol;
        question.from = minute(from);
        question.to = minute(to);
        question.condition.kind = common::ConditionKind::Above;
        question.condition.price = *common::Decimal::parse("15");
        question.asked = clock_.wallMs();
        question.until = question.asked + 10'000;
        std::int64_t id = 0;
        commit([&](common::Database& database) { id = database.previews().ask(question); });
        answerer_->onBell();
        return id;
    }
    std::optional<std::string> answerOf(std::int64_t id) { return notifier_->previews().answerOf(id); }
    /// `count complete time-of-the-first-fire`, in minutes ago.
    std::string outcome(std::int64_t id) {
        if (!runUntil([&] { return answerOf(id).has_value(); })) return "no answer";
        auto const answer = common::json::parse(*answerOf(id)).value();
        auto const& fires = answer.find("fires")->items();
        auto text = answer.find("count")->text() +
                    (answer.find("coverage")->find("complete")->boolean() ? " complete" : " partly");
        if (!fires.empty()) text += " " + std::to_string((minute(0) - *fires[0].find("minute")->integer()) / kMinuteMs);
        return text;
    }
    common::TimeMs minute(int ago) const { return common::floorTo(start_, kMinuteMs) - ago * kMinuteMs; }

    support::TempDirectory place_;
    std::string url_;
    support::ManualClock clock_;
    common::TimeMs start_ = clock_.wallMs();
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<common::StoreThread::Task> tasks_;
    std::unique_ptr<common::Database> notifier_;
    std::unique_ptr<common::StoreThread> store_, reader_;
    PlayedRest rest_;
    std::unique_ptr<PreviewAnswerer> answerer_;
};

TEST_F(PreviewAnswererTest, StoredMinutes_AreAnsweredWithoutTheExchange) {
    store("BTCUSDT", 60, 0, 7);
    EXPECT_EQ(outcome(ask("BTCUSDT", 60, 0)), "1 complete 7");
    EXPECT_EQ(outcome(ask("BTCUSDT", 60, 8)), "0 complete");
    EXPECT_TRUE(rest_.questions.empty());
}

TEST_F(PreviewAnswererTest, MissingMinutes_AreFetchedInPages) {
    store("BTCUSDT", 60, 0, -1);
    auto const id = ask("BTCUSDT", 1'500, 0);
    ASSERT_TRUE(runUntil([&] { return !rest_.questions.empty(); }));
    EXPECT_EQ(rest_.questions.front().from, minute(1'500));
    EXPECT_EQ(rest_.questions.front().to, minute(60) - 1) << "what is stored is not asked for";
    rest_.answer();
    ASSERT_TRUE(runUntil([&] { return !rest_.questions.empty(); }));
    EXPECT_EQ(rest_.questions.front().from, minute(500));
    rest_.answer(minute(70));
    EXPECT_EQ(outcome(id), "1 complete 70");
}

TEST_F(PreviewAnswererTest, ExchangeFails_WhatIsStoredIsAnsweredAsIncomplete) {
    store("BTCUSDT", 60, 0, 7);
    auto const id = ask("BTCUSDT", 100, 0);
    ASSERT_TRUE(runUntil([&] { return !rest_.questions.empty(); }));
    rest_.take().done(std::unexpected(RestFailure{}));
    EXPECT_EQ(outcome(id), "1 partly 7");
}

TEST_F(PreviewAnswererTest, WaitingForTheExchange_HoldsUpNoOther) {
    store("BTCUSDT", 60, 0, 7);
    auto const waiting = ask("ETHUSDT", 60, 0);
    EXPECT_EQ(outcome(ask("BTCUSDT", 60, 0)), "1 complete 7");
    ASSERT_TRUE(runUntil([&] { return !rest_.questions.empty(); }));
    EXPECT_FALSE(answerOf(waiting));
    rest_.answer(minute(3));
    EXPECT_EQ(outcome(waiting), "1 complete 3");
}

TEST_F(PreviewAnswererTest, ExchangeKeepsSilent_IsAnsweredInTimeAndLateRowsAreDropped) {
    store("ETHUSDT", 30, 0, 7);
    auto const id = ask("ETHUSDT", 60, 0);
    ASSERT_TRUE(runUntil([&] { return !rest_.questions.empty(); }));
    clock_.advance(4'999);
    answerer_->onBell();
    EXPECT_FALSE(answerOf(id));
    clock_.advance(1);
    answerer_->onBell();
    EXPECT_EQ(outcome(id), "1 partly 7");
    rest_.answer(minute(40));
    EXPECT_EQ(outcome(ask("ETHUSDT", 30, 0)), "1 complete 7");
    EXPECT_EQ(outcome(id), "1 partly 7") << "nothing is said twice";
}

TEST_F(PreviewAnswererTest, ExchangeKeepsSilent_QuestionsToItAreBounded) {
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 12; ++i)
        ids.push_back(ask("SYM" + std::to_string(i) + "USDT", 60, 0));
    ASSERT_TRUE(runUntil([&] { return rest_.questions.size() >= 8; }));
    store("BTCUSDT", 60, 0, 7);
    EXPECT_EQ(outcome(ask("BTCUSDT", 60, 0)), "1 complete 7") << "passes all of them";
    EXPECT_EQ(rest_.questions.size(), 8U);
    clock_.advance(5'000);
    answerer_->onBell();
    for (auto const id : ids)
        EXPECT_EQ(outcome(id), "0 partly");
    EXPECT_EQ(rest_.questions.size(), 8U) << "those that are late are still counted";
    auto const next = ask("NEXTUSDT", 60, 0);
    for (int i = 0; i < 8; ++i)
        rest_.answer();
    ASSERT_TRUE(runUntil([&] { return !rest_.questions.empty(); }));
    rest_.answer(minute(3));
    EXPECT_EQ(outcome(next), "1 complete 3");
}

TEST_F(PreviewAnswererTest, AfterARestart_WhatIsLeftIsAnsweredAndWhatIsLateIsNot) {
    store("BTCUSDT", 60, 0, 7);
    answerer_->stop();
    auto const late = ask("BTCUSDT", 60, 0);
    clock_.advance(10'000);
    auto const left = ask("BTCUSDT", 60, 0);
    answerer_ = std::make_unique<PreviewAnswerer>(PreviewAnswerer::Deps{*store_, *reader_, rest_, clock_});
    answerer_->onBell();
    EXPECT_EQ(outcome(left), "1 complete 7");
    EXPECT_FALSE(answerOf(late));
}

}  // namespace
}  // namespace ingestion
