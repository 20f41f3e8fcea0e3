// Clients that do it wrong, on purpose or not; each while somebody else is served.

#include "tests/system/notifier/notifier_fixture.hpp"

#include <fstream>

namespace notifier::test {
namespace {

/// The close code in what a server sent after its upgrade answer; 0 when it sent no close frame.
std::uint16_t closeCodeIn(std::string const& bytes) {
    std::size_t at = bytes.find("\r\n\r\n") + 4;
    while (at + 2 <= bytes.size()) {
        auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[at + i]); };
        std::size_t length = byte(1);
        std::size_t head = 2;
        if (length == 126) {
            length = static_cast<std::size_t>(byte(2) << 8 | byte(3));
            head = 4;
        }
        if (byte(0) == 0x88) return length < 2 ? 1005 : static_cast<std::uint16_t>(byte(head) << 8 | byte(head + 1));
        at += head + length;
    }
    return 0;
}

struct Handshake {
    char const* name;
    std::string request;
    char const* status;
};

std::string filler(int lines) {
    std::string text;
    for (int i = 0; i < lines; ++i)
        text += "X: y\r\n";
    return text;
}

/// Resident memory in KiB.
long residentKiB(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
    return 0;
}

class HostileTest : public NotifierTest {
protected:
    void SetUp() override {
        NotifierTest::SetUp();
        start({"--limit-commands", "1000"});
        witness_ = std::make_unique<WsTestClient>(port_);
        witness_->push("welcome");
    }
    void expectOthersServed() { EXPECT_NE(witness_->ask(R"({"method":"ping"})").find("result"), nullptr); }
    /// `ends`: nothing further is answered on that connection.
    void expectStatus(Handshake const& handshake, bool ends) {
        RawClient client(port_);
        client.send(handshake.request);
        auto const line = client.readUntil("\r\n");
        EXPECT_TRUE(line.starts_with(std::string("HTTP/1.1 ") + handshake.status)) << handshake.name << ": " << line;
        if (ends) {
            EXPECT_EQ(client.readAll().find("HTTP/1.1 "), std::string::npos) << handshake.name;
            EXPECT_TRUE(client.closed()) << handshake.name;
        }
        expectOthersServed();
    }
    std::uint16_t closeCodeAfter(std::string const& frames) const {
        RawClient client(port_);
        client.send(support::upgradeRequest() + frames);
        return closeCodeIn(client.readAll());
    }

    std::unique_ptr<WsTestClient> witness_;
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    text.replace(text.find(from), from.size(), to);
    return text;
}

std::vector<Handshake> handshakes() {
    auto const good = support::upgradeRequest();
    return {
        {"other path", support::upgradeRequest("/wss"), "404"},
        {"path with a slash", support::upgradeRequest("/ws/"), "404"},
        {"POST", replaced(good, "GET", "POST"), "405"},
        {"HTTP 1.0", replaced(good, "HTTP/1.1", "HTTP/1.0"), "400"},
        {"no Upgrade", replaced(good, "Upgrade: websocket\r\n", ""), "426"},
        {"no Connection", replaced(good, "Connection: Upgrade\r\n", ""), "400"},
        {"version 12", replaced(good, "Version: 13", "Version: 12"), "426"},
        {"no version", replaced(good, "Sec-WebSocket-Version: 13\r\n", ""), "426"},
        {"no key", replaced(good, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""), "400"},
        {"empty key", replaced(good, "dGhlIHNhbXBsZSBub25jZQ==", ""), "400"},
        {"short key", replaced(good, "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ=="), "400"},
        {"two keys", support::upgradeRequest("/ws", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"), "400"},
        {"two hosts", support::upgradeRequest("/ws", "Host: other\r\n"), "400"},
        {"no host", replaced(good, "Host: localhost\r\n", ""), "400"},
        {"foreign origin", support::upgradeRequest("/ws", "Origin: http://evil.example\r\n"), "403"},
        {"look-alike origin", support::upgradeRequest("/ws", "Origin: http://localhost.evil.example\r\n"), "403"},
        {"null origin", support::upgradeRequest("/ws", "Origin: null\r\n"), "403"},
        {"own origin", support::upgradeRequest("/ws", "Origin: http://localhost\r\n"), "101"},
        {"unknown key", support::upgradeRequest("/ws", "Authorization: Bearer tb_nobody\r\n"), "401"},
        {"other scheme", support::upgradeRequest("/ws", "Authorization: Basic abc\r\n"), "401"},
        {"head too long", support::upgradeRequest("/ws", "X-Filler: " + std::string(20'000, 'x') + "\r\n"), "431"},
        {"space before colon", support::upgradeRequest("/ws", "X-Bad : 1\r\n"), "400"},
        {"not HTTP", "\x16\x03\x01\x02garbage\r\n\r\n", "400"},
        {"with a body", support::upgradeRequest("/ws", "Content-Length: 2\r\n") + "{}", "400"},
        {"length and chunks",
         "POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "400"},
        {"body too long", "POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n", "413"},
    };
}

TEST_F(HostileTest, Handshake_Wrong_IsRefusedBeforeTheUpgrade) {
    for (auto const& handshake : handshakes())
        expectStatus(handshake, false);
}

/// What one program on the way reads differently from the next (RFC 9112 sections 2.2, 5 and 6): each ends the
/// connection, so that nothing behind it is taken for a request.
std::vector<Handshake> ambiguousRequests() {
    using namespace std::string_literals;
    auto const get = "GET /healthz HTTP/1.1\r\nHost: a\r\n"s;
    auto const post = "POST /api/v1/alerts HTTP/1.1\r\nHost: a\r\n"s;
    auto const chunks = "\r\n0\r\n\r\n"s;
    return {
        {"two lengths", post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "400"},
        {"a list of lengths", post + "Content-Length: 2, 3\r\n\r\n{}", "400"},
        {"length with a sign", post + "Content-Length: +2\r\n\r\n{}", "400"},
        {"negative length", post + "Content-Length: -2\r\n\r\n{}", "400"},
        {"length in hex", post + "Content-Length: 0x2\r\n\r\n{}", "400"},
        {"empty length", post + "Content-Length: \r\n\r\n{}", "400"},
        {"length beyond all bounds", post + "Content-Length: 99999999999999999999999\r\n\r\n", "400"},
        {"chunks and length", post + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n" + chunks, "400"},
        {"unknown coding", post + "Transfer-Encoding: xchunked\r\n" + chunks, "400"},
        {"coding before chunks", post + "Transfer-Encoding: gzip, chunked\r\n" + chunks, "400"},
        {"chunked twice", post + "Transfer-Encoding: chunked, chunked\r\n" + chunks, "400"},
        {"identity", post + "Transfer-Encoding: identity\r\n\r\n", "400"},
        {"two codings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" + chunks, "400"},
        {"chunks in 1.0", "POST /api/v1/alerts HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" + chunks, "400"},
        {"chunk size of letters", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}" + chunks, "400"},
        {"endless chunk extension",
         post + "Transfer-Encoding: chunked\r\n\r\n2;" + std::string(100'000, 'x') + "\r\n{}" + chunks, "431"},
        {"NUL in a value", get + "X: a\0b\r\n\r\n"s, "400"},
        {"NUL in a name", get + "X\0: a\r\n\r\n"s, "400"},
        {"NUL in the target", "GET /heal\0thz HTTP/1.1\r\nHost: a\r\n\r\n"s, "400"},
        {"control character", get + "X: a\x01\r\n\r\n", "400"},
        {"CR alone", get + "X: a\rY: b\r\n\r\n", "400"},
        {"LF alone", "GET /healthz HTTP/1.1\nHost: a\n\n", "400"},
        {"LF between two headers", get + "X: a\nY: b\r\n\r\n", "400"},
        {"space before the colon", get + "X : a\r\n\r\n", "400"},
        {"tab before the colon", get + "X\t: a\r\n\r\n", "400"},
        {"no colon", get + "X\r\n\r\n", "400"},
        {"no name", get + ": a\r\n\r\n", "400"},
        {"folded first header", "GET /healthz HTTP/1.1\r\n Host: a\r\n\r\n", "400"},
        {"two spaces", "GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
        {"HTTP 2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"},
        {"HTTP 0.9", "GET /healthz\r\n\r\n", "400"},
        {"many headers", get + filler(4'000) + "\r\n", "431"},
        {"long target", "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", "431"},
    };
}

TEST_F(HostileTest, Requests_ReadDifferentlyByOthers_EndTheConnection) {
    for (auto request : ambiguousRequests()) {
        request.request += "GET /version HTTP/1.1\r\nHost: a\r\n\r\n";
        expectStatus(request, true);
    }
}

TEST_F(HostileTest, Requests_Unusual_AreAnswered) {
    RawClient client(port_);
    client.send("GET http://example.org/healthz HTTP/1.1\r\nHost: example.org\r\n\r\n");
    EXPECT_TRUE(client.readUntil("ok\"}").starts_with("HTTP/1.1 200"));
    client.send("POST /api/v1/alerts HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.readUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("{}");
    EXPECT_TRUE(client.readUntil("}").starts_with("HTTP/1.1 401"));
    client.send("POST /api/v1/alerts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
    EXPECT_TRUE(client.readUntil("}").starts_with("HTTP/1.1 401"));
}

TEST_F(HostileTest, Upgrade_HoweverItComes_OpensTheSameSession) {
    auto const ping = support::clientFrame(0x81, R"({"id":7,"method":"ping"})");
    auto const request = support::upgradeRequest();
    std::string const page = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    struct Way {
        char const* name;
        std::vector<std::string> pieces;  ///< each is sent when the answer to the one before has come
        std::string answer;               ///< to the first piece; empty: none is waited for
    };
    std::vector<Way> const ways{
        {"in one piece with the first frame", {request + ping}, ""},
        {"in two pieces", {request.substr(0, 40), request.substr(40) + ping}, ""},
        {"its frame in two pieces", {request + ping.substr(0, 5), ping.substr(5)}, "welcome"},
        {"as the second request", {page, request + ping}, "200 OK"},
        {"in the same piece as the first request", {page + request + ping}, ""},
    };
    for (auto const& way : ways) {
        RawClient client(port_);
        client.send(way.pieces.front());
        if (!way.answer.empty()) EXPECT_NE(client.readUntil(way.answer), "") << way.name;
        for (std::size_t i = 1; i < way.pieces.size(); ++i)
            client.send(way.pieces[i]);
        auto const text = client.readUntil(R"("method":"ping")");
        EXPECT_NE(text.find(R"("method":"ping")"), text.npos) << way.name << ": " << text;
    }
}

TEST_F(HostileTest, Extensions_Asked_AreNotOffered) {
    RawClient client(port_);
    client.send(support::upgradeRequest("/ws",
                                        "Sec-WebSocket-Extensions: permessage-deflate\r\n"
                                        "Sec-WebSocket-Protocol: chat\r\n"));
    auto const answer = client.readUntil("\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 101"));
    EXPECT_EQ(answer.find("Extensions"), std::string::npos);
    EXPECT_EQ(answer.find("Protocol:"), std::string::npos);
}

TEST_F(HostileTest, Handshake_WrongVersion_NamesTheRightOne) {
    RawClient client(port_);
    client.send(replaced(support::upgradeRequest(), "Version: 13", "Version: 8"));
    EXPECT_NE(client.readAll().find("Sec-WebSocket-Version: 13\r\n"), std::string::npos);
}

struct BadFrames {
    char const* name;
    std::string bytes;
    std::uint16_t code;
};

std::vector<BadFrames> badFrames() {
    using support::clientFrame;
    auto const unmasked = std::string("\x81\x02{}", 4);
    auto const longForm = std::string("\x81\xFE\x00\x01\x00\x00\x00\x00{", 9);
    return {
        {"binary", clientFrame(0x82, "{}"), 1003},
        {"unmasked", unmasked, 1002},
        {"reserved bit", clientFrame(0xC1, "{}"), 1002},
        {"reserved opcode", clientFrame(0x83, "{}"), 1002},
        {"reserved control opcode", clientFrame(0x8B, ""), 1002},
        {"fragmented ping", clientFrame(0x09, ""), 1002},
        {"long ping", clientFrame(0x89, std::string(126, 'x')), 1002},
        {"continuation of nothing", clientFrame(0x80, "{}"), 1002},
        {"message inside another", clientFrame(0x01, "{") + clientFrame(0x81, "}"), 1002},
        {"length not in its shortest form", longForm, 1002},
        {"too big", clientFrame(0x81, std::string(65'537, ' ')), 1009},
        {"too big in fragments",
         clientFrame(0x01, std::string(40'000, ' ')) + clientFrame(0x80, std::string(40'000, ' ')), 1009},
        {"bad UTF-8", clientFrame(0x81, "\"\xC3\x28\""), 1007},
        {"bad UTF-8 across fragments", clientFrame(0x01, "\"\xE2\x82") + clientFrame(0x80, "\""), 1007},
        {"close of one byte", clientFrame(0x88, "\x03"), 1002},
        {"close code that must not travel", clientFrame(0x88, "\x03\xED"), 1002},
        {"close reason not UTF-8", clientFrame(0x88, "\x03\xE8\xFF"), 1007},
        {"a clean close", clientFrame(0x88, "\x03\xE8"), 1000},
        {"a close without code", clientFrame(0x88, ""), 1005},
    };
}

TEST_F(HostileTest, Frames_Wrong_CloseWithTheirCode) {
    for (auto const& bad : badFrames()) {
        EXPECT_EQ(closeCodeAfter(bad.bytes), bad.code) << bad.name;
        expectOthersServed();
    }
}

TEST_F(HostileTest, AllOfIt_OverAndOver_LeavesNoMemoryBehind) {
    auto const round = [this] {
        for (auto const& list : {handshakes(), ambiguousRequests()})
            for (auto const& handshake : list) {
                RawClient client(port_);
                client.send(handshake.request);
                client.readUntil("\r\n");
            }
        for (auto const& bad : badFrames())
            closeCodeAfter(bad.bytes);
        expectOthersServed();
    };
    for (int i = 0; i < 3; ++i)
        round();
    auto const before = residentKiB(process_->pid());
    for (int i = 0; i < 10; ++i)
        round();
    [[maybe_unused]] auto const grownKiB = residentKiB(process_->pid()) - before;
#ifndef TICKBELL_SANITIZED  // a sanitizer keeps what is freed
    // One lost buffer a case would be 700 times 4 KiB at least.
    EXPECT_LE(grownKiB, 2'048);
#endif
}

TEST_F(HostileTest, Fragments_WithPingBetween_AreOneCommand) {
    RawClient client(port_);
    using support::clientFrame;
    client.send(support::upgradeRequest() + clientFrame(0x01, R"({"method":)") + clientFrame(0x89, "hello") +
                clientFrame(0x80, R"("ping"})") + clientFrame(0x88, ""));
    auto const all = client.readAll();
    EXPECT_NE(all.find("\x8A\x05hello"), std::string::npos);
    EXPECT_NE(all.find(R"({"method":"ping","result")"), std::string::npos);
}

TEST_F(HostileTest, Frame_OfExactlyTheLimit_IsAnswered) {
    WsTestClient client(port_);
    auto const command = std::string(R"({"method":"ping"})");
    client.send(command + std::string(65'536 - command.size(), ' '));
    EXPECT_EQ(text(client.reply(), "method"), "ping");
    client.send(command + std::string(65'537 - command.size(), ' '));
    EXPECT_EQ(client.closeCode(), 1009);
}

TEST_F(HostileTest, Commands_OverTheRate_AreRefusedThenClosed) {
    start();
    witness_ = std::make_unique<WsTestClient>(port_);
    WsTestClient client(port_);
    for (int i = 0; i < 350; ++i)
        client.send(R"({"method":"ping","id":)" + std::to_string(i) + "}");
    int answered = 0;
    int refused = 0;
    for (int i = 0; refused < 200; ++i) {
        auto const reply = client.reply();
        EXPECT_EQ(number(reply, "id"), i);
        if (errorCode(reply) == 0) {
            ++answered;
        } else {
            EXPECT_EQ(errorCode(reply), 1301);
            EXPECT_GT(number(*reply.find("error"), "retry_after_ms"), 0);
            ++refused;
        }
    }
    EXPECT_GE(answered, 100);
    EXPECT_LE(answered, 150);
    EXPECT_EQ(client.closeCode(), 4029);
    expectOthersServed();
}

TEST_F(HostileTest, Nonsense_HundredTimes_ClosesForGood) {
    WsTestClient client(port_);
    for (int i = 0; i < 100; ++i)
        client.send("nonsense");
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(errorCode(client.reply()), 1001);
    EXPECT_EQ(client.closeCode(), 4503);
    expectOthersServed();
}

TEST_F(HostileTest, SlowConsumer_IsClosedAndResumesWithNothingLost) {
    WsTestClient::Options options;
    options.receiveBufferBytes = 4'096;
    std::string session;
    std::string epoch;
    constexpr int kSteps = 40;
    constexpr int kFires = 200;
    {
        WsTestClient slow(port_, options);
        auto const welcome = slow.push("welcome");
        session = text(welcome, "session");
        epoch = text(welcome, "epoch");
        auto const reply = slow.ask(R"({"method":"subscribe","params":{"symbol":"BTCUSDT","when":{"kind":"above",)"
                                    R"("price":"1"},"note":")" +
                                    std::string(200, 'n') + R"("}})");
        auto const id = text(*result(reply).find("alert"), "id");
        for (int i = 0; i < kSteps; ++i)
            ingestion_->fire(id, 1 + i * kFires, "70001.00", kFires);
        // Reads again only now: whole frames, then the reason.
        EXPECT_EQ(slow.closeCode(), 4008);
        EXPECT_LT(slow.seen().size(), kSteps * kFires);
        for (auto const& frame : slow.seen())
            EXPECT_TRUE(common::json::parse(frame));
    }
    expectOthersServed();
    WsTestClient again(port_, bearer(session));
    again.send(R"({"method":"resume","params":{"epoch":")" + epoch + R"(","after":0}})");
    for (int seq = 1; seq <= kSteps * kFires; ++seq)
        ASSERT_EQ(number(again.push("notification"), "seq"), seq);
}

TEST_F(HostileTest, ReplayNotRead_IsNotSlow) {
    WsTestClient first(port_);
    auto const welcome = first.push("welcome");
    auto const id = subscribe(first);
    constexpr int kEvents = 8'000;
    for (int i = 0; i < kEvents; i += 500)
        ingestion_->fire(id, 1 + i, "70001.00", 500);
    first.abort();

    auto options = bearer(text(welcome, "session"));
    options.receiveBufferBytes = 4'096;
    WsTestClient slow(port_, options);
    slow.send(R"({"method":"resume","params":{"epoch":")" + text(welcome, "epoch") + R"(","after":0}})");
    // Live ones on top, while nothing is read.
    for (int i = 0; i < 10; ++i)
        ingestion_->fire(id, 10'000 + i * 100, "70001.00", 100);
    expectOthersServed();
    for (int seq = 1; seq <= kEvents + 1'000; ++seq)
        ASSERT_EQ(number(slow.push("notification"), "seq"), seq);
}

TEST_F(HostileTest, CommandsButNoReading_OnlyWaits) {
    WsTestClient::Options options;
    options.receiveBufferBytes = 4'096;
    WsTestClient client(port_, options);
    client.push("welcome");
    for (int i = 0; i < 90; ++i)
        client.send(R"({"method":"help"})");
    expectOthersServed();
    for (int i = 0; i < 90; ++i)
        EXPECT_EQ(text(client.reply(), "method"), "help");
}

TEST_F(HostileTest, Slowness_BeforeTheHandshake_EndsAfterTenSeconds) {
    start({"--auth", "required"});
    witness_.reset();
    auto const began = std::chrono::steady_clock::now();
    RawClient silent(port_);
    RawClient halfway(port_);
    halfway.send("GET /ws HTTP/1.1\r\nHost: a\r\n");
    WsTestClient stranger(port_);
    // A trickle does not move the deadline.
    for (int i = 0; i < 24 && !halfway.closed(); ++i) {
        halfway.send("X");
        halfway.readAll(500ms);
    }
    EXPECT_TRUE(halfway.closed());
    silent.readAll(3s);
    EXPECT_TRUE(silent.closed());
    EXPECT_EQ(stranger.closeCode(3s), 4501);
    auto const took = std::chrono::steady_clock::now() - began;
    EXPECT_GE(took, 9'500ms);
    EXPECT_LE(took, 13s);
}

}  // namespace
}  // namespace notifier::test
