#include "notifier/session/delivery.hpp"

#include <algorithm>
#include <limits>

namespace notifier {
namespace {

// A client that removes alerts for weeks must not grow this without end. Forgetting the oldest could only matter to one
// that rewinds past this many removals.
constexpr std::size_t kSilencedMax = 10'000;

}  // namespace

void Delivery::restart(State state, std::int64_t cursor) {
    state_ = state;
    cursor_ = cursor;
    openEnd_ = false;
    paging_ = false;
    ++generation_;
}

void Delivery::hold(std::int64_t seq) {
    restart(State::Held, seq);
    newest_ = seq;
    replayUpTo_ = 0;
}

void Delivery::release() {
    if (!held()) return;
    state_ = State::CatchUp;
    openEnd_ = true;
}

void Delivery::resume(std::int64_t after, std::int64_t upTo) {
    restart(State::CatchUp, after);
    newest_ = std::max(newest_, upTo);
    replayUpTo_ = upTo;
}

void Delivery::goOnAfter(std::int64_t upTo) {
    restart(State::CatchUp, upTo);
    newest_ = std::max(newest_, upTo);
    replayUpTo_ = 0;
}

void Delivery::startOfAccount() {
    restart(State::CatchUp, 0);
    openEnd_ = true;
}

void Delivery::silence(std::string const& alertId) {
    silencedUpTo_[alertId] = std::max(newest_, cursor_);
    if (silencedUpTo_.size() > kSilencedMax)
        silencedUpTo_.erase(
            std::ranges::min_element(silencedUpTo_, {}, [](auto const& entry) { return entry.second; }));
}

bool Delivery::onLive(std::int64_t seq) {
    newest_ = std::max(newest_, seq);
    if (state_ != State::Live || seq <= cursor_) return false;
    if (seq > cursor_ + 1) {
        state_ = State::CatchUp;
        return false;
    }
    cursor_ = seq;
    return true;
}

bool Delivery::silenced(std::int64_t seq, std::string const& alertId) const {
    auto const entry = silencedUpTo_.find(alertId);
    return entry != silencedUpTo_.end() && seq <= entry->second;
}

std::optional<Delivery::Range> Delivery::nextPage() {
    if (state_ != State::CatchUp || paging_) return std::nullopt;
    if (!openEnd_ && cursor_ >= newest_) {
        state_ = State::Live;
        return std::nullopt;
    }
    paging_ = true;
    return Range{cursor_, openEnd_ ? std::numeric_limits<std::int64_t>::max() : newest_};
}

bool Delivery::onPaged(std::int64_t seq) {
    cursor_ = seq;
    newest_ = std::max(newest_, seq);
    return seq <= replayUpTo_;
}

void Delivery::onPageEnd(Range range, bool full) {
    paging_ = false;
    if (full) return;
    // Whatever of the range did not come is no longer stored.
    if (!openEnd_) cursor_ = std::max(cursor_, range.upTo);
    openEnd_ = false;
    if (cursor_ >= newest_) state_ = State::Live;
}

}  // namespace notifier
