#pragma once

#include <string>
#include <string_view>

namespace replay {

/// `Sec-WebSocket-Accept` for a client's key (RFC 6455 section 4.2.2).
std::string acceptKey(std::string_view clientKey);

}  // namespace replay
