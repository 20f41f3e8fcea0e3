#include "examples/replay/server/transport.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <type_traits>

namespace replay {
namespace {

using TlsStream = asio::ssl::stream<Socket>;

template <class Stream>
class StreamTransport : public Transport {
public:
    static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;

    template <class... Arguments>
    explicit StreamTransport(Arguments&&... arguments) : stream_(std::forward<Arguments>(arguments)...) {}

    Task<error_code> handshake() override {
        if constexpr (kIsTls) {
            auto [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kNoThrow);
            co_return ec;
        }
        co_return error_code{};
    }

    Task<std::pair<error_code, std::size_t>> readSome(asio::mutable_buffer buffer) override {
        auto [ec, size] = co_await stream_.async_read_some(buffer, kNoThrow);
        co_return std::pair{ec, size};
    }

    Task<error_code> write(asio::const_buffer buffer) override {
        auto [ec, size] = co_await asio::async_write(stream_, buffer, kNoThrow);
        co_return ec;
    }

    Task<void> finish() override {
        if constexpr (kIsTls) co_await stream_.async_shutdown(kNoThrow);
        error_code ignored;
        stream_.lowest_layer().shutdown(Socket::shutdown_send, ignored);
        co_return;
    }

    void close(bool reset) override {
        error_code ignored;
        auto& socket = stream_.lowest_layer();
        if (reset) socket.set_option(asio::socket_base::linger(true, 0), ignored);
        socket.close(ignored);
    }

private:
    Stream stream_;
};

}  // namespace

std::unique_ptr<Transport> makeTransport(Socket socket, asio::ssl::context* tls) {
    error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    if (tls == nullptr) return std::make_unique<StreamTransport<Socket>>(std::move(socket));
    return std::make_unique<StreamTransport<TlsStream>>(std::move(socket), *tls);
}

}  // namespace replay
