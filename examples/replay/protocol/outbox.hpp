#pragma once

#include "examples/replay/protocol/frames.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace replay {

/// Frames waiting for one socket, gathered into writes of a bounded number of frames and bytes. Pure.
class Outbox {
public:
    struct Limits {
        std::size_t framesPerWriteMax = 0;  ///< 0 = as many as wait
        std::size_t bytesPerWrite = 64U << 10U;
    };
    explicit Outbox(Limits limits) : limits_(limits) {}

    void frame(Opcode opcode, std::string_view payload);
    /// Bytes that form no proper frame, for clients that must survive it.
    void raw(std::string_view bytes);
    bool isEmpty() const { return writes_.empty(); }
    std::size_t bytes() const { return bytes_; }
    /// The bytes of the next write; only when not empty.
    std::string take();

private:
    struct Write {
        std::string bytes;
        std::size_t frames = 0;
    };
    std::string& room();

    Limits limits_;
    std::deque<Write> writes_;
    std::size_t bytes_ = 0;
};

}  // namespace replay
