#include "notifier/api/preview_desk.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace notifier {
namespace {

using common::ErrorCode;
using common::fail;

using Answers = std::vector<std::pair<std::int64_t, std::string>>;

common::Error busy(char const* message) {
    return {ErrorCode::Busy, message, {}, {}};
}

}  // namespace

void PreviewDesk::start() {
    store_.write([](common::Database& database) { database.previews().removeAll(); },
                 [](common::StoreThread::Outcome<void> const&) {});
}

void PreviewDesk::ask(std::string account, common::PreviewQuestion question, Done done) {
    if (stopped_) return done(std::unexpected(busy("the server is stopping")));
    auto& own = askers_[account];
    if (asked_ >= limits_.waitingMax || own >= limits_.waitingPerAccountMax) {
        if (own == 0) askers_.erase(account);
        return done(std::unexpected(busy("too many previews are under way; ask again in a moment")));
    }
    ++own;
    ++asked_;
    question.asked = clock_.wallMs();
    question.until = question.asked + limits_.waitMs;
    auto const untilMono = clock_.monotonicMs() + limits_.waitMs;
    auto const aliveSince = question.asked - limits_.lifeSignMs;
    // Nothing when nobody is there to answer.
    using Stored = common::StoreThread::Outcome<std::optional<std::int64_t>>;
    store_.write(
        [question = std::move(question), aliveSince](common::Database& database) -> std::optional<std::int64_t> {
            if (database.market().lifeSign() < aliveSince) return {};
            return database.previews().ask(question);
        },
        [this, account = std::move(account), untilMono, done = std::move(done)](Stored stored) {
            // A question that was not stored has no number that an answer could bear.
            auto const number = stored && *stored ? **stored : -static_cast<std::int64_t>(asked_);
            waiting_[number] = {account, untilMono, done};
            if (!stored) return close(number, std::unexpected(busy("the preview could not be stored; try again")));
            if (!*stored)
                return close(number, std::unexpected(busy("ingestion, which answers previews, is not running")));
            if (stopped_) return close(number, std::unexpected(busy("the server is stopping")));
            look();
        });
}

void PreviewDesk::look() {
    if (waiting_.empty()) return;
    if (std::exchange(looking_, true)) {
        lookAgain_ = true;
        return;
    }
    lookAgain_ = false;
    std::vector<std::int64_t> ids;
    for (auto const& [id, waiting] : waiting_)
        ids.push_back(id);
    store_.read(
        [ids = std::move(ids)](common::Database& database) {
            Answers answers;
            for (auto const id : ids)
                if (auto answer = database.previews().answerOf(id)) answers.emplace_back(id, std::move(*answer));
            return answers;
        },
        [this](common::StoreThread::Outcome<Answers> answers) {
            looking_ = false;
            if (answers)
                for (auto& [id, answer] : *answers)
                    close(id, std::move(answer));
            std::vector<std::int64_t> late;
            for (auto const& [id, waiting] : waiting_)
                if (waiting.untilMono <= clock_.monotonicMs()) late.push_back(id);
            for (auto const id : late)
                close(id,
                      std::unexpected(busy("no answer in time: ingestion has too much to do, or has just stopped")));
            if (lookAgain_) look();
        });
}

void PreviewDesk::stop() {
    stopped_ = true;
    while (!waiting_.empty())
        close(waiting_.begin()->first, std::unexpected(busy("the server is stopping")));
}

void PreviewDesk::close(std::int64_t id, common::Result<std::string> answer) {
    auto const found = waiting_.extract(id);
    if (found.empty()) return;
    auto& waiting = found.mapped();
    --asked_;
    if (auto const own = askers_.find(waiting.account); --own->second == 0) askers_.erase(own);
    if (id > 0)
        store_.write([id](common::Database& database) { database.previews().remove(id); },
                     [](common::StoreThread::Outcome<void> const&) {});
    waiting.done(std::move(answer));
}

}  // namespace notifier
