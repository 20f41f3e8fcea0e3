#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>

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
            waiting_.pop_front();
            ++first_;
            emit(std::move(ready));
        }
    }
    /// Requests without an answer yet, or whose answer waits for an earlier one.
    std::size_t size() const { return waiting_.size(); }

private:
    std::deque<std::optional<Answer>> waiting_;
    Slot first_ = 0;
};

}  // namespace notifier
