#pragma once

#include "examples/replay/server/net.hpp"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace boost::asio::ssl {
class context;
}

namespace replay {

/// A byte stream, plain or TLS, so that the session above is written once. Lives on the network thread.
class Transport {
public:
    virtual ~Transport() = default;
    virtual Task<error_code> handshake() = 0;
    virtual Task<std::pair<error_code, std::size_t>> readSome(asio::mutable_buffer buffer) = 0;
    virtual Task<error_code> write(asio::const_buffer buffer) = 0;
    /// Says goodbye in TLS and half-closes; the peer's own close then ends the reading.
    virtual Task<void> finish() = 0;
    /// Closes at once; with `reset` the peer sees RST instead of FIN. Pending operations end with an error.
    virtual void close(bool reset) = 0;
};

/// Plain when `tls` is null.
std::unique_ptr<Transport> makeTransport(Socket socket, asio::ssl::context* tls);

}  // namespace replay
