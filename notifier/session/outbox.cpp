#include "notifier/session/outbox.hpp"

#include <utility>

namespace notifier {

void Outbox::pushPaced(Frame frame) {
    paced_ += frame->size();
    queue_.emplace_back(std::move(frame), false);
}

bool Outbox::pushLive(Frame frame) {
    if (bytes() - paced_ + frame->size() > limits_.liveBytesMax) {
        dropPrices();
        if (live_ + frame->size() > limits_.liveBytesMax) return false;
    }
    live_ += frame->size();
    queue_.emplace_back(std::move(frame), true);
    return true;
}

void Outbox::pushPrice(common::Symbol const& symbol, Frame frame) {
    priceBytes_ += frame->size();
    if (auto const older = prices_.put(symbol, std::move(frame))) priceBytes_ -= older->size();
    if (live_ + priceBytes_ > limits_.liveBytesMax) dropPrices();
}

void Outbox::dropPrices() {
    prices_.clear();
    priceBytes_ = 0;
}

std::span<Outbox::Entry const> Outbox::take() {
    std::size_t bytes = 0;
    auto const fits = [&](std::string const& frame) {
        return taken_ == 0 || (taken_ < limits_.batchFramesMax && bytes + frame.size() <= limits_.batchBytesMax);
    };
    for (auto at = first_ + taken_; at < queue_.size() && fits(*queue_[at]); ++at) {
        bytes += queue_[at]->size();
        ++taken_;
    }
    if (first_ + taken_ < queue_.size()) return taken();
    // A price leaves its slot only now, so that what is written is the newest there is.
    std::size_t leaving = 0;
    for (auto const& [symbol, frame] : prices_) {
        if (!fits(*frame)) break;
        bytes += frame->size();
        priceBytes_ -= frame->size();
        live_ += frame->size();
        queue_.emplace_back(frame, true);
        ++taken_;
        ++leaving;
    }
    prices_.drop(leaving);
    return taken();
}

void Outbox::written() {
    for (auto const end = first_ + std::exchange(taken_, 0); first_ < end; ++first_) {
        auto& entry = queue_[first_];
        (entry.live_ ? live_ : paced_) -= entry->size();
        entry.frame_.reset();
    }
    if (first_ == queue_.size()) {
        queue_.clear();
        if (queue_.capacity() > kKeptEntries) queue_.shrink_to_fit();
    } else if (first_ < queue_.size() / 2) {
        return;  // so that a long queue is not moved for each of its batches
    } else {
        queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(first_));
    }
    first_ = 0;
}

void Outbox::clear() {
    queue_.erase(queue_.begin() + static_cast<std::ptrdiff_t>(first_ + taken_), queue_.end());
    dropPrices();
    live_ = paced_ = 0;
    for (auto const& entry : taken())
        (entry.live_ ? live_ : paced_) += entry->size();
}

}  // namespace notifier
