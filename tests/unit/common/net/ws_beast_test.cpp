// Against Beast's own server, plain and over TLS: an independent reading of the standard.
#include "common/net/ws_client.hpp"
#include "tests/support/run.hpp"
#include "tests/support/scripted_peer.hpp"
#include "tests/support/test_ca.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <vector>

namespace common::net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using support::runToEnd;
using support::ScriptedPeer;
using support::Socket;

struct Collector : WsHandler {
    void onText(std::string_view message) override {
        texts.emplace_back(message);
        if (onEach) onEach(texts.size());
    }
    std::vector<std::string> texts;
    std::function<void(std::size_t)> onEach;
};

/// Echoes each message; a message `burst` draws a thousand frames, of growing size.
template <class Stream>
asio::awaitable<void> echo(websocket::stream<Stream>& stream) {
    co_await stream.async_accept(asio::use_awaitable);
    stream.text(true);
    while (true) {
        beast::flat_buffer buffer;
        boost::system::error_code error;
        co_await stream.async_read(buffer, asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        auto const text = beast::buffers_to_string(buffer.data());
        int const copies = text == "burst" ? 1'000 : 1;
        for (int i = 0; i < copies; ++i) {
            auto const out = copies == 1 ? text : std::string(static_cast<std::size_t>(i) * 10, 'b');
            co_await stream.async_write(asio::buffer(out), asio::use_awaitable);
        }
    }
}

struct WsBeastTest : ::testing::TestWithParam<bool> {
    bool isTls() const { return GetParam(); }
    ScriptedPeer::Script script() const {
        if (!isTls()) {
            return [](Socket& socket) -> asio::awaitable<void> {
                websocket::stream<Socket&> stream(socket);
                co_await echo(stream);
            };
        }
        return [shown = certificate](Socket& socket) -> asio::awaitable<void> {
            auto const context = shown.serverContext();
            websocket::stream<asio::ssl::stream<Socket&>> stream(socket, *context);
            co_await stream.next_layer().async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
            co_await echo(stream);
        };
    }
    Url urlOf(ScriptedPeer const& peer, std::string host = "localhost") const {
        return {.scheme = isTls() ? "wss" : "ws", .host = std::move(host), .port = peer.port(), .target = "/ws"};
    }
    WsOptions options(ScriptedPeer const& peer) const {
        WsOptions made;
        made.connectTo = {{asio::ip::address_v4::loopback(), peer.port()}};
        return made;
    }

    asio::io_context io;
    support::TestCa ca;
    support::TestCertificate certificate = ca.issue({"DNS:localhost"});
    TlsContext tls = *makeTlsClient({.caFile = {}, .caPem = ca.pem()});
};

TEST_P(WsBeastTest, Echo_MessagesOfManySizes_ComeBackAsSent) {
    ScriptedPeer const peer(io, script());
    WsClient client(io, tls, options(peer));
    auto const opened = runToEnd(io, client.open(urlOf(peer)));
    ASSERT_TRUE(opened) << opened.error().detail;
    std::vector<std::string> sent;
    for (std::size_t const size : {0UL, 1UL, 125UL, 126UL, 4'000UL, 65'535UL, 65'536UL})
        sent.push_back(std::string(size, 'x'));
    for (auto const& text : sent)
        EXPECT_TRUE(client.send(text));
    Collector collector;
    collector.onEach = [&](std::size_t count) {
        if (count == sent.size()) client.close(1000, "done");
    };
    auto const end = runToEnd(io, client.run(collector));
    EXPECT_EQ(end.cause, WsEnd::Cause::WeClosed);
    EXPECT_EQ(end.code, 1000) << "Beast answered our close frame";
    EXPECT_EQ(collector.texts, sent);
}

TEST_P(WsBeastTest, Burst_ThousandFrames_ArriveInOrder) {
    ScriptedPeer const peer(io, script());
    WsClient client(io, tls, options(peer));
    ASSERT_TRUE(runToEnd(io, client.open(urlOf(peer))));
    EXPECT_TRUE(client.send("burst"));
    Collector collector;
    collector.onEach = [&](std::size_t count) {
        if (count == 1'000) client.close(1000);
    };
    EXPECT_EQ(runToEnd(io, client.run(collector)).cause, WsEnd::Cause::WeClosed);
    ASSERT_EQ(collector.texts.size(), 1'000U);
    for (std::size_t i = 0; i < collector.texts.size(); ++i)
        ASSERT_EQ(collector.texts[i].size(), i * 10);
}

INSTANTIATE_TEST_SUITE_P(PlainAndTls, WsBeastTest, ::testing::Bool(),
                         [](auto const& info) { return info.param ? "Tls" : "Plain"; });

struct WssTest : WsBeastTest {};

TEST_P(WssTest, Open_WrongNameOrAuthority_IsTlsError) {
    ScriptedPeer const peer(io, script());
    WsClient wrongName(io, tls, options(peer));
    auto const named = runToEnd(io, wrongName.open(urlOf(peer, "stream.example.com")));
    ASSERT_FALSE(named);
    EXPECT_EQ(named.error().kind, NetErrorKind::Tls);
    WsClient stranger(io, *makeTlsClient(), options(peer));
    EXPECT_EQ(runToEnd(io, stranger.open(urlOf(peer))).error().kind, NetErrorKind::Tls);
}

INSTANTIATE_TEST_SUITE_P(TlsOnly, WssTest, ::testing::Values(true), [](auto const&) { return "Tls"; });

}  // namespace
}  // namespace common::net
