#pragma once

#include "common/core/json.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace support {

/// Many WebSocket clients that come at once, each with a little conversation of its own. One thread.
class WsSwarm {
public:
    struct Member {
        std::string session = {};  ///< sent as the bearer of the upgrade unless empty
    };
    /// What a member does with a frame: what it sends, and whether that was all it came for.
    struct Reaction {
        std::string send = {};
        bool done = false;
    };
    using React = std::function<Reaction(std::size_t member, common::json::Value const& frame)>;

    /// Connects all members to 127.0.0.1 in the same instant and runs them until each is done. The time each took,
    /// nothing for those that were not done within the limit or were cut. All connections end with it.
    static std::vector<std::optional<std::chrono::microseconds>> run(std::uint16_t port,
                                                                     std::vector<Member> const& members, React react,
                                                                     std::chrono::milliseconds limit);
};

}  // namespace support
