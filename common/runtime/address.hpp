#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace common {

/// An IPv4 or IPv6 address as a value. IPv4-mapped IPv6 (`::ffff:1.2.3.4`) is held as the IPv4 address it means, so
/// that no list can be passed by writing an address the other way.
class IpAddress {
public:
    /// Dotted decimal without leading zeros, or RFC 4291 text without zone. Nothing for octal, hex, short forms.
    static std::optional<IpAddress> parse(std::string_view text);
    static IpAddress fromBytes(std::array<std::uint8_t, 4> const& bytes);
    static IpAddress fromBytes(std::array<std::uint8_t, 16> const& bytes);

    bool isV4() const { return v4_; }
    /// 4 or 16 bytes in network order.
    std::span<std::uint8_t const> bytes() const { return {bytes_.data(), v4_ ? 4U : 16U}; }
    bool isLoopback() const;
    std::string text() const;
    auto operator<=>(IpAddress const&) const = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
    bool v4_ = true;
};

/// An address range `10.0.0.0/8`, `fd00::/8`; a bare address is a range of one.
class Cidr {
public:
    /// Nothing when host bits are set (`10.0.0.1/8`): such a range rarely is what its author meant.
    static std::optional<Cidr> parse(std::string_view text);
    bool contains(IpAddress const& address) const;
    std::string text() const;

private:
    IpAddress base_;
    unsigned bits_ = 32;
};

using CidrList = std::vector<Cidr>;
/// `A,B,…`; empty text is the empty list. The error names the entry at fault.
std::expected<CidrList, std::string> parseCidrList(std::string_view text);
bool contains(CidrList const& ranges, IpAddress const& address);

/// Where to listen or connect: `127.0.0.1:8080`, `[::1]:8080`, `localhost:0`.
struct HostPort {
    std::string host;  ///< without brackets
    std::uint16_t port = 0;

    /// The error is a sentence fragment that fits after `--listen: `.
    static std::expected<HostPort, std::string> parse(std::string_view text);
    std::string text() const;
    bool operator==(HostPort const&) const = default;
};

/// Letters, digits, dots and hyphens in labels of 1 to 63, at most 253 in all, not all-numeric last label (which some
/// resolvers read as an address): what may be resolved and sent as SNI and Host.
bool isHostName(std::string_view text);

}  // namespace common
