#include "examples/replay/faults/faults.hpp"

#include <algorithm>

namespace replay {

void StreamFaults::reorder(int symbol, std::size_t count) {
    if (count >= 2) swaps_[symbol].count = std::min(count, kSwappedMax);
}

void StreamFaults::set(std::map<int, std::uint64_t>& counts, int symbol, std::uint64_t count) {
    if (count == 0)
        counts.erase(symbol);
    else
        counts[symbol] = count;
}

bool StreamFaults::use(std::map<int, std::uint64_t>& counts, int symbol) {
    for (int const key : {symbol, -1}) {
        auto const found = counts.find(key);
        if (found == counts.end()) continue;
        if (--found->second == 0) counts.erase(found);
        return true;
    }
    return false;
}

void StreamFaults::send(Frame frame, TimeMs now, std::vector<Frame>& out) {
    if (lagMs_ == 0 && late_.empty()) {
        out.push_back(frame);
        return;
    }
    // What was delayed stays in front, also after the lag was taken back.
    TimeMs const at = std::max(now + lagMs_, late_.empty() ? 0 : late_.back().at);
    late_.push_back({at, frame});
    if (late_.size() <= kLateTradesMax) return;
    out.push_back(late_.front().frame);
    late_.pop_front();
}

void StreamFaults::pass(Frame frame, TimeMs now, std::vector<Frame>& out) {
    auto const symbol = static_cast<int>(frame.symbol);
    if (use(skips_, symbol)) return;
    auto swap = swaps_.find(symbol);
    if (swap == swaps_.end()) swap = swaps_.find(-1);
    if (swap != swaps_.end()) {
        auto& held = swap->second.held;
        held.push_back(frame);
        if (held.size() < swap->second.count) return;
        for (auto last = held.rbegin(); last != held.rend(); ++last)
            send(*last, now, out);
        swaps_.erase(swap);
        return;
    }
    bool const isDoubled = use(doubles_, symbol);
    send(frame, now, out);
    if (isDoubled) send(frame, now, out);
}

void StreamFaults::due(TimeMs now, std::vector<Frame>& out) {
    for (; !late_.empty() && late_.front().at <= now; late_.pop_front())
        out.push_back(late_.front().frame);
}

void StreamFaults::clear() {
    skips_.clear();
    doubles_.clear();
    lagMs_ = 0;
    for (auto& late : late_)
        late.at = 0;
    for (auto& [symbol, swap] : swaps_)
        for (auto const& frame : swap.held)
            late_.push_back({0, frame});
    swaps_.clear();
}

bool RestFaults::spoils(std::string_view requestPath) {
    if (status == 0 || count == 0 || !requestPath.contains(path)) return false;
    --count;
    return true;
}

}  // namespace replay
