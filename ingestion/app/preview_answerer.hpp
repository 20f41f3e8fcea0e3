#pragma once

#include "common/runtime/clock.hpp"
#include "common/store/store_thread.hpp"
#include "ingestion/exchange/feed.hpp"
#include "ingestion/preview/preview_minutes.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace ingestion {

/// Answers clients' previews (spec section 3), one after the other: minutes from the database, those that are missing
/// there from the exchange, judged on the reading thread, so that no trade waits. A question whose time is over is
/// passed over; after a crash those that are left are read again. Network thread; what it is given must outlive it.
class PreviewAnswerer {
public:
    struct Deps {
        common::StoreThread& store;
        common::StoreThread& reader;
        ExchangeRest& rest;
        common::Clock const& clock;
    };
    explicit PreviewAnswerer(Deps deps) : deps_(deps) {}

    /// There may be new questions. Also the way back to work after a failed look.
    void onBell();
    void stop() { stopped_ = true; }

private:
    struct Task {
        common::PreviewQuestion question;
        MinuteSpan span;
        std::vector<common::Candle> stored;
        std::vector<common::Candle> fetched;
    };
    using Shared = std::shared_ptr<Task>;

    void next();
    void onStored(Shared task);
    void fetch(Shared task, MinuteSpan missing);
    void judge(Shared task);
    void finish(Shared task, std::string answer);
    /// The client is answered by its own deadline.
    void giveUp(Shared const& task, std::string_view reason);

    Deps deps_;
    std::int64_t lastId_ = 0;
    bool looking_ = false;
    bool lookAgain_ = false;
    bool working_ = false;
    bool stopped_ = false;
    std::deque<common::PreviewQuestion> questions_;
};

}  // namespace ingestion
