#pragma once

#include "common/core/error.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace notifier {

/// A WebSocket frame as it goes on the wire, header included. Server frames carry no mask, so one is made once and
/// shared by all its receivers, and many go out in one gathered write.
using Frame = std::shared_ptr<std::string const>;

Frame textFrame(std::string_view json);
Frame pingFrame();
/// Echoes the ping's payload (RFC 6455 section 5.5.3).
Frame pongFrame(std::string_view payload);
/// Says why in the words of the close table.
Frame closeFrame(common::CloseCode code);
/// The answer to a peer's close frame: its own code, 1005 = none.
Frame closeEcho(std::uint16_t code);

}  // namespace notifier
