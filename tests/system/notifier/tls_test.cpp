// The same port with a certificate.

#include "common/net/tls.hpp"
#include "common/net/ws_client.hpp"
#include "tests/support/run.hpp"
#include "tests/support/test_ca.hpp"
#include "tests/system/notifier/notifier_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <signal.h>

#include <array>
#include <fstream>

namespace notifier::test {
namespace {

struct Ear final : common::net::WsHandler {
    void onText(std::string_view message) override { heard.emplace_back(message); }
    std::vector<std::string> heard;
};

TEST_F(NotifierTest, Tls_CertificateGiven_ServesWelcomeAndReplies) {
    support::TestCa ca;
    auto const certificate = ca.issue({"IP:127.0.0.1"});
    auto const certificateFile = (directory_.path() / "certificate.pem").string();
    auto const keyFile = (directory_.path() / "key.pem").string();
    std::ofstream(certificateFile) << certificate.certificatePem;
    std::ofstream(keyFile) << certificate.keyPem;
    start({"--tls-certificate", certificateFile, "--tls-key", keyFile});

    boost::asio::io_context io;
    common::net::TlsClientOptions trust;
    trust.caPem = ca.pem();
    common::net::WsClient client(io, *common::net::makeTlsClient(trust), {});
    constexpr std::array<std::string_view, 1> kSchemes{"wss"};
    auto const url = common::Url::parse("wss://127.0.0.1:" + std::to_string(port_) + "/ws", kSchemes);
    auto const opened = support::runToEnd(io, client.open(*url));
    ASSERT_TRUE(opened) << opened.error().detail;
    Ear ear;
    std::optional<common::net::WsEnd> end;
    boost::asio::co_spawn(io, client.run(ear), [&](std::exception_ptr, common::net::WsEnd how) { end = how; });
    for (int i = 0; i < 50; ++i)
        EXPECT_TRUE(client.send(R"({"method":"help"})"));
    EXPECT_TRUE(support::eventually(io, [&] { return ear.heard.size() == 51; }));
    EXPECT_NE(ear.heard.front().find("\"welcome\""), std::string::npos);
    client.close(1000);
    EXPECT_TRUE(support::eventually(io, [&] { return end.has_value(); }));
    EXPECT_EQ(end->cause, common::net::WsEnd::Cause::WeClosed);

    // Plain text on a TLS port hangs nobody but itself.
    RawClient plain(port_);
    plain.send(support::upgradeRequest());
    EXPECT_EQ(plain.readAll().find("101"), std::string::npos);
    EXPECT_TRUE(plain.closed());
}

/// Trusts one authority only; says whether the server was believed, and hears what it says.
class TrustingClient {
public:
    TrustingClient(support::TestCa const& ca, std::uint16_t port) {
        common::net::TlsClientOptions trust;
        trust.caPem = ca.pem();
        client_.emplace(io_, *common::net::makeTlsClient(trust), common::net::WsOptions{});
        constexpr std::array<std::string_view, 1> kSchemes{"wss"};
        auto const url = common::Url::parse("wss://127.0.0.1:" + std::to_string(port) + "/ws", kSchemes);
        opened_ = support::runToEnd(io_, client_->open(*url)).has_value();
        if (opened_) boost::asio::co_spawn(io_, client_->run(ear_), [](std::exception_ptr, common::net::WsEnd) {});
    }
    bool opened() const { return opened_; }
    /// A command is answered.
    bool served() {
        auto const before = ear_.heard.size();
        client_->send(R"({"method":"ping"})");
        return support::eventually(io_, [&] { return ear_.heard.size() > before; });
    }

private:
    boost::asio::io_context io_;
    Ear ear_;
    std::optional<common::net::WsClient> client_;
    bool opened_ = false;
};

TEST_F(NotifierTest, Tls_Hangup_ShowsTheNewCertificateAndDropsNobody) {
    auto const certificateFile = (directory_.path() / "certificate.pem").string();
    auto const keyFile = (directory_.path() / "key.pem").string();
    auto const store = [&](support::TestCertificate const& certificate) {
        std::ofstream(certificateFile) << certificate.certificatePem;
        std::ofstream(keyFile) << certificate.keyPem;
    };
    support::TestCa before, after;
    store(before.issue({"IP:127.0.0.1"}));
    start({"--tls-certificate", certificateFile, "--tls-key", keyFile});
    TrustingClient old(before, port_);
    ASSERT_TRUE(old.opened());

    store(after.issue({"IP:127.0.0.1"}));
    process_->signal(SIGHUP);
    ASSERT_TRUE(process_->waitForLine("certificates reloaded"));
    EXPECT_TRUE(TrustingClient(after, port_).opened());
    EXPECT_FALSE(TrustingClient(before, port_).opened());
    EXPECT_TRUE(old.served());

    // A mistake in the files changes nothing.
    std::ofstream(keyFile) << "no key";
    process_->signal(SIGHUP);
    ASSERT_TRUE(process_->waitForLine("certificates not reloaded"));
    EXPECT_TRUE(TrustingClient(after, port_).opened());
    EXPECT_TRUE(old.served());
    EXPECT_EQ(stop(), 0);
}

TEST_F(NotifierTest, Http_KeptConnection_AnswersOneAfterAnother) {
    start();
    RawClient client(port_);
    std::string const request = "GET /version HTTP/1.1\r\nHost: a\r\n\r\n";
    client.send(request + request + "HEAD /version HTTP/1.1\r\nHost: a\r\n\r\n" + request);
    for (int i = 0; i < 2; ++i)
        EXPECT_TRUE(client.readUntil("\"protocol\":1}").starts_with("HTTP/1.1 200"));
    EXPECT_TRUE(client.readUntil("\r\n\r\n").starts_with("HTTP/1.1 200"));
    EXPECT_TRUE(client.readUntil("\"protocol\":1}").starts_with("HTTP/1.1 200"));
    client.send("DELETE /version HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(client.readUntil("}").starts_with("HTTP/1.1 405"));
    client.send(support::upgradeRequest());
    EXPECT_TRUE(client.readUntil("welcome").starts_with("HTTP/1.1 101"));
}

}  // namespace
}  // namespace notifier::test
