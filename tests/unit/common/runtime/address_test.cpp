#include "common/runtime/address.hpp"

#include <gtest/gtest.h>

#include <array>

namespace common {
namespace {

TEST(IpAddress, Parse_StrictForms_ReadBack) {
    EXPECT_EQ(IpAddress::parse("127.0.0.1")->text(), "127.0.0.1");
    EXPECT_TRUE(IpAddress::parse("127.0.0.1")->isV4());
    EXPECT_EQ(IpAddress::parse("2001:DB8::1")->text(), "2001:db8::1");
    EXPECT_FALSE(IpAddress::parse("::1")->isV4());
    EXPECT_EQ(IpAddress::parse("::ffff:10.0.0.1"), IpAddress::parse("10.0.0.1")) << "mapped means the IPv4 address";
    EXPECT_EQ(IpAddress::parse("::ffff:a00:1"), IpAddress::parse("10.0.0.1"));
}

TEST(IpAddress, Parse_TrickForms_AreRefused) {
    constexpr std::array<std::string_view, 18> kTricks{
        "",           "127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "127.0.0.01",
        "127.0.0.1.", "1.2.3", "1.2.3.256",  " 127.0.0.1", "127.0.0.1 ", "::1%lo",
        "[::1]",      ":::",   "1:2:3",      "g::1",       "1.2.3.4:5",  "127.0.0.1/8"};
    for (auto const text : kTricks)
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    EXPECT_FALSE(IpAddress::parse(std::string_view("127.0.0.1\0x", 11)));
}

TEST(IpAddress, IsLoopback_BothFamilies) {
    EXPECT_TRUE(IpAddress::parse("127.255.0.9")->isLoopback());
    EXPECT_TRUE(IpAddress::parse("::1")->isLoopback());
    EXPECT_TRUE(IpAddress::parse("::ffff:127.0.0.1")->isLoopback());
    EXPECT_FALSE(IpAddress::parse("128.0.0.1")->isLoopback());
    EXPECT_FALSE(IpAddress::parse("::2")->isLoopback());
}

TEST(Cidr, Contains_Boundaries_AreExact) {
    auto const range = *Cidr::parse("172.16.0.0/12");
    EXPECT_TRUE(range.contains(*IpAddress::parse("172.16.0.0")));
    EXPECT_TRUE(range.contains(*IpAddress::parse("172.31.255.255")));
    EXPECT_FALSE(range.contains(*IpAddress::parse("172.32.0.0")));
    EXPECT_FALSE(range.contains(*IpAddress::parse("172.15.255.255")));
    EXPECT_TRUE(range.contains(*IpAddress::parse("::ffff:172.16.5.5")));
    auto const six = *Cidr::parse("fd00::/8");
    EXPECT_TRUE(six.contains(*IpAddress::parse("fdff::1")));
    EXPECT_FALSE(six.contains(*IpAddress::parse("fe00::1")));
    EXPECT_FALSE(six.contains(*IpAddress::parse("10.0.0.1")));
    EXPECT_TRUE(Cidr::parse("0.0.0.0/0")->contains(*IpAddress::parse("8.8.8.8")));
    EXPECT_FALSE(Cidr::parse("0.0.0.0/0")->contains(*IpAddress::parse("::2")));
    EXPECT_TRUE(Cidr::parse("::/0")->contains(*IpAddress::parse("2001:db8::1")));
    EXPECT_TRUE(Cidr::parse("10.1.2.3")->contains(*IpAddress::parse("10.1.2.3")));
    EXPECT_FALSE(Cidr::parse("10.1.2.3")->contains(*IpAddress::parse("10.1.2.2")));
}

TEST(Cidr, Parse_AnythingElse_IsRefused) {
    constexpr std::array<std::string_view, 11> kRefused{
        "",   "10.0.0.1/8",   "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",        "10.0.0.0/08",
        "/8", "10.0.0.0/8/8", "fd00::/129",  "fd00::1/8", "::ffff:10.0.0.0/104"};
    for (auto const text : kRefused)
        EXPECT_FALSE(Cidr::parse(text)) << text;
}

TEST(CidrList, Parse_Lists_NamesTheEntryAtFault) {
    EXPECT_TRUE(parseCidrList("")->empty());
    auto const list = parseCidrList("127.0.0.0/8,::1");
    ASSERT_TRUE(list);
    EXPECT_TRUE(contains(*list, *IpAddress::parse("127.9.9.9")));
    EXPECT_TRUE(contains(*list, *IpAddress::parse("::1")));
    EXPECT_FALSE(contains(*list, *IpAddress::parse("10.0.0.1")));
    EXPECT_NE(parseCidrList("127.0.0.0/8,nonsense").error().find("nonsense"), std::string::npos);
    EXPECT_FALSE(parseCidrList("127.0.0.0/8,"));
    EXPECT_FALSE(parseCidrList(",127.0.0.0/8"));
}

TEST(HostPort, Parse_EachForm_ReadsBack) {
    for (auto const* const text : {"127.0.0.1:8080", "[::1]:0", "localhost:65535", "a-b.example.com:1"}) {
        auto const place = HostPort::parse(text);
        ASSERT_TRUE(place) << text;
        EXPECT_EQ(place->text(), text);
    }
    EXPECT_EQ(HostPort::parse("[::1]:80")->host, "::1");
}

TEST(HostPort, Parse_AnythingElse_IsRefused) {
    constexpr std::array<std::string_view, 17> kRefused{
        "",        ":80",     "localhost",    "localhost:", "localhost:65536", "localhost:-1", "localhost:+1",
        "a b:80",  "::1:80",  "[::1]",        "[::1]80",    "[localhost]:80",  "localhost:08", "127.1:80",
        "a..b:80", "-a.b:80", "2130706433:80"};
    for (auto const text : kRefused)
        EXPECT_FALSE(HostPort::parse(text)) << text;
}

TEST(HostName, Check_Labels_AreBounded) {
    EXPECT_TRUE(isHostName(std::string(63, 'a') + ".example"));
    EXPECT_FALSE(isHostName(std::string(64, 'a') + ".example"));
    EXPECT_FALSE(isHostName("example.com."));
    EXPECT_FALSE(isHostName("exämple.com"));
    EXPECT_FALSE(isHostName("a_b.com"));
    EXPECT_FALSE(isHostName("10.0x7f"));
    std::string longName;
    while (longName.size() < 260)
        longName += "abc.";
    EXPECT_FALSE(isHostName(longName + "com"));
}

}  // namespace
}  // namespace common
