#pragma once

#include "examples/replay/protocol/stream_name.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace replay {

/// The control side of one exchange connection (binance-facts sections 1.2, 1.5, 1.6): which streams it has, how
/// events are wrapped, and the answer to each request. Pure.
class ControlSession {
public:
    struct Limits {
        std::size_t streamsMax = 1'024;
        std::size_t requestBytesMax = 4'096;
    };
    struct Answer {
        std::string text;                     ///< empty: no answer (the request was too big and is ignored)
        bool fatal = false;                   ///< the exchange closes after an error
        std::vector<Stream> subscribed = {};  ///< newly, without those it had
        std::vector<Stream> unsubscribed = {};
        std::string violation = {};  ///< kind to count, empty when none
    };

    explicit ControlSession(Limits limits) : limits_(limits) {}

    /// Reads path and query of the upgrade: `/ws/<a>/<b>`, `/stream?streams=<a>/<b>`, `timeUnit`. False: no such path.
    /// Names without syntax are passed over there: clients connect to `/ws/0`.
    bool open(std::string_view target);
    Answer request(std::string_view text);

    bool isCombined() const { return combined_; }
    bool isMicroseconds() const { return microseconds_; }
    std::vector<Stream> const& streams() const { return streams_; }

private:
    Answer error(int code, std::string_view message, std::string_view id, std::string violation);
    void add(Stream stream, Answer& answer);

    Limits limits_;
    bool combined_ = false;
    bool microseconds_ = false;
    std::vector<Stream> streams_;  ///< in order of subscription
};

}  // namespace replay
