#pragma once

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// A request that an endpoint got.
struct SinkRequest {
    std::string head;  ///< up to and with the blank line
    std::string body;
    std::chrono::steady_clock::time_point at;

    std::string target() const;
    /// The first header of this name in any case; empty when absent.
    std::string header(std::string_view name) const;
};

/// An HTTP endpoint on 127.0.0.1, on a thread of its own, that keeps what it is sent. Each connection gets one answer.
class HttpSink {
public:
    /// The whole answer as sent; empty = the connection is held open without a word.
    using Script = std::function<std::string(SinkRequest const& request)>;

    /// `port` 0 picks a free one. `tls` null = plain.
    explicit HttpSink(Script script, std::shared_ptr<boost::asio::ssl::context> tls = nullptr, std::uint16_t port = 0);
    ~HttpSink();
    HttpSink(HttpSink const&) = delete;
    HttpSink& operator=(HttpSink const&) = delete;

    std::uint16_t port() const;
    std::string url(std::string_view path = "/hook") const;
    std::vector<SinkRequest> requests() const;
    /// All requests, once there are so many; throws when that took longer than the limit.
    std::vector<SinkRequest> waitFor(std::size_t count,
                                     std::chrono::milliseconds limit = std::chrono::seconds(10)) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// `HTTP/1.1 200 …` with headers (each line ending with CRLF) and body.
std::string httpAnswer(int status, std::string_view headers = {}, std::string_view body = {});

}  // namespace support
