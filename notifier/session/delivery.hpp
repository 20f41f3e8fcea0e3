#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace notifier {

/// Decides which durable events go to one connection and when: held, replayed from the store in pages, or live
/// (spec section 3, `resume`). Pure; one per connection.
///
/// One cursor says up to where the client has been served. Only an event that stands directly behind it passes live;
/// whenever there may be more behind it than that (held, rewound, just stored), pages are read from the store until
/// there is not. So nothing is buffered here, and neither a hole nor a repeat can arise however the two interleave.
class Delivery {
public:
    struct Range {
        std::int64_t after;
        std::int64_t upTo;
    };
    /// Holds all events; when released, those after `seq` follow.
    void hold(std::int64_t seq);
    /// The hold ends without a resume. What was committed since `seq` was read is taken from the store.
    void release();
    bool held() const { return state_ == State::Held; }

    /// After the reply to `resume`: after+1 … upTo as replay, then all that follows.
    void resume(std::int64_t after, std::int64_t upTo);
    /// After the reply to a `resume` that could not recover.
    void goOnAfter(std::int64_t upTo);
    /// The account's rows were written just now: what fired meanwhile was read by nobody and is in the store.
    void startOfAccount();
    /// None of what this alert has fired until now may follow. What it fires after a `rearm` may.
    void silence(std::string const& alertId);

    /// An event that the tail has read. True: pass it to silenced() and push it.
    bool onLive(std::int64_t seq);
    bool silenced(std::int64_t seq, std::string const& alertId) const;

    /// The page to read next, if one is due; onPage() or a new state must follow before the next one.
    std::optional<Range> nextPage();
    /// One event of a page that was asked for, in order. True: it is part of the replay.
    bool onPaged(std::int64_t seq);
    /// The page is through; `full`: it ended at its limit and not at its range.
    void onPageEnd(Range range, bool full);
    /// The page could not be read: nextPage() gives it out once more.
    void onPageFailed() { paging_ = false; }
    /// Changes with every resume and hold: a page asked for under another number is to be thrown away.
    std::uint64_t generation() const { return generation_; }

    /// The last seq served or passed over on this connection.
    std::int64_t cursor() const { return cursor_; }

private:
    enum class State : std::uint8_t { Held, CatchUp, Live };

    void restart(State state, std::int64_t cursor);

    State state_ = State::Held;
    std::int64_t cursor_ = 0;
    std::int64_t newest_ = 0;      ///< largest seq known to exist
    std::int64_t replayUpTo_ = 0;  ///< paged events up to here carry `"replay":true`
    bool openEnd_ = false;         ///< read on until the store has no more, whatever newest_ says
    bool paging_ = false;
    std::uint64_t generation_ = 0;
    std::map<std::string, std::int64_t> silencedUpTo_;
};

}  // namespace notifier
