#include "tests/support/scripted_peer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/detail/base64.hpp>

#include <openssl/sha.h>

#include <array>

namespace support {

namespace asio = boost::asio;

struct ScriptedPeer::State : std::enable_shared_from_this<State> {
    State(asio::io_context& loop, Script what)
        : io(loop), acceptor(loop, {asio::ip::address_v4::loopback(), 0}), script(std::move(what)) {}

    void accept() {
        acceptor.async_accept([self = shared_from_this()](boost::system::error_code error, Socket socket) {
            if (error) return;
            ++self->accepted;
            ++self->running;
            asio::co_spawn(self->io, perform(self, std::move(socket)), [self](std::exception_ptr) { --self->running; });
            self->accept();
        });
    }
    static asio::awaitable<void> perform(std::shared_ptr<State> self, Socket socket) { co_await self->script(socket); }

    asio::io_context& io;
    asio::ip::tcp::acceptor acceptor;
    Script script;
    int accepted = 0;
    int running = 0;
};

ScriptedPeer::ScriptedPeer(asio::io_context& io, Script script)
    : state_(std::make_shared<State>(io, std::move(script))) {
    state_->accept();
}

ScriptedPeer::~ScriptedPeer() {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
}

std::uint16_t ScriptedPeer::port() const {
    return state_->acceptor.local_endpoint().port();
}

int ScriptedPeer::accepted() const {
    return state_->accepted;
}

int ScriptedPeer::running() const {
    return state_->running;
}

asio::awaitable<std::string> readHead(Socket& socket, std::string& rest) {
    auto const end =
        co_await asio::async_read_until(socket, asio::dynamic_buffer(rest), "\r\n\r\n", asio::use_awaitable);
    auto head = rest.substr(0, end);
    rest.erase(0, end);
    co_return head;
}

asio::awaitable<void> writeText(Socket& socket, std::string text) {
    co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
}

asio::awaitable<std::size_t> drain(Socket& socket) {
    std::array<char, 4'096> buffer{};
    std::size_t total = 0;
    while (true) {
        boost::system::error_code error;
        auto const bytes =
            co_await socket.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
        total += bytes;
        if (error) co_return total;
    }
}

void reset(Socket& socket) {
    socket.set_option(asio::socket_base::linger(true, 0));
    socket.close();
}

std::string upgradeAnswer(std::string const& head) {
    constexpr std::string_view kField = "Sec-WebSocket-Key: ";
    auto const begin = head.find(kField) + kField.size();
    auto const key = head.substr(begin, head.find('\r', begin) - begin) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
    SHA1(reinterpret_cast<unsigned char const*>(key.data()), key.size(), digest.data());
    std::string accept(boost::beast::detail::base64::encoded_size(digest.size()), '\0');
    boost::beast::detail::base64::encode(accept.data(), digest.data(), digest.size());
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
           accept + "\r\n\r\n";
}

std::optional<std::string> takeClientFrame(std::string& bytes) {
    constexpr std::size_t kMaskBytes = 4;
    auto const at = [&](std::size_t index) { return static_cast<unsigned char>(bytes[index]); };
    if (bytes.size() < 2) return {};
    std::size_t length = at(1) & 0x7fU;
    std::size_t head = 2;
    if (length == 126) {
        head = 4;
        if (bytes.size() < head) return {};
        length = std::size_t{at(2)} << 8U | at(3);
    }
    if (bytes.size() < head + kMaskBytes + length) return {};
    std::string payload(length, '\0');
    for (std::size_t i = 0; i < length; ++i)
        payload[i] = static_cast<char>(at(head + kMaskBytes + i) ^ at(head + i % kMaskBytes));
    bytes.erase(0, head + kMaskBytes + length);
    return payload;
}

std::string serverFrame(unsigned first, std::string const& payload) {
    std::string frame{static_cast<char>(first)};
    if (payload.size() < 126) {
        frame += static_cast<char>(payload.size());
    } else if (payload.size() < 65'536) {
        frame += '\x7E';
        frame += static_cast<char>(payload.size() >> 8);
        frame += static_cast<char>(payload.size() & 0xFF);
    } else {
        frame += '\x7F';
        for (int shift = 56; shift >= 0; shift -= 8)
            frame += static_cast<char>(payload.size() >> shift & 0xFF);
    }
    return frame + payload;
}

}  // namespace support
