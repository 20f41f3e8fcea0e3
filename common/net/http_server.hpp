#pragma once

#include "common/core/time.hpp"
#include "common/runtime/address.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

namespace common::net {

struct HttpReply {
    int status = 200;
    std::string contentType = "text/plain; charset=utf-8";
    std::string body;
};

struct HttpServerLimits {
    std::size_t headBytesMax = 16'384;
    std::size_t connectionsMax = 64;  ///< more are closed at once
    DurationMs requestMs = 10'000;    ///< from waiting for a request to its answer's last byte
};

/// Small read-only pages for operators (`/metrics`, `/healthz`, `/readyz`): plain HTTP, GET and HEAD without body,
/// keep-alive. Not for clients of the product. All calls on the io_context's thread.
class HttpServer {
public:
    /// Called on the io_context's thread; must not block. `target` is path and query as they came.
    using Handler = std::function<HttpReply(std::string method, std::string target)>;

    HttpServer(boost::asio::io_context& io, Handler handler, HttpServerLimits limits = {});
    ~HttpServer();
    HttpServer(HttpServer const&) = delete;
    HttpServer& operator=(HttpServer const&) = delete;

    /// Binds and begins to serve; the port bound (of use with port 0) or what went wrong, in one line.
    std::expected<std::uint16_t, std::string> listen(HostPort where);
    /// Closes the listener and all connections. The destructor does the same.
    void stop();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace common::net
