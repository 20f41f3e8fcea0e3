#include "ingestion/app/preview_answerer.hpp"

#include "common/runtime/log.hpp"
#include "ingestion/market/backfill.hpp"
#include "ingestion/preview/preview.hpp"

#include <algorithm>
#include <utility>

namespace ingestion {
namespace {

namespace log = common::log;
using common::Candle;
using common::kMinuteMs;

constexpr std::int64_t kQuestionsAtOnce = 16;
constexpr int kRowsMax = 1'000;  // of one answer of the exchange

/// Seven days of minutes and what a window of a day looks back on.
std::int64_t rowsOf(MinuteSpan span) {
    return (span.to - span.from) / kMinuteMs + 1;
}

}  // namespace

void PreviewAnswerer::onBell() {
    if (stopped_ || std::exchange(looking_, true)) {
        lookAgain_ = true;
        return;
    }
    lookAgain_ = false;
    deps_.reader.read(
        [after = lastId_](common::Database& database) {
            return database.previews().unansweredAfter(after, kQuestionsAtOnce);
        },
        [this](common::StoreThread::Outcome<std::vector<common::PreviewQuestion>> found) {
            looking_ = false;
            if (!found) return log::warn("preview", "questions not read", {{"reason", found.error().what}});
            for (auto& question : *found) {
                lastId_ = question.id;
                questions_.push_back(std::move(question));
            }
            next();
            if (lookAgain_ || std::cmp_equal(found->size(), kQuestionsAtOnce)) onBell();
        });
}

void PreviewAnswerer::next() {
    auto const now = deps_.clock.wallMs();
    while (!questions_.empty() && questions_.front().until <= now)
        questions_.pop_front();
    if (working_ || stopped_ || questions_.empty()) return;
    working_ = true;
    auto task = std::make_shared<Task>();
    task->question = std::move(questions_.front());
    questions_.pop_front();
    task->span = previewSpan(task->question);
    deps_.reader.read(
        [task](common::Database& database) {
            return database.candles().range(task->question.symbol, task->span.from, task->span.to, rowsOf(task->span));
        },
        [this, task](common::StoreThread::Outcome<std::vector<Candle>> rows) {
            if (!rows) return giveUp(task, rows.error().what);
            task->stored = std::move(*rows);
            onStored(task);
        });
}

void PreviewAnswerer::onStored(Shared task) {
    auto const missing = missingMinutes(task->stored, task->span, task->question.asked);
    if (missing)
        fetch(std::move(task), *missing);
    else
        judge(std::move(task));
}

void PreviewAnswerer::fetch(Shared task, MinuteSpan missing) {
    deps_.rest.klines(task->question.symbol, "1m", missing.from, missing.to - 1, kRowsMax,
                      [this, task, missing](RestResult<std::vector<Kline>> rows) {
                          if (stopped_) return;
                          // What is stored is answered all the same; `coverage` says what is not there.
                          if (!rows) return judge(task);
                          auto const running = common::floorTo(task->question.asked, kMinuteMs);
                          auto from = missing.to;
                          for (auto const& row : *rows)
                              if (auto candle = candleOf(row)) {
                                  from = candle->endTime();
                                  candle->closed = candle->openTime < running;
                                  if (candle->openTime < missing.to) task->fetched.push_back(std::move(*candle));
                              }
                          bool const more = std::cmp_equal(rows->size(), kRowsMax) && from < missing.to;
                          if (more && deps_.clock.wallMs() < task->question.until)
                              fetch(task, {from, missing.to});
                          else
                              judge(task);
                      });
}

void PreviewAnswerer::judge(Shared task) {
    deps_.reader.read(
        [task](common::Database&) { return answerPreview(task->question, mergeMinutes(task->stored, task->fetched)); },
        [this, task](common::StoreThread::Outcome<std::string> answer) {
            if (!answer) return giveUp(task, answer.error().what);
            finish(task, std::move(*answer));
        });
}

void PreviewAnswerer::finish(Shared task, std::string answer) {
    deps_.store.write([id = task->question.id, answer = std::move(answer)](
                          common::Database& database) { database.previews().answer(id, answer); },
                      [this, task](common::StoreThread::Outcome<void> outcome) {
                          if (!outcome) return giveUp(task, outcome.error().what);
                          working_ = false;
                          next();
                      });
}

void PreviewAnswerer::giveUp(Shared const& task, std::string_view reason) {
    log::warn("preview", "not answered", {{"preview", task->question.id}, {"reason", reason}});
    working_ = false;
    next();
}

}  // namespace ingestion
