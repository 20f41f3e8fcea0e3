#include "common/net/http_server.hpp"

#include "common/net/http_client.hpp"
#include "tests/support/run.hpp"
#include "tests/support/scripted_peer.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

namespace common::net {
namespace {

namespace asio = boost::asio;
using support::runToEnd;

struct HttpServerTest : ::testing::Test {
    void start(HttpServerLimits limits = {}) {
        auto const handler = [](std::string method, std::string target) -> HttpReply {
            if (target == "/throws") throw std::runtime_error("broken handler");
            if (target != "/metrics?x=1") return {404, "text/plain", "no such page\n"};
            return {200, "text/plain; version=0.0.4", method + " body\n"};
        };
        server.emplace(io, handler, limits);
        port = server->listen({"127.0.0.1", 0}).value();
    }
    Url base() const { return {.scheme = "http", .host = "127.0.0.1", .port = port, .target = "/"}; }
    /// What the server answers to these bytes until it closes.
    std::string raw(std::string text) { return runToEnd(io, talk(std::move(text))); }
    asio::awaitable<std::string> talk(std::string text) {
        support::Socket socket(io);
        co_await socket.async_connect({asio::ip::address_v4::loopback(), port}, asio::use_awaitable);
        co_await support::writeText(socket, std::move(text));
        std::string all;
        std::array<char, 4'096> buffer{};
        while (true) {
            boost::system::error_code error;
            auto const bytes =
                co_await socket.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, error));
            all.append(buffer.data(), bytes);
            if (error) co_return all;
        }
    }

    asio::io_context io;
    std::optional<HttpServer> server;
    std::uint16_t port = 0;
};

TEST_F(HttpServerTest, Get_Pages_OverOneConnection) {
    start();
    HttpClient client(io, nullptr, base());
    for (int i = 0; i < 3; ++i) {
        auto const page = runToEnd(io, client.get("/metrics?x=1"));
        ASSERT_TRUE(page) << page.error().detail;
        EXPECT_EQ(page->status, 200);
        EXPECT_EQ(page->body, "GET body\n");
        EXPECT_EQ(page->header("content-type"), "text/plain; version=0.0.4");
    }
    EXPECT_EQ(runToEnd(io, client.get("/other"))->status, 404);
    EXPECT_EQ(runToEnd(io, client.get("/throws"))->status, 500);
    EXPECT_EQ(runToEnd(io, client.post("/metrics?x=1", "", "text/plain"))->status, 405);
}

TEST_F(HttpServerTest, Head_Page_HasLengthButNoBody) {
    start();
    auto const answer = raw("HEAD /metrics?x=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
    EXPECT_NE(answer.find("Content-Length: 10\r\n"), std::string::npos) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, Garbage_IsAnsweredAndClosed) {
    start();
    EXPECT_TRUE(raw("nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
    EXPECT_TRUE(
        raw("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n").starts_with("HTTP/1.1 431 "));
    auto const withBody = raw("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_TRUE(withBody.starts_with("HTTP/1.1 4")) << withBody;
}

TEST_F(HttpServerTest, SlowHead_IsCutAtTheDeadline) {
    start({.requestMs = 50});
    EXPECT_EQ(raw("GET / HT"), "");
}

TEST_F(HttpServerTest, TooManyConnections_AreClosedAtOnce) {
    start({.connectionsMax = 2});
    std::array<support::Socket, 2> held{support::Socket(io), support::Socket(io)};
    for (auto& socket : held)
        socket.connect({asio::ip::address_v4::loopback(), port});
    io.run_for(std::chrono::milliseconds(1));
    EXPECT_EQ(raw(""), "");
    held[0].close();
    auto const isServed = [this] {
        return raw("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 404");
    };
    bool served = false;
    for (int i = 0; i < 1'000 && !served; ++i)
        served = isServed();
    EXPECT_TRUE(served) << "a place became free";
}

TEST_F(HttpServerTest, Listen_PortTaken_SaysSo) {
    start();
    HttpServer second(io, [](std::string, std::string) { return HttpReply{}; });
    auto const refused = second.listen({"127.0.0.1", port});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find(std::to_string(port)), std::string::npos);
}

TEST_F(HttpServerTest, Stop_WithConnections_LetsTheLoopEnd) {
    start();
    support::Socket held(io);
    held.connect({asio::ip::address_v4::loopback(), port});
    io.run_for(std::chrono::milliseconds(1));
    server->stop();
    io.restart();
    io.run_for(std::chrono::seconds(5));
    EXPECT_TRUE(io.stopped());
}

}  // namespace
}  // namespace common::net
