#pragma once

#include "common/runtime/clock.hpp"
#include "common/store/store_thread.hpp"
#include "ingestion/exchange/feed.hpp"
#include "ingestion/preview/preview_minutes.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ingestion {

/// Answers clients' previews (spec section 3): minutes from the database, those that are missing there from the
/// exchange, judged on the reading thread, so that no trade waits. Several at once: one that waits for the exchange
/// holds up no other, and not longer than a moment; then it is answered from what is there, and `coverage` says so. A
/// question whose time is over is passed over; after a crash those that are left are read again. Network thread; what
/// it is given must outlive it.
class PreviewAnswerer {
public:
    struct Deps {
        common::StoreThread& store;
        common::StoreThread& reader;
        ExchangeRest& rest;
        common::Clock const& clock;
    };
    struct Limits {
        std::size_t tasksMax = 16;             ///< at once; seven days of minutes take 1.6 MB
        std::size_t fetchesMax = 8;            ///< questions to the exchange that it has not answered
        common::DurationMs fetchMs = 5'000;    ///< how long a preview waits for the exchange
        common::DurationMs reserveMs = 1'000;  ///< left of the client's patience for judging
    };
    explicit PreviewAnswerer(Deps deps) : PreviewAnswerer(deps, Limits()) {}
    PreviewAnswerer(Deps deps, Limits limits) : deps_(deps), limits_(limits) {}

    /// There may be new questions. Also the way back to work after a failed look; called from time to time, it keeps
    /// the deadlines.
    void onBell();
    void stop() { stopped_ = true; }

private:
    struct Task {
        common::PreviewQuestion question;
        MinuteSpan span;
        std::vector<common::Candle> stored;
        std::vector<common::Candle> fetched;
        std::optional<MinuteSpan> missing;  ///< it waits for these minutes
        std::int64_t fetchUntilMono = 0;
    };
    using Shared = std::shared_ptr<Task>;

    void look();
    void next();
    void begin(Shared task);
    void onStored(Shared task);
    /// As many waiting tasks as may, ask the exchange.
    void fetch();
    void onFetched(Shared const& task, RestResult<std::vector<Kline>> rows);
    void endLateFetches();
    void judge(Shared task);
    void finish(Shared task, std::string answer);
    /// The client is answered by its own deadline.
    void giveUp(Shared const& task, std::string_view reason);
    void done();

    Deps deps_;
    Limits limits_;
    std::int64_t lastId_ = 0;
    bool looking_ = false;
    bool lookAgain_ = false;
    bool stopped_ = false;
    std::deque<common::PreviewQuestion> questions_;
    std::size_t tasks_ = 0;
    std::size_t fetches_ = 0;      ///< also of those that do not wait for it any more
    std::vector<Shared> toFetch_;  ///< by age
    std::vector<Shared> fetching_;
};

}  // namespace ingestion
