#pragma once

#include "common/net/net_error.hpp"
#include "common/net/resolve.hpp"
#include "common/net/tls.hpp"
#include "common/runtime/url.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace common::net {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpResponse {
    int status = 0;
    HttpHeaders headers;
    std::string body;
    /// Value of the first header of this name in any case; empty when absent.
    std::string_view header(std::string_view name) const;
};
using HttpResult = NetResult<HttpResponse>;

struct HttpClientOptions {
    DurationMs deadlineMs = 10'000;  ///< per request: waiting for a connection, connecting, writing and reading
    std::size_t headBytesMax = 16'384;
    std::size_t bodyBytesMax = 16'777'216;
    /// A longer body is an answer without body instead of an error: for those who only want the status.
    bool longBodyIsDropped = false;
    std::size_t connectionsMax = 4;  ///< further requests wait their turn
    DurationMs idleMs = 30'000;      ///< a kept connection older than this is not used again
    HttpHeaders headers;             ///< sent with every request
    Endpoints connectTo;             ///< checked addresses to use instead of resolving; SNI and Host stay the name's
};

/// Requests to one origin over kept connections, plain or TLS by the base URL. Redirects are not followed and bodies
/// not decompressed. Answers of any status are results; errors mean that no complete answer came.
/// A GET that finds its kept connection closed by the peer is sent once more on a new one; a POST never is.
/// All calls on the io_context's thread. Destroying it aborts what is under way.
class HttpClient {
public:
    /// `base`: its user and target are not used. `tls` may be null for http.
    HttpClient(boost::asio::io_context& io, TlsContext tls, Url base, HttpClientOptions options = {});
    ~HttpClient();
    HttpClient(HttpClient const&) = delete;
    HttpClient& operator=(HttpClient const&) = delete;

    /// `target`: path and query, already encoded.
    boost::asio::awaitable<HttpResult> get(std::string target, HttpHeaders headers = {});
    boost::asio::awaitable<HttpResult> post(std::string target, std::string body, std::string contentType,
                                            HttpHeaders headers = {});
    /// Ends running requests with Aborted and refuses new ones.
    void close();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace common::net
