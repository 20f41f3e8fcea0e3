#include "tests/support/http_sink.hpp"

#include "common/net/byte_stream.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <strings.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace support {

namespace asio = boost::asio;
using common::net::ByteStream;
using common::net::kNoThrow;

std::string SinkRequest::target() const {
    auto const begin = head.find(' ') + 1;
    return head.substr(begin, head.find(' ', begin) - begin);
}

std::string SinkRequest::header(std::string_view name) const {
    for (auto end = head.find("\r\n"); end != std::string::npos; end = head.find("\r\n", end + 2)) {
        auto const line = std::string_view(head).substr(end + 2, head.find("\r\n", end + 2) - end - 2);
        auto const colon = line.find(':');
        if (colon == name.size() && strncasecmp(line.data(), name.data(), colon) == 0)
            return std::string(line.substr(std::min(line.size(), line.find_first_not_of(' ', colon + 1))));
    }
    return {};
}

struct HttpSink::State {
    State(Script given, std::shared_ptr<asio::ssl::context> context, std::uint16_t port)
        : script(std::move(given)),
          tls(std::move(context)),
          acceptor(io, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port)) {
        asio::co_spawn(io, accept(), [](std::exception_ptr const&) {});
        thread = std::jthread([this] { io.run(); });
    }
    ~State() {
        asio::post(io, [this] {
            acceptor.close();
            for (auto const& stream : open)
                stream->close();
        });
    }

    asio::awaitable<void> accept() {
        while (acceptor.is_open()) {
            common::net::TcpSocket socket(io.get_executor());
            auto const [error] = co_await acceptor.async_accept(socket, kNoThrow);
            if (error) continue;
            auto const stream = std::make_shared<ByteStream>(std::move(socket), tls);
            open.insert(stream);
            asio::co_spawn(io, serve(stream), [this, stream](std::exception_ptr const&) {
                stream->close();
                open.erase(stream);
            });
        }
    }

    asio::awaitable<void> serve(std::shared_ptr<ByteStream> stream) {
        if (tls) {
            auto const [error] = co_await stream->async_handshake(kNoThrow);
            if (error) co_return;
        }
        SinkRequest request;
        std::string bytes;
        char buffer[16'384];
        std::size_t whole = std::string::npos;
        while (bytes.size() < whole) {
            auto const [error, size] = co_await stream->async_read_some(asio::buffer(buffer), kNoThrow);
            if (error) co_return;
            bytes.append(buffer, size);
            auto const end = bytes.find("\r\n\r\n");
            if (end == std::string::npos || whole != std::string::npos) continue;
            request.head = bytes.substr(0, end + 4);
            auto const length = request.header("Content-Length");
            whole = end + 4 + (length.empty() ? 0 : std::stoul(length));
        }
        request.body = bytes.substr(request.head.size());
        request.at = std::chrono::steady_clock::now();
        {
            std::lock_guard const lock(mutex);
            requests.push_back(request);
        }
        arrived.notify_all();
        auto const answer = script(request);
        if (!answer.empty()) co_await asio::async_write(*stream, asio::buffer(answer), kNoThrow);
        // Whoever asked closes; what else it says is not heard.
        while (answer.empty()) {
            auto const [error, size] = co_await stream->async_read_some(asio::buffer(buffer), kNoThrow);
            if (error) co_return;
        }
    }

    Script script;
    std::shared_ptr<asio::ssl::context> tls;
    asio::io_context io{1};
    asio::basic_socket_acceptor<asio::ip::tcp, common::net::Executor> acceptor;
    std::set<std::shared_ptr<ByteStream>> open;
    std::mutex mutex;
    std::condition_variable arrived;
    std::vector<SinkRequest> requests;
    std::jthread thread;  // last: joined before the rest goes
};

HttpSink::HttpSink(Script script, std::shared_ptr<asio::ssl::context> tls, std::uint16_t port)
    : state_(std::make_unique<State>(std::move(script), std::move(tls), port)) {}

HttpSink::~HttpSink() = default;

std::uint16_t HttpSink::port() const {
    return state_->acceptor.local_endpoint().port();
}

std::string HttpSink::url(std::string_view path) const {
    return (state_->tls ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port()) + std::string(path);
}

std::vector<SinkRequest> HttpSink::requests() const {
    std::lock_guard const lock(state_->mutex);
    return state_->requests;
}

std::vector<SinkRequest> HttpSink::waitFor(std::size_t count, std::chrono::milliseconds limit) const {
    std::unique_lock lock(state_->mutex);
    if (!state_->arrived.wait_for(lock, limit, [&] { return state_->requests.size() >= count; }))
        throw std::runtime_error("only " + std::to_string(state_->requests.size()) + " of " + std::to_string(count) +
                                 " requests came");
    return state_->requests;
}

std::string httpAnswer(int status, std::string_view headers, std::string_view body) {
    return "HTTP/1.1 " + std::to_string(status) +
           " X\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(headers) +
           "\r\n" + std::string(body);
}

}  // namespace support
