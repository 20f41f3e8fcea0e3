#include "notifier/delivery/rules/address_guard.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace notifier {
namespace {

using common::IpAddress;

IpAddress ip(std::string_view text) {
    auto const address = IpAddress::parse(text);
    EXPECT_TRUE(address) << text;
    return address.value_or(IpAddress{});
}

std::optional<std::string> refusal(std::string_view url, std::vector<std::string_view> const& addresses,
                                   std::string_view allow = {}) {
    auto const parsed = AddressGuard::parse(url);
    if (!parsed) return parsed.error();
    std::vector<IpAddress> list;
    for (auto const address : addresses)
        list.push_back(ip(address));
    return AddressGuard(*common::parseCidrList(allow)).refusal(*parsed, list);
}

// First, last and neighbouring addresses of every range that is not on the public internet.
TEST(AddressGuard, Judging_AddressesThatAreNotPublic_RefusesEach) {
    for (auto const* const address :
         {"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "100.100.100.200",
          "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.170.2", "169.254.255.255",
          "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.0",
          "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.9", "203.0.113.9", "224.0.0.1",
          "239.255.255.255", "240.0.0.1", "255.255.255.255", "168.63.129.16",
          // IPv6, and IPv4 in its clothes
          "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
          "::ffff:0:10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "100::1", "2001::1",
          "2001:0:4136:e378::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::1",
          "2002:a00:1::", "2002:808:808::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1", "febf::1",
          "fec0::1", "ff02::1", "4000::1", "5f00::1"})
        EXPECT_FALSE(isPublicAddress(ip(address))) << address;
}

TEST(AddressGuard, Judging_PublicAddresses_LetsThemPass) {
    for (auto const* const address : {"1.1.1.1",         "8.8.8.8",
                                      "9.255.255.255",   "11.0.0.0",
                                      "100.63.255.255",  "100.128.0.0",
                                      "126.255.255.255", "128.0.0.1",
                                      "169.253.255.255", "169.255.0.0",
                                      "172.15.255.255",  "172.32.0.0",
                                      "192.0.1.1",       "192.167.255.255",
                                      "192.169.0.0",     "198.17.255.255",
                                      "198.20.0.0",      "223.255.255.255",
                                      "::ffff:8.8.8.8",  "2606:4700::1111",
                                      "2a00:1450::1",    "2001:4860:4860::8888",
                                      "2003::1",         "3ffe::1"})
        EXPECT_TRUE(isPublicAddress(ip(address))) << address;
}

TEST(AddressGuard, Parsing_ForgedForms_RefusesTheUrl) {
    for (auto const* const url : {"ftp://example.org/",
                                  "file:///etc/passwd",
                                  "gopher://example.org/",
                                  "//example.org/",
                                  "example.org",
                                  "https://user@example.org/",
                                  "https://user:pass@example.org/",
                                  "https://@example.org/",
                                  "https://example.org@127.0.0.1/",
                                  "https://:@example.org/",
                                  "https://127.1/",
                                  "https://2130706433/",
                                  "https://0x7f000001/",
                                  "https://0x7f.1/",
                                  "https://0177.0.0.1/",
                                  "https://127.0.0.01/",
                                  "https://[::1/",
                                  "https://[fe80::1%25eth0]/",
                                  "https://::1/",
                                  "https://example.org:0/",
                                  "https://example.org:99999/",
                                  "https://example.org#@127.0.0.1/",
                                  "https://example.org\\@127.0.0.1/",
                                  "https://exa mple.org/",
                                  "https://example.org/a\r\nHost: b",
                                  "https:///path",
                                  "https://",
                                  "https://\xE2\x93\x9B.org/"})
        EXPECT_FALSE(AddressGuard::parse(url)) << url;
    EXPECT_FALSE(AddressGuard::parse("https://example.org/" + std::string(2'048, 'a')));
    EXPECT_TRUE(AddressGuard::parse("https://example.org/a@b?c=d@e"));
}

TEST(AddressGuard, Checking_PlainHttp_NeedsAnAllowedRange) {
    EXPECT_TRUE(refusal("http://example.org/", {"8.8.8.8"}));
    EXPECT_FALSE(refusal("https://example.org/", {"8.8.8.8"}));
    EXPECT_FALSE(refusal("http://example.org/", {"10.1.2.3"}, "10.0.0.0/8"));
    EXPECT_FALSE(refusal("https://example.org/", {"10.1.2.3"}, "10.0.0.0/8"));
    EXPECT_TRUE(refusal("http://example.org/", {"10.1.2.3", "8.8.8.8"}, "10.0.0.0/8"));
}

TEST(AddressGuard, Checking_OneBadAddressAmongGood_RefusesAll) {
    EXPECT_TRUE(refusal("https://example.org/", {"8.8.8.8", "127.0.0.1"}));
    EXPECT_TRUE(refusal("https://example.org/", {"10.0.0.1"}, "10.1.0.0/16"));
    EXPECT_FALSE(refusal("https://example.org/", {"8.8.8.8", "10.1.0.1"}, "10.1.0.0/16"));
    EXPECT_TRUE(refusal("https://example.org/", {}));
}

}  // namespace
}  // namespace notifier
