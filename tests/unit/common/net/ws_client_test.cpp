// Against peers that write raw bytes: what a well-behaved library on the other side would never send.
#include "common/net/ws_client.hpp"

#include "tests/support/run.hpp"
#include "tests/support/scripted_peer.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <vector>

namespace common::net {
namespace {

namespace asio = boost::asio;
using support::readHead;
using support::runToEnd;
using support::ScriptedPeer;
using support::serverFrame;
using support::Socket;
using support::writeText;
using Cause = WsEnd::Cause;

struct Listener : WsHandler {
    void onText(std::string_view message) override {
        texts.emplace_back(message);
        if (onEach) onEach();
    }
    void onPing() override { ++pings; }
    void onDrained() override { ++drained; }

    std::vector<std::string> texts;
    int pings = 0;
    int drained = 0;
    std::function<void()> onEach;
};

struct WsClientTest : ::testing::Test {
    WsClientTest() { options.openTimeoutMs = 2'000; }

    /// Accepts the upgrade, then goes on with `script`.
    static ScriptedPeer::Script upgraded(ScriptedPeer::Script script) {
        return [script](Socket& socket) -> asio::awaitable<void> {
            std::string rest;
            auto const head = co_await readHead(socket, rest);
            co_await writeText(socket, support::upgradeAnswer(head));
            co_await script(socket);
        };
    }
    static ScriptedPeer::Script sends(std::string bytes) {
        return upgraded([bytes](Socket& socket) -> asio::awaitable<void> {
            co_await writeText(socket, bytes);
            co_await support::drain(socket);
        });
    }
    static Url urlOf(ScriptedPeer const& peer) {
        return {.scheme = "ws", .host = "127.0.0.1", .port = peer.port(), .target = "/stream?streams=a"};
    }
    NetResult<void> open(ScriptedPeer const& peer) {
        client.emplace(io, nullptr, options);
        return runToEnd(io, client->open(urlOf(peer)));
    }
    WsEnd run(ScriptedPeer::Script script) {
        ScriptedPeer const peer(io, std::move(script));
        auto const opened = open(peer);
        EXPECT_TRUE(opened) << opened.error().detail;
        return opened ? runToEnd(io, client->run(listener)) : WsEnd{Cause::Aborted, 0, "not opened"};
    }
    NetError refusedBy(ScriptedPeer::Script script) {
        ScriptedPeer const peer(io, std::move(script));
        auto const opened = open(peer);
        EXPECT_FALSE(opened);
        return opened ? NetError{NetErrorKind::Aborted, "opened"} : opened.error();
    }
    static ScriptedPeer::Script answers(std::string text) {
        return [text](Socket& socket) -> asio::awaitable<void> {
            std::string rest;
            auto const head = co_await readHead(socket, rest);
            co_await writeText(socket, text);
            co_await support::drain(socket);
        };
    }

    asio::io_context io;
    WsOptions options;
    std::optional<WsClient> client;
    Listener listener;
};

TEST_F(WsClientTest, Run_FramesInOneWrite_AreAllToldInOneTurn) {
    std::string burst;
    for (int i = 0; i < 8; ++i)
        burst += serverFrame(0x81, std::to_string(i));
    auto const end = run(sends(burst + serverFrame(0x88,
                                                   "\x03\xE8"
                                                   "done")));
    EXPECT_EQ(end.cause, Cause::PeerClosed);
    EXPECT_EQ(end.code, 1000);
    EXPECT_EQ(end.reason, "done");
    EXPECT_EQ(listener.texts, (std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7"}));
}

TEST_F(WsClientTest, Open_FramesRightBehindTheAnswer_AreNotLost) {
    auto const peer = [](Socket& socket) -> asio::awaitable<void> {
        std::string rest;
        auto const head = co_await readHead(socket, rest);
        co_await writeText(socket, support::upgradeAnswer(head) + serverFrame(0x81, "early") + "\x88");
        co_await writeText(socket, std::string(1, '\0'));
        co_await support::drain(socket);
    };
    EXPECT_EQ(run(peer).code, 1005);
    EXPECT_EQ(listener.texts, (std::vector<std::string>{"early"}));
}

TEST_F(WsClientTest, Run_Ping_IsAnsweredWithItsPayloadAndTold) {
    std::string received;
    auto const end = run(upgraded([&](Socket& socket) -> asio::awaitable<void> {
        co_await writeText(socket, serverFrame(0x89, "1760000000123"));
        while (received.size() < 6 + 13) {
            std::string more(64, '\0');
            auto const bytes = co_await socket.async_read_some(asio::buffer(more), asio::use_awaitable);
            received += more.substr(0, bytes);
        }
    }));
    EXPECT_EQ(end.cause, Cause::Lost);
    EXPECT_EQ(listener.pings, 1);
    ASSERT_EQ(received.size(), 19U);
    EXPECT_EQ(received[0], '\x8A');
    EXPECT_EQ(received[1], '\x8D') << "masked, 13 bytes";
    std::string payload;
    for (std::size_t i = 0; i < 13; ++i)
        payload += static_cast<char>(received[6 + i] ^ received[2 + i % 4]);
    EXPECT_EQ(payload, "1760000000123");
}

TEST_F(WsClientTest, Run_PeerBreaksTheProtocol_IsToldWhyAndClosed) {
    auto const masked = run(sends(std::string{'\x81', '\x81', 1, 2, 3, 4, 5}));
    EXPECT_EQ(masked.cause, Cause::BadPeer);
    EXPECT_EQ(masked.code, 1002);
    EXPECT_EQ(run(sends(serverFrame(0x82, "binary"))).code, 1003);
    EXPECT_EQ(run(sends(serverFrame(0x81, "\xFF"))).code, 1007);
    options.messageBytesMax = 1'000;
    EXPECT_EQ(run(sends(serverFrame(0x81, std::string(1'001, 'x')))).code, 1009);
    EXPECT_TRUE(listener.texts.empty());
}

TEST_F(WsClientTest, Run_LargeFrame_IsTakenWithinTheLimit) {
    options.messageBytesMax = 4'000'000;
    std::string const large(3'000'000, 'x');
    auto const end = run(sends(serverFrame(0x81, large) + serverFrame(0x81, "after") + serverFrame(0x88, "")));
    EXPECT_EQ(end.cause, Cause::PeerClosed);
    ASSERT_EQ(listener.texts.size(), 2U);
    EXPECT_EQ(listener.texts[0], large);
    EXPECT_EQ(listener.texts[1], "after");
}

TEST_F(WsClientTest, Run_ResetInsideAFrame_IsLost) {
    auto const end = run(upgraded([](Socket& socket) -> asio::awaitable<void> {
        co_await writeText(socket, serverFrame(0x81, "whole") + serverFrame(0x81, std::string(500, 'x')).substr(0, 90));
        support::reset(socket);
    }));
    EXPECT_EQ(end.cause, Cause::Lost);
    EXPECT_EQ(end.code, 1006);
    EXPECT_LE(listener.texts.size(), 1U) << "never the half frame";
}

TEST_F(WsClientTest, Close_PeerAnswers_EndsWithItsCode) {
    listener.onEach = [this] { client->close(1000, "enough"); };
    std::string received;
    auto const end = run(upgraded([&](Socket& socket) -> asio::awaitable<void> {
        co_await writeText(socket, serverFrame(0x81, "first") + serverFrame(0x81, "second"));
        std::string more(64, '\0');
        auto const bytes = co_await socket.async_read_some(asio::buffer(more), asio::use_awaitable);
        received = more.substr(0, bytes);
        co_await writeText(socket, serverFrame(0x81, "late") + serverFrame(0x88, "\x03\xE8"));
        co_await support::drain(socket);
    }));
    EXPECT_EQ(end.cause, Cause::WeClosed);
    EXPECT_EQ(end.code, 1000);
    EXPECT_EQ(listener.texts, (std::vector<std::string>{"first"})) << "nothing is told after close()";
    EXPECT_EQ(received[0], '\x88');
}

TEST_F(WsClientTest, Close_PeerIgnoresIt_EndsAfterTheTimeout) {
    options.closeTimeoutMs = 50;
    listener.onEach = [this] { client->close(1000); };
    auto const end = run(sends(serverFrame(0x81, "x")));
    EXPECT_EQ(end.cause, Cause::WeClosed);
    EXPECT_EQ(end.code, 1006);
}

TEST_F(WsClientTest, Abort_FromAHandler_EndsAtOnce) {
    listener.onEach = [this] { client->abort(); };
    auto const end = run(sends(serverFrame(0x81, "x") + serverFrame(0x81, "y")));
    EXPECT_EQ(end.cause, Cause::Aborted);
    EXPECT_EQ(listener.texts.size(), 1U);
    EXPECT_FALSE(client->send("too late"));
}

TEST_F(WsClientTest, Destroy_FromAHandler_IsSafe) {
    listener.onEach = [this] { client.reset(); };
    auto const end = run(sends(serverFrame(0x81, "x") + serverFrame(0x81, "y")));
    EXPECT_EQ(end.cause, Cause::Aborted);
    EXPECT_EQ(listener.texts.size(), 1U);
}

TEST_F(WsClientTest, Destroy_WhileReading_EndsTheRun) {
    ScriptedPeer const peer(io, sends(""));
    ASSERT_TRUE(open(peer));
    std::optional<WsEnd> end;
    asio::co_spawn(io, client->run(listener), [&](std::exception_ptr, WsEnd how) { end = std::move(how); });
    EXPECT_TRUE(support::eventually(io, [&] { return listener.drained > 0; }));
    client.reset();
    EXPECT_TRUE(support::eventually(io, [&] { return end.has_value(); }));
    EXPECT_EQ(end->cause, Cause::Aborted);
}

TEST_F(WsClientTest, Send_PeerDoesNotRead_IsRefusedAtTheLimit) {
    options.sendBytesMax = 100'000;
    std::optional<asio::steady_timer> never;
    ScriptedPeer const peer(io, upgraded([&](Socket& socket) -> asio::awaitable<void> {
                                never.emplace(socket.get_executor(), asio::steady_timer::time_point::max());
                                co_await never->async_wait(asio::use_awaitable);
                            }));
    ASSERT_TRUE(open(peer));
    int sent = 0;
    while (sent < 1'000 && client->send(std::string(1'000, 'x')))
        ++sent;
    EXPECT_LT(sent, 100);
    EXPECT_GT(sent, 90);
    client->abort();
    never->cancel();
}

TEST_F(WsClientTest, Run_PingFloodWithoutReading_IsCutOff) {
    options.sendBytesMax = 10'000;
    options.closeTimeoutMs = 50;
    std::string pings;
    for (int i = 0; i < 1'000; ++i)
        pings += serverFrame(0x89, std::string(125, 'p'));
    auto const end = run(upgraded([pings](Socket& socket) -> asio::awaitable<void> {
        while (true)
            co_await writeText(socket, pings);
    }));
    EXPECT_EQ(end.cause, Cause::BadPeer);
    EXPECT_EQ(end.code, 1008);
}

TEST_F(WsClientTest, Open_RefusedUpgrade_ReportsStatusAndPause) {
    auto const restricted =
        refusedBy(answers("HTTP/1.1 451 Unavailable For Legal Reasons\r\nContent-Length: 12\r\n\r\n{\"code\":0}\r\n"));
    EXPECT_EQ(restricted.kind, NetErrorKind::Refused);
    EXPECT_EQ(restricted.httpStatus, 451);
    EXPECT_EQ(restricted.retryAfterMs, std::nullopt);
    auto const busy = refusedBy(answers("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 120\r\n\r\n"));
    EXPECT_EQ(busy.httpStatus, 429);
    EXPECT_EQ(busy.retryAfterMs, 120'000);
    auto const dated = refusedBy(answers("HTTP/1.1 503 X\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n\r\n"));
    EXPECT_EQ(dated.httpStatus, 503);
    EXPECT_EQ(dated.retryAfterMs, std::nullopt);
    EXPECT_EQ(refusedBy(answers("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).httpStatus, 200);
}

TEST_F(WsClientTest, Open_BadAnswers_AreProtocolErrors) {
    EXPECT_EQ(refusedBy(answers("garbage garbage\r\n\r\n")).kind, NetErrorKind::Protocol);
    EXPECT_EQ(refusedBy(answers("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n"))
                  .kind,
              NetErrorKind::Protocol);
    EXPECT_EQ(refusedBy(answers("HTTP/1.1 101 X\r\n\r\n")).kind, NetErrorKind::Protocol);
    auto const withExtension = [](Socket& socket) -> asio::awaitable<void> {
        std::string rest;
        auto const head = co_await readHead(socket, rest);
        auto text = support::upgradeAnswer(head);
        text.insert(text.size() - 2, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
        co_await writeText(socket, text);
        co_await support::drain(socket);
    };
    EXPECT_EQ(refusedBy(withExtension).kind, NetErrorKind::Protocol);
    EXPECT_EQ(refusedBy(answers("HTTP/1.1 101 X\r\nX: " + std::string(20'000, 'x'))).kind, NetErrorKind::TooBig);
    auto const hangsUp = [](Socket& socket) -> asio::awaitable<void> {
        std::string rest;
        auto const head = co_await readHead(socket, rest);
    };
    EXPECT_EQ(refusedBy(hangsUp).kind, NetErrorKind::Closed);
}

TEST_F(WsClientTest, Open_Silence_EndsAtTheDeadline) {
    options.openTimeoutMs = 50;
    EXPECT_EQ(refusedBy([](Socket& socket) -> asio::awaitable<void> { co_await support::drain(socket); }).kind,
              NetErrorKind::Timeout);
}

TEST_F(WsClientTest, Open_Aborted_EndsAtOnce) {
    ScriptedPeer const peer(io, [](Socket& socket) -> asio::awaitable<void> { co_await support::drain(socket); });
    client.emplace(io, nullptr, options);
    std::optional<NetResult<void>> opened;
    asio::co_spawn(io, client->open(urlOf(peer)), [&](std::exception_ptr, NetResult<void> how) { opened = how; });
    EXPECT_TRUE(support::eventually(io, [&] { return peer.accepted() == 1; }));
    client->abort();
    EXPECT_TRUE(support::eventually(io, [&] { return opened.has_value(); }));
    EXPECT_EQ(opened->error().kind, NetErrorKind::Aborted);
}

TEST_F(WsClientTest, Open_SecureUrlWithoutContext_IsRefused) {
    client.emplace(io, nullptr, options);
    Url const url{.scheme = "wss", .host = "127.0.0.1", .port = 1, .target = "/"};
    EXPECT_EQ(runToEnd(io, client->open(url)).error().kind, NetErrorKind::Tls);
}

TEST_F(WsClientTest, Open_Request_IsWhatTheStandardAsks) {
    std::string head;
    options.headers = {{"Authorization", "Bearer x"}};
    refusedBy([&](Socket& socket) -> asio::awaitable<void> {
        std::string rest;
        head = co_await readHead(socket, rest);
    });
    EXPECT_TRUE(head.starts_with("GET /stream?streams=a HTTP/1.1\r\n"));
    for (auto const* const part :
         {"Host: 127.0.0.1:", "Upgrade: websocket\r\n", "Connection: Upgrade\r\n", "Sec-WebSocket-Version: 13\r\n",
          "Sec-WebSocket-Key: ", "Authorization: Bearer x\r\n"})
        EXPECT_NE(head.find(part), std::string::npos) << part;
    EXPECT_EQ(head.find("Sec-WebSocket-Extensions"), std::string::npos);
}

}  // namespace
}  // namespace common::net
