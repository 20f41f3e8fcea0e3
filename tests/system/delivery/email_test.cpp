// Addresses, codes and mails through a relay.

#include "tests/support/smtp_sink.hpp"
#include "tests/system/delivery/delivery_fixture.hpp"

#include <atomic>

namespace notifier::test {
namespace {

using support::SinkMail;
using support::SmtpSink;

class EmailTest : public DeliveryTest {
protected:
    void serveMail(SmtpSink const& relay) {
        serve({"--smtp-url", relay.url(), "--smtp-from", "bell@example.org", "--public-url",
               "https://bell.example.org/"});
    }
    /// A request without a key, as mail programs make them.
    std::string open(std::string const& method, std::string const& path, std::string const& body = {}) const {
        RawClient client(port_);
        client.send(method + " " + path +
                    " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
                    "application/x-www-form-urlencoded\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
        return client.readAll(20s);
    }
    static std::string codeOf(SinkMail const& mail) {
        auto const at = mail.data.find("confirms it: ") + 13;
        return mail.data.substr(at, mail.data.find("\r\n", at) - at);
    }
    RestAnswer addAddress(std::string const& address) const {
        return rest("POST", "/emails", R"({"address":")" + address + "\"}");
    }
    RestAnswer verify(std::string const& id, std::string const& code) const {
        return rest("POST", "/emails/" + id + "/verify", R"({"code":")" + code + "\"}");
    }
};

TEST_F(EmailTest, Verifying_WithTheMailedCode_OpensTheChannel) {
    SmtpSink const relay;
    serveMail(relay);
    auto const made = addAddress("me@Example.ORG");
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.member("state"), "unverified");
    EXPECT_EQ(made.member("address"), "me@example.org");
    auto const id = made.member("id");
    EXPECT_TRUE(id.starts_with("em_"));
    auto const channel = R"({"symbol":"BTCUSDT","threshold":"5","channels":[")" + id + "\"]}";
    EXPECT_EQ(rest("POST", "/alerts", channel).member("code"), "1107") << "not yet verified";
    auto const mail = relay.waitFor(1).front();
    EXPECT_EQ(mail.from, "bell@example.org");
    EXPECT_EQ(mail.to, "me@example.org");
    auto const wrong = codeOf(mail) == "00000000" ? "00000001" : "00000000";
    EXPECT_EQ(verify(id, wrong).member("code"), "1102");
    EXPECT_EQ(verify(id, codeOf(mail)).member("state"), "verified");
    EXPECT_EQ(rest("POST", "/alerts", channel).status, 201);
    EXPECT_EQ(rest("GET", "/emails").body.find("items")->items().size(), 1U);
    EXPECT_EQ(rest("DELETE", "/emails/" + id).status, 204);
    EXPECT_TRUE(rest("GET", "/emails").body.find("items")->items().empty());
}

TEST_F(EmailTest, Unsubscribing_ByOneClick_EndsTheMailsAndLookingDoesNot) {
    SmtpSink const relay;
    serveMail(relay);
    auto const id = addAddress("me@example.org").member("id");
    auto const mail = relay.waitFor(1).front();
    EXPECT_EQ(verify(id, codeOf(mail)).member("state"), "verified");
    auto const at = mail.data.find("List-Unsubscribe: <https://bell.example.org/") + 43;
    auto const path = mail.data.substr(at, mail.data.find('>', at) - at);
    EXPECT_TRUE(path.starts_with("/unsubscribe/" + id + ".")) << path;
    EXPECT_NE(mail.data.find("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), std::string::npos);
    auto const page = open("GET", path);
    EXPECT_TRUE(page.starts_with("HTTP/1.1 200")) << page;
    EXPECT_NE(page.find("<form method=\"post\">"), std::string::npos);
    EXPECT_NE(page.find("Content-Security-Policy: default-src 'none'"), std::string::npos);
    EXPECT_EQ(rest("GET", "/emails").body.find("items")->items().size(), 1U) << "scanners open links";
    for (auto const& wrong : {path.substr(0, path.size() - 1), "/unsubscribe/" + id, "/unsubscribe/999/" + id})
        EXPECT_TRUE(open("POST", wrong).starts_with("HTTP/1.1 200")) << wrong;
    EXPECT_EQ(rest("GET", "/emails").body.find("items")->items().size(), 1U);
    for (int i = 0; i < 2; ++i)
        EXPECT_TRUE(open("POST", path, "List-Unsubscribe=One-Click").starts_with("HTTP/1.1 200"));
    EXPECT_TRUE(rest("GET", "/emails").body.find("items")->items().empty());
}

TEST_F(EmailTest, Unsubscribing_ByALinkOfOlderMails_StillWorks) {
    SmtpSink const relay;
    serveMail(relay);
    auto const id = addAddress("me@example.org").member("id");
    EXPECT_TRUE(open("GET", "/unsubscribe/1/" + id).starts_with("HTTP/1.1 200"));
    EXPECT_TRUE(open("POST", "/unsubscribe/1/" + id).starts_with("HTTP/1.1 200"));
    EXPECT_TRUE(rest("GET", "/emails").body.find("items")->items().empty());
}

TEST_F(EmailTest, Guessing_TheCode_EndsAfterFiveTries) {
    SmtpSink const relay;
    serveMail(relay);
    auto const id = addAddress("me@example.org").member("id");
    auto const code = codeOf(relay.waitFor(1).front());
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(verify(id, "x").member("code"), "1102");
    EXPECT_EQ(verify(id, code).member("code"), "1403");
    EXPECT_EQ(addAddress("me@example.org").member("id"), id) << "the same, with a new code";
    EXPECT_EQ(verify(id, code).member("code"), "1102") << "the old one is worth nothing";
}

TEST_F(EmailTest, BadAddresses_AreRefused) {
    SmtpSink const relay;
    serveMail(relay);
    for (auto const* const address :
         {"", "me", "me@", "a b@c.org", "me@example.org\\r\\nBcc: you@example.org", "<me@c.org>"}) {
        auto const answer = addAddress(address);
        EXPECT_EQ(answer.member("code"), "1102") << address;
        EXPECT_EQ(answer.member("field"), "address") << address;
    }
    EXPECT_EQ(rest("POST", "/emails", "{}").member("code"), "1101");
    EXPECT_TRUE(relay.mails().empty());
}

TEST_F(EmailTest, WithoutARelay_NoAddressIsTaken) {
    serve();
    EXPECT_EQ(addAddress("me@example.org").status, 409);
}

TEST_F(EmailTest, AHangingRelay_DelaysNeitherStopNorWebSocket) {
    std::atomic<int> seen = 0;
    SmtpSink const relay([&](SinkMail const&) {
        ++seen;
        return std::string();
    });
    serveMail(relay);
    addAddress("me@example.org");
    eventually([&] { return seen == 1; });
    WsTestClient client(port_, bearer(key_));
    client.push("welcome");
    client.ask(R"({"method":"list"})");
    auto const began = std::chrono::steady_clock::now();
    fire();
    client.push("notification");
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
    EXPECT_EQ(stop(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST_F(EmailTest, KilledBeforeTheCodeIsTaken_MailsItAgain) {
    std::atomic<bool> answers = false;
    std::atomic<int> seen = 0;
    SmtpSink const relay([&](SinkMail const&) {
        ++seen;
        return std::string(answers ? "250 ok" : "");
    });
    serveMail(relay);
    auto const id = addAddress("me@example.org").member("id");
    eventually([&] { return seen == 1; });
    kill();
    answers = true;
    serveMail(relay);
    auto const mails = relay.waitFor(2);
    EXPECT_EQ(verify(id, codeOf(mails[1])).member("state"), "verified");
}

}  // namespace
}  // namespace notifier::test
