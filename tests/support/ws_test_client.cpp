#include "tests/support/ws_test_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace support {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

struct WsTestClient::Impl {
    asio::io_context io;
    websocket::stream<asio::ip::tcp::socket> stream{io};
    beast::flat_buffer buffer;
    std::deque<std::string> arrived;
    std::vector<std::string> seen;
    std::optional<std::uint16_t> ended;

    void read() {
        stream.async_read(buffer, [this](error_code error, std::size_t) {
            if (error) {
                auto const code = stream.reason().code;
                ended = error == websocket::error::closed && code != websocket::close_code::none
                            ? static_cast<std::uint16_t>(code)
                            : std::uint16_t{1006};
                return;
            }
            arrived.push_back(beast::buffers_to_string(buffer.data()));
            seen.push_back(arrived.back());
            buffer.consume(buffer.size());
            read();
        });
    }

    template <class Done>
    bool runUntil(Done done, std::chrono::milliseconds limit) {
        auto const end = Clock::now() + limit;
        io.restart();
        while (!done())
            if (io.run_one_until(end) == 0) return done();
        return true;
    }
};

WsTestClient::WsTestClient(std::uint16_t port, Options const& options) : impl_(std::make_unique<Impl>()) {
    auto& socket = impl_->stream.next_layer();
    socket.open(asio::ip::tcp::v4());
    if (options.receiveBufferBytes > 0)
        socket.set_option(asio::socket_base::receive_buffer_size(options.receiveBufferBytes));
    socket.connect({asio::ip::address_v4::loopback(), port});
    socket.set_option(asio::ip::tcp::no_delay(true));
    impl_->stream.read_message_max(16 * 1024 * 1024);
    impl_->stream.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
        for (auto const& [name, value] : options.headers)
            request.set(name, value);
    }));
    websocket::response_type answer;
    error_code error;
    impl_->stream.handshake(answer, "127.0.0.1:" + std::to_string(port), options.target, error);
    if (error) throw UpgradeRefused(static_cast<int>(answer.result_int()), answer.body() + error.message());
    impl_->read();
}

WsTestClient::~WsTestClient() = default;
WsTestClient::WsTestClient(WsTestClient&&) noexcept = default;

void WsTestClient::send(std::string_view text) {
    impl_->stream.text(true);
    error_code ignored;  // a server that has closed shows when it is read from
    impl_->stream.write(asio::buffer(text.data(), text.size()), ignored);
}

void WsTestClient::sendBinary(std::string_view bytes) {
    impl_->stream.binary(true);
    error_code ignored;
    impl_->stream.write(asio::buffer(bytes.data(), bytes.size()), ignored);
}

void WsTestClient::ping() {
    error_code ignored;
    impl_->stream.ping({}, ignored);
}

std::optional<std::string> WsTestClient::receive(std::chrono::milliseconds limit) {
    auto& arrived = impl_->arrived;
    impl_->runUntil([&] { return !arrived.empty() || impl_->ended; }, limit);
    if (arrived.empty()) return std::nullopt;
    auto text = std::move(arrived.front());
    arrived.pop_front();
    return text;
}

std::optional<Value> WsTestClient::take(std::function<bool(Value const&)> const& wanted,
                                        std::chrono::milliseconds limit) {
    for (auto at = kept_.begin(); at != kept_.end(); ++at) {
        if (!wanted(*at)) continue;
        auto value = std::move(*at);
        kept_.erase(at);
        return value;
    }
    auto const end = Clock::now() + limit;
    while (true) {
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
        auto const frame = receive(std::max(left, std::chrono::milliseconds(0)));
        if (!frame) return std::nullopt;
        auto parsed = common::json::parse(*frame);
        if (!parsed) throw std::runtime_error("the server sent no JSON: " + *frame);
        if (wanted(*parsed)) return std::move(*parsed);
        kept_.push_back(std::move(*parsed));
    }
}

Value WsTestClient::ask(std::string_view request, std::chrono::milliseconds limit) {
    send(request);
    return reply(limit);
}

Value WsTestClient::reply(std::chrono::milliseconds limit) {
    auto value = take([](Value const& frame) { return frame.find("type") == nullptr; }, limit);
    if (!value) throw std::runtime_error("no reply came");
    return std::move(*value);
}

Value WsTestClient::push(std::string_view type, std::chrono::milliseconds limit) {
    auto value = maybePush(type, limit);
    if (!value) throw std::runtime_error("no push of type " + std::string(type) + " came");
    return std::move(*value);
}

std::optional<Value> WsTestClient::maybePush(std::string_view type, std::chrono::milliseconds limit) {
    return take([&](Value const& frame) { return text(frame, "type") == type; }, limit);
}

std::vector<std::string> const& WsTestClient::seen() const {
    return impl_->seen;
}

std::uint16_t WsTestClient::closeCode(std::chrono::milliseconds limit) {
    if (!impl_->runUntil([&] { return impl_->ended.has_value(); }, limit))
        throw std::runtime_error("the connection did not end");
    return *impl_->ended;
}

void WsTestClient::close(std::uint16_t code) {
    impl_->stream.async_close(websocket::close_reason(code), [](error_code) {});
    impl_->runUntil([&] { return impl_->ended.has_value(); }, 5s);
}

void WsTestClient::abort() {
    error_code ignored;
    impl_->stream.next_layer().close(ignored);
}

std::string text(Value const& object, std::string_view member) {
    auto const* const value = object.find(member);
    return value ? value->text() : std::string();
}

std::int64_t number(Value const& object, std::string_view member) {
    auto const* const value = object.find(member);
    auto const integer = value ? value->integer() : std::nullopt;
    if (!integer) throw std::runtime_error(std::string(member) + " is no integer");
    return *integer;
}

}  // namespace support
