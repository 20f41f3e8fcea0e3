#pragma once

#include "common/core/symbol.hpp"
#include "notifier/session/frame.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <vector>

namespace notifier {

/// What waits to be written to one client, counted in bytes. Pure; network thread.
///
/// *Live* frames come whether the client reads or not, so they have a limit. *Paced* ones (replies, replays, answers to
/// pings) are made only as fast as the client reads: whoever makes them asks pacedBytes() first. *Prices* have one slot
/// per symbol: a newer one takes the place of an older one, and all of them go before a live frame is refused.
class Outbox {
public:
    struct Limits {
        std::size_t liveBytesMax = 1'048'576;
        std::size_t batchBytesMax = 65'536;  ///< of one gathered write; a single larger frame goes alone
        std::size_t batchFramesMax = 64;
    };

    Outbox() : Outbox(Limits{}) {}
    explicit Outbox(Limits limits) : limits_(limits) {}

    void pushPaced(Frame frame);
    /// False: over the limit. The client is too slow; nothing was queued.
    [[nodiscard]] bool pushLive(Frame frame);
    void pushPrice(common::Symbol const& symbol, Frame frame);

    /// The frames of the next write, in order, empty when there is nothing; written() must follow before the next one.
    std::vector<Frame> const& take();
    void written();
    /// Drops all that is queued; a batch that was taken is being written and stays.
    void clear();

    bool empty() const { return queue_.empty() && prices_.empty(); }
    bool writing() const { return !batch_.empty(); }
    std::size_t pacedBytes() const { return paced_; }
    std::size_t bytes() const { return paced_ + live_ + priceBytes_; }

private:
    struct Entry {
        Frame frame;
        bool live;
    };

    Limits limits_;
    std::deque<Entry> queue_;
    std::map<common::Symbol, Frame> prices_;
    std::vector<Frame> batch_;
    std::size_t paced_ = 0;  ///< queued or being written
    std::size_t live_ = 0;
    std::size_t priceBytes_ = 0;
    std::size_t batchPaced_ = 0;
    std::size_t batchLive_ = 0;
};

}  // namespace notifier
