#include "examples/replay/protocol/outbox.hpp"

namespace replay {

std::string& Outbox::room() {
    bool const isFull = writes_.empty() || writes_.back().bytes.size() >= limits_.bytesPerWrite ||
                        (limits_.framesPerWriteMax > 0 && writes_.back().frames >= limits_.framesPerWriteMax);
    if (isFull) writes_.emplace_back();
    ++writes_.back().frames;
    return writes_.back().bytes;
}

void Outbox::frame(Opcode opcode, std::string_view payload) {
    auto& bytes = room();
    std::size_t const before = bytes.size();
    appendFrame(bytes, opcode, payload);
    bytes_ += bytes.size() - before;
}

void Outbox::raw(std::string_view bytes) {
    room().append(bytes);
    bytes_ += bytes.size();
}

std::string Outbox::take() {
    auto bytes = std::move(writes_.front().bytes);
    writes_.pop_front();
    bytes_ -= bytes.size();
    return bytes;
}

}  // namespace replay
