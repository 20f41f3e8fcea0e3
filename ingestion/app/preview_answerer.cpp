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
    endLateFetches();
    look();
}

void PreviewAnswerer::look() {
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
            if (lookAgain_ || std::cmp_equal(found->size(), kQuestionsAtOnce)) look();
        });
}

void PreviewAnswerer::next() {
    auto const now = deps_.clock.wallMs();
    while (!stopped_ && tasks_ < limits_.tasksMax && !questions_.empty()) {
        auto question = std::move(questions_.front());
        questions_.pop_front();
        if (question.until <= now) continue;
        auto task = std::make_shared<Task>();
        task->span = previewSpan(question);
        task->question = std::move(question);
        begin(std::move(task));
    }
}

void PreviewAnswerer::begin(Shared task) {
    ++tasks_;
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
    task->missing = missingMinutes(task->stored, task->span, task->question.asked);
    if (!task->missing) return judge(std::move(task));
    auto const patience = task->question.until - deps_.clock.wallMs() - limits_.reserveMs;
    task->fetchUntilMono = deps_.clock.monotonicMs() + std::min(limits_.fetchMs, patience);
    toFetch_.push_back(std::move(task));
    fetch();
}

void PreviewAnswerer::fetch() {
    while (!stopped_ && fetches_ < limits_.fetchesMax && !toFetch_.empty()) {
        auto task = std::move(toFetch_.front());
        toFetch_.erase(toFetch_.begin());
        fetching_.push_back(task);
        ++fetches_;
        auto const missing = *task->missing;
        deps_.rest.klines(task->question.symbol, "1m", missing.from, missing.to - 1, kRowsMax,
                          [this, task](RestResult<std::vector<Kline>> rows) { onFetched(task, std::move(rows)); });
    }
}

void PreviewAnswerer::onFetched(Shared const& task, RestResult<std::vector<Kline>> rows) {
    if (stopped_) return;
    --fetches_;
    // Not there: the task has waited long enough and was judged.
    if (std::erase(fetching_, task) > 0) {
        auto const missing = *std::exchange(task->missing, std::nullopt);
        auto from = missing.to;
        auto const running = common::floorTo(task->question.asked, kMinuteMs);
        // What is stored is answered all the same; `coverage` says what is not there.
        if (rows)
            for (auto const& row : *rows)
                if (auto candle = candleOf(row)) {
                    from = candle->endTime();
                    candle->closed = candle->openTime < running;
                    if (candle->openTime < missing.to) task->fetched.push_back(std::move(*candle));
                }
        if (rows && std::cmp_equal(rows->size(), kRowsMax) && from < missing.to) {
            task->missing = MinuteSpan{from, missing.to};
            toFetch_.push_back(task);
        } else {
            judge(task);
        }
    }
    fetch();
}

void PreviewAnswerer::endLateFetches() {
    auto const now = deps_.clock.monotonicMs();
    std::vector<Shared> late;
    for (auto* const waiting : {&toFetch_, &fetching_})
        std::erase_if(*waiting, [&](Shared const& task) {
            bool const isLate = task->fetchUntilMono <= now;
            if (isLate) late.push_back(task);
            return isLate;
        });
    for (auto const& task : late)
        judge(task);
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
                          done();
                      });
}

void PreviewAnswerer::giveUp(Shared const& task, std::string_view reason) {
    log::warn("preview", "not answered", {{"preview", task->question.id}, {"reason", reason}});
    done();
}

void PreviewAnswerer::done() {
    --tasks_;
    next();
}

}  // namespace ingestion
