#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace notifier {

/// Lets answers out in the order of their requests, however they become ready. One per connection; owner's thread.
template <class Answer>
class ReplyOrder {
public:
    using Slot = std::uint64_t;

    /// Takes the next place in the line.
    Slot open() {
        waiting_.emplace_back();
        return first_ + waiting_.size() - 1;
    }
    /// Fills a place; `emit(Answer&&)` is called for every answer that nothing stands before any more. `emit` must not
    /// call settle().
    template <class Emit>
    void settle(Slot slot, Answer answer, Emit&& emit) {
        waiting_[slot - first_] = std::move(answer);
        while (!waiting_.empty() && waiting_.front()) {
            Answer ready = std::move(*waiting_.front());
            waiting_.erase(waiting_.begin());
            ++first_;
            emit(std::move(ready));
        }
        if (waiting_.empty()) waiting_ = {};
    }
    /// Requests without an answer yet, or whose answer waits for an earlier one.
    std::size_t size() const { return waiting_.size(); }

private:
    // A handful at most, and none most of the time: a deque would hold half a KB for nothing.
    std::vector<std::optional<Answer>> waiting_;
    Slot first_ = 0;
};

}  // namespace notifier
