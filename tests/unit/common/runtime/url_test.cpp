#include "common/runtime/url.hpp"

#include <gtest/gtest.h>

#include <array>

namespace common {
namespace {

constexpr std::array<std::string_view, 6> kAll{"http", "https", "ws", "wss", "smtp", "smtps"};

TEST(Url, Parse_EachPart_IsTakenApart) {
    auto const url = Url::parse("WSS://Data-Stream.Example.Vision:9443/ws/a@trade?x=1/2", kAll);
    ASSERT_TRUE(url);
    EXPECT_EQ(url->scheme, "wss");
    EXPECT_EQ(url->host, "data-stream.example.vision");
    EXPECT_EQ(url->port, 9443);
    EXPECT_EQ(url->target, "/ws/a@trade?x=1/2");
    EXPECT_EQ(url->user, "");
    EXPECT_TRUE(url->isTls());
    EXPECT_EQ(url->authority(), "data-stream.example.vision:9443");
    EXPECT_EQ(url->origin(), "wss://data-stream.example.vision:9443");
}

TEST(Url, Parse_WithoutPort_IsTheSchemes) {
    std::array<std::pair<std::string_view, int>, 6> const ports{
        {{"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443}, {"smtp", 25}, {"smtps", 465}}};
    for (auto const& [scheme, port] : ports) {
        auto const url = Url::parse(std::string(scheme) + "://example.com", kAll);
        ASSERT_TRUE(url) << scheme;
        EXPECT_EQ(url->port, port);
        EXPECT_EQ(url->target, "/");
        EXPECT_EQ(url->authority(), "example.com");
        EXPECT_EQ(url->isTls(), scheme.size() > 2 && scheme.ends_with('s')) << scheme;
    }
}

TEST(Url, Parse_Variants_AreRead) {
    EXPECT_EQ(Url::parse("http://[::1]:8080/x", kAll)->host, "::1");
    EXPECT_EQ(Url::parse("http://[::1]/x", kAll)->authority(), "[::1]");
    EXPECT_EQ(Url::parse("http://example.com?x=1", kAll)->target, "/?x=1");
    auto const mail = Url::parse("smtps://me%40home:p%3Aq%2Fr@mail.example.com", kAll);
    ASSERT_TRUE(mail);
    EXPECT_EQ(mail->user, "me@home");
    EXPECT_EQ(mail->password, "p:q/r");
    EXPECT_EQ(mail->host, "mail.example.com");
}

TEST(Url, Parse_AnythingElse_IsRefused) {
    constexpr std::array<std::string_view, 27> kRefused{"",
                                                        "example.com",
                                                        "//example.com",
                                                        "ftp://example.com",
                                                        "http:/example.com",
                                                        "http://",
                                                        "http:///x",
                                                        "http://:80/",
                                                        "http://exa mple.com",
                                                        "http://example.com/a b",
                                                        "http://example.com/\r\nX: y",
                                                        "http://example.com/#fragment",
                                                        "http://example.com\\@evil.com/",
                                                        "http://a@b@example.com/",
                                                        "http://example.com:0/",
                                                        "http://example.com:65536/",
                                                        "http://example.com:/",
                                                        "http://example.com:80:80/",
                                                        "http://127.1/",
                                                        "http://0x7f000001/",
                                                        "http://2130706433/",
                                                        "http://example.com./",
                                                        "http://ex%61mple.com/",
                                                        "http://münze.example/",
                                                        "http://[::1/",
                                                        "http://::1/",
                                                        "smtp://a%0d%0ab:c@example.com/"};
    for (auto const text : kRefused)
        EXPECT_FALSE(Url::parse(text, kAll)) << text;
    EXPECT_FALSE(Url::parse("http://example.com/" + std::string(20'000, 'a'), kAll));
    constexpr std::array<std::string_view, 1> kOnlyTls{"https"};
    EXPECT_EQ(Url::parse("http://example.com/", kOnlyTls).error(), "must begin with https://");
}

TEST(Url, Parse_Errors_DoNotRepeatThePassword) {
    for (auto const* const text : {"smtp://me:secret@exa mple", "smtp://me:secret@:99", "nope://me:secret@host"}) {
        auto const url = Url::parse(text, kAll);
        ASSERT_FALSE(url);
        EXPECT_EQ(url.error().find("secret"), std::string::npos);
    }
}

TEST(Url, Redact_Secrets_AreMasked) {
    EXPECT_EQ(redactUrl("smtps://me:secret@mail.example.com:465/x"), "smtps://***@mail.example.com:465/x");
    EXPECT_EQ(redactUrl("postgresql://u:se/cr@et@host/db"), "postgresql://***@host/db");
    EXPECT_EQ(redactUrl("postgresql://host/db?user=u&password=secret&sslmode=require"),
              "postgresql://host/db?user=u&password=***&sslmode=require");
    EXPECT_EQ(redactUrl("postgresql://host/db?password=secret"), "postgresql://host/db?password=***");
    EXPECT_EQ(redactUrl("sqlite:/var/lib/tickbell.db"), "sqlite:/var/lib/tickbell.db");
    EXPECT_EQ(redactUrl("127.0.0.1:8080"), "127.0.0.1:8080");
}

}  // namespace
}  // namespace common
