#pragma once

#include "common/net/byte_stream.hpp"
#include "common/net/cutoff.hpp"
#include "common/runtime/url.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace common::net {

/// Asks the server on `stream` to speak WebSocket (RFC 6455 section 4.1) and checks its answer. The result is what the
/// server has sent beyond its answer: the first bytes of its frames.
asio::awaitable<NetResult<std::string>> upgrade(std::shared_ptr<ByteStream> stream, Url url,
                                                std::vector<std::pair<std::string, std::string>> headers,
                                                std::shared_ptr<Cutoff> cutoff);

}  // namespace common::net
