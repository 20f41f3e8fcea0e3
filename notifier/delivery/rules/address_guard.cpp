#include "notifier/delivery/rules/address_guard.hpp"

#include <algorithm>
#include <array>

namespace notifier {
namespace {

using common::Cidr;
using common::CidrList;

constexpr std::size_t kUrlBytesMax = 2'048;
constexpr std::array<std::string_view, 2> kSchemes{"https", "http"};

// IANA's special-purpose registries (RFC 6890 and its updates), multicast, and metadata services on public addresses.
constexpr std::string_view kSpecialV4 =
    "0.0.0.0/8,10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,172.16.0.0/12,192.0.0.0/24,192.0.2.0/24,"
    "192.31.196.0/24,192.52.193.0/24,192.88.99.0/24,192.168.0.0/16,192.175.48.0/24,198.18.0.0/15,198.51.100.0/24,"
    "203.0.113.0/24,224.0.0.0/4,240.0.0.0/4,168.63.129.16";
// Of IPv6 only 2000::/3 is given out, which leaves out loopback, mapped and compatible IPv4, NAT64 (64:ff9b::/96 and
// 64:ff9b:1::/48), discard, unique local, link-local and multicast. Inside it: protocol assignments with Teredo and
// documentation, 6to4, documentation again, AS112.
constexpr std::string_view kGlobalV6 = "2000::/3";
constexpr std::string_view kSpecialV6 = "2001::/23,2001:db8::/32,2002::/16,2620:4f:8000::/48,3fff::/20";

CidrList ranges(std::string_view text) {
    return *common::parseCidrList(text);
}

}  // namespace

bool isPublicAddress(common::IpAddress const& address) {
    static CidrList const specialV4 = ranges(kSpecialV4);
    static CidrList const globalV6 = ranges(kGlobalV6);
    static CidrList const specialV6 = ranges(kSpecialV6);
    if (address.isV4()) return !common::contains(specialV4, address);
    return common::contains(globalV6, address) && !common::contains(specialV6, address);
}

std::expected<common::Url, std::string> AddressGuard::parse(std::string_view url) {
    if (url.size() > kUrlBytesMax) return std::unexpected("is longer than 2048 characters");
    auto parsed = common::Url::parse(url, kSchemes);
    if (!parsed) return parsed;
    // Also an empty one: what stands before the @ is read as the host by some.
    if (url.substr(0, url.find_first_of("/?", parsed->scheme.size() + 3)).find('@') != std::string_view::npos)
        return std::unexpected("must not hold a user or password");
    return parsed;
}

std::optional<std::string> AddressGuard::refusal(common::Url const& url,
                                                 std::span<common::IpAddress const> addresses) const {
    if (addresses.empty()) return "has a host without an address";
    bool const named =
        std::ranges::all_of(addresses, [&](auto const& address) { return common::contains(allowed_, address); });
    if (named) return {};
    bool const open = std::ranges::all_of(addresses, [&](auto const& address) {
        return isPublicAddress(address) || common::contains(allowed_, address);
    });
    if (!open) return "goes to an address that is not on the public internet";
    if (!url.isTls()) return "must begin with https://";
    return {};
}

}  // namespace notifier
