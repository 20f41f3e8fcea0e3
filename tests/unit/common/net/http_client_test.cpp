#include "common/net/http_client.hpp"

#include "tests/support/run.hpp"
#include "tests/support/scripted_peer.hpp"
#include "tests/support/test_ca.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace common::net {
namespace {

namespace asio = boost::asio;
using support::readHead;
using support::runToEnd;
using support::ScriptedPeer;
using support::Socket;
using support::writeText;

Url urlOf(ScriptedPeer const& peer, std::string scheme = "http", std::string host = "127.0.0.1") {
    return {.scheme = std::move(scheme), .host = std::move(host), .port = peer.port(), .target = "/"};
}

std::string answer(std::string const& body, std::string const& head = "") {
    return "HTTP/1.1 200 OK\r\n" + head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A script that reads one head after another and answers each with the same text.
ScriptedPeer::Script always(std::string text) {
    return [text](Socket& socket) -> asio::awaitable<void> {
        std::string rest;
        while (true) {
            auto const head = co_await readHead(socket, rest);
            co_await writeText(socket, text);
        }
    };
}

struct HttpClientTest : ::testing::Test {
    HttpResult get(ScriptedPeer const& peer, HttpClientOptions options = {}) {
        HttpClient client(io, nullptr, urlOf(peer), std::move(options));
        return runToEnd(io, client.get("/x"));
    }
    NetErrorKind failure(ScriptedPeer::Script script, HttpClientOptions options = {}) {
        ScriptedPeer const peer(io, std::move(script));
        auto const result = get(peer, std::move(options));
        EXPECT_FALSE(result);
        return result ? NetErrorKind::Aborted : result.error().kind;
    }

    asio::io_context io;
};

TEST_F(HttpClientTest, Get_SeveralTimes_KeepsOneConnection) {
    std::vector<std::string> heads;
    ScriptedPeer const peer(io, [&](Socket& socket) -> asio::awaitable<void> {
        std::string rest;
        while (true) {
            heads.push_back(co_await readHead(socket, rest));
            co_await writeText(socket, answer("{\"a\":1}", "X-Weight: 7\r\n"));
        }
    });
    HttpClientOptions options;
    options.headers = {{"X-Every", "yes"}};
    HttpClient client(io, nullptr, urlOf(peer), std::move(options));
    for (int i = 0; i < 3; ++i) {
        auto const result = runToEnd(io, client.get("/api/v3/time?x=1", {{"X-Once", "also"}}));
        ASSERT_TRUE(result) << result.error().detail;
        EXPECT_EQ(result->status, 200);
        EXPECT_EQ(result->body, "{\"a\":1}");
        EXPECT_EQ(result->header("x-WEIGHT"), "7");
        EXPECT_EQ(result->header("absent"), "");
    }
    EXPECT_EQ(peer.accepted(), 1);
    ASSERT_EQ(heads.size(), 3U);
    for (auto const& head : heads) {
        EXPECT_TRUE(head.starts_with("GET /api/v3/time?x=1 HTTP/1.1\r\n"));
        EXPECT_NE(head.find("Host: 127.0.0.1:" + std::to_string(peer.port()) + "\r\n"), std::string::npos);
        EXPECT_NE(head.find("X-Every: yes\r\n"), std::string::npos);
        EXPECT_NE(head.find("X-Once: also\r\n"), std::string::npos);
    }
}

TEST_F(HttpClientTest, Post_Body_ArrivesWithItsLength) {
    std::string head;
    std::string body;
    ScriptedPeer const peer(io, [&](Socket& socket) -> asio::awaitable<void> {
        head = co_await readHead(socket, body);
        while (body.size() < 5) {
            std::string more(16, '\0');
            auto const bytes = co_await socket.async_read_some(asio::buffer(more), asio::use_awaitable);
            body += more.substr(0, bytes);
        }
        co_await writeText(socket, answer(""));
    });
    HttpClient client(io, nullptr, urlOf(peer));
    auto const result = runToEnd(io, client.post("/hook", "hello", "application/json", {{"webhook-id", "nt_1"}}));
    ASSERT_TRUE(result);
    EXPECT_EQ(body, "hello");
    EXPECT_NE(head.find("Content-Length: 5\r\n"), std::string::npos) << head;
    EXPECT_NE(head.find("Content-Type: application/json\r\n"), std::string::npos);
    EXPECT_NE(head.find("webhook-id: nt_1\r\n"), std::string::npos);
}

TEST_F(HttpClientTest, Get_AnyStatusAndBody_IsAResult) {
    ScriptedPeer const html(io, always("HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n"
                                       "<html></html>"));
    auto const refused = get(html);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 403);
    EXPECT_EQ(refused->body, "<html></html>");
    ScriptedPeer const moved(io,
                             always("HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n"));
    EXPECT_EQ(get(moved)->status, 302) << "redirects are not followed";
    ScriptedPeer const chunked(
        io, always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
    EXPECT_EQ(get(chunked)->body, "abcde");
}

TEST_F(HttpClientTest, Get_BodyUntilClose_IsTaken) {
    ScriptedPeer const peer(io, [](Socket& socket) -> asio::awaitable<void> {
        std::string rest;
        auto const head = co_await readHead(socket, rest);
        co_await writeText(socket, "HTTP/1.0 200 OK\r\n\r\nall of it");
    });
    EXPECT_EQ(get(peer)->body, "all of it");
}

TEST_F(HttpClientTest, Get_LargeBody_IsTakenUpToTheLimit) {
    std::string const body(4'000'000, 'x');
    ScriptedPeer const peer(io, always(answer(body)));
    EXPECT_EQ(get(peer)->body.size(), body.size());
    HttpClientOptions exact;
    exact.bodyBytesMax = body.size();
    EXPECT_TRUE(get(peer, exact));
    HttpClientOptions less;
    less.bodyBytesMax = body.size() - 1;
    EXPECT_EQ(get(peer, less).error().kind, NetErrorKind::TooBig);
}

TEST_F(HttpClientTest, Get_EndlessBody_StopsAtTheLimit) {
    auto const endless = [](Socket& socket) -> asio::awaitable<void> {
        std::string rest;
        auto const head = co_await readHead(socket, rest);
        co_await writeText(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (true)
            co_await writeText(socket, "4000\r\n" + std::string(0x4000, 'x') + "\r\n");
    };
    HttpClientOptions options;
    options.bodyBytesMax = 1'000'000;
    EXPECT_EQ(failure(endless, options), NetErrorKind::TooBig);
    options.longBodyIsDropped = true;
    ScriptedPeer const peer(io, endless);
    auto const result = get(peer, options);
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_EQ(result->status, 200);
    EXPECT_EQ(result->body, "");
}

TEST_F(HttpClientTest, Get_LongBodyToBeDropped_IsAnAnswerAndEndsTheConnection) {
    std::string const body(5'000, 'x');
    ScriptedPeer const peer(io, always(answer(body, "Retry-After: 7\r\n")));
    HttpClientOptions options;
    options.bodyBytesMax = 4'999;
    options.longBodyIsDropped = true;
    HttpClient client(io, nullptr, urlOf(peer), options);
    for (int i = 0; i < 2; ++i) {
        auto const result = runToEnd(io, client.get("/x"));
        ASSERT_TRUE(result) << result.error().detail;
        EXPECT_EQ(result->header("Retry-After"), "7");
        EXPECT_EQ(result->body, "");
    }
    EXPECT_EQ(peer.accepted(), 2);
}

TEST_F(HttpClientTest, Get_EndlessHead_StopsAtTheLimit) {
    auto const endless = [](Socket& socket) -> asio::awaitable<void> {
        std::string rest;
        auto const head = co_await readHead(socket, rest);
        co_await writeText(socket, "HTTP/1.1 200 OK\r\n");
        while (true)
            co_await writeText(socket, "X: " + std::string(1'000, 'x') + "\r\n");
    };
    EXPECT_EQ(failure(endless), NetErrorKind::TooBig);
}

TEST_F(HttpClientTest, Get_BrokenAnswers_AreProtocolErrors) {
    EXPECT_EQ(failure(always("garbage\r\n\r\n")), NetErrorKind::Protocol);
    EXPECT_EQ(failure(always("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")), NetErrorKind::Protocol);
    EXPECT_EQ(failure(always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")), NetErrorKind::Protocol);
    EXPECT_EQ(failure(always("HTTP/1.1 100 Continue\r\n\r\n")), NetErrorKind::Protocol);
}

TEST_F(HttpClientTest, Get_PeerGoesInTheMiddle_IsClosed) {
    auto const cutShort = [](Socket& socket) -> asio::awaitable<void> {
        std::string rest;
        auto const head = co_await readHead(socket, rest);
        co_await writeText(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    };
    EXPECT_EQ(failure(cutShort), NetErrorKind::Closed);
    auto const resets = [](Socket& socket) -> asio::awaitable<void> {
        std::string rest;
        auto const head = co_await readHead(socket, rest);
        co_await writeText(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        support::reset(socket);
    };
    EXPECT_EQ(failure(resets), NetErrorKind::Closed);
}

TEST_F(HttpClientTest, Get_Silence_EndsAtTheDeadline) {
    auto const silent = [](Socket& socket) -> asio::awaitable<void> { co_await support::drain(socket); };
    HttpClientOptions options;
    options.deadlineMs = 50;
    EXPECT_EQ(failure(silent, options), NetErrorKind::Timeout);
    auto const halfway = [](Socket& socket) -> asio::awaitable<void> {
        co_await writeText(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        co_await support::drain(socket);
    };
    EXPECT_EQ(failure(halfway, options), NetErrorKind::Timeout);
}

TEST_F(HttpClientTest, Get_NobodyListens_IsConnect) {
    std::optional<ScriptedPeer> gone(std::in_place, io, always(""));
    auto const url = urlOf(*gone);
    gone.reset();
    HttpClient client(io, nullptr, url);
    EXPECT_EQ(runToEnd(io, client.get("/")).error().kind, NetErrorKind::Connect);
}

TEST_F(HttpClientTest, Get_KeptConnectionClosedByPeer_IsRepeatedOnce) {
    // Answers once per connection and closes after the next request, as a peer does whose idle limit is shorter.
    int requests = 0;
    ScriptedPeer const peer(io, [&](Socket& socket) -> asio::awaitable<void> {
        std::string rest;
        auto const first = co_await readHead(socket, rest);
        ++requests;
        co_await writeText(socket, answer("ok"));
        auto const second = co_await readHead(socket, rest);
        ++requests;
    });
    HttpClient client(io, nullptr, urlOf(peer));
    EXPECT_TRUE(runToEnd(io, client.get("/1")));
    EXPECT_TRUE(runToEnd(io, client.get("/2")));
    EXPECT_EQ(peer.accepted(), 2);
    EXPECT_EQ(requests, 3);
    auto const post = runToEnd(io, client.post("/3", "", "text/plain"));
    ASSERT_FALSE(post) << "a POST is never sent twice";
    EXPECT_EQ(post.error().kind, NetErrorKind::Closed);
    EXPECT_EQ(peer.accepted(), 2);
}

TEST_F(HttpClientTest, Get_KeptConnectionAlreadyClosed_IsNoticedBeforeSending) {
    ScriptedPeer const peer(io, [&](Socket& socket) -> asio::awaitable<void> {
        std::string rest;
        auto const head = co_await readHead(socket, rest);
        co_await writeText(socket, answer("ok"));
    });
    HttpClient client(io, nullptr, urlOf(peer));
    EXPECT_TRUE(runToEnd(io, client.get("/1")));
    EXPECT_TRUE(support::eventually(io, [&] { return peer.running() == 0; }));
    EXPECT_TRUE(runToEnd(io, client.post("/2", "", "text/plain"))) << "not sent into a closed connection";
    EXPECT_EQ(peer.accepted(), 2);
}

TEST_F(HttpClientTest, Get_MoreThanConnectionsMax_WaitTheirTurn) {
    int atOnce = 0;
    int most = 0;
    ScriptedPeer const peer(io, [&](Socket& socket) -> asio::awaitable<void> {
        std::string rest;
        while (true) {
            auto const head = co_await readHead(socket, rest);
            most = std::max(most, ++atOnce);
            asio::steady_timer pause(socket.get_executor(), std::chrono::milliseconds(5));
            co_await pause.async_wait(asio::use_awaitable);
            --atOnce;
            co_await writeText(socket, answer("ok"));
        }
    });
    HttpClientOptions options;
    options.connectionsMax = 2;
    HttpClient client(io, nullptr, urlOf(peer), options);
    int good = 0;
    for (int i = 0; i < 10; ++i)
        asio::co_spawn(io, client.get("/"), [&](std::exception_ptr, HttpResult result) { good += result ? 1 : 0; });
    EXPECT_TRUE(support::eventually(io, [&] { return good == 10; }));
    EXPECT_EQ(most, 2);
    EXPECT_EQ(peer.accepted(), 2);
}

TEST_F(HttpClientTest, Get_WaitingForAPlaceTooLong_TimesOut) {
    ScriptedPeer const peer(io, [](Socket& socket) -> asio::awaitable<void> { co_await support::drain(socket); });
    HttpClientOptions options;
    options.connectionsMax = 1;
    options.deadlineMs = 50;
    HttpClient client(io, nullptr, urlOf(peer), options);
    std::vector<NetErrorKind> kinds;
    for (int i = 0; i < 3; ++i)
        asio::co_spawn(io, client.get("/"),
                       [&](std::exception_ptr, HttpResult result) { kinds.push_back(result.error().kind); });
    EXPECT_TRUE(support::eventually(io, [&] { return kinds.size() == 3; }));
    EXPECT_EQ(kinds, std::vector<NetErrorKind>(3, NetErrorKind::Timeout));
    // The place is free again.
    EXPECT_EQ(runToEnd(io, client.get("/")).error().kind, NetErrorKind::Timeout);
    EXPECT_GE(peer.accepted(), 2);
}

TEST_F(HttpClientTest, Close_RunningRequests_EndsThem) {
    ScriptedPeer const peer(io, [](Socket& socket) -> asio::awaitable<void> { co_await support::drain(socket); });
    auto client = std::make_unique<HttpClient>(io, nullptr, urlOf(peer));
    std::optional<HttpResult> result;
    asio::co_spawn(io, client->get("/"), [&](std::exception_ptr, HttpResult ended) { result = std::move(ended); });
    EXPECT_TRUE(support::eventually(io, [&] { return peer.accepted() == 1; }));
    client->close();
    EXPECT_TRUE(support::eventually(io, [&] { return result.has_value(); }));
    EXPECT_EQ(result->error().kind, NetErrorKind::Aborted);
    EXPECT_EQ(runToEnd(io, client->get("/")).error().kind, NetErrorKind::Aborted);
    client.reset();
}

TEST_F(HttpClientTest, Get_LineBreaksInTargetOrHeader_AreNotSent) {
    ScriptedPeer const peer(io, always(answer("ok")));
    HttpClient client(io, nullptr, urlOf(peer));
    EXPECT_EQ(runToEnd(io, client.get("/x HTTP/1.1\r\nX: y")).error().kind, NetErrorKind::Protocol);
    EXPECT_EQ(runToEnd(io, client.get("/", {{"X", "a\r\nY: b"}})).error().kind, NetErrorKind::Protocol);
    EXPECT_EQ(runToEnd(io, client.get("/", {{"X:", "a"}})).error().kind, NetErrorKind::Protocol);
    EXPECT_EQ(peer.accepted(), 0);
}

struct HttpsTest : HttpClientTest {
    /// Shakes hands with `certificate` and answers one request.
    ScriptedPeer::Script tlsScript(support::TestCertificate certificate) {
        return [this, certificate](Socket& socket) -> asio::awaitable<void> {
            auto const context = certificate.serverContext();
            asio::ssl::stream<Socket&> stream(socket, *context);
            co_await stream.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
            char const* const name = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name);
            serverName = name == nullptr ? "" : name;
            std::string head;
            while (!head.ends_with("\r\n\r\n")) {
                std::string more(1'024, '\0');
                auto const bytes = co_await stream.async_read_some(asio::buffer(more), asio::use_awaitable);
                head += more.substr(0, bytes);
            }
            requestHead = head;
            auto const text = answer("secret");
            co_await asio::async_write(stream, asio::buffer(text), asio::use_awaitable);
        };
    }
    HttpResult getOverTls(support::TestCertificate const& certificate, std::string host, bool trusted = true) {
        ScriptedPeer const peer(io, tlsScript(certificate));
        auto context = makeTlsClient({.caFile = {}, .caPem = trusted ? ca.pem() : ""});
        HttpClientOptions options;
        options.connectTo = {{asio::ip::address_v4::loopback(), peer.port()}};
        HttpClient client(io, *context, urlOf(peer, "https", std::move(host)), options);
        return runToEnd(io, client.get("/x"));
    }

    support::TestCa ca;
    std::string serverName;
    std::string requestHead;
};

TEST_F(HttpsTest, Get_RightName_SendsSniAndHostOfTheName) {
    auto const result = getOverTls(ca.issue({"DNS:hooks.example.com"}), "hooks.example.com");
    ASSERT_TRUE(result) << result.error().detail;
    EXPECT_EQ(result->body, "secret");
    EXPECT_EQ(serverName, "hooks.example.com");
    EXPECT_NE(requestHead.find("Host: hooks.example.com:"), std::string::npos) << "though connected elsewhere";
}

TEST_F(HttpsTest, Get_AddressInCertificate_IsTaken) {
    EXPECT_TRUE(getOverTls(ca.issue({"IP:127.0.0.1"}), "127.0.0.1"));
    EXPECT_EQ(serverName, "") << "addresses are no SNI";
}

TEST_F(HttpsTest, Get_BadCertificates_AreRefused) {
    auto const wrongName = getOverTls(ca.issue({"DNS:other.example.com"}), "hooks.example.com");
    ASSERT_FALSE(wrongName);
    EXPECT_EQ(wrongName.error().kind, NetErrorKind::Tls);
    EXPECT_NE(wrongName.error().detail.find("ostname mismatch"), std::string::npos) << wrongName.error().detail;
    auto const expired = getOverTls(ca.issue({"DNS:a.example"}, -7'200, -3'600), "a.example");
    ASSERT_FALSE(expired);
    EXPECT_NE(expired.error().detail.find("expired"), std::string::npos) << expired.error().detail;
    auto const unknown = getOverTls(ca.issue({"DNS:a.example"}), "a.example", false);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().kind, NetErrorKind::Tls);
    EXPECT_EQ(getOverTls(ca.issue({"IP:127.0.0.2"}), "127.0.0.1").error().kind, NetErrorKind::Tls);
    EXPECT_EQ(getOverTls(ca.issue({"DNS:*.example.com"}), "a.b.example.com").error().kind, NetErrorKind::Tls);
}

TEST_F(HttpsTest, Get_PlainPeer_IsTlsErrorAndSilentOneTimesOut) {
    auto context = makeTlsClient();
    ScriptedPeer const plain(io, [](Socket& socket) -> asio::awaitable<void> {
        co_await writeText(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
        co_await support::drain(socket);
    });
    HttpClient client(io, *context, urlOf(plain, "https"));
    EXPECT_EQ(runToEnd(io, client.get("/")).error().kind, NetErrorKind::Tls);
    ScriptedPeer const silent(io, [](Socket& socket) -> asio::awaitable<void> { co_await support::drain(socket); });
    HttpClientOptions options;
    options.deadlineMs = 50;
    HttpClient waiting(io, *context, urlOf(silent, "https"), options);
    EXPECT_EQ(runToEnd(io, waiting.get("/")).error().kind, NetErrorKind::Timeout);
}

}  // namespace
}  // namespace common::net
