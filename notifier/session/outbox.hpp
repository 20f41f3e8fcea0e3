#pragma once

#include "common/core/symbol.hpp"
#include "notifier/session/frame.hpp"
#include "notifier/session/price_slots.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace notifier {

/// What waits to be written to one client, counted in bytes. Pure; network thread.
///
/// *Live* frames come whether the client reads or not, so they have a limit. *Paced* ones (replies, replays, answers to
/// pings) are made only as fast as the client reads: whoever makes them asks pacedBytes() first. *Prices* have one slot
/// per symbol: a newer one takes the place of an older one, and all of them go before a live frame is refused.
///
/// Frames stay where they were queued until they are written: a message costs no allocation, an idle client next to no
/// memory.
class Outbox {
public:
    class Entry {
    public:
        Entry(Frame frame, bool live) : frame_(std::move(frame)), live_(live) {}
        std::string const& operator*() const { return *frame_; }
        std::string const* operator->() const { return frame_.get(); }

    private:
        friend class Outbox;
        Frame frame_;
        bool live_;
    };
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
    /// Valid until something is queued; the frames themselves stay until written().
    std::span<Entry const> take();
    /// What was taken and is not written yet.
    std::span<Entry const> taken() const { return {queue_.data() + first_, taken_}; }
    void written();
    /// Drops all that is queued; a batch that was taken is being written and stays.
    void clear();

    bool empty() const { return first_ + taken_ == queue_.size() && prices_.empty(); }
    bool writing() const { return taken_ > 0; }
    std::size_t pacedBytes() const { return paced_; }
    std::size_t bytes() const { return paced_ + live_ + priceBytes_; }

private:
    static constexpr std::size_t kKeptEntries = 4;

    void dropPrices();

    Limits limits_;
    std::vector<Entry> queue_;  ///< entries before first_ are written and empty
    std::size_t first_ = 0;
    std::size_t taken_ = 0;  ///< of them are being written
    PriceSlots prices_;
    std::size_t paced_ = 0;  ///< queued or being written
    std::size_t live_ = 0;
    std::size_t priceBytes_ = 0;
};

}  // namespace notifier
