#include "ingestion/app/market_keeper.hpp"

#include "common/runtime/log.hpp"

#include <algorithm>
#include <utility>

namespace ingestion {
namespace {

namespace log = common::log;

constexpr std::size_t kRowsMax = 200;  // of one commit: a fire waits about a millisecond
constexpr std::size_t kWorkMax = 5'000;
constexpr common::DurationMs kRankDelayMs = 3'000;   // most minutes have ended by then
constexpr common::DurationMs kRankAgainMs = 12'000;  // quiet ones end later
constexpr common::DurationMs kRoundEveryMs = 60'000;
constexpr common::DurationMs kClosesKeptMs = common::kDayMs + 2 * common::kMinuteMs;

template <class T>
std::vector<T> slice(std::vector<T> const& rows, std::size_t from) {
    auto const begin = rows.begin() + static_cast<std::ptrdiff_t>(from);
    return {begin, begin + static_cast<std::ptrdiff_t>(std::min(kRowsMax, rows.size() - from))};
}

}  // namespace

MarketKeeper::MarketKeeper(Deps deps, Retention retention)
    : deps_(deps), round_(std::make_shared<RetentionRound>(retention)) {}

void MarketKeeper::onTimer(common::TimeMs mono, std::optional<common::TimeMs> market) {
    if (stopped_ || !market) return;
    auto const end = common::floorTo(*market - kRankDelayMs, common::kMinuteMs);
    bool const again = rankAgainAt_ != 0 && mono >= rankAgainAt_;
    if ((end != rankedEnd_ || again) && !ranking_ && work_.empty()) {
        rankAgainAt_ = end != rankedEnd_ ? mono + kRankAgainMs : 0;
        rank(end);
    }
    if (mono >= retainAt_ && !retaining_ && work_.empty()) retain(mono, *market);
}

void MarketKeeper::rank(common::TimeMs end) {
    ranking_ = true;
    rankedEnd_ = end;
    deps_.reader.read(
        [book = book_, end, now = deps_.clock.wallMs()](common::Database& database) {
            loadRankBook(*book, database.candles(), database.ranks(), end);
            // The wall clock names a run: rows that a crash left unpublished are never taken for its own.
            return rankAll(*book, database.ranks(), now);
        },
        [this](common::StoreThread::Outcome<std::vector<Ranking>> outcome) {
            ranking_ = false;
            if (outcome)
                publish(std::move(*outcome));
            else
                log::warn("market", "no ranks", {{"reason", outcome.error().what}});
        });
}

void MarketKeeper::publish(std::vector<Ranking> rankings) {
    for (std::size_t i = 0; i < rankings.size(); ++i) {
        auto const& [run, rows] = rankings[i];
        bool const known = i < published_.size() && published_[i].run.asOf == run.asOf && published_[i].rows == rows;
        if (known) {
            rankings[i].run = published_[i].run;
            continue;
        }
        for (std::size_t from = 0; from < rows.size(); from += kRowsMax)
            write([run, part = slice(rows, from)](auto& database) { database.ranks().addRows(run, part); });
        write([run](auto& database) { database.ranks().publish(run); });
        // Whoever reads the one before may still be at it; what is older goes.
        if (i >= published_.size()) continue;
        auto const& before = published_[i];
        for (std::size_t removed = 0; removed <= before.rows.size(); removed += kRowsMax)
            write([old = before.run](auto& database) {
                database.ranks().removeRunsBefore(old.metric, old.window, old.run, static_cast<std::int64_t>(kRowsMax));
            });
    }
    published_ = std::move(rankings);
}

void MarketKeeper::retain(common::TimeMs mono, common::TimeMs market) {
    retaining_ = true;
    deps_.reader.read(
        [round = round_, market](common::Database& database) {
            return std::pair(round->next(database.candles(), market), round->takeRoundOver());
        },
        [this, mono](auto outcome) {
            retaining_ = false;
            if (!outcome) {
                log::warn("market", "retention failed", {{"reason", outcome.error().what}});
                retainAt_ = mono + kRoundEveryMs;
                return;
            }
            auto& [due, over] = *outcome;
            if (over) retainAt_ = mono + kRoundEveryMs;
            if (due)
                write([task = std::move(*due)](auto& database) {
                    database.candles().merge(task.symbol, task.openTime, task.length);
                });
        });
}

void MarketKeeper::onTickers(common::TimeMs eventTime, std::vector<TickerClose> const& tickers) {
    auto const closes = snapshots_.onTickers(eventTime, tickers);
    if (stopped_ || closes.empty()) return;
    for (std::size_t from = 0; from < closes.size(); from += kRowsMax)
        write([part = slice(closes, from)](auto& database) { database.ranks().addCloses(part); });
    // As many go as have come, and some more.
    for (std::size_t removed = 0; removed <= closes.size(); removed += kRowsMax)
        write([before = eventTime - kClosesKeptMs](auto& database) {
            database.ranks().removeClosesBefore(before, 2 * static_cast<std::int64_t>(kRowsMax));
        });
}

void MarketKeeper::write(Work work) {
    // A database that does not keep up: the next minute brings new figures.
    if (work_.size() >= kWorkMax) return;
    work_.push_back(std::move(work));
    writeNext();
}

void MarketKeeper::writeNext() {
    if (writing_ || work_.empty() || stopped_) return;
    writing_ = true;
    auto work = std::move(work_.front());
    work_.pop_front();
    deps_.store.write([work = std::move(work)](common::Database& database) { work(database); },
                      [this](common::StoreThread::Outcome<void> outcome) {
                          writing_ = false;
                          if (!outcome) log::warn("market", "not stored", {{"reason", outcome.error().what}});
                          writeNext();
                      });
}

}  // namespace ingestion
