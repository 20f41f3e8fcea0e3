#include "notifier/session/outbox.hpp"

#include <utility>

namespace notifier {

void Outbox::pushPaced(Frame frame) {
    paced_ += frame->size();
    queue_.push_back({std::move(frame), false});
}

bool Outbox::pushLive(Frame frame) {
    if (bytes() - paced_ + frame->size() > limits_.liveBytesMax) {
        prices_.clear();
        priceBytes_ = 0;
        if (live_ + frame->size() > limits_.liveBytesMax) return false;
    }
    live_ += frame->size();
    queue_.push_back({std::move(frame), true});
    return true;
}

void Outbox::pushPrice(common::Symbol const& symbol, Frame frame) {
    auto& slot = prices_[symbol];
    if (slot) priceBytes_ -= slot->size();
    priceBytes_ += frame->size();
    slot = std::move(frame);
    if (live_ + priceBytes_ > limits_.liveBytesMax) {
        prices_.clear();
        priceBytes_ = 0;
    }
}

std::vector<Frame> const& Outbox::take() {
    std::size_t bytes = 0;
    auto const fits = [&](Frame const& frame) {
        return batch_.empty() ||
               (batch_.size() < limits_.batchFramesMax && bytes + frame->size() <= limits_.batchBytesMax);
    };
    while (!queue_.empty() && fits(queue_.front().frame)) {
        auto& [frame, live] = queue_.front();
        (live ? batchLive_ : batchPaced_) += frame->size();
        bytes += frame->size();
        batch_.push_back(std::move(frame));
        queue_.pop_front();
    }
    // A price leaves its slot only now, so that what is written is the newest there is.
    while (queue_.empty() && !prices_.empty() && fits(prices_.begin()->second)) {
        auto& frame = prices_.begin()->second;
        priceBytes_ -= frame->size();
        batchLive_ += frame->size();
        live_ += frame->size();
        bytes += frame->size();
        batch_.push_back(std::move(frame));
        prices_.erase(prices_.begin());
    }
    return batch_;
}

void Outbox::written() {
    live_ -= std::exchange(batchLive_, 0);
    paced_ -= std::exchange(batchPaced_, 0);
    batch_.clear();
}

void Outbox::clear() {
    queue_.clear();
    prices_.clear();
    priceBytes_ = 0;
    live_ = batchLive_;
    paced_ = batchPaced_;
}

}  // namespace notifier
