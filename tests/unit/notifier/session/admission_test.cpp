#include "notifier/session/address_pace.hpp"
#include "notifier/session/admission.hpp"
#include "notifier/session/upgrade.hpp"

#include <gtest/gtest.h>

namespace notifier {
namespace {

common::IpAddress ip(std::string_view text) {
    return *common::IpAddress::parse(text);
}

TEST(ProxyRule, Client_TrustedChain_IsTheNearestUntrusted) {
    ProxyRule const rule{*common::parseCidrList("10.0.0.0/8,127.0.0.1")};
    EXPECT_EQ(rule.client(ip("127.0.0.1"), "1.2.3.4"), ip("1.2.3.4"));
    EXPECT_EQ(rule.client(ip("127.0.0.1"), "6.6.6.6, 1.2.3.4, 10.1.1.1"), ip("1.2.3.4"));
    EXPECT_EQ(rule.client(ip("127.0.0.1"), "2001:db8::1"), ip("2001:db8::1"));
}

TEST(ProxyRule, Client_UntrustedPeerOrNonsense_IsThePeer) {
    ProxyRule const rule{*common::parseCidrList("10.0.0.0/8")};
    EXPECT_EQ(rule.client(ip("8.8.8.8"), "1.2.3.4"), ip("8.8.8.8"));
    EXPECT_EQ(rule.client(ip("10.0.0.1"), "unknown"), ip("10.0.0.1"));
    EXPECT_EQ(rule.client(ip("10.0.0.1"), "1.2.3.4, junk"), ip("10.0.0.1"));
    EXPECT_EQ(rule.client(ip("10.0.0.1"), ""), ip("10.0.0.1"));
}

TEST(ConnectionCounter, Enter_OverTheShare_IsRefusedUntilOneLeaves) {
    ConnectionCounter counter(2);
    EXPECT_TRUE(counter.enter(ip("1.1.1.1")));
    EXPECT_TRUE(counter.enter(ip("1.1.1.1")));
    EXPECT_FALSE(counter.enter(ip("1.1.1.1")));
    EXPECT_TRUE(counter.enter(ip("1.1.1.2")));
    counter.leave(ip("1.1.1.1"));
    counter.leave(ip("1.1.1.1"));
    EXPECT_TRUE(counter.enter(ip("1.1.1.1")));
}

TEST(ConnectionCounter, V6_IsCountedByItsSlash64) {
    ConnectionCounter counter(1);
    EXPECT_TRUE(counter.enter(ip("2001:db8::1")));
    EXPECT_FALSE(counter.enter(ip("2001:db8::ffff:2")));
    EXPECT_TRUE(counter.enter(ip("2001:db8:0:1::1")));
}

TEST(AddressPace, Take_PastTheBurst_SaysWhenToComeBack) {
    AddressPace pace({.burst = 3, .perSecond = 10});
    auto const v6 = *common::IpAddress::parse("2001:db8::1");
    for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(pace.take(v6, 1'000));
    EXPECT_EQ(pace.take(v6, 1'000), 100);
    EXPECT_EQ(pace.take(*common::IpAddress::parse("2001:db8::ffff:1"), 1'000), 100) << "the same customer";
    EXPECT_FALSE(pace.take(*common::IpAddress::parse("2001:db8:0:1::1"), 1'000));
    EXPECT_FALSE(pace.take(v6, 1'100));
    for (int i = 0; i < 10; ++i)
        EXPECT_FALSE(pace.take(*common::IpAddress::parse("127.0.0.1"), 1'000)) << "this machine";
}

TEST(ConnectionCounter, Flooding_AtTwiceTheShare) {
    ConnectionCounter counter(2);
    for (int i = 0; i < 4; ++i) {
        EXPECT_FALSE(counter.flooding(ip("1.1.1.1")));
        counter.enter(ip("1.1.1.1"));
    }
    EXPECT_TRUE(counter.flooding(ip("1.1.1.1")));
}

HttpRequest request(std::string origin, std::string host = "tick.example:8080") {
    HttpRequest request;
    request.method = "GET";
    request.target = "/ws";
    request.headers = {{"Host", std::move(host)}};
    if (!origin.empty()) request.headers.emplace_back("origin", std::move(origin));
    return request;
}

TEST(Origin, WithoutList_OnlyTheSameHostAndPort) {
    OriginRule const own;
    EXPECT_TRUE(originAllowed(request(""), own));
    EXPECT_TRUE(originAllowed(request("http://tick.example:8080"), own));
    EXPECT_TRUE(originAllowed(request("HTTP://TICK.example:8080"), own));
    EXPECT_TRUE(originAllowed(request("https://tick.example", "tick.example"), own));
    EXPECT_TRUE(originAllowed(request("https://tick.example", "tick.example:443"), own));
    EXPECT_TRUE(originAllowed(request("http://[::1]:8080", "[::1]:8080"), own));
    EXPECT_FALSE(originAllowed(request("http://tick.example"), own));
    EXPECT_FALSE(originAllowed(request("http://tick.example:80801"), own));
    EXPECT_FALSE(originAllowed(request("http://tick.example:8080.evil"), own));
    EXPECT_FALSE(originAllowed(request("http://tick.example:8080/"), own));
    EXPECT_FALSE(originAllowed(request("http://user@tick.example:8080"), own));
    EXPECT_FALSE(originAllowed(request("null"), own));
    EXPECT_FALSE(originAllowed(request("file://"), own));
}

TEST(Origin, Twice_IsRefused) {
    auto twice = request("http://tick.example:8080");
    twice.headers.emplace_back("Origin", "http://tick.example:8080");
    EXPECT_FALSE(originAllowed(twice, {}));
}

TEST(Bearer, Header_InItsForms) {
    auto with = [](std::string value) {
        HttpRequest request;
        request.headers = {{"Authorization", std::move(value)}};
        return bearerSecret(request);
    };
    EXPECT_EQ(bearerSecret(HttpRequest{}), std::nullopt);
    EXPECT_EQ(with("Bearer abc"), "abc");
    EXPECT_EQ(with("bearer  abc"), "abc");
    EXPECT_EQ(with("Basic abc"), "");
    EXPECT_EQ(with("Bearer "), "");
}

TEST(HttpRequest, Tokens_OverSeveralLinesAndInAnyCase) {
    HttpRequest request;
    request.headers = {{"connection", "keep-alive , foo"}, {"Connection", "UPGRADE"}};
    EXPECT_TRUE(request.hasToken("Connection", "upgrade"));
    EXPECT_TRUE(request.hasToken("Connection", "foo"));
    EXPECT_FALSE(request.hasToken("Connection", "fo"));
    request.target = "/a?b?c";
    EXPECT_EQ(request.path(), "/a");
    EXPECT_EQ(request.query(), "b?c");
}

}  // namespace
}  // namespace notifier
