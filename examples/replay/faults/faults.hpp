#pragma once

#include "examples/replay/market/trade.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace replay {

/// Faults in the stream of trade frames, the same on every connection: frames that are missing, doubled, swapped or
/// late. REST knows nothing of them. Pure.
class StreamFaults {
public:
    static constexpr std::size_t kLateTradesMax = 1'000'000;
    static constexpr std::size_t kSwappedMax = 1'000;

    struct Frame {
        std::uint32_t symbol = 0;
        Trade trade;
    };
    /// The next `count` trades of the symbol (any, when negative) are not sent / sent twice / sent in reverse order.
    /// A count of 0 (reorder: below 2) is no fault.
    void skip(int symbol, std::uint64_t count) { set(skips_, symbol, count); }
    void duplicate(int symbol, std::uint64_t count) { set(doubles_, symbol, count); }
    void reorder(int symbol, std::size_t count);
    /// Every trade is sent this much later, until set to 0.
    void setLag(DurationMs ms) { lagMs_ = ms; }

    bool isActive() const {
        return lagMs_ > 0 || !late_.empty() || !skips_.empty() || !doubles_.empty() || !swaps_.empty();
    }
    /// Takes a trade that was played and appends to `out` what is to be sent now.
    void pass(Frame frame, TimeMs now, std::vector<Frame>& out);
    /// Appends what became due by now.
    void due(TimeMs now, std::vector<Frame>& out);
    bool hasLate() const { return !late_.empty(); }
    void clear();

private:
    struct Swap {
        std::size_t count = 0;
        std::vector<Frame> held;
    };
    struct Late {
        TimeMs at = 0;
        Frame frame;
    };
    static void set(std::map<int, std::uint64_t>& counts, int symbol, std::uint64_t count);
    static bool use(std::map<int, std::uint64_t>& counts, int symbol);
    void send(Frame frame, TimeMs now, std::vector<Frame>& out);

    std::map<int, std::uint64_t> skips_;
    std::map<int, std::uint64_t> doubles_;
    std::map<int, Swap> swaps_;
    std::deque<Late> late_;
    DurationMs lagMs_ = 0;
};

/// Faults of REST answers.
struct RestFaults {
    int status = 0;  ///< 0 = none
    std::int64_t retryAfterSeconds = -1;
    std::uint64_t count = 0;  ///< answers still to be spoiled
    std::string path = {};    ///< only paths that contain this
    DurationMs delayMs = 0;

    /// True when this request is to be answered with `status`; uses one up.
    bool spoils(std::string_view requestPath);
};

}  // namespace replay
