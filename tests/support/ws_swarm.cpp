#include "tests/support/ws_swarm.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <memory>
#include <utility>

namespace support {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

namespace {

struct Client {
    Client(asio::io_context& io, std::size_t number) : stream(io), number(number) {}

    websocket::stream<asio::ip::tcp::socket> stream;
    beast::flat_buffer buffer;
    std::size_t number;
    std::string target;
    std::string sending;
    std::optional<std::chrono::microseconds> took;
};

struct Run {
    asio::io_context io;
    WsSwarm::React react;
    std::vector<std::unique_ptr<Client>> clients;
    Clock::time_point began;
    std::size_t left = 0;

    void end(Client& client) {
        if (std::exchange(client.target, {}).empty()) return;
        if (--left == 0) io.stop();
    }

    void start(Client& client, std::uint16_t port) {
        client.target = "127.0.0.1:" + std::to_string(port);
        client.stream.next_layer().async_connect({asio::ip::address_v4::loopback(), port},
                                                 [this, &client](error_code error) {
                                                     if (error) return end(client);
                                                     shakeHands(client);
                                                 });
    }

    void shakeHands(Client& client) {
        client.stream.next_layer().set_option(asio::ip::tcp::no_delay(true));
        client.stream.async_handshake(client.target, "/ws", [this, &client](error_code error) {
            if (error) return end(client);
            read(client);
        });
    }

    void read(Client& client) {
        client.stream.async_read(client.buffer, [this, &client](error_code error, std::size_t) {
            if (error) return end(client);
            auto const frame = common::json::parse(beast::buffers_to_string(client.buffer.data()));
            client.buffer.consume(client.buffer.size());
            if (!frame) return end(client);
            auto reaction = react(client.number, *frame);
            if (!reaction.send.empty()) {
                client.sending = std::move(reaction.send);
                client.stream.async_write(asio::buffer(client.sending), [](error_code, std::size_t) {});
            }
            if (reaction.done) {
                client.took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
                return end(client);
            }
            read(client);
        });
    }
};

}  // namespace

std::vector<std::optional<std::chrono::microseconds>> WsSwarm::run(std::uint16_t port,
                                                                   std::vector<Member> const& members, React react,
                                                                   std::chrono::milliseconds limit) {
    Run run;
    run.react = std::move(react);
    run.left = members.size();
    for (std::size_t i = 0; i < members.size(); ++i) {
        auto& client = *run.clients.emplace_back(std::make_unique<Client>(run.io, i));
        client.stream.text(true);
        if (members[i].session.empty()) continue;
        client.stream.set_option(
            websocket::stream_base::decorator([session = members[i].session](websocket::request_type& request) {
                request.set(beast::http::field::authorization, "Bearer " + session);
            }));
    }
    run.began = Clock::now();
    for (auto const& client : run.clients)
        run.start(*client, port);
    run.io.run_for(limit);
    std::vector<std::optional<std::chrono::microseconds>> took;
    for (auto const& client : run.clients)
        took.push_back(client->took);
    return took;
}

}  // namespace support
